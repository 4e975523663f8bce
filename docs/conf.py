"""Sphinx settings: `tox -e docs` builds the documents, with warnings as errors."""

from __future__ import annotations

project = "apteco-api"
author = "The apteco-api maintainers"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "apteco-api"
exclude_patterns = ["_build"]
# The pages of the reference are reached from its index, which links each of them (a test holds that).
suppress_warnings = ["toc.not_included"]

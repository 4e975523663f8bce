"""Sphinx settings: `tox -e docs` builds the documents, with warnings as errors."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_ext")]

import apteco_api  # noqa: E402 - the checkout that these documents belong to

project = "apteco-api"
author = project_copyright = "The apteco-api maintainers"
release = version = apteco_api.__version__
extensions = [
    "llms",
    "places",
    "myst_nb",
    "reference_pages",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "notebooks", "**/.ipynb_checkpoints"]
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"  # the tutorial runs with each build, against a sandbox that it starts
nb_execution_raise_on_error = True
nb_execution_in_temp = True  # what it writes is not for the repository
nb_execution_timeout = 120
nb_merge_streams = True
suppress_warnings = [
    "toc.not_included",  # the pages of the reference are reached from its index (a test holds that)
    "mystnb.unknown_mime_type",
]

autosummary_generate = True
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseException, int, tuple, list, dict, Sequence, Iterable",
    "member-order": "bysource",
}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
maximum_signature_line_length = 60  # one argument a line, so that no signature runs off a small screen
toc_object_entries_show_parents = "hide"
default_role = "code"  # the docstrings write code in single backquotes

html_theme = "furo"
smartquotes_action = "qe"  # leaves two dashes alone: they begin options
pygments_dark_style = "monokai"  # furo's own one underlines modules, as if they were links
html_title = f"apteco-api {release}"
html_static_path = ["_static"]
html_css_files = ["apteco.css"]
html_show_sourcelink = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

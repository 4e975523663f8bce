"""The versions of the API and of this package."""

from __future__ import annotations

from .client.package_info import INFO

API_VERSION = "v3"
VERSION = INFO.version

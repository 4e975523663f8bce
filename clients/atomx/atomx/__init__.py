"""Client of the atomx API: models whose attributes are loaded lazily, searches and reports.

>>> from atomx import Atomx
>>> atomx = Atomx("user@example.com", "password")           # doctest: +SKIP
>>> atomx.get("creatives", limit=10)[0].advertiser.name     # doctest: +SKIP

`atomx.client` is the generated client below: typed controllers, also for ``await`` (``atomx.client.aio``).
"""

from __future__ import annotations

from . import exceptions, models, utils, version
from .exceptions import APIError, InvalidCredentials, MissingArgumentError, ModelNotFoundError
from .session import API_ENDPOINT, Atomx
from .utils import get_model_name, model_name_to_rest
from .version import API_VERSION, VERSION

__title__ = "atomx"
__version__ = VERSION
__author__ = "The authors of apteco-api"
__copyright__ = "Copyright 2026 the authors of apteco-api"

__all__ = [
    "API_ENDPOINT",
    "API_VERSION",
    "VERSION",
    "APIError",
    "Atomx",
    "InvalidCredentials",
    "MissingArgumentError",
    "ModelNotFoundError",
    "exceptions",
    "get_model_name",
    "model_name_to_rest",
    "models",
    "utils",
    "version",
]

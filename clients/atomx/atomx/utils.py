"""Names of resources in Python, and of models in the API."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal


def model_name_to_rest(name: str) -> str:
    """Return a class name as the API writes it: ``CreativeAttribute`` -> ``creative-attribute``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def get_model_name(name: str) -> str | Literal[False]:
    """Return the name of the class in `atomx.models` for a resource name, or False without a class.

    Singular and plural, hyphens and underscores, and a ``_list`` at the end are accepted:
    ``creative_attributes``, ``networks_list``, ``Creatives``.
    """
    return _by_name().get(_plain(str(name).removesuffix("_list")), False)


def get_attribute_model_name(attribute: str) -> str | Literal[False]:
    """Return the class name of an attribute's values, or False: ``countries_filter`` -> ``Country``."""
    name = re.sub(r"_(filter|include|exclude)$", "", attribute)
    return "SspSuspicious" if name == "suspicious" else get_model_name(name)


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


@cache
def _by_name() -> dict[str, str]:
    """Return the model for each accepted form of its name, in lower case without separators."""
    from . import models

    names: dict[str, str] = {"language": "Languages"}
    for name in (*models.MODEL_NAMES, "Report"):
        plain = _plain(name)
        names[plain] = names[f"{plain}s"] = name
        if plain.endswith("y"):
            names[f"{plain[:-1]}ies"] = name
    return names

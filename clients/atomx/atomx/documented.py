"""Which attributes the API's description knows for each model: read from the generated client, once each."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def fields(model: str) -> frozenset[str]:
    """Return names of the attributes that the description gives to a model; empty for a class of your own."""
    from .client import models

    described: Any = getattr(models, model, None)
    return frozenset(described.attribute_map) if described is not None else frozenset()

"""The documented attributes of each model, read once from the generated client."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def fields(model: str) -> frozenset[str]:
    """Return the names of a model's documented attributes; empty for a class without documentation."""
    from .client import models

    described: Any = getattr(models, model, None)
    return frozenset(described.attribute_map) if described is not None else frozenset()

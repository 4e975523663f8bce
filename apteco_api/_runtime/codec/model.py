"""The base of the generated models, as callers and type checkers see it.

The machinery is in `structs`, which type checkers read, too. They can't infer what it makes of an annotated
class, so the few lines here declare it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, dataclass_transform

from .checks import hints
from .structs import Extras, decode_open, target, twin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..configuration import Configuration

    def required(*, kw_only: bool = False, absent: bool = False) -> Any:
        """Mark a field that callers must give; `kw_only` when it follows an optional one.

        `absent`: servers may leave it out, as some versions do not have it.
        """

    def nullable(*, default: None = None) -> Any:
        """Mark a field that the schema requires and that may be null: None is sent as null, not left out."""

    def read_only(*, default: None = None) -> Any:
        """Mark a required field that only the server gives: callers may leave it out."""

    def later(*, default: None = None, kw_only: bool) -> Any:
        """Mark a field that later servers have: by name only, so that other fields keep their positions."""

    def option(*, default: Any, kw_only: bool) -> Any:
        """Mark a field that is not part of the schema."""

    @dataclass_transform(field_specifiers=(required, nullable, read_only, later, option))
    class ModelMeta(type):
        """The class of model classes."""

    class Model(metaclass=ModelMeta):
        """The base of every model; see the text of the module `structs`."""

        local_vars_configuration: Configuration = option(default=None, kw_only=True)
        """The settings this object was built with; only `client_side_validation` is used. Never sent."""

        openapi_types: ClassVar[dict[str, str]]
        """The type expression of each field, as in the published models."""
        attribute_map: ClassVar[dict[str, str]]
        """The JSON name of each field."""
        discriminator: ClassVar[str | None]
        """The JSON name of the property that tells which model an object is; None for a model without one."""

        additional_properties: ClassVar[Any]
        """On instances of models that keep unknown members: these members by JSON name, dict-like."""

        def __init_subclass__(
            cls,
            *,
            rename: Mapping[str, str] | Literal["camel"] | None = None,
            extras: bool = False,
            tag_field: str | None = None,
            tag: str | None = None,
        ) -> None: ...

        def to_dict(self) -> dict[str, Any]:
            """Return the fields by their Python names, None included, nested models as dicts."""
            ...

        def to_str(self) -> str:
            """Return `to_dict()` as indented text."""
            ...

else:
    from .marks import later, nullable, read_only, required
    from .structs import Model, ModelMeta

__all__ = [
    "Extras",
    "Model",
    "ModelMeta",
    "decode_open",
    "hints",
    "later",
    "nullable",
    "read_only",
    "required",
    "target",
    "twin",
]

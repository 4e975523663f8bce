"""The base of the generated models: msgspec Structs that keep the published model protocol.

A model has two classes. The one with the public name is what callers build: it checks that required fields
are there and that enum fields hold a documented value. Its *unchecked twin*, a hidden subclass with the same
name and fields, is what the decoder builds: a server's answer is taken as it is, at the speed of a bare
Struct. `isinstance` and `==` don't tell them apart (`type(x) is Model` does), and assigning to a field
checks in both.

Why a twin: a check in a metaclass's `__call__` makes every construction by keywords cost 1.3 µs (a bare
Struct: 0.1), and one in `__post_init__` would run for each decoded object too (decoding 4 times slower).

Models are not tracked by the garbage collector (`gc=False`: a third less memory, a fifth less time to
decode). Decoded trees hold no reference cycles; if you build a cycle of models yourself, it is never freed.
Models are not hashable: their fields can change.
"""

# pyright: reportReturnType=false
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..configuration import Configuration

    def required(*, kw_only: bool = False) -> Any:
        """Mark a field that callers must give; `kw_only` when it follows an optional one."""

    def nullable(*, default: None = None) -> Any:
        """Mark a field that the schema requires and that may be null: None is sent as null, not left out."""

    def read_only(*, default: None = None) -> Any:
        """Mark a required field that only the server gives: callers may leave it out."""

    def option(*, default: Any, kw_only: bool) -> Any:
        """Mark a field that is not part of the schema."""

    @dataclass_transform(field_specifiers=(required, nullable, read_only, option))
    class ModelMeta(type):
        """The class of model classes."""

    class Model(metaclass=ModelMeta):
        """The base of every model; see the module's text."""

        local_vars_configuration: Configuration = option(default=None, kw_only=True)
        """Settings this object was built with; only `client_side_validation` matters. Never sent."""

        openapi_types: ClassVar[dict[str, str]]
        """Field name to type expression, as the published models have it."""
        attribute_map: ClassVar[dict[str, str]]
        """Field name to JSON name."""
        discriminator: ClassVar[str | None]
        """JSON name of the property that says which model it is; None where there is none."""

        additional_properties: ClassVar[Any]
        """On instances of models that keep unknown members: these, by JSON name, as a dict-like object."""

        def __init_subclass__(
            cls,
            *,
            rename: Mapping[str, str] | None = None,
            extras: bool = False,
            tag_field: str | None = None,
            tag: str | None = None,
        ) -> None: ...

        def to_dict(self) -> dict[str, Any]:
            """Return the fields by their Python names, None included, nested models as dicts."""

        def to_str(self) -> str:
            """Return `to_dict()` as indented text."""

    def twin(model: type[Any]) -> type[Any]:
        """Return the unchecked class that the decoder builds for a model."""
        ...

    def hints(model: type[Any]) -> dict[str, Any]:
        """Return the resolved annotations of a model's fields, by Python name."""
        ...

    def target(model: type[Any]) -> Any:
        """Return the class that msgspec is to decode for a model: its twin, or a stand-in for an open one."""

    def decode_open(kind: Any, value: Any) -> Any:
        """Build an open model, with its unknown members: msgspec's hook for the stand-ins."""

    class Extras(dict[str, Any]):
        """The unknown members of an open model."""

else:
    import os
    from collections import UserDict
    from operator import attrgetter
    from threading import RLock
    from typing import get_args, get_origin, get_type_hints

    import msgspec
    from msgspec import UNSET

    from ..configuration import Configuration
    from .fields import ANYTHING, Computed, Hidden, Missing, expression, literals, members, null, presence
    from .unions import Choice, union

    CONFIG = "local_vars_configuration"
    EXTRAS = "additional_properties"
    HIDDEN = (CONFIG, EXTRAS)  # fields that are not part of the schema
    DEFAULT = Configuration()
    REQUIRED = object()
    NULLABLE = object()
    LOCK = RLock()  # twins are made by one thread at a time
    if hasattr(os, "register_at_fork"):  # and whole: no child begins with some under way
        os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release)

    def required(*, kw_only=False):
        return REQUIRED

    def nullable(*, default=None):
        return NULLABLE

    def read_only(*, default=None):
        return None

    class Extras(UserDict):
        """The unknown members of an open model: no dict, so that the encoder asks how to write it."""

    class ModelMeta(type(msgspec.Struct)):
        def __new__(mcls, name, bases, namespace, rename=None, extras=False, **settings):
            annotations = namespace.setdefault("__annotations__", {})
            own = [field for field in annotations if namespace.get(field) is REQUIRED]
            for field in own:
                namespace[field] = msgspec.field(default_factory=Missing(field))
            inherited = [field for base in bases for field in getattr(base, "_required", ())]
            namespace["_required"] = (*inherited, *own)
            nulls = [field for field in annotations if namespace.get(field) is NULLABLE]
            for field in nulls:
                namespace[field] = msgspec.field(default_factory=null)
            inherited = [field for base in bases for field in getattr(base, "_nullable", ())]
            namespace["_nullable"] = (*inherited, *nulls)
            unset = [field for field, text in annotations.items() if "UnsetType" in str(text)]
            namespace["_unset"] = (
                *(field for base in bases for field in getattr(base, "_unset", ())),
                *unset,
            )
            if bases and bases[0] is not msgspec.Struct:
                # Names that no JSON key of an API has: these fields never come from a server.
                rename = {**(rename or {}), CONFIG: " local vars configuration"}
                if extras:
                    annotations[EXTRAS] = Any
                    namespace[EXTRAS] = msgspec.field(default_factory=Extras)
                    namespace["_open"] = True
                    rename[EXTRAS] = " additional properties"
                annotations[CONFIG] = Any
                namespace[CONFIG] = DEFAULT
                settings["rename"] = rename
                if settings.get("tag_field"):
                    namespace["discriminator"] = settings["tag_field"]
                twinned = "_model" in namespace
                check = _checker(namespace, annotations)
                if extras:
                    check = _opener(check)
                if not twinned and check:
                    namespace.setdefault("__post_init__", check)
            cls = super().__new__(mcls, name, bases, namespace, **settings)
            if "_model" not in namespace:
                type.__setattr__(cls, "_model", cls)
            return cls

    def _checker(namespace, annotations):
        """Return what runs after each construction by a caller, or None if there is nothing to check."""
        names = namespace["_required"]
        enums = [field for field, text in annotations.items() if "Literal[" in str(text)]
        present = presence(names, _check_all) if names else None
        if not enums:
            return present
        # attrgetter gives a tuple only for two names and more: the first is asked for twice.
        choices = attrgetter(*enums, enums[0])

        def check_enums(self):
            if present is not None:
                present(self)
            for value, allowed in zip(choices(self), _choices(type(self), enums), strict=False):
                if value is not None and value not in allowed and value is not UNSET:
                    _check_all(self)

        return check_enums

    def _opener(check):
        """Return what runs after each construction of an open model: it takes over a dict of unknown ones."""

        def post(self):
            self.additional_properties = self.additional_properties
            if check:
                check(self)

        return post

    def _choices(cls, enums):
        if (found := cls.__dict__.get("_choices")) is None:
            found = tuple(cls._allowed.get(field, ANYTHING)[0] for field in enums)
            type.__setattr__(cls, "_choices", found)
        return found

    def _check_all(self):
        cls = type(self)._model
        for field in cls._required:
            if getattr(self, field) is None:
                _check_field(self, field, None)
        for field in cls._allowed:
            _check_field(self, field, getattr(self, field))

    def _check_field(self, field, value):
        """Raise the published ValueError if a field must not hold a value."""
        cls = type(self)._model
        if value is None:
            if field in cls._required and _checks(self):
                raise ValueError(f"Invalid value for `{field}`, must not be `None`")
            return
        if (allowed := cls._allowed.get(field)) is None or (value is UNSET and field in cls._unset):
            return
        values, many = allowed
        if many:
            if isinstance(value, list | tuple | set) and all(item in values for item in value):
                return
            if _checks(self):
                wrong = (
                    [item for item in value if item not in values] if not isinstance(value, str) else [value]
                )
                raise ValueError(
                    f"Invalid values for `{field}` [{', '.join(map(str, wrong))}], "
                    f"must be a subset of [{', '.join(map(str, values))}]"
                )
        elif value not in values and _checks(self):
            raise ValueError(f"Invalid value for `{field}` ({value}), must be one of {list(values)}")

    def _checks(self):
        config = self.local_vars_configuration
        if config is DEFAULT:
            config = Configuration.get_default() or DEFAULT
        return config.client_side_validation

    def _allowed(cls):
        found = {field: literals(hint) for field, hint in hints(cls).items()}
        return {field: allowed for field, allowed in found.items() if allowed is not None}

    def _names(cls):
        pairs = zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True)
        return {field: name for field, name in pairs if field not in HIDDEN}

    def _types(cls):
        return {field: expression(hint) for field, hint in hints(cls).items()}

    def hints(model):
        return {field: hint for field, hint in model._hints.items() if field not in HIDDEN}

    class Model(msgspec.Struct, metaclass=ModelMeta, gc=False, omit_defaults=True):
        """The base of every model; see the module's text."""

        discriminator = None
        _open = False
        openapi_types = Computed(_types)
        attribute_map = Computed(_names)
        _allowed = Computed(_allowed)
        _hints = Computed(get_type_hints)

        def __setattr__(self, name, value):
            if value is None or name in type(self)._allowed:
                _check_field(self, name, value)
            if name == EXTRAS:
                value = value if isinstance(value, Extras) else Extras(value or {})
            super().__setattr__(name, value)

        def to_dict(self):
            known = {name: _plain(getattr(self, name)) for name in type(self).attribute_map}
            known = {name: value for name, value in known.items() if value is not UNSET}
            return {**known, **_plain(self.additional_properties.data)} if self._open else known

        def to_str(self):
            import pprint

            return pprint.pformat(self.to_dict())

        def __repr__(self):
            return self.to_str()

        def __eq__(self, other):
            if type(self) is type(other):
                return super().__eq__(other)
            if not isinstance(other, type(self)._model):
                return False
            return self.to_dict() == other.to_dict()

        __hash__ = None

        def __reduce__(self):
            config = self.local_vars_configuration
            values = [getattr(self, name) for name in type(self).attribute_map]
            if self._open:
                values.append(self.additional_properties)
            return _restore, (type(self)._model, values, None if config is DEFAULT else config)

    def _plain(value):
        if isinstance(value, Model):
            return value.to_dict()
        if isinstance(value, list):
            return [_plain(item) for item in value]
        if isinstance(value, dict):
            return {key: _plain(item) for key, item in value.items()}
        return value

    def _restore(model, values, config):
        return twin(model)(*values, *([config] if config is not None else []))

    class StandIn(type):
        """Stands for an open model in a decoder's types: unknown to msgspec, which asks `decode_open`."""

        def __instancecheck__(cls, value):
            return isinstance(value, cls._twin)

    def target(model):
        made = twin(model)
        return made._stand_in if made._open else made

    def decode_open(kind, value):
        if isinstance(kind, Choice):
            return kind.read(value, decode_open)
        made = kind._twin
        found = msgspec.convert(value, made, dec_hook=decode_open)
        wires = made.attribute_map.values()
        found.additional_properties = {key: item for key, item in value.items() if key not in wires}
        return found

    def twin(model):
        model = model._model
        found = model.__dict__.get("_twin")
        if found is not None and found._ready:
            return found
        with LOCK:
            found = model.__dict__.get("_twin")
            if found is not None:  # made by another thread, or under way in this one
                return found
            batch = []
            try:
                return _make_twin(model, batch)
            except BaseException:
                for made in batch:
                    type.__delattr__(made._model, "_twin")
                raise
            finally:
                # Only when all of them are whole may other threads see any of them.
                for made in batch:
                    type.__setattr__(made, "_ready", True)

    def _make_twin(model, batch):
        """Make the twin of a model and of all models that it refers to."""
        if (known := model._model.__dict__.get("_twin")) is not None:
            return known
        model = model._model
        defaults = {
            field: msgspec.field(default_factory=Missing(field)) if field in model._required else None
            for field in model.attribute_map
        } | {field: msgspec.field(default_factory=null) for field in model._nullable}
        defaults |= dict.fromkeys(model._unset, UNSET)
        namespace = {
            "__annotations__": dict.fromkeys(defaults, Any),
            "__module__": model.__module__,
            "__qualname__": model.__qualname__,
            "__doc__": model.__doc__,
            "__post_init__": Hidden(),
            "_model": model,
            "_ready": False,
            **defaults,
        }
        names = {field: name for field, name in model.attribute_map.items() if field != name}
        config = model.__struct_config__
        tagged = {} if config.tag is None else {"tag": config.tag, "tag_field": config.tag_field}
        made = ModelMeta(model.__name__, (model,), namespace, rename=names, extras=model._open, **tagged)
        if model._open:
            type.__setattr__(made, "_stand_in", StandIn(model.__name__, (), {"_twin": made}))
        # Known before its fields are resolved, so that a model may refer to itself.
        type.__setattr__(model, "_twin", made)
        batch.append(made)
        made.__annotations__.update({field: _twinned(hint, batch) for field, hint in hints(model).items()})
        return made

    def _twinned(hint, batch):
        """Return an annotation with each model replaced by its twin."""
        if isinstance(hint, ModelMeta):
            made = _make_twin(hint, batch)
            return made._stand_in if made._open else made
        if hint is object:
            return Any
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is list:
            return list[_twinned(arguments[0], batch)]
        if origin is dict:
            return dict[arguments[0], _twinned(arguments[1], batch)]
        options = members(hint)
        return hint if len(options) == 1 else union(_twinned(option, batch) for option in options)

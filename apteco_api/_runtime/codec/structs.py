"""How a model is made: msgspec Structs that keep the published model protocol.

A model has two classes. Callers build objects of the class with the public name, which checks that required
fields are given and that enum fields have a documented value. The decoder builds objects of its *unchecked
twin*, a hidden subclass with the same name and fields. So a server's answer is accepted as it is, at the
speed of a bare Struct. `isinstance` and `==` don't distinguish the two (`type(x) is Model` does), and
assigning to a field is checked in both.

Why a twin: with checks in `__post_init__`, decoding would take 4 times as long. `building` makes the function
that runs when a caller calls the public class.

Models are not tracked by the garbage collector (`gc=False`: a third less memory, a fifth less time to
decode). Decoded trees hold no reference cycles; a cycle of models that a caller builds is never freed.
msgspec gives such objects no `__dict__`: `attached` keeps attributes that are not fields. Models are not
hashable: their fields can change.
"""

from __future__ import annotations

import os
from collections import UserDict
from functools import lru_cache
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args, get_origin

import msgspec
from msgspec.structs import asdict, force_setattr

from ..configuration import Configuration
from .attached import Attached, attach, attributes_of, held, hold_settings
from .building import Builder
from .checks import CHECKED, CONFIG, DEFAULT, EXTRAS, HIDDEN, allowed, check_field, hints
from .explained import Explained
from .fields import (
    Computed,
    Hidden,
    Missing,
    annotations_of,
    camel,
    expression,
    members,
    null,
    resolved_hints,
)
from .marks import LATER, NULLABLE, OFTEN_REQUIRED, REQUIRED, mark
from .shapes import SCALARS
from .unions import Choice, StandIn, union

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BUILDER = Builder()
UNCHECKED = Configuration(client_side_validation=False)
LOCK = RLock()  # one thread at a time makes twins
if hasattr(os, "register_at_fork"):  # a child must not inherit unfinished twins
    os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release)

M = TypeVar("M", bound="ModelMeta")


class Extras(UserDict[str, Any]):
    """The unknown members of an open model. Not a dict, so that the encoder calls our hook for it."""


class ModelMeta(msgspec.StructMeta):
    __doc__: Any = Explained()

    _model: type[Any]
    _required: tuple[str, ...]
    _absent: tuple[str, ...]
    _nullable: tuple[str, ...]
    _unset: tuple[str, ...]
    _ready: bool
    _checked: Mapping[str, tuple[Any, ...]]
    _stand_in: type[Any]
    _build: Callable[..., Any]

    __call__: Any = property(attrgetter("_build"))  # looked up in C: a function here would cost every call

    def __new__(
        mcls: type[M],
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        /,
        rename: Mapping[str, str] | Literal["camel"] | None = None,
        extras: bool = False,
        **settings: Any,
    ) -> M:
        annotations = annotations_of(namespace)
        often = [field for field in annotations if namespace.get(field) is OFTEN_REQUIRED]
        namespace["_absent"] = (*(field for base in bases for field in getattr(base, "_absent", ())), *often)
        namespace.update(dict.fromkeys(often, REQUIRED))
        mark(namespace, bases, annotations, "_required", REQUIRED, Missing)
        mark(namespace, bases, annotations, "_nullable", NULLABLE, lambda _: null)
        own = [field for field, text in annotations.items() if "UnsetType" in str(text)]
        namespace["_unset"] = (*(field for base in bases for field in getattr(base, "_unset", ())), *own)
        model = bool(bases) and bases[0] is not msgspec.Struct
        if model:
            # JSON names that no API uses: these fields never come from a server.
            own_names = {field: camel(field) for field in annotations} if rename == "camel" else rename or {}
            renamed = {**own_names, CONFIG: " local vars configuration"}
            if extras:
                annotations[EXTRAS] = Any
                namespace[EXTRAS] = msgspec.field(default_factory=Extras)
                namespace["_open"] = True
                renamed[EXTRAS] = " additional properties"
            annotations[CONFIG] = Any
            namespace[CONFIG] = DEFAULT
            settings["rename"] = renamed
            if settings.get("tag_field"):
                namespace["discriminator"] = settings["tag_field"]
        namespace["_build"] = BUILDER
        namespace["_checked"] = CHECKED
        if settings.get("frozen"):
            namespace.setdefault("__setattr__", msgspec.Struct.__setattr__)
        if (init := namespace.pop("__init__", None)) is not None:
            mcls = cast("type[M]", InitMeta)
        if any(value is LATER for value in namespace.values()):
            bases, namespace = _parted(mcls, name, bases, namespace, settings)
        made = super().__new__(mcls, name, bases, namespace, **settings)
        type.__setattr__(made, "__annotations__", annotations)
        if init is not None:
            type.__setattr__(made, "__init__", init)
        if "_model" not in namespace:
            type.__setattr__(made, "_model", made)
        hold_settings(made)
        return made


class InitMeta(ModelMeta):
    """The metaclass of models whose user defines an `__init__`, which msgspec does not allow."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cast("Any", cls)._model is not cls:  # the twin: built from received or pickled data
            return cls._build(*args, **kwargs)
        blank = dict.fromkeys((*cls._required, CONFIG), UNCHECKED)
        made: Any = msgspec.StructMeta.__call__(cls, **blank)
        made.__init__(*args, **kwargs)
        return made


def _fill(self: Any, *args: Any, **kwargs: Any) -> None:
    """Set the fields of a new object. `super().__init__(…)` in a user's `__init__` calls this."""
    made: Any = cast("Any", type(self))._build(*args, **kwargs)
    setattr(self, CONFIG, made.local_vars_configuration)
    for field in made.__struct_fields__:
        setattr(self, field, getattr(made, field))


def _parted(
    mcls: type[M], name: str, bases: tuple[type, ...], namespace: dict[str, Any], settings: dict[str, Any]
) -> tuple[tuple[type, ...], dict[str, Any]]:
    """Return bases and namespace of a class whose later fields are by name only.

    In msgspec, all or none of a class's own fields are positional. So the positional ones move to a base
    class.
    """
    every = annotations_of(namespace)
    late = [field for field in every if namespace.get(field) is LATER]
    below = {field: namespace[field] for field in every if field not in late and field in namespace}
    rest = {key: value for key, value in namespace.items() if key not in below}
    below |= {key: namespace[key] for key in ("__module__", "__qualname__")}
    below["__annotations__"] = {field: kind for field, kind in every.items() if field not in late}
    made = msgspec.StructMeta.__new__(mcls, name, bases, below, **settings)
    hold_settings(made)
    settings["kw_only"] = True
    return (made,), {
        **rest,
        **dict.fromkeys(late),
        "__annotations__": {field: every[field] for field in late},
    }


def _names(cls: type[Any]) -> dict[str, str]:
    pairs = zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True)
    return {field: name for field, name in pairs if field not in HIDDEN}


def _types(cls: type[Any]) -> dict[str, str]:
    return {field: expression(hint) for field, hint in hints(cls).items()}


class Model(msgspec.Struct, metaclass=ModelMeta, gc=False, omit_defaults=True):
    """The base of every model; `model.Model` shows type checkers what a caller may rely on."""

    discriminator = None
    _open = False
    openapi_types = Computed(_types)
    attribute_map = Computed(_names)
    _allowed = Computed(allowed)
    _hints = Computed(resolved_hints)

    def __setattr__(self, name: str, value: Any) -> None:
        kind: Any = type(self)
        checked = kind._checked
        if value is None or (name in checked and value not in checked[name]):
            check_field(self, name, value)
            if name == EXTRAS and kind._open:
                value = value if isinstance(value, Extras) else Extras(value or {})
        try:
            force_setattr(self, name, value)  # calling Struct.__setattr__ takes twice as long
        except AttributeError:  # not a field, but an attribute of the user
            attach(self, {**attributes_of(self), name: value})

    def __getattr__(self, name: str) -> Any:
        if name not in (attributes := attributes_of(self)):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return attributes[name]

    def __delattr__(self, name: str) -> None:
        if name not in (attributes := attributes_of(self)):
            raise AttributeError(name)
        attach(self, {key: attributes[key] for key in attributes if key != name})

    @property  # typeshed declares an attribute
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]
        """A copy of the attributes that `vars()` shows for the published models."""
        fields = {f"_{name}": getattr(self, name) for name in type(self).attribute_map}
        shown = {CONFIG: getattr(self, CONFIG), **fields, "discriminator": self.discriminator}
        return {**shown, **attributes_of(self)}

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by their Python names, None included, nested models as dicts."""
        known = asdict(self)
        del known[CONFIG]
        for name, value in [*known.items()]:
            if value is msgspec.UNSET:
                del known[name]
            elif type(value) not in SCALARS:
                known[name] = _plain(value)
        if type(self)._open:
            extras = known.pop(EXTRAS)
            known.update(_plain(extras.data))
        return known

    def to_str(self) -> str:
        """Return `to_dict()` as indented text."""
        import pprint

        return pprint.pformat(self.to_dict())

    def __repr__(self) -> str:
        return self.to_str()

    def __eq__(self, other: object) -> bool:
        theirs: Any = other
        kind: Any = type(self)
        if kind is type(theirs):
            if super().__eq__(theirs):
                return True
            if held(self) is held(theirs):  # settings and attributes are equal, so the fields differ
                return False
        elif not _related(kind, cast("Any", type(theirs))):
            return False
        return bool(self.to_dict() == theirs.to_dict())

    __hash__ = None  # type: ignore[assignment]  # fields can change

    def __copy__(self) -> Any:
        made: Any = getattr(super(), "__copy__")()  # noqa: B009 - missing in msgspec's stubs
        if isinstance(kept := held(made), Attached):  # not shared with the copy
            setattr(made, CONFIG, Attached(kept.config, dict(kept.attributes)))
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        kind: Any = type(self)
        kept = held(self)
        values = [getattr(self, name) for name in kind.attribute_map]
        if kind._open:
            values.append(getattr(self, EXTRAS))
        return _restore, (kind._model, values, None if kept is DEFAULT else kept)


type.__setattr__(Model, "__init__", _fill)  # msgspec does not allow it in the class body


@lru_cache(maxsize=1024)
def _related(ours: Any, theirs: Any) -> bool:
    """Return whether objects of two classes can be equal: one class is the other's base, twins aside."""
    if not isinstance(theirs, ModelMeta):
        return False
    model = cast("Any", theirs)._model
    return ours._model in theirs.__mro__ or model in ours.__mro__


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, list | tuple):
        items = cast("list[Any]", value)
        return [item if type(item) in SCALARS else _plain(item) for item in items]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[str, Any]", value).items()}
    return value


def _restore(model: type[Any], values: list[Any], held: Any) -> Any:
    made: Any = twin(model)
    names = [*made.attribute_map, *([EXTRAS] if made._open else [])]
    named = dict(zip(names, values, strict=False))  # a later version may have more fields
    return made(**named, **({} if held is None else {CONFIG: held}))


def target(model: type[Any]) -> Any:
    """Return the class to give to msgspec for a model: its twin, or the placeholder for an open model."""
    made = twin(model)
    return made._stand_in if made._open else made


def decode_open(kind: Any, value: Any) -> Any:
    """Build an open model, with its unknown members: msgspec's hook for the placeholders."""
    if isinstance(kind, Choice):
        return kind.read(value, decode_open)
    made = kind._twin
    found = msgspec.convert(value, made, dec_hook=decode_open)
    wires = made.attribute_map.values()
    found.additional_properties = {key: item for key, item in value.items() if key not in wires}
    return found


def twin(model: type[Any]) -> type[Any]:
    """Return the unchecked class that the decoder builds for a model."""
    model = model._model
    found: Any = model.__dict__.get("_twin")
    if found is not None and found._ready:
        return cast("type[Any]", found)
    with LOCK:
        found = model.__dict__.get("_twin")
        if found is not None:  # made by another thread, or being made in this one
            return cast("type[Any]", found)
        batch: list[type[Any]] = []
        try:
            return _make_twin(model, batch)
        except BaseException:
            for made in batch:
                type.__delattr__(made._model, "_twin")
            raise
        finally:
            # Other threads may see the twins only when all of them are complete.
            for made in batch:
                type.__setattr__(made, "_ready", True)


def _make_twin(model: type[Any], batch: list[type[Any]]) -> type[Any]:
    """Make the twin of a model and of all models that it refers to."""
    model = model._model
    known: type[Any] | None = model.__dict__.get("_twin")
    if known is not None:
        return known
    needed = {*model._required} - {*model._absent}
    defaults: dict[str, Any] = {
        field: msgspec.field(default_factory=Missing(field)) if field in needed else None
        for field in model.attribute_map
    } | {field: msgspec.field(default_factory=null) for field in model._nullable}
    defaults |= dict.fromkeys(model._unset, msgspec.UNSET)
    namespace: dict[str, Any] = {
        "__annotations__": dict.fromkeys(defaults, Any),
        "__module__": model.__module__,
        "__qualname__": model.__qualname__,
        "__doc__": vars(model).get("__doc__"),
        "__post_init__": Hidden(),
        "_model": model,
        "_ready": False,
        **defaults,
    }
    names = {field: name for field, name in model.attribute_map.items() if field != name}
    config: Any = getattr(model, "__struct_config__")  # noqa: B009 - type checkers see a plain class
    tagged = {} if config.tag is None else {"tag": config.tag, "tag_field": config.tag_field}
    meta = cast("type[ModelMeta]", type(model))
    made = meta(model.__name__, (model,), namespace, rename=names, extras=model._open, **tagged)
    if model._open:
        type.__setattr__(made, "_stand_in", StandIn(model.__name__, (), {"_twin": made}))
    # Registered before its fields are resolved, so that a model may refer to itself.
    type.__setattr__(model, "_twin", made)
    batch.append(made)
    made.__annotations__.update({field: _twinned(hint, batch) for field, hint in hints(model).items()})
    return made


def _twinned(hint: Any, batch: list[type[Any]]) -> Any:
    """Return an annotation with each model replaced by its twin."""
    if isinstance(hint, ModelMeta):
        made = _make_twin(hint, batch)
        return made._stand_in if made._open else made
    if hint is object:
        return Any
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is list:
        return list[_twinned(arguments[0], batch)]  # type: ignore[misc]  # a type made at run time
    if origin is tuple:
        return tuple[tuple(_twinned(each, batch) for each in arguments)]  # type: ignore[misc]  # made at run time
    if origin is dict:
        return dict[arguments[0], _twinned(arguments[1], batch)]  # type: ignore[misc,valid-type]  # made at run time
    options = members(hint)
    return hint if len(options) == 1 else union(_twinned(option, batch) for option in options)

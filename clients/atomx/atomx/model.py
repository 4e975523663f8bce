"""The base of all models: attributes that are loaded lazily from the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from .documented import fields
from .exceptions import (
    APIConnectionError,
    APIError,
    AttributeNotLoadedError,
    ModelNotFoundError,
    NoSessionError,
)
from .shapes import is_dict, is_list
from .utils import get_attribute_model_name, model_name_to_rest
from .values import from_json, to_json

if TYPE_CHECKING:
    from .session import Atomx

_OWN = frozenset({"session", "_attributes", "_dirty", "_absent"})


class AtomxModel:
    """The base of all models.

    A model has every attribute of the API's object. Attributes that the answer lacks are fetched when they
    are first read (``creative.quickstats``). Ids of other objects become these objects
    (``profile.advertiser.name``). `save` sends the changed attributes. To change a list, assign a new
    list.

    Without a session, an attribute that the API's description names is None until it is set, and any other
    name is an AttributeError.

    Args:
        id: number of the object; may also be among the attributes.
        session: the session that fetches and saves.
        attributes: the known attributes of the object. They count as saved.
    """

    _resource_name: ClassVar[str] = "atomx-model"

    session: Atomx | None
    _attributes: dict[str, Any]
    _dirty: set[str]
    _absent: set[str]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._resource_name = model_name_to_rest(cls.__name__)

    def __init__(self, id: int | None = None, session: Atomx | None = None, **attributes: Any) -> None:
        if id is not None:
            attributes["id"] = id
        self._fill(attributes, session)

    @classmethod
    def _from(cls, payload: dict[str, Any], session: Atomx | None) -> AtomxModel:
        """Return a model of an answer, with attributes of any name."""
        model = cls.__new__(cls)
        model._fill(payload, session)
        return model

    def _fill(self, attributes: dict[str, Any], session: Atomx | None) -> None:
        """Replace all attributes by these, none of which counts as changed."""
        values = {name: from_json(name, value) for name, value in attributes.items()}
        self.session, self._attributes, self._dirty, self._absent = session, values, set(), set()

    # --- attributes

    if TYPE_CHECKING:
        id: Any
        deleted: bool
    else:

        @property
        def id(self):
            """Number of the object; None before it is created."""
            return self._attributes.get("id")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # probes of Python, pickle and notebooks; also an object without __init__
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in self._attributes:
            return self._present(name, self._attributes[name])
        if name == "deleted":
            return False
        return self._fetch(name)

    def _present(self, name: str, value: Any) -> Any:
        """Return a loaded attribute: ids and objects of other kinds become models."""
        kind = get_attribute_model_name(name)
        if not kind or name in self._dirty:
            return value
        if is_id(value) or (is_list(value) and value and all(map(is_id, value))):
            if self.session is None or self.session.lazy is False or self.id is None:
                return value
            return self._fetch(name)
        made = as_models(kind, value, self.session)
        self._attributes[name] = made
        return made

    def _fetch(self, name: str) -> Any:
        """Read one attribute from the API, and keep it."""
        session, number = self.session, self.id
        if session is None or number is None or not session.lazy:
            if name in fields(type(self).__name__):
                return None
            hint = "it has no session to ask the API" if session is None else "it was not loaded"
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}; {hint}")
        if name in self._absent:
            raise AttributeError(f"{type(self).__name__} {number} has no attribute {name!r}")
        try:
            value = session.get(self._resource_name, number, name)
        except APIConnectionError:
            raise
        except APIError as problem:
            if problem.status == 404:
                self._absent.add(name)
            raise AttributeNotLoadedError(
                f"{type(self).__name__} {number} has no attribute {name!r}: {problem}",
                problem.status,
                problem.errno,
                problem.response,
            ) from problem
        kind = get_attribute_model_name(name)
        made = as_models(kind, value, session) if kind else from_json(name, value)
        self._attributes[name] = made
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        elif name not in self._attributes or self._attributes[name] != value:
            self._attributes[name] = value
            self._dirty.add(name)

    def __delattr__(self, name: str) -> None:
        self._attributes[name] = [] if is_list(self._attributes[name]) else None
        self._dirty.add(name)

    def __dir__(self) -> Iterable[str]:
        return sorted({*super().__dir__(), *self._attributes})

    @property
    def json(self) -> dict[str, Any]:
        """The attributes by name: the model's own dict, not a copy."""
        return self._attributes

    @property
    def _dirty_json(self) -> dict[str, Any]:
        return {name: to_json(self._attributes[name]) for name in sorted(self._dirty)}

    # --- the API

    def _session(self, session: Atomx | None) -> Atomx:
        chosen = session or self.session
        if chosen is None:
            raise NoSessionError(f"pass an Atomx session, or make the {type(self).__name__} with one")
        chosen.check_login()
        return chosen

    def _number(self) -> Any:
        if self.id is None:
            raise ModelNotFoundError(f"this {type(self).__name__} has no id: it has not been created yet")
        return self.id

    def _take(self, payload: Any, session: Atomx) -> None:
        """Replace all attributes by those of an answer."""
        if not is_dict(payload):
            raise APIError(f"the answer is not a {type(self).__name__}", 200)
        self._fill(payload, session)

    def create(self, session: Atomx | None = None) -> AtomxModel:
        """Create the object in the API, and replace all attributes by those of the answer.

        Args:
            session: the session to use, if the model has none.

        Returns:
            The model itself.

        Raises:
            NoSessionError: neither the call nor the object has a session.
            APIError: the API refuses.
        """
        chosen = self._session(session)
        self._take(chosen.post(self._resource_name, to_json(self._attributes)), chosen)
        return self

    def save(self, session: Atomx | None = None) -> AtomxModel:
        """Send the changes, and replace all attributes by those of the answer. Create a model without an id.

        Args:
            session: the session to use, if the model has none.

        Returns:
            The model itself.

        Raises:
            NoSessionError: neither the call nor the object has a session.
            ModelNotFoundError: the object does not exist in the API any more.
            APIError: the API refuses.
        """
        chosen = self._session(session)
        if self.id is None:
            return self.create(chosen)
        self._take(chosen.put(self._resource_name, self.id, self._dirty_json), chosen)
        return self

    def update(self, session: Atomx | None = None) -> AtomxModel:
        """Call `save`."""
        return self.save(session)

    def delete(self, session: Atomx | None = None) -> Any:
        """Delete the object in the API for ever, with everything that belongs to it. Set `deleted` to True.

        Args:
            session: the session to use, if the model has none.

        Returns:
            The ids of all removed objects, by kind.

        Raises:
            NoSessionError: neither the call nor the object has a session.
            ModelNotFoundError: the object is not in the API.
        """
        removed = self._session(session).delete(self._resource_name, self._number())
        self._attributes["deleted"] = True
        return removed

    def reload(self, session: Atomx | None = None, **kwargs: Any) -> AtomxModel:
        """Read all attributes again; unsaved changes are lost.

        Args:
            session: the session to use, if the model has none.
            kwargs: query parameters, for instance ``attributes="id,name"``.

        Returns:
            The model itself.

        Raises:
            NoSessionError: neither the call nor the object has a session.
            ModelNotFoundError: the object is not in the API.
        """
        chosen = self._session(session)
        self._take(chosen.read(self._resource_name, self._number(), **kwargs), chosen)
        return self

    def history(
        self, session: Atomx | None = None, offset: int = 0, limit: int = 100, sort: str = "date.asc"
    ) -> list[dict[str, Any]]:
        """Return the changes of the object.

        Args:
            session: the session to use, if the model has none.
            offset: entries to skip.
            limit: entries to return at most.
            sort: ``date.asc`` or ``date.desc``.

        Returns:
            A dict for each change: the time, the user, and the changed attributes.

        Raises:
            NoSessionError: neither the call nor the object has a session.
            ModelNotFoundError: the object is not in the API.
        """
        chosen = self._session(session)
        return chosen.history_of(self._resource_name, self._number(), offset, limit, sort)

    # --- as a Python object

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AtomxModel):
            return NotImplemented
        return self is other or (type(self) is type(other) and self.id is not None and self.id == other.id)

    def __hash__(self) -> int:
        if self.id is None:
            raise TypeError(f"a {type(self).__name__} without an id can't be hashed")
        return hash((type(self), self.id))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._attributes!r})"

    def __getstate__(self) -> Any:
        # without the session, which holds the token
        return self._attributes, sorted(self._dirty)

    def __setstate__(self, state: Any) -> None:
        # pickles of 1.7 have the attributes only
        attributes, dirty = (state, ()) if is_dict(state) else state
        self._fill({}, None)
        self._attributes.update(attributes)
        self._dirty.update(dirty)


def is_id(value: Any) -> bool:
    """Return whether a value is the id of an object."""
    return isinstance(value, int) and not isinstance(value, bool)


def model_class(name: str) -> Any:
    """Return the class of a name that `get_model_name` returned."""
    from . import models

    return getattr(models, name)


def as_models(name: str, payload: Any, session: Atomx | None) -> Any:
    """Return an answer as models of that name: one model, a list of models, or the answer itself."""
    kind = model_class(name)
    if is_dict(payload) and payload:
        return kind._from(payload, session)
    if is_list(payload):
        return [kind._from(each, session) if is_dict(each) else each for each in payload]
    return payload

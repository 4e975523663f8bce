"""Favourites: parts that a user stores to build audiences from, such as a chart or a set of columns.

The vendor documents the paths and the members `favouriteId` and `newTitle`. All other members follow the
API's other sections; `favourite.model` is the server's whole answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from .._runtime.exceptions import ApiDecodeError, ApiValueError
from ..frames.html import html_card
from .collection import Collection
from .sections import section_class

if TYPE_CHECKING:
    from ..api._sections import Favourites as _Section
    from .session import Session
else:
    _Section = section_class("api", "favourites")


class Favourite:
    """One favourite of the session's user.

    Args:
        session: the session that found it.
        model: the server's model of it.
    """

    def __init__(self, session: Session, model: Mapping[str, Any]) -> None:
        self._session = session
        self.model = model
        """The server's model of it."""

    @property
    def id(self) -> int | str:
        """Its id."""
        found: int | str = self.model["id"]
        return found

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.model.get("title") or "")

    @property
    def description(self) -> str:
        """Its description."""
        return str(self.model.get("description") or "")

    def rename(self, title: str, description: str | None = None) -> Favourite:
        """Change the title, and the description if one is given; return this object."""
        change = {"favouriteId": self.id, "newTitle": _checked(title)}
        if description is not None:
            change["newDescription"] = description
        section = self._session.favourites
        section.favourites_rename_favourite(favourite=change)
        section.refresh()
        self.model = {**self.model, "title": title}
        if description is not None:
            self.model = {**self.model, "description": description}
        return self

    def duplicate(self, title: str) -> Favourite:
        """Create a copy with another title; return the copy."""
        section = self._session.favourites
        section.settle()
        made = section.favourites_duplicate_favourite(
            favourite={"favouriteId": self.id, "newTitle": _checked(title)}
        )
        section.refresh()
        return Favourite(self._session, _item(made))

    def delete(self) -> None:
        """Delete the favourite on the server.

        Raises:
            ValueError: the server did not delete it; the message contains the server's reason.
        """
        section = self._session.favourites
        section.settle()
        change = {"modificationType": "Delete", "id": self.id}
        answer: Any = self._session.users.users_modify_user_favourites(
            self._session.user_name, favourites={"returnModifiedItem": False, "list": [change]}
        )
        for outcome in _items(answer):
            if outcome.get("succeeded") is False:
                raise ApiValueError(f"favourite {self.id} was not deleted: {outcome.get('status')}")
        section.forget(lambda each: each.id == self.id)

    def __repr__(self) -> str:
        return f"<favourite {self.id}: {self.title}>"

    def _repr_html_(self) -> str:
        return html_card(f"{self.title} ({self.id})", [("description", self.description)])


class Favourites(Collection[Favourite], _Section):
    """The favourites of the session's user, by title or id; and all operations of the section."""

    def __init__(self, session: Session, section: _Section) -> None:
        _Section.__init__(self, section.controller, section.given)
        super().__init__(
            "favourite",
            self._fetch,
            lambda each: (each.title, str(each.id)),
            lambda each: {"id": each.id, "title": each.title, "description": each.description},
        )
        self._session = session

    def create(self, title: str, *, description: str = "", **content: Any) -> Favourite:
        """Create a favourite.

        Args:
            title: its title.
            description: its description.
            content: further members of the request, with the server's names.
        """
        made = self.favourites_create_favourite(
            favourite={"title": _checked(title), "description": description, **content}
        )
        self.refresh()
        return Favourite(self._session, _item(made))

    def _fetch(self) -> Iterator[Favourite]:
        for item in _items(self._session.users.users_get_user_favourites()):
            yield Favourite(self._session, _item(item))

    def __dir__(self) -> list[str]:
        return sorted(object.__dir__(self))


def _checked(title: str) -> str:
    if not title.strip():
        raise ApiValueError("a favourite needs a title")
    return title


def _items(answer: Any) -> list[dict[str, Any]]:
    """Return the items of an answer, which is a page, a plain list or empty."""
    found: Any = cast("dict[str, Any]", answer).get("list") if isinstance(answer, dict) else answer
    items = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("dict[str, Any]", each) for each in items if isinstance(each, dict)]


def _item(answer: Any) -> Mapping[str, Any]:
    """Return a favourite. Raises `ApiDecodeError` if the answer is not one."""
    found = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
    if not isinstance(found.get("id"), int | str):
        raise ApiDecodeError(
            200, f"the server's answer is not a favourite: it has no id, but {list(found)[:8]}"
        )
    return found

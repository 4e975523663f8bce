"""Objects as the API shows them: relations, expansion, attributes, and access rights."""

from __future__ import annotations

from typing import Any

from ..shapes import is_dict, is_list
from . import traffic
from .failure import Failure, missing
from .kinds import OWNER, TO_MANY, TO_ONE, find_kind, plural
from .store import Row, Store, timestamp

MAX_DEPTH = 3


class Objects:
    """The objects as one user sees them."""

    def __init__(self, store: Store, user: Row) -> None:
        self.store = store
        self.user = user

    # access rights

    def visible(self, kind: str, row: Row) -> bool:
        """Return whether the user may see an object: every object with a network, else only owned ones."""
        if self.user["networks"]:
            return True
        top, found = kind, row
        while top in OWNER:
            attribute = OWNER[top]
            top = TO_ONE[top][attribute]
            found = self.store.one(top, found.get(attribute) or 0) or {}
        if top in {"advertiser", "publisher"}:
            return bool(found.get("id") in self.user[f"{top}s"])
        if top == "user":
            return bool(found.get("id") == self.user["id"])
        return top != "network"

    def may_write(self, kind: str) -> None:
        """Refuse changes of objects without an owner, unless the user has a network."""
        if not self.user["networks"] and kind not in OWNER and kind not in {"advertiser", "publisher"}:
            raise Failure(403, f"you may not change a {kind}", 2)

    def all(self, kind: str) -> list[Row]:
        """Return every object of a kind that the user may see."""
        return [row for row in self.store.all(kind) if self.visible(kind, row)]

    def one(self, kind: str, text: str) -> Row:
        """Return one object, or a 404."""
        row = self.store.one(kind, int(text)) if text.isdigit() else None
        if row is None or not self.visible(kind, row):
            raise missing(f"{kind} {text}")
        return row

    # representation

    def show(self, kind: str, row: Row, attributes: str = "", expand: str = "", depth: int = 0) -> Row:
        """Return an object for an answer: relations as ids or, if expanded, as objects."""
        shown = dict(row)
        expanded = set(expand.split(",")) if expand else set[str]()
        for attribute, target in TO_ONE.get(kind, {}).items():
            if attribute not in row:
                continue
            shown[f"{attribute}_id"] = row[attribute]
            other = self.store.one(target, row[attribute] or 0)
            if other is not None and (attribute in expanded or depth > 0):
                shown[attribute] = self.show(target, other, depth=min(depth, MAX_DEPTH) - 1)
        for attribute in expanded - set(TO_ONE.get(kind, {})):
            payload = self.attribute(kind, row, attribute)
            if payload is not None:
                shown[attribute] = payload
        if attributes:
            names = {"id", *attributes.split(",")}
            shown = {name: value for name, value in shown.items() if name in names}
        return shown

    def lookup(self, kind: str, row: Row, name: str) -> Any:
        """Return the value for a filter or an order; `a.b` follows a relation or reads a member."""
        first, _, rest = name.partition(".")
        if first not in row and first.endswith("_id"):
            first = first.removesuffix("_id")
        value = row[first] if first in row and not rest else self.attribute(kind, row, first)
        while rest:
            first, _, rest = rest.partition(".")
            value = value.get(first) if is_dict(value) else None
        return value

    def attribute(self, kind: str, row: Row, name: str) -> Any:
        """Return one attribute in full: relations as objects. None if the attribute does not exist."""
        target = TO_ONE.get(kind, {}).get(name)
        if target is not None:
            other = self.store.one(target, row.get(name) or 0)
            return None if other is None else self.show(target, other)
        target = TO_MANY.get(kind, {}).get(name)
        if target is not None:
            numbers: list[int] = row.get(name) or []
            found = (self.store.one(target, number) for number in numbers)
            return [self.show(target, other) for other in found if other is not None]
        if name in row:
            return row[name]
        if name == "quickstats":
            return traffic.quickstats(self.store, kind, row["id"])
        back = self.back(kind, name)
        if back is None:
            return None
        target, attribute = back
        return [self.show(target, other) for other in self.all(target) if other.get(attribute) == row["id"]]

    def back(self, kind: str, name: str) -> tuple[str, str] | None:
        """Return the kind that an attribute lists (`profile` for `profiles`), and the attribute back."""
        target = find_kind(name)
        if target is None or name.lower().replace("-", "_") != plural(target):
            return None
        for attribute, owner in TO_ONE.get(target, {}).items():
            if owner == kind:
                return target, attribute
        return None

    # changes

    def stored(self, kind: str, values: Row) -> Row:
        """Return a request's attributes for the database: relations become ids, which must exist."""
        row: Row = {}
        for name, value in values.items():
            if name == "id":
                continue
            if name.endswith("_id") and name.removesuffix("_id") in TO_ONE.get(kind, {}):
                name = name.removesuffix("_id")
            target = TO_ONE.get(kind, {}).get(name)
            if target is not None:
                value = self.reference(target, value)
            target = TO_MANY.get(kind, {}).get(name)
            if target is not None:
                if value is not None and not is_list(value):
                    raise Failure(400, f"{name} must be a list of ids")
                value = [self.reference(target, each) for each in value or []]
            row[name] = value
        return row

    def reference(self, kind: str, value: Any) -> int | None:
        """Return the id for a relation."""
        if is_dict(value):
            value = value.get("id")
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or self.store.one(kind, value) is None:
            raise Failure(400, f"{kind} {value!r} does not exist")
        return value

    def create(self, kind: str, values: Any) -> Row:
        """Store a new object."""
        self.may_write(kind)
        if not is_dict(values):
            raise Failure(400, "an object with attributes is needed")
        row: Row = {"id": self.store.next_id(kind), **self.stored(kind, values)}
        attribute = OWNER.get(kind)
        if attribute is not None and row.get(attribute) is None:
            raise Failure(400, f"{attribute}_id is needed")
        if not self.visible(kind, row) and kind in OWNER:
            raise Failure(403, f"that {attribute} is not yours", 2)
        self.store.put(kind, row)
        self.remember(kind, row, row)
        return row

    def change(self, kind: str, row: Row, values: Any) -> Row:
        """Change attributes of an object."""
        self.may_write(kind)
        if not is_dict(values):
            raise Failure(400, "an object with attributes is needed")
        changes = self.stored(kind, values)
        changed = {**row, **changes}
        if "updated_at" in row and "updated_at" not in changes:
            changed["updated_at"] = timestamp()
        if not self.visible(kind, changed):
            raise Failure(403, "the change would give the object to somebody else", 2)
        self.store.put(kind, changed)
        if changes:
            self.remember(kind, row, changes)
        return changed

    def remove(self, kind: str, row: Row) -> dict[str, list[int]]:
        """Delete an object and everything that belongs to it."""
        self.may_write(kind)
        return self.store.remove(kind, row["id"])

    def remember(self, kind: str, row: Row, changes: Row) -> None:
        """Write a change into the history."""
        user = {"id": self.user["id"], "name": self.user["name"], "ip": "127.0.0.1", "user_agent": ""}
        self.store.note(kind, row["id"], user, changes)

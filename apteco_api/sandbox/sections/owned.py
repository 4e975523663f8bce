"""The common operations on owned items: the lists under Users and the batches that change items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import clock
from ..call import Answer, Call
from ..listing import page, whole
from ..problem import Problem, missing, refused
from ..rights import READ_ITEM
from ..sharing import (
    belonging_to,
    belongs_to,
    chosen,
    owns,
    pinned_first,
    present_to,
    require_owner,
    require_right,
    set_mark,
    viewer_of,
)
from ..store import Row


@dataclass(frozen=True, slots=True)
class Owned:
    """A kind of item that users own, and how it is shown and changed.

    Attributes:
        kind: the kind in the store.
        key: the path parameter that holds its id.
        deletion: the field with the date of deletion; empty for a kind whose rows are deleted.
        present: returns a row as the API shows it.
        change: stores the changes of a batch, except the user's own mark.
    """

    kind: str
    key: str
    deletion: str
    present: Callable[[Call, Row], Row]
    change: Callable[[Call, Row, Row], None] | None = None

    def list_for_user(self, call: Call) -> Answer:
        """Return the items that the user in the path owns, or that are shared with the user."""
        viewer = viewer_of(call)
        rows = belonging_to(call, self.kind, viewer)
        if self.deletion:
            rows = chosen(call, rows, self.deletion)
        shown = [present_to(call, self.kind, row, viewer, self.present(call, row)) for row in rows]
        return page(call, pinned_first(call, shown))

    def read_for_user(self, call: Call) -> Row:
        """Return one item as the user in the path sees it."""
        viewer = viewer_of(call)
        return self._seen(call, viewer, self._find(call, viewer, call.path[self.key]))

    def modify(self, call: Call) -> Answer:
        """Execute a batch of changes; each succeeds or fails separately."""
        viewer = viewer_of(call)
        outcomes: list[Row] = []
        for entry in call.body["list"]:
            outcome: Row = {"id": entry.get("id") or "", "succeeded": True, "status": "OK", "statusCode": 200}
            try:
                with call.world.store.turn:
                    self._modify(call, viewer, entry)
                if call.body["returnModifiedItem"]:
                    found = self._find(call, viewer, _number(entry))
                    outcome[self.kind] = self._seen(call, viewer, found)
            except Problem as problem:
                outcome |= {"succeeded": False, "status": problem.message, "statusCode": problem.status}
            outcomes.append(outcome)
        schemas = call.world.spec.schemas
        item = schemas.resolve(call.operation.answer or {})["properties"]["list"]["items"]
        return whole([schemas.shape(item)(outcome) for outcome in outcomes])

    def _modify(self, call: Call, viewer: Row, entry: Row) -> None:
        row = self._find(call, viewer, _number(entry))
        wanted: Row = entry[self.kind]
        kind = entry["modificationType"]
        if kind in ("Delete", "Undelete"):
            require_owner(call, self.kind, row)
            with call.world.store.write() as writer:
                writer.change(self.kind, row, **{self.deletion: clock.now() if kind == "Delete" else None})
            return
        if "status" in wanted:
            with call.world.store.write() as writer:
                set_mark(writer, viewer, self.kind, row["id"], wanted["status"])
        content = {name: value for name, value in wanted.items() if name not in ("status", "id")}
        if content and self.change:
            require_owner(call, self.kind, row)
            self.change(call, row, content)

    def _find(self, call: Call, viewer: Row, item: int) -> Row:
        row = call.world.store.get(self.kind, item)
        if row is None:
            raise missing(self.kind, item)
        if not belongs_to(call, self.kind, row, viewer) and not owns(call, row):
            raise Problem(403, f"This {self.kind} belongs to another user and is not shared.", id=item)
        require_right(call, READ_ITEM, self.kind, row)
        return row

    def _seen(self, call: Call, viewer: Row, row: Row) -> Row:
        return present_to(call, self.kind, row, viewer, self.present(call, row))


def _number(entry: Row) -> int:
    """Return the id of the item that a change is about; newer servers write ids as text."""
    key = entry.get("id")
    if isinstance(key, str) and key.isascii() and key.isdigit():
        key = int(key[:18])
    if not isinstance(key, int):
        raise refused(f"A change needs the id of an item, not {key!r}.", id=key)
    return key

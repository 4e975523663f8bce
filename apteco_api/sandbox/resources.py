"""Rows with an ordinary lifecycle, as data: which operations list, read, create, change and delete them.

A `Resource` names a kind of row and the operations on it. The answer's schema selects the fields of a summary
or a detail, so that one `present` serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .call import Answer, Call, handles
from .listing import page
from .problem import missing
from .store import Row, Writer


def _as_stored(call: Call, row: Row) -> Row:
    return row


def _from_body(call: Call) -> Row:
    """Return the declared members of the body, so that an id in a request does not choose the row."""
    assert call.operation.body is not None
    declared = call.world.spec.schemas.resolve(call.operation.body.schema)["properties"]
    return {name: value for name, value in call.body.items() if name in declared and name != "id"}


def _no_guard(call: Call, row: Row) -> None:
    """Let every caller of the operation use the row."""


def _nothing_more(writer: Writer, row: Row) -> None:
    """Change no other row."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of row and the operations on it.

    Attributes:
        kind: the kind in the store.
        what: the word for it in messages.
        key: the path parameter that holds a row's id.
        lists, reads, creates, changes, deletes: operation ids; each may be missing.
        present: returns a stored row as the API shows it.
        make: returns the new row for a request, or the values that a change replaces.
        among: returns the rows that the call can use, such as the children of an item in its path.
        guard: raises if the caller may not see the row (`guard_change`: may not change it).
        stored: updates other rows that depend on a created or changed row.
        deleted: deletes or changes rows that belong to a deleted row.
    """

    kind: str
    what: str
    key: str
    lists: str = ""
    reads: str = ""
    creates: str = ""
    changes: str = ""
    deletes: str = ""
    present: Callable[[Call, Row], Row] = _as_stored
    make: Callable[[Call], Row] = _from_body
    among: Callable[[Call], Iterable[Row]] | None = None
    guard: Callable[[Call, Row], None] = _no_guard
    guard_change: Callable[[Call, Row], None] = _no_guard
    stored: Callable[[Writer, Row], None] = _nothing_more
    deleted: Callable[[Writer, Row], None] = _nothing_more

    def rows(self, call: Call) -> Iterable[Row]:
        """Return the rows that the call can use."""
        return self.among(call) if self.among else call.world.store.rows(self.kind)

    def find(self, call: Call) -> Row:
        """Return the row in the call's path. Raise 404 if it is not in `rows`, or the error of `guard`."""
        wanted = call.path[self.key]
        row = next((row for row in self.rows(call) if row["id"] == wanted), None)
        if row is None:
            raise missing(self.what, wanted)
        self.guard(call, row)
        return row

    def register(self) -> None:
        """Register the handlers."""
        if self.lists:
            handles(self.lists)(self._list)
        if self.reads:
            handles(self.reads)(self._read)
        if self.creates:
            handles(self.creates)(self._create)
        if self.changes:
            handles(self.changes)(self._change)
        if self.deletes:
            handles(self.deletes)(self._delete)

    def _list(self, call: Call) -> Answer:
        return page(call, [self.present(call, row) for row in self.rows(call)])

    def _read(self, call: Call) -> Row:
        return self.present(call, self.find(call))

    def _create(self, call: Call) -> Row:
        row = {name: value for name, value in self.make(call).items() if name != "id"}
        with call.world.store.write() as writer:
            row = writer.put(self.kind, row)
            self.stored(writer, row)
        return self.present(call, row)

    def _change(self, call: Call) -> Row:
        with call.world.store.turn:
            row = self.find(call)
            self.guard_change(call, row)
            values = self.make(call)
            with call.world.store.write() as writer:
                row = writer.change(self.kind, row, **values)
                self.stored(writer, row)
        return self.present(call, row)

    def _delete(self, call: Call) -> None:
        with call.world.store.turn:
            row = self.find(call)
            self.guard_change(call, row)
            with call.world.store.write() as writer:
                writer.delete(self.kind, row["id"])
                self.deleted(writer, row)


def register(*resources: Resource) -> None:
    """Register the handlers of several resources."""
    for resource in resources:
        resource.register()

"""Rows with the ordinary lifecycle, told by a table of data: which operations list, read, create, change,
delete.

A `Resource` says which kind of row it is about and which operations do what with it. The answer's schema
picks the fields that a summary or a detail shows, so that one `present` serves both.
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
    """Return what the body's schema declares; an id that a request makes up must not choose the row."""
    assert call.operation.body is not None
    declared = call.world.spec.schemas.resolve(call.operation.body.schema)["properties"]
    return {name: value for name, value in call.body.items() if name in declared and name != "id"}


def _no_guard(call: Call, row: Row) -> None:
    """Everybody who may call the operation may use the row."""


def _nothing_more(writer: Writer, row: Row) -> None:
    """Change nothing: storing or deleting a row changes no other."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of row and the operations on it.

    Attributes:
        kind: the kind in the store.
        what: what people call it.
        key: the path parameter that holds a row's id.
        lists, reads, creates, changes, deletes: operation ids; a kind need not have them all.
        present: a stored row as the API shows it.
        make: the new row that a request asks for, or the values that a change replaces.
        among: the rows that the call is about, such as the children of the thing named in its path.
        guard: raises when the caller may not see the row (`guard_change`: change it).
        stored: changes what else a row that was made or changed has a say in.
        deleted: takes what belongs to a row away with it.
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
        """Return the rows that the call is about."""
        return self.among(call) if self.among else call.world.store.rows(self.kind)

    def find(self, call: Call) -> Row:
        """Return the row that the call's path names; 404 if it is not among them, and whatever `guard`
        raises.
        """
        wanted = call.path[self.key]
        row = next((row for row in self.rows(call) if row["id"] == wanted), None)
        if row is None:
            raise missing(self.what, wanted)
        self.guard(call, row)
        return row

    def register(self) -> None:
        """Make the handlers."""
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
    """Make the handlers of several resources."""
    for resource in resources:
        resource.register()

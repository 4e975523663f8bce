"""RowFilters, StorageQuotas, MetaData, FtpSites and Velocities: lists that administrators edit for a system.

Each list is read as a whole and changed by a batch, in which every change succeeds or fails separately.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..access import administrators_only
from ..call import Call, handles
from ..problem import Problem, missing, refused
from ..store import Row, part


@dataclass(frozen=True, slots=True)
class SystemList:
    """A list of a system and the operations on it.

    Attributes:
        item: the member of a change with the entry; also the kind in the store.
        field: the member of the answer with the entries.
        reads, changes: operation ids.
        secret: a member that is stored but never shown; `…Specified` tells whether it is set.
        text_id: whether the id of an entry is text.
    """

    item: str
    field: str
    reads: str
    changes: str
    secret: str = ""
    text_id: bool = False

    def register(self) -> None:
        """Register the handlers."""
        handles(self.reads)(self.read)
        handles(self.changes)(self.change)

    def read(self, call: Call) -> Row:
        """Return the entries that are not deleted, with their tags."""
        rows = call.world.store.rows(self.item, lambda row: not row["deleted"])
        named = {str(tag) for row in rows for tag in row.get("tags") or ()}
        tags = call.world.store.rows("tag", lambda tag: bool({str(tag["id"]), tag["value"]} & named))
        return {self.field: [self._shown(row) for row in rows], "tagsLookup": {"tags": tags}}

    def change(self, call: Call) -> list[Row]:
        """Execute a batch of changes."""
        administrators_only(call, "change the lists of a system")
        outcomes: list[Row] = []
        for entry in call.body["list"]:
            outcome: Row = {"id": entry.get("id") or "", "succeeded": True, "status": "OK", "statusCode": 200}
            try:
                with call.world.store.turn:
                    row = self._store(call, entry)
                outcome["id"] = str(row["id"])
                if call.body["returnModifiedItem"]:
                    outcome[self.item] = self._shown(row)
            except Problem as problem:
                outcome |= {"succeeded": False, "status": problem.message, "statusCode": problem.status}
            outcomes.append(outcome)
        return outcomes

    def _store(self, call: Call, entry: Row) -> Row:
        """Store one change; a modification without an id adds an entry."""
        wanted, kind = str(entry.get("id") or ""), entry["modificationType"]
        row = (
            call.world.store.get(self.item, int(wanted[:18]))
            if wanted.isascii() and wanted.isdigit()
            else None
        )
        content = {name: value for name, value in part(entry, self.item).items() if name != "id"}
        if row is None and (wanted not in ("", "0") or kind != "Modify"):
            raise missing(self.item, wanted)
        if kind == "Modify" and not content:
            raise refused(f"A modification holds the {self.item}.", where=self.item)
        with call.world.store.write() as writer:
            if row is None:
                return writer.put(self.item, {**content, "deleted": False})
            changes = content if kind == "Modify" else {"deleted": kind == "Delete"}
            return writer.change(self.item, row, **changes)

    def _shown(self, row: Row) -> Row:
        shown = {**row, "id": str(row["id"]) if self.text_id else row["id"]}
        if self.secret:
            shown[f"{self.secret}Specified"] = bool(shown.pop(self.secret, None))
        return shown


def _list(section: str, item: str, field: str, what: str, *, secret: str = "", text_id: bool = False) -> None:
    reads, changes = f"{section}_GetSystem{what}", f"{section}_ModifySystem{what}"
    SystemList(item, field, reads, changes, secret, text_id).register()


_list("RowFilters", "rowFilter", "rowFilters", "RowFilters")
_list("StorageQuotas", "storageQuota", "storageQuotas", "StorageQuotas")
_list("MetaData", "metaDataItem", "metaDataItems", "MetaData")
_list("FtpSites", "ftpSite", "ftpSites", "FtpSites", secret="privateKey")  # noqa: S106 - the name of a member
_list("Velocities", "velocity", "velocities", "Velocities")
_list("Velocities", "velocityBand", "velocityBands", "VelocityBands", text_id=True)

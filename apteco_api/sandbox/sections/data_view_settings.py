"""Settings: what programs keep for all users of a data view."""

from __future__ import annotations

from ..call import Call, handles
from ..schema import Json
from ..settings_tree import branch, with_branch
from ..store import Row


def _tree(call: Call) -> Row:
    return call.find("settings", "data-view")


def _store(call: Call, value: Json | None) -> None:
    path = call.path.get("settingsPath", "")
    with call.world.store.write() as writer:
        row = _tree(call)  # read inside the transaction: another writer's branch must not be lost
        writer.change("settings", row, tree=with_branch(row["tree"], path, value))


@handles("Settings_GetDataViewSettingsRoot", "Settings_GetDataViewSettings")
def read(call: Call) -> Row:
    """Read the tree or a branch of it."""
    return branch(_tree(call)["tree"], call.path.get("settingsPath", ""))


@handles("Settings_UpdateDataViewSettingsRoot", "Settings_UpdateDataViewSettings")
def update(call: Call) -> Row:
    """Store the tree or a branch of it."""
    _store(call, call.body)
    stored: Row = call.body
    return stored


@handles("Settings_DeleteDataViewSettingsRoot", "Settings_DeleteDataViewSettings")
def delete(call: Call) -> None:
    """Drop the tree or a branch of it."""
    branch(_tree(call)["tree"], call.path.get("settingsPath", ""))
    _store(call, None)

"""Settings: values that programs store for all users of a data view."""

from __future__ import annotations

from collections.abc import Iterator

from ..call import Call, handles
from ..files import parts_of
from ..problem import Problem
from ..rights import READ_SETTINGS, WRITE_SETTINGS, Right, path_levels
from ..schema import Json, is_object
from ..settings_tree import branch, with_branch
from ..store import Row


def _tree(call: Call) -> Row:
    return call.find("settings", "data-view")


def _path(call: Call) -> str:
    path: str = call.path.get("settingsPath", "")
    return "/".join(parts_of(path)) if path else ""


def _require(call: Call, right: Right, path: str) -> None:
    call.world.rights.require(call.user, right, path_levels(f"Settings/{path}"))


def _there(tree: Json, path: str) -> Json:
    try:
        return branch(tree, path)
    except Problem:
        return {}


def _branches(tree: Json, path: str) -> Iterator[str]:
    """Yield the paths of all branches below a branch, each before the branches inside it."""
    work = [(path, tree)]
    while work:
        above, branch_of = work.pop()
        for name, inside in branch_of.items():
            if is_object(inside):
                below = f"{above}/{name}" if above else name
                yield below
                work.append((below, inside))


def _seen(call: Call, tree: Json, path: str) -> Json:
    """Return the tree without the branches that the caller may not read."""
    for below in list(_branches(tree, path)):
        if not call.world.rights.allows(call.user, READ_SETTINGS, path_levels(f"Settings/{below}")):
            tree = with_branch(tree, below.removeprefix(path).strip("/"), None)
    return tree


def _store(call: Call, value: Json | None) -> None:
    path = _path(call)
    _require(call, WRITE_SETTINGS, path)
    with call.world.store.write() as writer:
        row = _tree(call)  # read inside the transaction, so that another writer's branch is not lost
        for below in _branches(_there(row["tree"], path), path):
            _require(call, WRITE_SETTINGS, below)
        writer.change("settings", row, tree=with_branch(row["tree"], path, value))


@handles("Settings_GetDataViewSettingsRoot", "Settings_GetDataViewSettings")
def read(call: Call) -> Row:
    """Read the tree or a branch of it."""
    path = _path(call)
    _require(call, READ_SETTINGS, path)
    return _seen(call, branch(_tree(call)["tree"], path), path)


@handles("Settings_UpdateDataViewSettingsRoot", "Settings_UpdateDataViewSettings")
def update(call: Call) -> Row:
    """Store the tree or a branch of it."""
    _store(call, call.body)
    stored: Row = call.body
    return stored


@handles("Settings_DeleteDataViewSettingsRoot", "Settings_DeleteDataViewSettings")
def delete(call: Call) -> None:
    """Delete the tree or a branch of it."""
    branch(_tree(call)["tree"], call.path.get("settingsPath", ""))
    _store(call, None)

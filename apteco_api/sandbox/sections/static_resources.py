"""The section StaticResources: logos and other files of a data view, by category."""

from __future__ import annotations

from urllib.parse import quote

from .. import clock
from ..call import Answer, Call, handles, in_turn
from ..files import parts_of
from ..listing import page
from ..problem import Problem, missing
from ..resources import Resource, register
from ..settings import BASE_PATH
from ..store import Row
from .files import download


def _category(call: Call) -> Row:
    name: str = call.path["resourceCategory"]
    rows = call.world.store.rows("resource-category", lambda row: row["id"].lower() == name.lower())
    if not rows:
        raise missing("resource category", name)
    return rows[0]


def _static(call: Call, row: Row) -> Row:
    view, name = quote(call.world.settings.data_view), quote(row["name"], safe="")
    url = f"{BASE_PATH}/{view}/StaticResources/{quote(row['category'])}/Resources/{row['id']}/{name}"
    return {**row, "url": url}


def _in_category(call: Call) -> list[Row]:
    category = _category(call)["id"]
    return call.world.store.rows("resource", lambda row: row["category"] == category)


def _named_static(call: Call, name: str, number: str = "") -> Row:
    for row in _in_category(call):
        if row["name"] == name and number in ("", str(row["id"])):
            return row
    raise missing("resource", name)


@handles("StaticResources_GetStaticResourcesForCategory")
def statics(call: Call) -> Answer:
    """List the resources of a category."""
    return page(call, [_static(call, row) for row in _in_category(call)])


@handles("StaticResources_PostStaticResourceFile")
def post_static(call: Call) -> None:
    """Add a file to a category."""
    if not call.is_administrator:
        raise Problem(403, "Only administrators may add resources, as every caller can fetch them.")
    category, name = _category(call)["id"], parts_of(call.filename or "resource")[-1]
    row = {"name": name, "category": category, "size": len(call.body), "lastModified": clock.now()}
    with call.world.store.write() as writer:
        for old in call.world.store.rows(
            "resource", lambda r: r["category"] == category and r["name"] == name
        ):
            writer.delete("resource", old["id"])
            writer.delete_content(f"resource:{old['id']}")
        stored = writer.put("resource", row)
        writer.put_content(f"resource:{stored['id']}", call.body)


@handles("StaticResources_GetStaticResourceFileDetails")
def static_details(call: Call) -> Row:
    """Look a resource up by its name."""
    return _static(call, _named_static(call, call.path["resourceName"]))


@handles("StaticResources_GetStaticResourceFileDetailsById")
def static_details_by_id(call: Call) -> Row:
    """Look a resource up by its id and its name."""
    return _static(call, _named_static(call, call.path["resourceName"], call.path["resourceId"]))


@handles("StaticResources_GetStaticResourceFile")
def static_file(call: Call) -> Answer:
    """Download a resource."""
    row = _named_static(call, call.path["resourceName"], call.path["resourceId"])
    return download(row["name"], call.world.store.content(f"resource:{row['id']}") or b"")


@handles("StaticResources_DeleteStaticResourceFile")
@in_turn
def delete_static(call: Call) -> None:
    """Remove a resource."""
    if not call.is_administrator:
        raise Problem(403, "Only administrators may remove resources.")
    wanted: str = call.path["resourceId"]
    row = next((row for row in _in_category(call) if str(row["id"]) == wanted), None)
    if row is None:
        raise missing("resource", wanted)
    with call.world.store.write() as writer:
        writer.delete("resource", row["id"])
        writer.delete_content(f"resource:{row['id']}")


handles("StaticResources_GetStaticResourceCategory")(_category)
register(
    Resource(
        "resource-category", "resource category", "", lists="StaticResources_GetStaticResourceCategories"
    ),
)

"""Dashboards, widgets and visualizations. In addresses, Redash 9 has slugs, and current servers numbers."""

from __future__ import annotations

import secrets
from typing import Any

from . import shapes, world
from .calls import Call, route
from .shapes import NOT_FOUND, SERVER_ERROR, Refusal, must
from .store import Doc, now

_SETTABLE = ("name", "layout", "tags", "is_draft", "is_archived", "dashboard_filters_enabled", "options")


def _list(call: Call, docs: list[Doc]) -> Doc:
    return shapes.page(
        docs, call.asked, lambda doc: shapes.dashboard(call.store, _shown(call, doc), call.caller_id)
    )


def _live(call: Call) -> list[Doc]:
    return call.store.all("dashboard", is_archived=False)


def _by_slug(call: Call, slug: str) -> Doc | None:
    return next(iter(call.store.all("dashboard", slug=slug)), None)


def _named(call: Call, missing: int) -> Doc:
    """Return the dashboard of an address that has a slug on Redash 9 and a number on current servers.

    ``missing`` is the status of Redash 9 for an unknown slug: 404 for reading, 500 for deleting.
    """
    text = call.path["dashboard"]
    if call.current:
        return must(call.store.find("dashboard", shapes.number(text)))
    found = _by_slug(call, text)
    if found is None:
        raise Refusal(missing, NOT_FOUND if missing == 404 else SERVER_ERROR)
    return found


def _shape(call: Call, doc: Doc) -> Doc:
    return shapes.dashboard(call.store, _shown(call, doc), call.caller_id, call.base, widgets=True)


def _shown(call: Call, doc: Doc) -> Doc:
    """Return a dashboard with the slug that the server shows: a current server makes it from the name."""
    return {**doc, "slug": world.slugify(doc["name"])} if call.current else doc


def _slug(call: Call, name: str) -> str:
    """Return a unique slug to store: with `_1` appended if another dashboard has the plain slug."""
    slug = plain = world.slugify(name)
    count = 0
    while _by_slug(call, slug) is not None:
        count += 1
        slug = f"{plain}_{count}"
    return slug


@route("GET", "/dashboards")
def list_dashboards(call: Call) -> Any:
    """Return all dashboards that are not archived."""
    return _list(call, _live(call))


@route("GET", "/dashboards/favorites")
def favorites(call: Call) -> Any:
    """Return the caller's favourites."""
    return _list(call, [doc for doc in _live(call) if call.caller_id in doc["favorite_of"]])


@route("GET", "/dashboards/tags")
def dashboard_tags(call: Call) -> Any:
    """Return the tags with counts."""
    return shapes.tags(_live(call))


@route("POST", "/dashboards")
def create_dashboard(call: Call) -> Any:
    """Make an empty draft."""
    name = call.needs("name")["name"]
    doc = call.store.add("dashboard", world.dashboard(name, _slug(call, name), call.caller_id or 0))
    return shapes.dashboard(call.store, _shown(call, doc), call.caller_id)


@route("GET", "/dashboards/{dashboard}")
def get_dashboard(call: Call) -> Any:
    """Return one dashboard; ``legacy`` means by slug."""
    if "legacy" in call.asked:
        return _shape(call, must(_by_slug(call, call.path["dashboard"])))
    return _shape(call, _named(call, 404))


@route("POST", "/dashboards/{dashboard}")
def update_dashboard(call: Call) -> Any:
    """Set members of a dashboard; every version names it by number here."""
    doc = call.store.find("dashboard", call.id("dashboard"))
    if doc is None:
        raise Refusal(500, SERVER_ERROR)
    call.may_change(doc)
    if call.sent.get("version", doc["version"]) != doc["version"]:
        raise Refusal(409, "")
    doc.update({name: call.sent[name] for name in _SETTABLE if name in call.sent})
    doc.update(version=doc["version"] + 1, updated_at=now())
    call.store.put("dashboard", doc)
    return _shape(call, doc)


@route("DELETE", "/dashboards/{dashboard}")
def archive_dashboard(call: Call) -> Any:
    """Archive a dashboard."""
    doc = _named(call, 500)
    call.may_change(doc)
    doc["is_archived"] = True
    call.store.put("dashboard", doc)
    return _shape(call, doc)


@route("POST", "/dashboards/{dashboard}/share")
def share(call: Call) -> Any:
    """Open a dashboard to everybody with the link."""
    doc = must(call.store.find("dashboard", call.id("dashboard")))
    call.may_change(doc)
    doc["shared_key"] = doc["shared_key"] or secrets.token_urlsafe(30)
    call.store.put("dashboard", doc)
    return {"public_url": shapes.public_url(call.base, doc), "api_key": doc["shared_key"]}


@route("DELETE", "/dashboards/{dashboard}/share")
def unshare(call: Call) -> Any:
    """Close the link of a dashboard."""
    doc = must(call.store.find("dashboard", call.id("dashboard")))
    call.may_change(doc)
    call.store.put("dashboard", {**doc, "shared_key": ""})
    return None


@route("POST", "/dashboards/{dashboard}/favorite")
def star(call: Call) -> Any:
    """Set the caller's star."""
    doc = _named(call, 404)
    call.store.put(
        "dashboard", {**doc, "favorite_of": list(dict.fromkeys([*doc["favorite_of"], call.caller_id]))}
    )
    return None


@route("DELETE", "/dashboards/{dashboard}/favorite")
def unstar(call: Call) -> Any:
    """Remove the caller's star."""
    doc = _named(call, 404)
    rest = [each for each in doc["favorite_of"] if each != call.caller_id]
    call.store.put("dashboard", {**doc, "favorite_of": rest})
    return None


@route("POST", "/widgets")
def create_widget(call: Call) -> Any:
    """Put a widget on a dashboard."""
    sent = call.needs("dashboard_id", "visualization_id", "text", "options", "width")
    call.may_change(must(call.store.find("dashboard", shapes.number(str(sent["dashboard_id"])))))
    if sent["visualization_id"] is not None:
        must(call.store.find("visualization", sent["visualization_id"]))
    names = ("dashboard_id", "visualization_id", "text", "options", "width")
    members = {name: sent[name] for name in names}
    doc = call.store.add("widget", {**members, "created_at": now(), "updated_at": now()})
    return shapes.widget(call.store, doc)


@route("POST", "/widgets/{widget_id}")
def update_widget(call: Call) -> Any:
    """Set text and options of a widget."""
    doc = must(call.store.find("widget", call.id("widget_id")))
    doc.update({name: call.sent[name] for name in ("text", "options") if name in call.sent}, updated_at=now())
    call.store.put("widget", doc)
    return shapes.widget(call.store, doc)


@route("DELETE", "/widgets/{widget_id}")
def delete_widget(call: Call) -> Any:
    """Delete a widget."""
    doc = must(call.store.find("widget", call.id("widget_id")))
    call.may_change(must(call.store.find("dashboard", doc["dashboard_id"])))
    call.store.remove("widget", doc["id"])
    return None


@route("POST", "/visualizations")
def create_visualization(call: Call) -> Any:
    """Add a visualization to a query."""
    sent = call.needs("query_id", "type", "name", "options")
    query = must(call.store.find("query", shapes.number(str(sent["query_id"]))))
    call.may_change(query)
    about = sent.get("description") or ""
    doc = world.add_visualization(call.store, query["id"], sent["type"], sent["name"], sent["options"], about)
    return shapes.visualization(call.store, doc)


@route("POST", "/visualizations/{visualization_id}")
def update_visualization(call: Call) -> Any:
    """Set members of a visualization."""
    doc = must(call.store.find("visualization", call.id("visualization_id")))
    settable = ("type", "name", "description", "options")
    doc.update({name: call.sent[name] for name in settable if name in call.sent}, updated_at=now())
    call.store.put("visualization", doc)
    return shapes.visualization(call.store, doc)


@route("DELETE", "/visualizations/{visualization_id}")
def delete_visualization(call: Call) -> Any:
    """Delete a visualization and the widgets that show it."""
    doc = must(call.store.find("visualization", call.id("visualization_id")))
    for widget in call.store.all("widget", visualization_id=doc["id"]):
        call.store.remove("widget", widget["id"])
    call.store.remove("visualization", doc["id"])
    return None

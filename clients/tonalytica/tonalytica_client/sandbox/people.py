"""The caller, users, groups, data sources, alerts and snippets."""

from __future__ import annotations

from typing import Any

from . import shapes
from .calls import Call, route
from .shapes import must
from .store import Doc, now

VERSIONS = {True: "25.8.0", False: "9.0.0-beta"}


@route("GET", "/session")
def session(call: Call) -> Any:
    """Return the owner of the key."""
    caller = call.caller or {}
    names = ("id", "name", "email", "permissions", "groups")
    config = {"version": VERSIONS[call.current], "pageSize": 20, "dateFormat": "DD/MM/YY"}
    return {
        "user": {name: caller[name] for name in names},
        "org_slug": "default",
        "messages": [],
        "client_config": config,
    }


@route("GET", "/users")
def users(call: Call) -> Any:
    """Return the users, or the disabled ones."""
    disabled = call.asked.get("disabled", ["false"])[0].lower() == "true"
    return shapes.page(call.store.all("user", is_disabled=disabled), call.asked, shapes.user)


@route("GET", "/users/{user_id}")
def get_user(call: Call) -> Any:
    """Return a user."""
    return shapes.user(must(call.store.find("user", call.id("user_id"))))


@route("GET", "/groups")
def groups(call: Call) -> Any:
    """Return all groups."""
    return call.store.all("group")


@route("GET", "/data_sources")
def sources(call: Call) -> Any:
    """Return all data sources."""
    return call.store.all("source")


@route("GET", "/data_sources/{data_source_id}")
def source(call: Call) -> Any:
    """Return a data source."""
    return must(call.store.find("source", call.id("data_source_id")))


@route("GET", "/data_sources/{data_source_id}/schema")
def schema(call: Call) -> Any:
    """Return a job that reads the tables."""
    doc = must(call.store.find("source", call.id("data_source_id")))
    return {"job": call.worker.schema(doc["id"], typed=call.current).shape()}


@route("GET", "/alerts")
def alerts(call: Call) -> Any:
    """Return all alerts."""
    return [shapes.alert(call.store, doc) for doc in call.store.all("alert")]


@route("POST", "/alerts")
def create_alert(call: Call) -> Any:
    """Make an alert."""
    sent = call.needs("name", "options", "query_id")
    query = must(call.store.find("query", shapes.number(str(sent["query_id"]))))
    members: Doc = {
        "name": sent["name"],
        "options": sent["options"],
        "query_id": query["id"],
        "rearm": sent.get("rearm"),
        "state": "unknown",
        "user_id": call.caller_id,
        "last_triggered_at": None,
        "created_at": now(),
        "updated_at": now(),
    }
    return shapes.alert(call.store, call.store.add("alert", members))


def _alert(call: Call) -> Doc:
    return must(call.store.find("alert", call.id("alert_id")))


@route("GET", "/alerts/{alert_id}")
def get_alert(call: Call) -> Any:
    """Return an alert."""
    return shapes.alert(call.store, _alert(call))


@route("POST", "/alerts/{alert_id}")
def update_alert(call: Call) -> Any:
    """Set members."""
    doc = _alert(call)
    call.may_change(doc)
    settable = ("name", "options", "query_id", "rearm")
    doc.update({name: call.sent[name] for name in settable if name in call.sent}, updated_at=now())
    call.store.put("alert", doc)
    return shapes.alert(call.store, doc)


@route("DELETE", "/alerts/{alert_id}")
def delete_alert(call: Call) -> Any:
    """Delete an alert."""
    doc = _alert(call)
    call.may_change(doc)
    call.store.remove("alert", doc["id"])
    return None


def _snippet(call: Call, doc: Doc) -> Doc:
    owner = shapes.user(must(call.store.find("user", doc["user_id"])))
    return {**{name: value for name, value in doc.items() if name != "user_id"}, "user": owner}


@route("GET", "/query_snippets")
def snippets(call: Call) -> Any:
    """Return all snippets."""
    return [_snippet(call, doc) for doc in call.store.all("snippet")]


@route("POST", "/query_snippets")
def create_snippet(call: Call) -> Any:
    """Make a snippet."""
    sent = call.needs("trigger", "snippet")
    members = {
        "trigger": sent["trigger"],
        "description": sent.get("description", ""),
        "snippet": sent["snippet"],
    }
    doc = call.store.add(
        "snippet", {**members, "user_id": call.caller_id, "created_at": now(), "updated_at": now()}
    )
    return _snippet(call, doc)


@route("GET", "/query_snippets/{snippet_id}")
def get_snippet(call: Call) -> Any:
    """Return a snippet."""
    return _snippet(call, must(call.store.find("snippet", call.id("snippet_id"))))


@route("POST", "/query_snippets/{snippet_id}")
def update_snippet(call: Call) -> Any:
    """Set members."""
    doc = must(call.store.find("snippet", call.id("snippet_id")))
    call.may_change(doc)
    settable = ("trigger", "description", "snippet")
    doc.update({name: call.sent[name] for name in settable if name in call.sent}, updated_at=now())
    call.store.put("snippet", doc)
    return _snippet(call, doc)


@route("DELETE", "/query_snippets/{snippet_id}")
def delete_snippet(call: Call) -> Any:
    """Delete a snippet."""
    doc = must(call.store.find("snippet", call.id("snippet_id")))
    call.may_change(doc)
    call.store.remove("snippet", doc["id"])
    return None

"""The JSON of each kind of object, and pages of objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import parameters
from .store import Doc, Store


class Refusal(Exception):
    """The error of a refused request."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = {"message": body} if isinstance(body, str) else body


NOT_FOUND = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)
FORBIDDEN = (
    "You don't have the permission to access the requested resource. "
    "It is either read-protected or not readable by the server."
)
SERVER_ERROR = "Internal Server Error"


def number(text: str) -> int:
    """Return an id in an address. The real server fails (500) if it is not a number of its database."""
    try:
        return int(text)
    except ValueError:
        raise Refusal(500, SERVER_ERROR) from None


def must(found: Doc | None) -> Doc:
    """Return the object, or raise 404 without one."""
    if found is None:
        raise Refusal(404, NOT_FOUND)
    return found


def user(doc: Doc) -> Doc:
    """Return a user, without the key."""
    hidden = ("api_key", "permissions")
    return {
        **{name: value for name, value in doc.items() if name not in hidden},
        "profile_image_url": f"https://www.gravatar.com/avatar/{doc['id']}",
        "auth_type": "password",
        "is_invitation_pending": False,
        "disabled_at": doc["updated_at"] if doc["is_disabled"] else None,
        "active_at": None,
    }


def visualization(store: Store, doc: Doc, with_query: bool = False) -> Doc:
    """Return a visualization; on a dashboard it comes with its query."""
    shape = {name: value for name, value in doc.items() if name != "query_id"}
    if with_query:
        shape["query"] = query(store, must(store.find("query", doc["query_id"])), None)
    return shape


def query(store: Store, doc: Doc, caller: int | None, visualizations: bool = False) -> Doc:
    """Return a query for ``caller``."""
    shape = {name: value for name, value in doc.items() if name not in ("favorite_of", "user_id")}
    shape["is_safe"] = parameters.is_safe(doc["options"]["parameters"])
    shape["user"] = user(must(store.find("user", doc["user_id"])))
    shape["last_modified_by"] = user(must(store.find("user", doc["last_modified_by_id"])))
    shape["is_favorite"] = caller in doc["favorite_of"]
    if visualizations:
        own = store.all("visualization", query_id=doc["id"])
        shape["visualizations"] = [visualization(store, each) for each in own]
        shape["can_edit"] = caller is not None
    else:
        latest = store.find("result", doc["latest_query_data_id"] or 0)
        shape["retrieved_at"] = latest["retrieved_at"] if latest else None
        shape["runtime"] = latest["runtime"] if latest else None
    return shape


def widget(store: Store, doc: Doc) -> Doc:
    """Return a widget; a text has no ``visualization`` at all."""
    shape = {name: value for name, value in doc.items() if name != "visualization_id"}
    shown = store.find("visualization", doc["visualization_id"] or 0)
    if shown is not None:
        shape["visualization"] = visualization(store, shown, with_query=True)
    return shape


def dashboard(store: Store, doc: Doc, caller: int | None, base: str = "", widgets: bool = False) -> Doc:
    """Return a dashboard for ``caller``."""
    shape = {name: value for name, value in doc.items() if name not in ("favorite_of", "shared_key")}
    shape["user"] = user(must(store.find("user", doc["user_id"])))
    shape["is_favorite"] = caller in doc["favorite_of"]
    shape["widgets"] = None
    if widgets:
        shape["widgets"] = [widget(store, each) for each in store.all("widget", dashboard_id=doc["id"])]
        shape["can_edit"] = caller is not None
        if doc["shared_key"]:
            shape["public_url"] = public_url(base, doc)
            shape["api_key"] = doc["shared_key"]
    return shape


def public_url(base: str, doc: Doc) -> str:
    """Return the link that shows a shared dashboard."""
    return f"{base}/public/dashboards/{doc['shared_key']}?org_slug=default"


def alert(store: Store, doc: Doc) -> Doc:
    """Return an alert with its query."""
    shape = {name: value for name, value in doc.items() if name not in ("query_id", "user_id")}
    shape["query"] = query(store, must(store.find("query", doc["query_id"])), None)
    shape["user"] = user(must(store.find("user", doc["user_id"])))
    return shape


def page(docs: list[Doc], asked: dict[str, list[str]], shape: Callable[[Doc], Doc]) -> Doc:
    """Return one page of a list, after the search, tags and order in the address."""
    words = " ".join(asked.get("q", [])).lower().split()
    tags = asked.get("tags", [])
    rows = [
        doc
        for doc in docs
        if all(word in f"{doc['name']} {doc.get('description') or ''}".lower() for word in words)
        and all(tag in doc.get("tags", []) for tag in tags)
    ]
    order = asked.get("order", ["-created_at"])[0]
    column = order.lstrip("-")
    rows.sort(key=lambda doc: (str(doc.get(column) or "").lower(), doc["id"]), reverse=order.startswith("-"))
    try:
        at, size = int(asked.get("page", ["1"])[0]), int(asked.get("page_size", ["25"])[0])
    except ValueError:
        at, size = 1, 25
    if at < 1:
        raise Refusal(400, "Page must be positive integer.")
    if not 1 <= size <= 250:
        raise Refusal(400, "Page size is out of range (1-250).")
    first = (at - 1) * size
    if first + 1 > len(rows) > 0:
        raise Refusal(400, "Page is out of range.")
    results = [shape(doc) for doc in rows[first : first + size]]
    return {"count": len(rows), "page": at, "page_size": size, "results": results}


def tags(docs: list[Doc]) -> Doc:
    """Return every tag with the number of its uses."""
    counts: dict[str, int] = {}
    for doc in docs:
        for tag in doc["tags"]:
            counts[tag] = counts.get(tag, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {"tags": [{"name": name, "count": count} for name, count in ordered]}

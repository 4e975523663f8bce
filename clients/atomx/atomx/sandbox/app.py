"""The sandbox as an ASGI application: one handler for all paths."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..shapes import is_dict, is_list
from . import access, selection, traffic
from .failure import Failure, missing, unauthorized
from .invoice import pdf
from .kinds import SEARCHED, find_kind, plural
from .objects import Objects
from .seed import fill
from .selection import Pairs, last, number
from .store import Row, Store, timestamp

INVOICES = ("advertiser", "publisher", "network-sell", "network-buy")
FIRST_MONTH = (2024, 1)


class Call:
    """One parsed request."""

    def __init__(self, method: str, parts: list[str], query: Pairs, body: Any, token: str) -> None:
        self.method = method
        self.parts = parts
        self.query = query
        self.body = body
        self.token = token

    @property
    def values(self) -> Row:
        """The body, which must be an object."""
        if not is_dict(self.body):
            raise Failure(400, "the body must be a JSON object")
        return self.body


def envelope(resource: str, payload: Any, **meta: Any) -> JSONResponse:
    """Return an answer as the API wraps it."""
    return JSONResponse(
        {"success": True, "resource": resource, resource: payload, "timestamp": timestamp(), **meta}
    )


def create_app(database: str = ":memory:") -> Starlette:
    """Return the sandbox on a database: a path, or memory that is lost when the process ends."""
    store = Store(database)
    if store.empty:
        fill(store)

    async def handle(request: Request) -> Response:
        raw = cast("bytes", request.scope.get("raw_path") or request.url.path.encode()).decode("ascii")
        parts = [unquote(part) for part in raw.split("?")[0].split("/") if part]
        query = parse_qsl(request.url.query, keep_blank_values=True)
        content = await request.body()
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            body = json.loads(content) if content else None
            if not parts or not re.fullmatch(r"v\d", parts[0]):
                raise missing("/".join(parts))
            return await run_in_threadpool(answer, store, Call(request.method, parts[1:], query, body, token))
        except json.JSONDecodeError:
            return refusal(Failure(400, "the body is not JSON"))
        except Failure as failure:
            return refusal(failure)

    app = Starlette(routes=[Route("/{path:path}", handle, methods=["GET", "POST", "PUT", "DELETE"])])
    app.state.store = store
    return app


def refusal(failure: Failure) -> JSONResponse:
    """Return an error answer."""
    return JSONResponse({"success": False, "error": failure.error, "errno": failure.errno}, failure.status)


def answer(store: Store, call: Call) -> Response:
    """Answer one request."""
    with store.lock:
        first = call.parts[0].lower() if call.parts else ""
        if first == "login" and call.method in {"GET", "POST"}:
            values = call.values if call.method == "POST" else dict(call.query)
            return JSONResponse({"success": True, **access.login(store, values)})
        if first == "totp" and call.method == "POST":
            return JSONResponse({"success": True, **access.second_step(store, call.token, call.values)})
        user = access.user_of(store, call.token)
        if user is None:
            raise unauthorized()
        return HANDLERS.get(first, resources)(Objects(store, user), call)


def search(objects: Objects, call: Call) -> Response:
    """Serve `GET /search`: ids and names of the objects that have a word in their names."""
    word = (last(call.query, "q") or "").lower()
    index = last(call.query, "index")
    found: dict[str, list[Row]] = {}
    for name in index.split(",") if index else SEARCHED:
        kind = find_kind(name)
        if kind is None:
            raise Failure(400, f"index {name!r} does not exist")
        found[name] = [
            {"id": row["id"], "name": row["name"]}
            for row in objects.all(kind)
            if word in str(row.get("name")).lower()
        ]
    return envelope("search", found, count=sum(map(len, found.values())))


def history(objects: Objects, call: Call) -> Response:
    """Serve `GET /history/{kind}/{id}`: the changes of one object."""
    kind = find_kind(call.parts[1]) if len(call.parts) == 3 else None
    if kind is None or call.method != "GET":
        raise missing("/".join(call.parts))
    return history_of(objects, kind, objects.one(kind, call.parts[2]), call)


def history_of(objects: Objects, kind: str, row: Row, call: Call) -> Response:
    """Return the changes of one object, as one page."""
    changes = objects.store.history(kind, row["id"])
    if (last(call.query, "sort") or "date.asc") == "date.desc":
        changes.reverse()
    shown, meta = selection.page(changes, call.query)
    return envelope("history", [{**each, "history": each["changes"]} for each in shown], **meta)


def reports(objects: Objects, call: Call) -> Response:
    """Serve `/report` and `/reports`: make, list, change and delete reports."""
    user = objects.user["id"]
    match call.method, call.parts[1:]:
        case "POST", []:
            return new_report(objects, call)
        case "GET", []:
            mine = objects.store.reports(user)
            listed = {
                "reports": [row for row in mine if not row["is_scheduled_report"]],
                "scheduled": [row for row in mine if row["is_scheduled_report"]],
            }
            return envelope("reporting", listed)
        case method, [name] if name.isdigit():
            row = objects.store.report(int(name))
            if row is None or row["user_id"] != user:
                raise missing(f"report {name}")
            if method == "DELETE":
                objects.store.remove_report(row["id"])
                return envelope("message", f"report {name} deleted")
            if method == "PUT":
                row = {**row, **{key: call.values[key] for key in ("name", "emails") if key in call.values}}
                objects.store.put_report(row)
            return envelope("report", row)
        case _:
            raise missing("/".join(call.parts))


def new_report(objects: Objects, call: Call) -> Response:
    """Serve `POST /report`: count a report, or store a scheduled one."""
    query = call.values
    if not query.get("groups") and not query.get("metrics"):
        raise Failure(400, "groups or metrics are needed")
    own = rights(objects.user, query.get("scope"))
    scheduled = bool(query.get("when") and query.get("interval"))
    report: Row = {
        "id": objects.store.next_report(),
        "query": query,
        "name": query.get("name"),
        "emails": query.get("emails") or [],
        "created_at": timestamp(),
        "user_id": objects.user["id"],
        "is_scheduled_report": scheduled,
    }
    if query.get("from"):
        report |= {"from": query["from"], "to": query.get("to")}
    if scheduled:
        if not re.fullmatch(r"daily|monthly|(mon|tues|wednes|thurs|fri|satur|sun)day", str(query["when"])):
            raise Failure(400, f"when can't be {query['when']!r}")
        if not re.fullmatch(r"\d+ (day|month)s?", str(query["interval"])):
            raise Failure(400, f"interval can't be {query['interval']!r}")
        objects.store.put_report(report)
        return envelope("report", report)
    limit, offset = number(call.query, "limit", 0), number(call.query, "offset", 0)
    sort = last(call.query, "sort") or ""
    counted = traffic.count(objects.store, query, own, sort, limit, offset)
    if last(call.query, "download") is not None:
        lines = [counted["columns"], *counted["data"]]
        text = "".join("\t".join(map(str, line)) + "\n" for line in lines)
        return Response(text, media_type="text/tab-separated-values")
    if query.get("save", True):
        objects.store.put_report(report)
    meta = {"count": len(counted["data"]), "limit": limit, "offset": offset, "sort": sort}
    return envelope("report", {**report, **counted}, **meta)


def rights(user: Row, scope: Any) -> dict[str, list[int]]:
    """Return the rows to which a user's rights restrict a report of this scope."""
    if scope not in traffic.SCOPES:
        raise Failure(400, f"scope can't be {scope!r}")
    if user["networks"]:
        return {}
    if scope in {"advertiser", "publisher"} and user[f"{scope}s"]:
        return {f"{scope}_id": user[f"{scope}s"]}
    raise Failure(403, f"you may not make {scope} reports", 2)


def invoices(objects: Objects, call: Call) -> Response:
    """Serve `/invoices/{type}[/{id}[/{month}]]`: the months up to the last one, and each as a PDF."""
    parts = call.parts[1:]
    if call.method != "GET" or not parts or parts[0] not in INVOICES or len(parts) > 3:
        raise missing("/".join(call.parts))
    kind = parts[0].split("-")[0]
    owners = [objects.one(kind, parts[1])] if len(parts) > 1 else objects.all(kind)
    months = past_months()
    if len(parts) < 3:
        listed = [
            {"id": row["id"], "name": row["name"], "month": month} for row in owners for month in months
        ]
        shown, meta = selection.page(listed, call.query)
        return envelope("invoices", shown, **meta)
    if parts[2] not in months:
        raise missing(f"invoice of {parts[2]}")
    return Response(pdf([f"Invoice {parts[2]}", f"{kind} {owners[0]['name']}"]), media_type="application/pdf")


def past_months() -> list[str]:
    """Return every month from the first to the last one, ``YYYY-MM``."""
    now = datetime.now(UTC)
    first, end = FIRST_MONTH[0] * 12 + FIRST_MONTH[1] - 1, now.year * 12 + now.month - 1
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(first, end)]


def resources(objects: Objects, call: Call) -> Response:
    """Serve everything else: `/{kind}[/{id}[/{attribute}[/{key}]]]`."""
    kind = find_kind(call.parts[0]) if call.parts else None
    if kind is None or len(call.parts) > 4:
        raise missing("/".join(call.parts))
    match call.method, call.parts[1:]:
        case "POST", []:
            return created(objects, kind, call.body)
        case _, []:
            return listing(objects, kind, call)
        case _, [text]:
            return single(objects, kind, objects.one(kind, text), call)
        case _, [text, attribute, *key]:
            return part(objects, kind, objects.one(kind, text), attribute, key, call)
        case _:
            raise missing("/".join(call.parts))


def created(objects: Objects, kind: str, body: Any) -> Response:
    """Create one object, or several."""
    if is_list(body):
        rows = [objects.show(kind, objects.create(kind, each)) for each in body]
        return envelope(plural(kind), rows, count=len(rows))
    return envelope(kind.replace("-", "_"), objects.show(kind, objects.create(kind, body)))


def show(objects: Objects, kind: str, row: Row, call: Call) -> Row:
    """Return an object with the attributes and expansions in the query string."""
    attributes, expand = last(call.query, "attributes") or "", last(call.query, "expand") or ""
    return objects.show(kind, row, attributes, expand, number(call.query, "depth", 0))


def listing(
    objects: Objects, kind: str, call: Call, rows: list[Row] | None = None, name: str = ""
) -> Response:
    """Read a list of objects, or change or delete the objects that the filters select."""

    def lookup(row: Row, attribute: str) -> Any:
        return objects.lookup(kind, row, attribute)

    found = selection.filtered(objects.all(kind) if rows is None else rows, call.query, lookup)
    if call.method == "GET":
        found = selection.ordered(found, call.query, lookup)
        shown, meta = selection.page(found, call.query)
        listed = call.parts[0].lower().endswith("_list")
        key = name or plural(kind) + ("_list" if listed else "")
        if listed:
            return envelope(key, [{"id": row["id"], "name": row.get("name")} for row in shown], **meta)
        return envelope(key, [show(objects, kind, row, call) for row in shown], **meta)
    if not any(key not in selection.COMMON for key, _ in call.query):
        raise Failure(400, "a filter is needed")
    if call.method == "PUT":
        if len(found) != 1:
            raise Failure(400, f"the filter selects {len(found)} objects, not one")
        return envelope(kind.replace("-", "_"), objects.show(kind, objects.change(kind, found[0], call.body)))
    gone: dict[str, list[int]] = {}
    for row in found:
        for key, ids in objects.remove(kind, row).items():
            gone.setdefault(key, []).extend(ids)
    return envelope("deleted", gone)


def single(objects: Objects, kind: str, row: Row, call: Call) -> Response:
    """Read, change or delete one object."""
    if call.method == "DELETE":
        return envelope("deleted", objects.remove(kind, row))
    if call.method == "PUT":
        row = objects.change(kind, row, call.body)
    elif call.method != "GET":
        raise Failure(405, f"{call.method} is not possible here")
    return envelope(kind.replace("-", "_"), show(objects, kind, row, call))


def part(objects: Objects, kind: str, row: Row, attribute: str, key: list[str], call: Call) -> Response:
    """Read, change or delete an attribute or relation of an object, or one element of it."""
    if attribute == "history" and call.method == "GET":
        return history_of(objects, kind, row, call)
    back = objects.back(kind, attribute)
    if back is not None:
        target, owner = back
        if call.method == "POST":
            return created(objects, target, {**call.values, owner: row["id"]})
        own = [other for other in objects.all(target) if other.get(owner) == row["id"]]
        if key:
            element = next((other for other in own if str(other["id"]) == key[0]), None)
            if element is None:
                raise missing(f"{target} {key[0]} of {kind} {row['id']}")
            return single(objects, target, element, call)
        if call.method == "GET":
            return listing(objects, target, call, own, attribute)
        raise Failure(405, f"{call.method} is not possible here")
    payload = objects.attribute(kind, row, attribute)
    if payload is None and attribute not in row:
        raise missing(f"{kind}.{attribute}")
    if key:
        elements = payload if is_list(payload) else []
        payload = next((each for each in elements if str(named(each)) == key[0]), None)
        if payload is None:
            raise missing(f"{attribute} {key[0]} of {kind} {row['id']}")
        if call.method == "DELETE":
            rest = [each for each in row[attribute] if str(named(each)) != key[0]]
            objects.change(kind, row, {attribute: rest})
            return envelope("message", f"{attribute} {key[0]} removed")
    elif call.method == "PUT":
        value = call.body
        changed = objects.change(
            kind, row, {attribute: value[attribute] if is_wrapped(value, attribute) else value}
        )
        payload = changed[attribute]
    elif call.method == "DELETE":
        objects.change(kind, row, {attribute: [] if is_list(row.get(attribute)) else None})
        return envelope("message", f"{attribute} removed")
    return envelope(attribute, payload)


def named(element: Any) -> Any:
    """Return the key of one element of a list: its id, or itself."""
    return element.get("id") if is_dict(element) else element


def is_wrapped(value: Any, attribute: str) -> bool:
    """Return whether the body is `{attribute: value}` and not the value itself."""
    return is_dict(value) and list(value) == [attribute]


HANDLERS: dict[str, Callable[[Objects, Call], Response]] = {
    "search": search,
    "history": history,
    "report": reports,
    "reports": reports,
    "invoices": invoices,
}

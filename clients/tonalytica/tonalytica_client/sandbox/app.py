"""The web application: requests, keys, handlers, answers and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route as WebRoute

from . import boards as _boards
from . import people as _people
from . import queries as _queries
from .calls import ROUTES, Call, File, Route
from .jobs import Worker
from .shapes import FORBIDDEN, Refusal
from .store import Doc, Store

_HANDLERS = (_boards, _people, _queries)  # importing them fills ROUTES
LOGIN = "Couldn't find resource. Please login and try again."
_PAGE = "<!DOCTYPE html><html><head><title>Redash</title></head><body><div id='root'></div></body></html>"


class Asked(NamedTuple):
    """One request as received."""

    verb: str
    path: str
    query: str
    body: bytes


def create_app(
    store: Store,
    worker: Worker,
    current: bool,
    org: str = "",
    seen: Callable[[Asked], object] = lambda asked: None,
) -> Starlette:
    """Return the sandbox as an ASGI application.

    Args:
        store: its state.
        worker: the worker that runs queries.
        current: true for a current Redash, false for Redash 9.
        org: slug of the organisation that addresses start with; empty for a server with one organisation.
        seen: function that is called with each request.
    """
    prefix = f"/{org}" if org else ""

    async def answer(request: Request) -> Response:
        body = await request.body()
        path = request.scope["raw_path"].decode("ascii", "replace")
        seen(Asked(request.method, path, request.url.query, body))
        path = re.sub("/+", "/", request.url.path)
        if not path.startswith(f"{prefix}/api/"):
            return HTMLResponse(_PAGE)
        route, parts = _match(request.method, path.removeprefix(f"{prefix}/api"))
        if route is None:
            return HTMLResponse(_PAGE)  # Redash's web application answers unknown addresses, with 200
        call = Call(store, worker, current, str(request.base_url).rstrip("/") + prefix, path=parts)
        call.asked = parse_qs(request.url.query, keep_blank_values=True)
        try:
            call.caller = _caller(call, route, request)
            call.sent = _json(body)
            return _response(route.handler(call))
        except Refusal as refusal:
            return _json_response(refusal.body, refusal.status)

    every = [WebRoute("/{path:path}", answer, methods=["GET", "POST", "DELETE"])]
    return Starlette(routes=every)


def _match(verb: str, path: str) -> tuple[Route | None, dict[str, str]]:
    for route in ROUTES:
        found = route.pattern.fullmatch(path) if route.verb == verb else None
        if found:
            return route, found.groupdict()
    return None, {}


def _caller(call: Call, route: Route, request: Request) -> Doc | None:
    """Return the owner of the user key; None for the key of the query in the address."""
    word, _, key = request.headers.get("authorization", "").partition(" ")
    if word != "Key":
        key = call.asked.get("api_key", [""])[0]
    for user in call.store.all("user", is_disabled=False):
        if key and user["api_key"] == key:
            return user
    number = call.path.get("query_id", "")
    query = call.store.find("query", int(number)) if number.isdigit() else None
    if query is None or not key or query["api_key"] != key:
        raise Refusal(404, LOGIN)
    if not route.query_key:
        raise Refusal(403, FORBIDDEN)
    return None


def _json(body: bytes) -> Doc:
    if not body:
        return {}
    try:
        sent = json.loads(body)
    except ValueError:
        raise Refusal(
            400, "The browser (or proxy) sent a request that this server could not understand."
        ) from None
    return sent if isinstance(sent, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _response(answer: object) -> Response:
    if isinstance(answer, File):
        name = answer.name.encode("ascii", "ignore").decode().replace('"', "")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(answer.content, headers=headers, media_type=answer.content_type)
    return _json_response(answer, 200)


def _json_response(answer: object, status: int) -> Response:
    return Response(json.dumps(answer), status, media_type="application/json")

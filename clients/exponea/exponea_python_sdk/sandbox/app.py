"""The sandbox's routes: the Data API and the Tracking API over a `Store`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..jsonvalues import is_object
from . import catalogs, customers, tracking
from .access import Limit, Meter, Refused, authorise
from .call import Call
from .store import Store

LARGEST_MESSAGE = 800_000
"""A request's body must have fewer bytes than this."""


Handler = Callable[[Call], dict[str, Any]]

_D = "/data/v2/projects/{project}"
_T = "/track/v2/projects/{project}"
# Ids of items are matched as paths, so that an id with a slash gets its own message instead of a 404.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", f"{_D}/catalogs", catalogs.create),
    ("GET", f"{_D}/catalogs/{{catalog}}", catalogs.read),
    ("PUT", f"{_D}/catalogs/{{catalog}}", catalogs.change),
    ("DELETE", f"{_D}/catalogs/{{catalog}}", catalogs.delete),
    ("GET", f"{_D}/catalogs/{{catalog}}/items", catalogs.find_items),
    ("DELETE", f"{_D}/catalogs/{{catalog}}/items", catalogs.delete_items),
    ("POST", f"{_D}/catalogs/{{catalog}}/items/{{item:path}}/partial-update", catalogs.change_item),
    ("PUT", f"{_D}/catalogs/{{catalog}}/items/{{item:path}}", catalogs.put_item),
    ("DELETE", f"{_D}/catalogs/{{catalog}}/items/{{item:path}}", catalogs.delete_item),
    ("GET", f"{_T}/system/time", tracking.system_time),
    ("POST", f"{_T}/customers", tracking.update_customer),
    ("POST", f"{_T}/customers/events", tracking.add_event),
    ("POST", f"{_T}/batch", tracking.batch),
    ("POST", f"{_D}/customers/export-one", customers.export_one),
    ("POST", f"{_D}/customers/attributes", customers.attributes),
    ("POST", f"{_D}/customers/export", customers.export),
    ("POST", f"{_D}/customers/events", customers.events),
    ("POST", f"{_D}/customers/anonymize", customers.anonymize),
    ("POST", f"{_D}/analyses/{{kind}}", customers.analysis),
)


def create_app(store: Store, limit: Limit | None = None) -> Starlette:
    """Return the sandbox as an ASGI application.

    Args:
        store: its state.
        limit: requests that one address may send; 6,000 a minute by default.
    """
    meter = Meter(limit or Limit())

    def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            meter.count(request.client.host if request.client else "")
            project = request.path_params["project"]
            access = authorise(store, request, project)
            body = await _body(request)
            call = Call(store, project, access, request.path_params, request.query_params, body)
            with store.transaction():
                return JSONResponse(handler(call))

        return answer

    routes = [Route(path, endpoint(handler), methods=[method]) for method, path, handler in ROUTES]
    return Starlette(routes=routes, exception_handlers={Refused: _refused, HTTPException: _unknown})


async def _body(request: Request) -> Mapping[str, Any]:
    raw = await request.body()
    if len(raw) >= LARGEST_MESSAGE:
        raise Refused(413, "message too large")
    if not raw:
        return {}
    try:
        parsed = json.loads(raw)
    except ValueError:
        raise Refused(400, "invalid JSON") from None
    if not is_object(parsed):
        raise Refused(400, ["the body must be an object"])
    return parsed


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse(error.body(), error.status, error.headers)


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"success": False, "error": error.detail.lower()}, error.status_code)

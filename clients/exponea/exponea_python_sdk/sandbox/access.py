"""Access keys of the sandbox, and its limit of requests."""

from __future__ import annotations

import base64
import binascii
import math
import time
from typing import NamedTuple

from starlette.requests import Request

from .store import Access, Store


class Refused(Exception):
    """The error of a request that the sandbox refuses.

    Args:
        status: HTTP status.
        reason: a text for `error`, or a list or object for `errors`.
        headers: more headers of the reply.
    """

    def __init__(self, status: int, reason: object, headers: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers or {}

    def body(self) -> dict[str, object]:
        """Return the JSON body: the API has two names for the reason."""
        return {"success": False, "error" if isinstance(self.reason, str) else "errors": self.reason}


class Limit(NamedTuple):
    """The number of requests that one address may send in a time window."""

    requests: int = 6_000
    seconds: float = 60.0


class Meter:
    """Counter of requests by address, in fixed windows."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._window = -1
        self._counts: dict[str, int] = {}

    def count(self, address: str) -> None:
        """Count one request.

        Raises:
            Refused: with 429 and the whole seconds to wait, when the address sent too many.
        """
        now = time.monotonic()
        window = int(now // self._limit.seconds)
        if window != self._window:
            self._window, self._counts = window, {}
        self._counts[address] = self._counts.get(address, 0) + 1
        if self._counts[address] > self._limit.requests:
            wait = math.ceil((window + 1) * self._limit.seconds - now)
            raise Refused(429, "too many requests", {"Retry-After": str(wait)})


def authorise(store: Store, request: Request, project: str) -> Access:
    """Return the access key of a request.

    Tracking is open to public tokens, in the header or in the query; everything else needs a private key.

    Raises:
        Refused: 401 for a key that is missing or unknown, 403 for a public token where a private key is
        needed.
    """
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        name, _, secret = _decoded(value).partition(":")
        found = store.find_access(project, "private", name, secret)
    else:
        token = value if scheme.lower() == "token" else request.query_params.get("access_token", "")
        found = store.find_access(project, "public", token)
    if found is None:
        raise Refused(401, "access key not found")
    if found.kind == "public" and not request.url.path.startswith("/track/"):
        raise Refused(403, "this needs a private access key")
    return found


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        raise Refused(401, "access key not found") from None

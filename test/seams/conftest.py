"""A loopback server and clients, made as users of the published client make them.

These tests run with this package and, by `tox -e seams`, with apteco-api 0.3.2 from PyPI: they use published
names only.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

import apteco_api as aa

USER = {"id": 1, "username": "ann", "firstname": "A", "surname": "N", "emailAddress": "a@b.example"}
RIGHTS = ("audienceSelection", "audiencePreview", "export", "advancedQuery", "cube", "profile")
LICENCE = dict.fromkeys((*RIGHTS, "dashboards", "dashboardsPareto"), True)
SESSION = {
    "accessToken": "t",
    "sessionId": "s",
    "user": USER,
    "lastLogin": "2020-01-01T00:00:00Z",
    "licence": LICENCE,
}


class Asked(NamedTuple):
    """A request that has reached the server."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Server:
    """An HTTP server on loopback; `answer` returns a status and a body for each request."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], tuple[int, Any]] = lambda asked: (
            200,
            SESSION if "SimpleLogin" in asked.target else {"version": "real"},
        )
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def respond(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(size))
                server.asked.append(asked)
                status, body = server.answer(asked)
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_DELETE = respond

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def client() -> Iterator[Callable[..., Any]]:
    made: list[Any] = []

    def make(server: Server | str, kind: type[Any] = aa.ApiClient, **settings: Any) -> Any:
        config = aa.Configuration()
        config.host = server if isinstance(server, str) else server.url
        config.retries = False
        config.api_key = {"Authorization": "token-123456"}
        config.api_key_prefix = {"Authorization": "Bearer"}
        for name, value in settings.items():
            setattr(config, name, value)
        made.append(kind(config))
        return made[-1]

    yield make
    for each in made:
        each.close()
        manager = getattr(getattr(each, "rest_client", None), "pool_manager", None)
        if hasattr(manager, "clear"):
            manager.clear()

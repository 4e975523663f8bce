"""A sandbox for all tests, sessions on it, and a scripted server."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from atomx import Atomx
from atomx.sandbox import Sandbox, serve

PROJECT = Path(__file__).resolve().parent.parent
REPORT = (200, {"success": True, "resource": "report", "report": {"id": 5}})
LOGIN = {
    "success": True,
    "resource": "auth_token",
    "auth_token": "first-token",
    "user": {"id": 1, "networks": [1]},
}


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def _endpoint(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scripts without an endpoint use the sandbox."""
    monkeypatch.setenv("ATOMX_HOST", sandbox.url)
    monkeypatch.setenv("ATOMX_BACKOFF", "0.01")


@pytest.fixture
def atomx() -> Iterator[Atomx]:
    with Atomx("user@example.com", "password") as session:
        yield session


def query_of(target: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(target).query, keep_blank_values=True)


@dataclass
class Request:
    """The request of a call."""

    method: str
    target: str
    headers: Any
    body: bytes
    port: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


@dataclass
class Wire:
    """A loopback server that records requests and gives `answers` in turn, then the last one for ever.

    `login` is the answer to a login, which is not recorded.
    """

    url: str
    requests: list[Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=lambda: [(200, {"success": True, "resource": "x", "x": 1})])
    login: Callable[[Request], Answer] = lambda request: (200, LOGIN)
    delay: float = 0.0

    @property
    def last(self) -> Request:
        return self.requests[-1]

    def say(self, *answers: Answer) -> None:
        self.answers[:] = answers


@pytest.fixture
def wire() -> Iterator[Wire]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, self.headers, body, self.client_address[1])
            if request.target.endswith("/login"):
                status, value, *more = said.login(request)
            else:
                said.requests.append(request)
                time.sleep(said.delay)
                status, value, *more = said.answers[0] if len(said.answers) == 1 else said.answers.pop(0)
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            headers = {"Content-Type": "application/json", "X-Shard": "seven", **(more[0] if more else {})}
            for name, text in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *arguments: Any) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    said = Wire(f"http://127.0.0.1:{server.server_address[1]}/v3")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield said
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def session(wire: Wire) -> Iterator[Atomx]:
    """Return a session with the scripted server."""
    with Atomx("user@example.com", "password", api_endpoint=wire.url) as made:
        yield made

"""A scripted server on a loopback port: it gives a test's answers and records requests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

WHO = {"registered": "ann"}
DONE = {"success": True, "errors": []}


class Answer(NamedTuple):
    """One answer; a body that is not text is sent as JSON."""

    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0


class Seen(NamedTuple):
    """A recorded request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float


class Scripted:
    """A script: answers in their order, the last one for ever; `seen` are the requests."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.seen: list[Seen] = []
        self.url = ""

    def say(self, body: Any = None, status: int = 200, delay: float = 0.0, **headers: str) -> None:
        """Add an answer; underscores in the headers' names stand for dashes."""
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        self.answers.append(Answer(status, body, named, delay))

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def scripted() -> Iterator[Scripted]:
    """Run the server until the block ends."""
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # head and body in one packet

        def handle_one(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(raw) if raw else None
            script.seen.append(Seen(self.command, self.path, headers, body, time.monotonic()))
            answer = script.next()
            time.sleep(answer.delay)
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            data = b"" if answer.status == 204 else text.encode()
            try:
                self.send_response(answer.status)
                if not any(name.lower() == "content-type" for name, _ in answer.headers):
                    self.send_header("Content-Type", "application/json")
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except ConnectionError:
                return  # the client timed out, as some tests want

        do_GET = do_POST = do_PUT = do_DELETE = handle_one

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        script.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()

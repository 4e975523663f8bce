"""Make a client from a small spec, import it, and talk to a loopback server with it."""

from __future__ import annotations

import http.server
import importlib
import itertools
import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from generator.build import build
from generator.clients import Client
from generator.diagnostics import Diagnostic, SpecError
from generator.document import Document
from generator.ir import Package
from generator.load import load
from generator.render import Files, render
from generator.write import write

_numbers = itertools.count(1)


def spec(
    paths: dict[str, Any] | None = None, schemas: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A small OpenAPI 3.1 document."""
    components = {"schemas": schemas or {}, **more.pop("components", {})}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "servers": [{"url": "http://localhost"}],
        "paths": paths or {},
        "components": components,
        **more,
    }


def get(response: Any = None, *, id: str = "Things_Get", **more: Any) -> dict[str, Any]:
    """A path item with one GET whose answer has the given schema."""
    content = {"application/json": {"schema": response}} if response is not None else None
    answer = {"description": "Done.", **({"content": content} if content else {})}
    return {"get": {"operationId": id, "tags": ["Things"], "responses": {"200": answer}, **more}}


@dataclass
class Workshop:
    """Turns documents into intermediate models, files and imported packages, below one folder."""

    folder: Path

    def read(self, document: Any, strict: bool = True) -> Document:
        """A document (a value, or YAML or JSON text), with what is to be said of it."""
        path = self.folder / "spec.yaml"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return load(str(path), name="spec.yaml", strict=strict)

    def load(self, document: Any, **options: Any) -> Package:
        """The intermediate model of a document (a value, or YAML or JSON text)."""
        return build(self.read(document), **options)

    def remarks(self, document: Any) -> list[Diagnostic]:
        """What is noted and skipped when mistakes are read around."""
        found = self.read(document, strict=False)
        build(found)
        return [*found.problems.notes, *found.problems.skipped]

    def findings(self, document: Any, **options: Any) -> list[Diagnostic]:
        """What the generator says against a document."""
        with pytest.raises(SpecError) as caught:
            self.load(document, **options)
        return caught.value.diagnostics

    def files(self, document: Any, name: str = "made") -> Files:
        """The files of a document's client."""
        return render(self.load(document), self.client(name), "spec.yaml")

    def client(self, name: str) -> Client:
        """A registry entry."""
        return Client(
            name=name,
            spec="spec.yaml",
            package=name,
            import_name=name,
            distribution=name,
            version="1.0",
            env_prefix=name.upper(),
            docs="docs",
        )

    def made(self, document: Any, *, strict: bool = True, formats: bool = False) -> ModuleType:
        """The imported package of a document's client."""
        name = f"made_{next(_numbers)}"
        package = build(self.read(document, strict), formats=formats)
        write(render(package, self.client(name), "spec.yaml"), self.folder, self.client(name))
        importlib.invalidate_caches()
        return importlib.import_module(name)


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield Workshop(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith("made_"):
            del sys.modules[name]


@dataclass
class Server:
    """A loopback server that records requests and answers what it is told to."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], tuple[int, str, bytes]] = lambda request: (
        200,
        "application/json",
        b"{}",
    )

    def answers(self, value: Any, status: int = 200) -> None:
        """Answer every request with this JSON value."""
        self.answer = lambda request: (status, "application/json", json.dumps(value).encode())

    @property
    def last(self) -> dict[str, Any]:
        """The last request: method, target, headers, body."""
        return self.requests[-1]


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = {"method": self.command, "target": self.path, "headers": self.headers, "body": body}
            running.requests.append(request)
            status, media, data = running.answer(request)
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_QUERY = handle_any

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    running = Server(f"http://127.0.0.1:{httpd.server_address[1]}")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield running
    httpd.shutdown()
    httpd.server_close()
    thread.join(5)

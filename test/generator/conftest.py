"""Make a client from a small spec, import it, and talk to a loopback server with it."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support import lab
from support.lab import Seen, answer

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
    """Return a small OpenAPI 3.1 document."""
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
    """Return a path item with one GET whose answer has the given schema."""
    content = {"application/json": {"schema": response}} if response is not None else None
    answer = {"description": "Done.", **({"content": content} if content else {})}
    return {"get": {"operationId": id, "tags": ["Things"], "responses": {"200": answer}, **more}}


@dataclass
class Workshop:
    """Maker of intermediate models, files and imported packages from documents, below one folder."""

    folder: Path
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    """Entries of the registry for the clients that are made."""
    clients: list[Any] = field(default_factory=list[Any])

    def read(self, document: Any, strict: bool = True) -> Document:
        """Load a document (a value, or YAML or JSON text); its findings are in `problems`."""
        path = self.folder / "spec.yaml"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return load(str(path), name="spec.yaml", strict=strict)

    def opening(self, package: ModuleType) -> Callable[[Any], Any]:
        """Return a function that makes a client of a package and closes it at the end of the test."""

        def opened(configuration: Any) -> Any:
            self.clients.append(package.ApiClient(configuration))
            return self.clients[-1]

        return opened

    def load(self, document: Any, **options: Any) -> Package:
        """Return the intermediate model of a document (a value, or YAML or JSON text)."""
        return build(self.read(document), **options)

    def remarks(self, document: Any) -> list[Diagnostic]:
        """Return the notes and skips of a document, read without `strict`."""
        found = self.read(document, strict=False)
        build(found)
        return [*found.problems.notes, *found.problems.skipped]

    def findings(self, document: Any, **options: Any) -> list[Diagnostic]:
        """Return the errors of a document."""
        with pytest.raises(SpecError) as caught:
            self.load(document, **options)
        return caught.value.diagnostics

    def files(self, document: Any, name: str = "made") -> Files:
        """Return the files of a document's client."""
        return render(self.load(document), self.client(name), "spec.yaml")

    def client(self, name: str) -> Client:
        """Return a registry entry."""
        return Client(
            name=name,
            spec="spec.yaml",
            package=name,
            import_name=name,
            distribution=name,
            version="1.0",
            env_prefix=name.upper(),
            docs="docs",
            **self.options,
        )

    def made(self, document: Any, *, strict: bool = True, formats: bool = False) -> ModuleType:
        """Return the imported package of a document's client."""
        name = f"made_{next(_numbers)}"
        package = build(self.read(document, strict), formats=formats)
        write(render(package, self.client(name), "spec.yaml"), self.folder, self.client(name))
        importlib.invalidate_caches()
        return importlib.import_module(name)


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    made = Workshop(tmp_path)
    yield made
    for client in made.clients:
        client.close()
    for name in set(sys.modules) - before:
        if name.startswith("made_"):
            del sys.modules[name]


class Server(lab.Server):
    """A scripted loopback server."""

    def __init__(self) -> None:
        self.answer: Callable[[Seen], tuple[int, str, bytes]]
        self.answers({})
        super().__init__(self._respond)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> Seen:
        """The last request."""
        return self.requests[-1]

    def answers(self, value: Any, status: int = 200) -> None:
        """Answer every request with this JSON value."""
        self.answer = lambda request: (status, "application/json", json.dumps(value).encode())

    def _respond(self, request: Seen, number: int) -> bytes:
        status, media, data = self.answer(request)
        return answer(status, data, media)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


HEAD = {"openapi": "3.1.0", "info": {"title": "Small", "version": "1"}}
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(**properties: Any) -> Any:
    return {"type": "object", "properties": properties}


def operation(id: str = "Do", answer: Any = None, **more: Any) -> Any:
    content = {"application/json": {"schema": answer}} if answer is not None else {}
    response = {"description": "Done.", **({"content": content} if content else {})}
    return {"operationId": id, "tags": ["Things"], "responses": {"200": response}, **more}


def document(paths: Any = None, schemas: Any = None, **more: Any) -> Any:
    components = {"schemas": schemas or {}, **more.pop("components", {})}
    return {**HEAD, "paths": paths or {}, "components": components, **more}


def client(package: Any, server: Any, **settings: Any) -> Any:
    config = package.Configuration(host=server.url, **settings)
    config.retries = False
    return package.ApiClient(config)

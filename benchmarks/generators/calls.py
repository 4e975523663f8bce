"""Call each operation of a generated package against a server on this machine, and report what was lost.

    python calls.py KIND FOLDER PLAN RESULT

The script runs in the environment of the generator that made the package, so it uses only the standard library.
The server answers with the value of the plan. An operation has `arrived` if its request reached the server; it is
`sent` if the body has all given values, and `answered` if the returned object has all values that the server sent.
"""

from __future__ import annotations

import asyncio
import datetime
import enum
import http.server
import importlib
import inspect
import io
import json
import re
import socket
import sys
import threading
import typing
import uuid
from pathlib import Path
from typing import Any

from comparison import FORMS, answer_lost, body_of, normal, sent_lost

SECONDS = 10


class Recorder(http.server.BaseHTTPRequestHandler):
    """Handler that answers with `answer` and records the last request."""

    answer: tuple[int, str, bytes] = (200, "", b"")
    seen: tuple[str, str, str, bytes] | None = None
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        media = self.headers.get("Content-Type", "")
        Recorder.seen = (self.command.lower(), self.path.partition("?")[0], media, body)
        status, media, data = Recorder.answer
        bodiless = self.command == "HEAD" or status in (204, 304)
        self.send_response(status)
        if media:
            self.send_header("Content-Type", media)
        if not bodiless:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if not bodiless:
            self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_HEAD = do_PATCH = do_TRACE = do_QUERY = handle_any

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""


def offline() -> None:
    """Refuse every address but this machine's, so that no server of a document is called."""
    found = socket.getaddrinfo

    def here_only(host: Any, *arguments: Any, **options: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", b"127.0.0.1"):
            raise OSError(f"{host} is not this machine")
        return found(host, *arguments, **options)

    socket.getaddrinfo = here_only


# --- arguments


def converted(value: Any, hint: Any) -> Any:
    """Return a JSON value as the type that an argument has in a peer's package."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or hint is inspect.Parameter.empty:
        return value
    if origin is typing.Annotated:
        return converted(value, inner[0])
    if origin is typing.Literal:
        return value
    if origin is typing.Union or (origin is not None and getattr(origin, "__name__", "") == "UnionType"):
        problem: Exception = ValueError("no member of the union takes the value")
        for each in inner:
            if each is type(None) or getattr(each, "__name__", "") == "Unset":
                continue
            try:
                return converted(value, each)
            except Exception as error:
                problem = error
        raise problem
    if origin in (list, dict, tuple, set):
        if origin is list and isinstance(value, list):
            return [converted(each, inner[0]) for each in value]
        if origin is dict and isinstance(value, dict):
            return {key: converted(each, inner[1]) for key, each in value.items()}
        if origin is tuple:
            return ("x.bin", b"x")
        raise TypeError(f"{value!r} is not a {origin.__name__}")
    return _plain_converted(value, hint)


def _plain_converted(value: Any, hint: Any) -> Any:
    name = getattr(hint, "__name__", "")
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(value)
    if name == "File":
        return hint(payload=io.BytesIO(b"x"), file_name="x.bin")
    if hasattr(hint, "from_dict"):
        return hint.from_dict(value)
    if hint in (datetime.datetime, datetime.date, datetime.time):
        return hint.fromisoformat(str(value).replace("Z", "+00:00"))
    if hint is uuid.UUID:
        return uuid.UUID(str(value))
    if hint in (bytes, bytearray) or name == "StrictBytes":
        return b"x"
    if hint is bool or name == "StrictBool":
        if not isinstance(value, bool):
            raise TypeError(f"{value!r} is not true or false")
        return value
    if hint in (int, float):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{value!r} is not a number")
        return hint(value)
    if hint is str and not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def made_up(hint: Any) -> Any:
    """Return a value for an argument that the plan does not name."""
    values: tuple[Any, ...] = ("text", 7, True, 1.5, ["text"], {}, [{}])
    for value in values:
        try:
            return converted(value, hint)
        except Exception:  # noqa: S112 - the next kind of value may do
            continue
    return "text"


def route(verb: str, path: str) -> tuple[str, str]:
    """Return a key for an operation: the verb, and the path without the names of parameters."""
    return verb.lower(), re.sub(r"\{[^{}]*\}", "{}", path)


def arguments_of(function: Any, operation: dict[str, Any], skipped: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the arguments that a function of a peer's package must have for an operation of the plan."""
    hints = typing.get_type_hints(function, include_extras=True)
    named = {normal(key): value for key, value in operation["given"].items()}
    fields = operation["body"] if operation["media"] in FORMS and isinstance(operation["body"], dict) else {}
    named |= {normal(key): value for key, value in fields.items()}
    found: dict[str, Any] = {}
    needed: list[str] = []
    optional: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in ("self", "client", *skipped) or name.startswith("_"):
            continue
        (needed if parameter.default is inspect.Parameter.empty else optional).append(name)
    for name in needed:
        hint = hints.get(name, Any)
        if normal(name) in named:
            found[name] = converted(named[normal(name)], hint)
        elif operation["body"] is not None and (name == "body" or _is_model(hint)):
            found[name] = converted(operation["body"], hint)
        else:
            found[name] = made_up(hint)
    if operation["body"] is not None and operation["media"] not in FORMS:
        for name in optional:
            if (name == "body" or _is_model(hints.get(name, Any))) and not any(
                map(_is_model, map(hints.get, needed))
            ):
                found[name] = converted(operation["body"], hints.get(name, Any))
                break
    elif fields:
        for name in optional:
            if normal(name) in map(normal, fields):
                found[name] = converted(named[normal(name)], hints.get(name, Any))
            elif name == "body":
                found[name] = converted(fields, hints.get(name, Any))
    return found


def _is_model(hint: Any) -> bool:
    return hasattr(hint, "from_dict") or any(map(_is_model, typing.get_args(hint)))


# --- one class for each generator: calls operations of its package, returns results as JSON values


class Ours:
    """A package of this generator."""

    def __init__(self, package: Any, host: str, keys: list[str]) -> None:
        self.package = package
        self.codec = importlib.import_module("made._runtime.codec.decode")
        self.encoder = importlib.import_module("made._runtime.codec.encode")
        api = importlib.import_module("made.api")
        settings = {
            "host": host, "username": "ann", "password": "secret", "access_token": "secret",
            "api_key": dict.fromkeys(keys, "secret"),
        }  # fmt: skip
        self.client = package.ApiClient(package.Configuration(**settings, retries=0, strict_responses=True))
        self.found: dict[tuple[str, str], tuple[Any, str, Any]] = {}
        self.by_id: dict[tuple[str, tuple[str, str]], tuple[Any, str, Any]] = {}
        for name in dir(api):
            section = getattr(api, name)
            for method, operation in getattr(section, "operations", {}).items():
                entry = section(self.client), method, operation
                place = route(operation.method, operation.path)
                self.found.setdefault(place, entry)
                self.by_id.setdefault((operation.id, place), entry)  # paths may differ only in their fragment

    def __call__(self, operation: dict[str, Any]) -> Any:
        place = route(operation["verb"], operation["path"])
        section, method, data = self.by_id.get((operation["id"], place)) or self.found[place]
        given = operation["given"]
        in_form = operation["media"] in FORMS and isinstance(operation["body"], dict)
        arguments: dict[str, Any] = {}
        for parameter in data.parameters:
            if parameter.location in ("form", "file"):
                if not in_form or parameter.wire_name not in operation["body"]:
                    continue
                value = operation["body"][parameter.wire_name]
            elif parameter.location == "body":
                if in_form and any(each.location in ("form", "file") for each in data.parameters):
                    continue
                value = operation["body"]
            elif not parameter.required:
                continue
            else:
                value = given.get(parameter.wire_name, "text")
            if value is not None:
                arguments[parameter.name] = self.typed(value, parameter.type)
        return getattr(section, method)(**arguments)

    def typed(self, value: Any, expression: str) -> Any:
        if expression in ("file", "bytes"):
            return b"x"
        if expression == "list[file]":
            return [b"x"]
        if expression in ("path", "str"):
            return value if isinstance(value, str) else json.dumps(value)
        return self.codec.decode(json.dumps(value).encode(), expression)

    def plain(self, value: Any) -> Any:
        if type(value).__name__ == "Stream":
            with value as stream:
                return [self.plain(getattr(each, "data", each)) for each in stream]
        return value if isinstance(value, (str, bytes)) else json.loads(self.encoder.encode(value))


class OpenapiPythonClient:
    """A package of openapi-python-client."""

    def __init__(self, package: Any, host: str, keys: list[str]) -> None:
        self.client = package.AuthenticatedClient(base_url=host, token="secret", timeout=SECONDS)  # noqa: S106
        self.found: dict[tuple[str, str], Any] = {}
        root = Path(package.__file__).parent
        for place in sorted(root.glob("api/*/*.py")):
            if place.stem == "__init__":
                continue
            try:
                module = importlib.import_module(f"made.api.{place.parent.name}.{place.stem}")
                source = inspect.getsource(module._get_kwargs)
            except Exception:  # noqa: S112 - a module that can't be imported has no operation to call
                continue
            verb = re.search(r'"method": "(\w+)"', source)
            path = re.search(r'"url": "([^"]*)"', source)
            if verb and path:
                self.found.setdefault(route(verb[1], path[1]), module)

    def __call__(self, operation: dict[str, Any]) -> Any:
        module = self.found[route(operation["verb"], operation["path"])]
        return module.sync_detailed(
            client=self.client, **arguments_of(module.sync_detailed, operation)
        ).parsed

    def plain(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.plain(each) for each in value]
        if hasattr(value, "payload"):
            return value.payload.read()
        return plain_of(value.to_dict() if hasattr(value, "to_dict") else value)


class OpenapiGenerator:
    """A package of OpenAPI Generator."""

    def __init__(self, package: Any, host: str, keys: list[str]) -> None:
        configuration = package.Configuration(
            host=host, username="ann", password="secret", access_token="secret",  # noqa: S106
            api_key=dict.fromkeys(keys, "secret"),
        )  # fmt: skip
        configuration.retries = False
        client = package.ApiClient(configuration)
        self.found: dict[tuple[str, str], tuple[Any, str]] = {}
        for place in sorted(Path(package.__file__).parent.glob("api/*_api.py")):
            try:
                module = importlib.import_module(f"made.api.{place.stem}")
            except Exception:  # noqa: S112 - a module that can't be imported has no operation to call
                continue
            for kind in [
                each
                for each in vars(module).values()
                if isinstance(each, type) and each.__name__.endswith("Api")
            ]:
                for name in [each for each in vars(kind) if each.endswith("_serialize")]:
                    source = inspect.getsource(getattr(kind, name))
                    verb = re.search(r"method='(\w+)'", source)
                    path = re.search(r"resource_path='([^']*)'", source)
                    if verb and path:
                        method = name.removeprefix("_").removesuffix("_serialize")
                        self.found.setdefault(route(verb[1], path[1]), (kind(client), method))

    def __call__(self, operation: dict[str, Any]) -> Any:
        section, name = self.found[route(operation["verb"], operation["path"])]
        method = getattr(section, name)
        return method(**arguments_of(method, operation), _request_timeout=SECONDS)

    def plain(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [self.plain(each) for each in value]
        if isinstance(value, dict):
            return {key: self.plain(each) for key, each in value.items()}
        if hasattr(value, "to_json"):
            return json.loads(value.to_json())
        return plain_of(value)


def plain_of(value: Any) -> Any:
    if isinstance(value, bytearray):
        return bytes(value)
    return json.loads(json.dumps(value, default=str)) if isinstance(value, (dict, list)) else value


def main() -> None:
    kind, folder, plan, result = sys.argv[1:]
    sys.path.insert(0, folder)
    offline()
    wanted = json.loads(Path(plan).read_text("utf-8"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    kinds = {
        "ours": Ours,
        "openapi-python-client": OpenapiPythonClient,
        "openapi-generator": OpenapiGenerator,
    }
    caller = kinds[kind](importlib.import_module("made"), host, wanted["keys"])
    with Path(result).open("w", encoding="utf-8") as lines:
        for operation in wanted["operations"]:
            lines.write(json.dumps(called(caller, operation)) + "\n")
            lines.flush()
    server.shutdown()


def called(caller: Any, operation: dict[str, Any]) -> dict[str, Any]:
    """Call an operation; return what came through, and the first problem."""
    media, data = body_of(operation)
    Recorder.answer, Recorder.seen = (operation["status"], media, data), None
    found = {"operation": f"{operation['verb']} {operation['path']}", "arrived": False, "sent": False,
             "answered": False, "problem": ""}  # fmt: skip
    try:
        result = caller(operation)
        if inspect.isawaitable(result):
            result = asyncio.run(result)  # type: ignore[arg-type]
        problem = answer_lost(operation, caller.plain(result), data)
        found["answered"] = not problem
        found["problem"] = problem and f"lost of the answer: {problem}"
    except Exception as error:
        found["problem"] = f"{type(error).__name__}: {str(error)[:300]}"
    if Recorder.seen is not None:
        verb, path, media, body = Recorder.seen
        parts = "[^/]*".join(map(re.escape, re.split(r"\{[^{}]*\}", operation["path"])))
        found["arrived"] = verb == operation["verb"] and re.fullmatch(f"(?:/.*)?{parts}", path) is not None
        problem = sent_lost(operation, media, body)
        found["sent"] = found["arrived"] and not problem
        if problem:
            found["problem"] = found["problem"] or f"lost of the request: {problem}"
    found["answered"] = found["arrived"] and (found["answered"] or not operation["declared"])
    return found


if __name__ == "__main__":
    main()

"""A request that is not sent, as text and as a curl command. No credential is in it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from .._runtime.request import Request

HEADER = '"Authorization: Bearer $APTECO_API_TOKEN"'
"""The header with a variable of the shell, so that the text does not contain the token."""


def without_secrets(value: Any, name: str = "") -> Any:
    """Return the value with `***` in place of every text whose name suggests a password or a token."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return {key: without_secrets(each, str(key)) for key, each in pairs}
    if isinstance(value, list):
        return [without_secrets(each, name) for each in cast("list[object]", value)]
    secret = any(word in name.casefold() for word in ("password", "token", "salt"))
    return "***" if secret and isinstance(value, str) else value


def as_text(request: Request, files: Mapping[str, Any]) -> str:
    """Return verb and URL, headers and body as they would be sent."""
    lines = [f"{request.method} {request.url}"]
    lines += [f"{name}: {value}" for name, value in _headers(request, files)]
    if request.secure:
        lines.append("Authorization: Bearer ***")
    if files:
        lines += ["", *(f"{name}: {_source(content)}" for name, content in files.items())]
    elif isinstance(request.body, bytes):
        lines += ["", _body(request, indent=2)]
    return "\n".join(lines)


def as_curl(request: Request, files: Mapping[str, Any]) -> str:
    """Return a curl command that sends the request; it takes the token from `APTECO_API_TOKEN`."""
    words = ["curl", "-X", request.method, shlex.quote(request.url)]
    for name, value in _headers(request, files):
        words += ["-H", shlex.quote(f"{name}: {value}")]
    if request.secure:
        words += ["-H", HEADER]
    for name, content in files.items():
        words += ["-F", shlex.quote(f"{name}=@{_source(content)}")]
    if not files and isinstance(request.body, bytes):
        words += ["--data", shlex.quote(_body(request))]
    return " ".join(words)


def _headers(request: Request, files: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the headers, without those that every HTTP client adds itself."""
    left_out = {"accept-encoding", "user-agent", "content-length", "host"}
    if files:
        left_out.add("content-type")  # it names a boundary that does not exist yet
    return [(name, value) for name, value in request.headers.items() if name.lower() not in left_out]


def _source(content: Any) -> str:
    return content if isinstance(content, str) else "-"


def _body(request: Request, indent: int | None = None) -> str:
    text = cast("bytes", request.body).decode("utf-8")
    if indent is not None and "json" in request.headers.get("Content-Type", ""):
        return json.dumps(json.loads(text), indent=indent, ensure_ascii=False)
    return text

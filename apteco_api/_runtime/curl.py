"""A request as a curl command, without secrets."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from .headers import PLAIN

if TYPE_CHECKING:
    from .request import Request


def curl(request: Request) -> str:
    """Return a curl command for a request; credentials, query and form values, and body texts are masked."""
    path, mark, query = request.target.partition("?")
    if mark:
        path += "?" + "&".join(pair.partition("=")[0] + "=***" for pair in query.split("&"))
    words = ["curl", "-X", request.method, f"{request.origin.scheme}://{request.origin.authority}{path}"]
    headers = {name: value if name.lower() in PLAIN else "***" for name, value in request.headers.items()}
    if request.secure:
        headers["Authorization"] = "***"
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if isinstance(request.body, bytes):
        words += ["--data", _masked(request.body, request.headers.get("Content-Type", ""))]
    elif request.body is not None:
        words += ["--data-binary", "@form"]
    return shlex.join(words)


def _masked(body: bytes, content_type: str) -> str:
    if "json" not in content_type:
        return (
            "&".join(pair.partition("=")[0] + "=***" for pair in body.decode("latin-1").split("&"))
            if b"=" in body
            else "***"
        )

    def mask(value: Any) -> Any:
        if isinstance(value, dict):
            # parsed JSON has no declared type
            return {key: mask(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, list):
            return [mask(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return "***" if isinstance(value, str) else value

    return json.dumps(mask(json.loads(body)))

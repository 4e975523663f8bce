"""The server's version: asked for once, and named in errors of operations that the server is too old for."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .. import models
from .._runtime.codec.decode import decode
from .._runtime.exceptions import ApiException, ApiNotFound
from .._runtime.request import build

if TYPE_CHECKING:
    from .._runtime.budget import Call
    from .._runtime.policies import Onward, Steps
    from .._runtime.request import Request
    from .._runtime.response import Response

_KEPT = ("user-agent", "accept-encoding")
"""Headers that the request for the version copies from the failed call."""
MISSING = (404, 405)
"""The statuses for an unknown path, and for an unknown verb of a path."""
_NUMBER = re.compile(r"\d{1,9}")


class ServerVersion:
    """The version of one server.

    Attributes:
        text: the server's text, such as `1.9.19.6190`; empty before the server was asked.
    """

    def __init__(self) -> None:
        self.text = ""
        self._asked = False

    def __repr__(self) -> str:
        return f"<server version {self.text or 'not known yet'}>"

    def policy(self, call: Call, request: Request, onward: Onward) -> Steps:
        """Explain a refused operation that the server may be too old for: a policy of every session.

        The version is asked for only after such a refusal, once.
        """
        response = yield from onward(request)
        since = request.operation.since if request.operation is not None else ""
        if response.status in MISSING and since:
            response.read(call.config.max_body_size)  # frees the connection
            if not self.text and not self._asked:
                self._asked = True
                self.text = yield from self._ask(call, request, onward)
            if self.text:
                response.hint = hint(self.text, request.label, since)
        return response

    def _ask(self, call: Call, request: Request, onward: Onward) -> Generator[Any, Any, str]:
        """Return the version; an empty text if the server does not answer with one."""
        from ..api.about_api import AboutApi

        headers = {name: text for name, text in request.headers.items() if name.lower() in _KEPT}
        question = build(AboutApi.operations["about_get_version"], (), call.config, headers)
        try:
            response: Response = yield from onward(question)
            if response.status != 200:
                response.discard()
                return ""
            found: models.VersionDetails = decode(response.read(call.config.max_body_size), "VersionDetails")
        except ApiException:  # the failed call is reported, not this one
            return ""
        return str(found.version or "")[:40]


def hint(version: str, name: str, since: str) -> str:
    """Return the hint for an operation that was not found.

    Args:
        version: the server's version.
        name: the operation's name.
        since: the first version with the operation: a number, or the date of the first document that has it.
    """
    if _parts(version) >= _parts(since):
        return ApiNotFound.hint
    told = f"This server is {version}; {name} exists since {since}."
    comparable = "." in version and "." in since
    return (
        told if comparable else f"{told} If the server is not older than that, check the names in the path."
    )


def _parts(version: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(version)]

"""The server's version: asked once, and told where a newer operation is missing on an older server."""

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
"""Headers that the question for the version has in common with the call that led to it."""
MISSING = (404, 405)
"""What a server answers to a path that it does not have, and to a verb that its path does not have."""
_NUMBER = re.compile(r"\d{1,9}")


class ServerVersion:
    """What is known of one server's version.

    Attributes:
        text: as the server tells it, such as `1.9.19.6190`; empty before it was asked.
    """

    def __init__(self) -> None:
        self.text = ""
        self._asked = False

    def __repr__(self) -> str:
        return f"<server version {self.text or 'not known yet'}>"

    def policy(self, call: Call, request: Request, onward: Onward) -> Steps:
        """Policy of a session: explain the refusal of an operation that the server may be too old for.

        The version is asked for then, once, and never after another error.
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
        """Return the version; an empty text if the server does not tell it."""
        from ..api.about_api import AboutApi

        headers = {name: text for name, text in request.headers.items() if name.lower() in _KEPT}
        question = build(AboutApi.operations["about_get_version"], (), call.config, headers)
        try:
            response: Response = yield from onward(question)
            if response.status != 200:
                response.discard()
                return ""
            found: models.VersionDetails = decode(response.read(call.config.max_body_size), "VersionDetails")
        except ApiException:  # the first answer is the one to report
            return ""
        return str(found.version or "")[:40]


def hint(version: str, name: str, since: str) -> str:
    """Return what to tell about an operation that was not found.

    Args:
        version: what the server says.
        name: the operation's.
        since: the version that it came with: a number, or the date of the first document that has it.
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

"""The parts of a case: its place in the list, its variants, and the functions that judge an outcome."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support import lab
from support.lab import VARIABLE, Seen, answer

Outcome = dict[str, Any]
Judge = Callable[[Outcome, lab.Server], bool]

GET = "a result"
"""The text of `peer.py` for an answer that the client took for a complete one."""
WHOLE = answer(body=VARIABLE)
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAGE = {"offset": 0, "count": 0, "totalCount": 0, "list": []}


@dataclass(frozen=True)
class Variant:
    """One form of a case.

    Args:
        name: what makes this variant different.
        respond: the server: bytes, a function of request and number, or None where nothing listens.
        operation: the operation of `peer.py`.
        judge: function that says whether an outcome is right.
        argument: the argument of the operation.
        ours_only: the feature that the peers lack; empty if they have it.
        context: TLS of the server.
        url: base URL instead of the server's; `{port}` is the server's.
        environment: variables of the client's process; `{port}` is the server's.
        limit: seconds after which the client is ended.
    """

    name: str
    respond: Any
    operation: str
    judge: Judge
    argument: dict[str, Any] = field(default_factory=dict)
    ours_only: str = ""
    context: ssl.SSLContext | None = None
    url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    limit: float = 12.0


@dataclass(frozen=True)
class Result:
    """The result of a case without a server.

    Args:
        text: the result in words.
        right: whether the result is right; None if the client lacks the feature.
        seconds, megabytes: the time, and the memory of the largest process.
    """

    text: str
    right: bool | None
    seconds: float = 0.0
    megabytes: float = 0.0


@dataclass(frozen=True)
class Case:
    """A row of docs/reliability.md.

    Args:
        number, id: as in the list of cases.
        what: what the server does or the caller gives.
        right: the right behaviour.
        variants: the measured forms of the case; none if no client takes part.
        run: used without variants: measures one client by its name (`ours`, `old`, `oag`) and its Python.
        test: the beginning of the names of its tests, if that is not the number.
    """

    number: int
    id: str
    what: str
    right: str
    variants: tuple[Variant, ...] = ()
    run: Callable[[str, str], Result] | None = None
    test: str = ""


@dataclass(frozen=True)
class Bench:
    """The parts that all variants share: a second server, a folder, and certificates of the test's authority.

    Args:
        other: a server on another port that answers everything; its requests are cleared before each run.
        secure: the same with TLS, to be reached through a tunnel.
        folder: for downloads; its parent is watched too.
        certificates: file with the authority's certificate.
        client_certificate, client_key: files of a client's certificate; its key has a pass phrase.
        contexts: TLS of a server by kind.
    """

    other: lab.Server
    secure: lab.Server
    folder: str
    certificates: str
    client_certificate: str
    client_key: str
    contexts: dict[str, ssl.SSLContext]


def own(outcome: Outcome, *names: str) -> bool:
    """Return whether the client raised an error of its own (one of `names`, if given)."""
    return bool(outcome.get("own")) and (not names or outcome["error"].rpartition(".")[2] in names)


def own_error(outcome: Outcome, server: lab.Server) -> bool:
    return own(outcome)


def refused(outcome: Outcome, server: lab.Server) -> bool:
    """Return whether the client raised its own error, without the secret, before it sent anything."""
    return own(outcome) and not server.requests and lab.TOKEN not in outcome["text"]


def at_most(seconds: float) -> Judge:
    return lambda outcome, server: own(outcome) and lab.in_time(outcome["seconds"], seconds)


def value(expected: Any) -> Judge:
    return lambda outcome, server: "value" in outcome and outcome["value"] == expected


def sent(times: int) -> Judge:
    """Judge that the client raised its own error after this number of requests."""
    return lambda outcome, server: own(outcome) and len(server.requests) == times


def writes(data: bytes, pause: float = 0.0) -> Any:
    """Make a server that sends these bytes and closes."""

    def write(sock: socket.socket, request: Seen) -> None:
        sock.sendall(data)
        time.sleep(pause)

    return lambda *_: write


def first_then(first: Any, then: bytes) -> Any:
    """Make a server that treats the first request differently."""

    def respond(request: Seen, number: int) -> Any:
        if number > 1:
            return then
        return first(request, number) if callable(first) else first

    return respond


def silent(*_: Any) -> Any:
    """Never answer."""
    return lambda sock, request: time.sleep(140)

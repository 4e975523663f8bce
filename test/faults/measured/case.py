"""What a case is: its place in the list, its variants, and how an outcome is judged."""

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
"""What `peer.py` says of an answer that was taken for a whole one."""
WHOLE = answer(body=VARIABLE)
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAGE = {"offset": 0, "count": 0, "totalCount": 0, "list": []}


@dataclass(frozen=True)
class Variant:
    """One form of a case.

    Args:
        name: what is special about it.
        respond: the server: bytes, a function of request and number, or None where nothing listens.
        operation: what `peer.py` does.
        judge: whether an outcome is the right one.
        argument: for the operation.
        ours_only: why the peers have no such thing; empty if they do.
        context: TLS of the server.
        url: base URL instead of the server's; `{port}` is the server's.
        environment: variables of the client's process; `{port}` is the server's.
        limit: seconds after which the client is cut off.
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
    """What a case without a server came to.

    Args:
        text: in words.
        right: whether it is; None: the client has no such thing.
        seconds, megabytes: what it took, the largest of its processes.
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
        variants: the forms that are measured; `run` instead of them where no client takes part.
        run: measures one client by its name (`ours`, `old`, `oag`) and its Python.
        test: the beginning of a test's name that goes further into the case; else one bears its number.
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
    """What the variants share: a second server, a folder, what the authority of the test signs.

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
    """Return whether an error of the client's own came out (and one of these)."""
    return bool(outcome.get("own")) and (not names or outcome["error"].rpartition(".")[2] in names)


def own_error(outcome: Outcome, server: lab.Server) -> bool:
    return own(outcome)


def refused(outcome: Outcome, server: lab.Server) -> bool:
    """Return whether an error of the client's own came out before anything was sent, without the secret."""
    return own(outcome) and not server.requests and lab.TOKEN not in outcome["text"]


def at_most(seconds: float) -> Judge:
    return lambda outcome, server: own(outcome) and lab.in_time(outcome["seconds"], seconds)


def value(expected: Any) -> Judge:
    return lambda outcome, server: "value" in outcome and outcome["value"] == expected


def sent(times: int) -> Judge:
    """Return the judge that wants an error of the client's own after `times` requests."""
    return lambda outcome, server: own(outcome) and len(server.requests) == times


def writes(data: bytes, pause: float = 0.0) -> Any:
    """Return a server that sends these bytes and closes."""

    def write(sock: socket.socket, request: Seen) -> None:
        sock.sendall(data)
        time.sleep(pause)

    return lambda *_: write


def first_then(first: Any, then: bytes) -> Any:
    """Return a server that treats the first request in another way."""

    def respond(request: Seen, number: int) -> Any:
        if number > 1:
            return then
        return first(request, number) if callable(first) else first

    return respond


def silent(*_: Any) -> Any:
    """Return a server that never answers."""
    return lambda sock, request: time.sleep(140)

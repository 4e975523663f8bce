"""Cases 1 to 17: time, connections, retries."""

from __future__ import annotations

import gzip
import json
import socket
import time
from email.utils import formatdate
from typing import Any

from support import lab
from support.lab import COUNT, TEAM, VARIABLE, Seen, answer

from .case import (
    GET,
    JSON_HEAD,
    WHOLE,
    Bench,
    Case,
    Outcome,
    Variant,
    at_most,
    first_then,
    own,
    own_error,
    sent,
    silent,
    value,
    writes,
)

BODY = json.dumps(VARIABLE).encode()
DONE = answer(201, body={"path": "Private/a.csv", "name": "a.csv", "type": "File", "size": 4})


def drip(head: bytes, byte: bytes) -> Any:
    def write(sock: socket.socket, request: Seen) -> None:
        sock.sendall(head)
        for _ in range(60):
            sock.sendall(byte)
            time.sleep(0.5)

    return lambda *_: write


def half(*_: Any) -> Any:
    def write(sock: socket.socket, request: Seen) -> None:
        sock.sendall(WHOLE[:-60])
        time.sleep(0.05)
        lab.reset(sock)

    return write


def late(seconds: float) -> Any:
    def write(sock: socket.socket, request: Seen) -> bool:
        time.sleep(seconds)
        sock.sendall(answer(body=COUNT))
        return True

    return lambda *_: write


def closes_after_each(*_: Any) -> Any:
    return lambda sock, request: sock.sendall(answer(body=COUNT))


def packed(*_: Any) -> Any:
    cut = gzip.compress(BODY)[:-9]
    return lambda sock, request: sock.sendall(JSON_HEAD + b"Content-Encoding: gzip\r\n\r\n" + cut)


def said_where(host: str) -> Any:
    """Judge that nothing was sent, and that the message has the host but no secret."""
    return lambda o, s: own(o) and host in o["text"] and lab.TOKEN not in o["text"] and not s.requests


def expired(request: Seen, number: int) -> bytes:
    return answer(body=COUNT) if "fresh" in request.headers.get("authorization", "") else answer(401)


def first_try_dropped(request: Seen, number: int, seen: dict[str, int]) -> Any:
    seen[request.target] = seen.get(request.target, 0) + 1
    return None if seen[request.target] == 1 else WHOLE


def spread(outcome: Outcome, server: lab.Server) -> bool:
    """Judge that 200 second attempts are evenly spread (Kolmogorov-Smirnov), less than a quarter in 50 ms."""
    waits = sorted(waits_of(server))
    if len(waits) < 200:
        return False
    outcome["value"] = f"after {waits[0]:.2f} to {waits[-1]:.2f} s"
    inner = waits[5:195]  # without the extremes, which a busy machine makes late
    span = inner[-1] - inner[0]
    peak = max(sum(low <= wait < low + 0.05 for wait in waits) for low in waits)
    places = (abs((index + 1) / len(inner) - (wait - inner[0]) / span) for index, wait in enumerate(inner))
    if max(places) >= 0.2 or peak >= 50:
        raise lab.Late(f"not spread out: {peak} of 200 in a moment")
    return True


def connections_of_its_own(outcome: Outcome, server: lab.Server) -> bool:
    right = outcome.get("value") == "a result" and server.connections == 2
    if "value" in outcome:
        outcome["value"] += f" over {server.connections} connection{'s'[: server.connections != 1]}"
    return right


def waits_of(server: lab.Server) -> list[float]:
    """Return the seconds between the first and the second request for each target."""
    times: dict[str, list[float]] = {}
    for request in list(server.requests):
        times.setdefault(request.target, []).append(request.at)
    return [moments[1] - moments[0] for moments in times.values() if len(moments) > 1]


def cases(bench: Bench) -> list[Case]:
    def retry_after(text: Any, **more: Any) -> Any:
        def respond(request: Seen, number: int) -> bytes:
            header = text() if callable(text) else text
            return answer(429, Retry_After=header) if number == 1 else WHOLE

        return respond

    def same_key(outcome: Outcome, server: lab.Server) -> bool:
        keys = [request.headers.get("idempotency-key") for request in server.requests]
        return outcome.get("value") == "a result" and keys == ["k-1"] * 3

    def waited(low: float, high: float) -> Any:
        return lambda o, s: o.get("value") == GET and lab.in_time(o["seconds"], high, low)

    def same_body(outcome: Outcome, server: lab.Server) -> bool:
        bodies = [request.body for request in server.requests]
        return outcome.get("value") == "sent" and len(bodies) == 2 and all(b"data" in body for body in bodies)

    drops: dict[str, int] = {}
    within = {"timeout": 2}
    length = writes(WHOLE.replace(b"Content-Length: ", b"Content-Length: 1"))
    chunked = writes(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(BODY), BODY))
    long_header = b"HTTP/1.1 200 OK\r\nX: " + b"a" * 65536 + b"\r\n"
    garbage = {
        "ICY 200": b"ICY 200 OK\r\n\r\n",
        "header of 64 KiB": long_header + b"Content-Type: application/json\r\n\r\n" + BODY,
        "101 headers": b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 101 + b"\r\n" + BODY,
        "folded header": WHOLE.replace(b"\r\n", b"\r\nX: 1\r\n  2\r\n", 1),
        "no status": b"HTTP/1.1\r\n\r\n" + BODY,
    }
    return [
        Case(1, "T-DEAD-BODY", "1 byte each 0.5 s in the body, timeout 2 s", "own timeout at 2 s", (
            Variant("", drip(JSON_HEAD + b"Content-Length: 1000\r\n\r\n", b" "), "get", at_most(2.4), within),
        )),
        Case(2, "T-DEAD-HDR", "1 byte each 0.5 s in the headers, timeout 2 s", "own timeout at 2 s", (
            Variant("", drip(b"HTTP/1.1 200 OK\r\nX: ", b"a"), "get", at_most(2.4), within),
        )),
        Case(3, "T-NOANSWER", "accepts, never answers, everything by default", "ends within the documented default (120 s)", (
            Variant("", silent, "get", at_most(121), limit=130),
        )),
        Case(4, "T-DEAD-RETRY", "each attempt 503 with Retry-After: 5, timeout 8 s", "own error within 8.3 s", (
            Variant("", answer(503, Retry_After="5"), "get", at_most(8.4), {"timeout": 8}),
        )),
        Case(5, "T-CONN-REFUSED / DNS fail / TLS fail", "closed port, unknown host, broken handshake", "own error that names the host and no token", (
            Variant("refused", None, "get", said_where("127.0.0.1"), url="http://127.0.0.1:1/OrbitAPI"),
            Variant("unknown host", None, "get", said_where("no-such-host.invalid"), url="http://no-such-host.invalid/OrbitAPI"),
            Variant("handshake", answer(), "get", said_where("127.0.0.1"), context=bench.contexts["no certificate"]),
        )),
        Case(6, "T-RESET-MID", "reset inside the body", "GET sent again; POST not, own error", (
            Variant("GET", first_then(half, WHOLE), "get", value(GET)),
            Variant("POST", half, "create", sent(1)),
        )),
        Case(7, "T-TRUNC", "a body that ends early", "own error, never a short result", (
            Variant("Content-Length", length, "get", own_error),
            Variant("chunked", chunked, "get", own_error),
            Variant("gzip", packed, "get", own_error),
        )),
        Case(8, "T-KEEPALIVE-STALE", "connection closed between two calls", "the second call works", (
            Variant("", closes_after_each, "twice", value("a result")),
        )),
        Case(9, "T-POOL", "64 threads, pool of 10, one slow host", "no deadlock; waiting is bounded", (
            Variant("0.3 s late", late(0.3), "threads", value({"a result": 64}), {"settings": {"connection_pool_maxsize": 10}}),
            Variant("2 s late, timeout 1 s", late(2.0), "threads", lambda o, s: o.get("value") == {"ApiTimeout": 64} and lab.in_time(o["seconds"], 2), {"timeout": 1, "settings": {"connection_pool_maxsize": 10, "connection_pool_block": True}}),
        )),
        Case(10, "T-FORK", "a call before and after `os.fork`", "the child opens its own connection", (
            Variant("", answer(body=COUNT), "fork", connections_of_its_own),
        )),
        Case(11, "T-CLOSE", "1,000 clients, each used in a `with`", "no socket left, < 4 MB", (
            Variant("", WHOLE, "churn", lambda o, s: o.get("value") == "0 sockets left" and o["megabytes"] < 4, limit=60),
        )),
        Case(12, "T-GARBAGE", "an answer that is not HTTP/1.1, or breaks its limits", "own error", tuple(
            Variant(name, writes(data), "get", own_error) for name, data in garbage.items()
        )),
        Case(13, "R-RA-SECS / R-RA-DATE / R-RA-NEG / R-RA-NAN / R-RA-3600", "429 with Retry-After", "honoured, honoured, ignored, ignored, own error at once with `retry_after`", (
            Variant("1", retry_after("1"), "get", waited(0.95, 3)),
            Variant("date 2 s ahead", retry_after(lambda: formatdate(time.time() + 2, usegmt=True)), "get", waited(0.2, 3)),
            Variant("-5", retry_after("-5"), "get", waited(0, 2)),
            Variant("nan", retry_after("nan"), "get", waited(0, 2)),
            Variant("3600", answer(429, Retry_After="3600"), "get", lambda o, s: own(o) and o["retry_after"] == 3600 and lab.in_time(o["seconds"], 1)),
        )),
        Case(14, "R-IDEMP", "a POST that gets no answer", "sent once, unless it carries a key; then the same key", (
            Variant("no key", lambda *_: None, "create", sent(1)),
            Variant("key", lambda request, number: None if number < 3 else answer(201, TEAM), "create", same_key, {"key": "k-1"}, ours_only="keys"),
        )),
        Case(15, "R-BODY-REWIND", "an upload, 503 first", "rewound and sent again, or not sent twice", (
            Variant("path", first_then(answer(503, Retry_After="0"), DONE), "upload", same_body, {"kind": "path", "folder": bench.folder}),
            Variant("file object", first_then(answer(503, Retry_After="0"), DONE), "upload", same_body, {"kind": "file"}),
            Variant("read once", answer(503, Retry_After="0"), "upload", sent(1), {"kind": "once"}),
        )),
        Case(16, "R-AUTH401", "session expired, 50 threads; a renewal that doesn't help", "one renewal, every call goes through; no loop", (
            Variant("50 threads", expired, "renew", value("1 renewal, 50 of 50 calls"), {"token": "fresh", "threads": 50}),
            Variant("401 again", answer(401), "renew", lambda o, s: o.get("value") == "1 renewal, 0 of 1 calls" and len(s.requests) == 2, {"token": "worse", "threads": 1}),
        )),
        Case(17, "R-STORM", "the first attempts of 200 clients fail at the same moment", "second attempts spread out (KS test), no peak", (
            Variant("", lambda request, number: first_try_dropped(request, number, drops), "storm", spread, limit=40),
        )),
    ]  # fmt: skip

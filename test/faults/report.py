"""Runs each fault case against three clients and writes docs/reliability.md.

    python test/faults/report.py --old PYTHON --generated PYTHON

PYTHON is the interpreter of an environment that has apteco-api 0.3.2, and of one that has a client made by
OpenAPI Generator 7 from our spec under the name `oag_client`. Each case runs in a process of its own, cut off
after LIMIT seconds; the server is a raw loopback socket in this process. The tests beside this file go into
each case more deeply; here one form of it is measured.
"""

# ruff: noqa: E402, E501  (a table, and imports from this folder)
from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import lab
from lab import COUNT, VARIABLE, Seen, answer
from test_semantics import mutate

LIMIT = 12.0
ROOT = Path(__file__).parents[2]
Outcome = dict[str, Any]


class Row(NamedTuple):
    """One case.

    Args:
        id: its name.
        what: what the server does or the caller gives.
        right: the right behaviour, in words.
        respond: the server.
        operation: what `peer.py` does.
        judge: whether an outcome is the right one.
        argument: for the operation.
        ours_only: the operation exists in our client only.
    """

    id: str
    what: str
    right: str
    respond: Any
    operation: str
    judge: Callable[[Outcome, lab.Server], bool]
    argument: str = ""
    ours_only: bool = False


def drip(head: bytes) -> Any:
    def write(sock: socket.socket, request: Seen) -> None:
        sock.sendall(head)
        for _ in range(60):
            sock.sendall(b" " if b"\r\n\r\n" in head else b"a")
            time.sleep(0.5)

    return lambda *_: write


def sleeper(*_: Any) -> Any:
    return lambda sock, request: time.sleep(30)


def raw(data: bytes, pause: float = 0.0) -> Any:
    def write(sock: socket.socket, request: Seen) -> None:
        sock.sendall(data)
        time.sleep(pause)

    return lambda *_: write


def own(outcome: Outcome, *names: str) -> bool:
    return bool(outcome.get("own")) and (not names or outcome["error"].rpartition(".")[2] in names)


def at_most(seconds: float) -> Callable[[Outcome, lab.Server], bool]:
    return lambda outcome, server: own(outcome) and outcome["seconds"] <= seconds


def value(text: Any) -> Callable[[Outcome, lab.Server], bool]:
    return lambda outcome, server: outcome.get("value") == text


def own_error(outcome: Outcome, server: lab.Server) -> bool:
    return own(outcome)


def first_then(first: Any, then: bytes) -> Any:
    return lambda request, number: (
        first(request, number) if number == 1 and callable(first) else first if number == 1 else then
    )


def stale(*_: Any) -> Any:
    return lambda sock, request: sock.sendall(answer(body=COUNT))


def pages(request: Seen, number: int) -> bytes:
    items = [{"code": "1", "description": "d"}, {"code": "2", "description": "d"}]
    return answer(body={"offset": 0, "count": 2, "totalCount": 100, "list": items})


def build_job(request: Seen, number: int) -> Any:
    job = {
        "id": 3,
        "isComplete": number > 4,
        "queuePosition": 0,
        "progress": [0, 50, 20, 70, 100][min(number, 5) - 1],
    }
    if number == 3:
        return None
    return answer(
        201 if request.method == "POST" else 200, body={**job, **({"buildResult": {}} if number > 4 else {})}
    )


def big_export(sock: Any, request: Any) -> None:
    row = json.dumps({"codes": "0001\t17", "descriptions": "Somebody\tSeventeen"}).encode()
    body = b'{"rows": [' + b",".join([row] * 300_000) + b"]}"
    sock.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )


def slow_or_not(request: Seen, number: int) -> Any:
    return sleeper() if "slow" in request.target else answer(body=VARIABLE)


def expired(request: Seen, number: int) -> bytes:
    return answer(body=VARIABLE) if "fresh" in request.headers.get("authorization", "") else answer(401)


RNG = random.Random(11)
WHOLE = answer(body=VARIABLE)
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GET = "Variable peName"


def rows(bomb: bytes, other: lab.Server, folder: str) -> list[Row]:
    """Return the cases."""
    elsewhere = f"http://127.0.0.1:{other.port}/moved"
    drifted = {**VARIABLE, "tableName": None, "type": "Brand New", "description": 5}
    return [
        Row("T-DEAD-BODY", "1 byte each 0.5 s in the body, timeout 2 s", "own timeout at 2 s", drip(JSON_HEAD + b"Content-Length: 1000\r\n\r\n"), "get_within", at_most(2.4), "2"),
        Row("T-DEAD-HDR", "1 byte each 0.5 s in the headers, timeout 2 s", "own timeout at 2 s", drip(b"HTTP/1.1 200 OK\r\nX: "), "get_within", at_most(2.4), "2"),
        Row("T-NOANSWER", "never answers, timeout 2 s (default: 120 s, see the test)", "own timeout at 2 s, no silent repetition beyond it", sleeper, "get_within", at_most(2.4), "2"),
        Row("T-DEAD-RETRY", "503 with Retry-After: 5, timeout 8 s", "own error within 8.3 s", answer(503, Retry_After="5"), "get_within", at_most(8.3), "8"),
        Row("T-CONN-REFUSED", "closed port", "own error", None, "get", own_error),
        Row("T-RESET-MID", "reset inside the body of a POST", "own error, sent once", lambda *_: lambda sock, request: (sock.sendall(WHOLE[:-40]), lab.reset(sock)), "post", lambda o, s: own(o) and len(s.requests) == 1),
        Row("T-TRUNC", "body shorter than Content-Length", "own error", raw(WHOLE.replace(b"Content-Length: ", b"Content-Length: 1")), "get", own_error),
        Row("T-KEEPALIVE-STALE", "connection closed between two calls", "the second call works", stale, "twice", value("QueryResult")),
        Row("T-POOL", "64 threads, each answer 0.3 s late", "all end with a result", lambda *_: lambda sock, request: (time.sleep(0.3), sock.sendall(answer(body=COUNT)), True)[2], "threads", value("64 ended, 64 with a result")),
        Row("T-FORK", "a call before and after fork", "the child opens its own connection", answer(body=COUNT), "fork", lambda o, s: o.get("value") == "QueryResult" and s.connections == 2),
        Row("T-CLOSE", "200 clients opened and closed", "0 sockets left, < 4 MB", answer(body=VARIABLE), "churn", lambda o, s: o.get("value") == "0 sockets left" and o["megabytes"] < 4),
        Row("T-GARBAGE", "`ICY 200 OK`", "own error", raw(b"ICY 200 OK\r\n\r\n"), "get", own_error),
        Row("R-RA-3600", "429 with Retry-After: 3600", "own error at once", answer(429, Retry_After="3600"), "get", at_most(1)),
        Row("R-RA-DATE", "429 with a date 2 s ahead", "waits, then the result", lambda request, number: answer(429, Retry_After=formatdate(time.time() + 2, usegmt=True)) if number == 1 else answer(body=VARIABLE), "get", lambda o, s: o.get("value") == GET and o["seconds"] > 0.5),
        Row("R-IDEMP", "POST closed without an answer", "own error, sent once", lambda *_: None, "post", lambda o, s: own(o) and len(s.requests) == 1),
        Row("R-BODY-REWIND", "upload of a file object, 503 first", "rewound and sent again", first_then(answer(503, Retry_After="0"), answer(204, content_type=None)), "upload", lambda o, s: o.get("value") == "sent" and b"data" in s.requests[-1].body and len(s.requests) == 2),
        Row("R-AUTH401", "session expired", "one refresh, the call goes through", expired, "refresh", value(GET)),
        Row("D-HTML200", "200 with a web page", "own error", answer(body=b"<html>", content_type="text/html"), "get", own_error),
        Row("D-EMPTY200", "200 without a body", "own error", answer(body=b""), "get", own_error),
        Row("D-CHARSET", "charset=nope", "own error", answer(body=VARIABLE, content_type="application/json; charset=nope"), "get", own_error),
        Row("D-DEEP", "200,000 nested lists", "own error", answer(body=b'{"a":' + b"[" * 200_000), "get", own_error),
        Row("D-BIGINT", "integer of 6,000 digits", "own error", answer(body=b'{"name":' + b"9" * 6000 + b"}"), "get", own_error),
        Row("D-DRIFT", "null in a required field, unknown enum, number for text", "an object with what came", answer(body=drifted), "fields", lambda o, s: isinstance(o.get("value"), dict) and o["value"]["name"] == "'peName'" and "Brand New" in o["value"]["type"]),
        Row("D-DATES", ".NET's `9999-12-31T23:59:59.9999999`", "the last moment there is", answer(body={**COUNT, "runDate": "9999-12-31T23:59:59.9999999"}), "date", lambda o, s: "9999, 12, 31" in str(o.get("value"))),
        Row("D-BOMB", "398 KiB of gzip that become 400 MiB", "own error, memory < 288 MiB", answer(body=bomb, Content_Encoding="gzip"), "get", lambda o, s: own(o, "ResponseTooLarge") and o["megabytes"] < 288),
        Row("D-HUGE", "export of 300,000 rows (ours: as a stream)", "all rows, memory < 64 MiB", lambda *_: big_export, "rows", lambda o, s: o.get("value") == 300_000 and o["megabytes"] < 64),
        Row("S-PATH", "path value `..`", "refused, nothing sent", answer(body=VARIABLE), "get_path", lambda o, s: own(o) and not s.requests, ".."),
        Row("S-QUERY", "filter `a&b=c#d+e`", "exact bytes", answer(body={"offset": 0, "count": 0, "totalCount": 0, "list": []}), "query", lambda o, s: bool(s.requests) and "filter=a%26b%3Dc%23d%2Be" in s.requests[0].target),
        Row("S-CRLF", "line break in a header value", "own error without the value", answer(body=VARIABLE), "header", lambda o, s: own(o) and not s.requests and lab.TOKEN not in o["text"]),
        Row("S-REDIR", "302 to another origin, custom key header", "not followed, or without the keys", answer(302, Location=elsewhere), "custom_header", lambda o, s: not any(lab.TOKEN in repr(item.raw) for item in other.requests) and own(o)),
        Row("S-TLS", "self-signed certificate", "own error", answer(body=VARIABLE), "verify", lambda o, s: own(o) and not s.requests),
        Row("S-LOG", "debug=True, a call and a login", "the token is not written", answer(401), "log", value("token written 0 times")),
        Row("S-FILE", "file name `../escaped.txt`", "inside the folder, mode 0600", answer(body=b"data", content_type="application/octet-stream", Content_Disposition="attachment; filename=../escaped.txt"), "download", value("inside 600"), folder),
        Row("S-PICKLE", "a 404 error pickled", "comes back equal", answer(404, body={}), "pickled", lambda o, s: str(o.get("value", "")).endswith(" 404")),
        Row("S-PROXY", "HTTP_PROXY set", "goes through the proxy", answer(body=VARIABLE), "get", lambda o, s: o.get("value") == GET and s.requests[0].target.startswith("http://api.example/")),
        Row("S-SSRF", "path value `//evil.example`", "stays below the host", answer(body=VARIABLE), "get_path", lambda o, s: bool(s.requests) and s.requests[0].target.startswith("/OrbitAPI/H/") and "%2F%2Fevil" in s.requests[0].target, "//evil.example"),
        Row("P-PAGE", "a server that ignores the offset", "the walk ends, each item once", pages, "pages", value("2 items"), ours_only=True),
        Row("L-POLL", "a job; the server drops out once, progress goes back", "the result", build_job, "jobs", value("BuildResult"), ours_only=True),
        Row("M-ASYNC", "a task cancelled inside a call", "the next call works", slow_or_not, "cancel", value(GET), ours_only=True),
        Row("C-FUZZ", "150 damaged answers", "only own errors", lambda *_: lambda sock, request: sock.sendall(mutate(WHOLE, RNG)), "fuzz", lambda o, s: o.get("value") == {}),
    ]  # fmt: skip


def self_signed() -> ssl.SSLContext:
    import trustme

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


class Client:
    """A client under test, loaded once in a process of its own."""

    def __init__(self, name: str, python: str, package: str, home: str, warm: str) -> None:
        self.name = name
        self.ours = bool(home)
        environment = {key: text for key, text in os.environ.items() if not key.lower().endswith("_proxy")}
        environment |= {"PYTHONPATH": home, "PYTHONWARNINGS": "ignore"}
        self._process = subprocess.Popen(
            [python, str(Path(__file__).parent / "peer.py"), package, str(LIMIT), warm],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=tempfile.gettempdir(),
        )  # fmt: skip

    def ask(self, operation: str, url: str, argument: str, environment: dict[str, str]) -> Outcome:
        """Run one operation."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("no pipe to the client")
        job = {"operation": operation, "url": url, "argument": argument, "environment": environment}
        stdin.write(json.dumps(job) + "\n")
        stdin.flush()
        outcome: Outcome = {"error": "the process ended", "seconds": 0.0, "megabytes": None}
        while (line := stdout.readline()) and line != "done\n":
            if line.startswith("{") and '"seconds"' in line:
                outcome = json.loads(line)
        return outcome

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(30)


def run(row: Row, client: Client) -> tuple[Outcome, bool]:
    """Run a case through one client and judge the outcome."""
    with lab.Server(
        row.respond if callable(row.respond) else lambda *_: row.respond,
        context=self_signed() if row.id == "S-TLS" else None,
    ) as server:
        url = server.url if row.respond is not None else "http://127.0.0.1:1/OrbitAPI"
        environment: dict[str, str] = {}
        if row.id == "S-PROXY":
            environment["HTTP_PROXY"] = f"http://127.0.0.1:{server.port}"
            url = "http://api.example/OrbitAPI"
        operation = "export" if row.operation == "rows" and not client.ours else row.operation
        outcome = client.ask(operation, url, row.argument, environment)
        return outcome, "none within" not in outcome.get("error", "") and row.judge(outcome, server)


def shown(outcome: Outcome, good: bool) -> str:
    """Return an outcome as a cell of the table."""
    text = (
        str(outcome["error"]).rpartition(".")[2]
        if "error" in outcome and "none within" not in outcome["error"]
        else ""
    )
    if "value" in outcome:
        found = outcome["value"]
        text = (
            ", ".join(f"{name.rpartition('.')[2]} ×{count}" for name, count in found.items())
            if isinstance(found, dict)
            else str(found)
        )
        if isinstance(found, dict) and set(found) >= {"name", "type"}:
            text = "an object"
        text = "".join(c for c in text if c.isprintable()) or "own errors or objects"
    elif not text:
        text = str(outcome["error"])
    memory = "" if outcome["megabytes"] is None else f", {outcome['megabytes']:.0f} MB"
    return f"{'✓' if good else '✗'} {text[:60]} ({outcome['seconds']:.1f} s{memory})".replace("|", "\\|")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", help="Python with apteco-api 0.3.2")
    parser.add_argument("--generated", help="Python with the client `oag_client` of OpenAPI Generator 7")
    parser.add_argument("--only", help="run the cases whose id holds this text, and write nothing")
    arguments = parser.parse_args()
    loaded = lab.Server(lambda request, _: answer(body=VARIABLE if request.method == "GET" else COUNT))
    clients = [Client("ours", sys.executable, "apteco_api", str(ROOT), loaded.url)]
    if arguments.old:
        clients.append(Client("apteco-api 0.3.2", arguments.old, "apteco_api", "", loaded.url))
    if arguments.generated:
        clients.append(Client("OpenAPI Generator 7", arguments.generated, "oag_client", "", loaded.url))
    table: list[str] = []
    totals = dict.fromkeys((client.name for client in clients), 0)
    bomb = gzip.compress(b" " * (400 * 1024 * 1024), 9)
    with lab.Server(lambda *_: answer(body=VARIABLE)) as other, tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / "inner"
        inner.mkdir()
        cases = rows(bomb, other, str(inner))
        for row in cases:
            if arguments.only and arguments.only not in row.id:
                continue
            cells = []
            for client in clients:
                if row.ours_only and not client.ours:
                    cells.append("– no such thing")
                    continue
                other.requests.clear()
                outcome, good = run(row, client)
                totals[client.name] += good
                cells.append(shown(outcome, good))
            table.append(f"| {row.id} | {row.what} | {row.right} | {' | '.join(cells)} |")
            print(table[-1], flush=True)
    for client in clients:
        client.close()
    if arguments.only:
        return
    head = " | ".join(f"{client.name} ({totals[client.name]} of {len(cases)})" for client in clients)
    text = (ROOT / "test/faults/reliability.head.md").read_text()
    text = text.replace(
        "{machine}", f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    )
    text = text.replace("{date}", time.strftime("%Y-%m-%d"))
    lines = [f"| case | input | right behaviour | {head} |", "|---" * (3 + len(clients)) + "|", *table]
    (ROOT / "docs/reliability.md").write_text(text + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

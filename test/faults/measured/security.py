"""Cases 24 to 36: arguments and answers inject nothing, and no secret leaks."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from support import lab
from support.lab import COUNT, TOKEN, Seen, answer

from . import tools
from .case import GET, PAGE, WHOLE, Bench, Case, Judge, Outcome, Variant, own, refused, value

BELOW = "/OrbitAPI/H/FastStatsSystems/h/Variables/"
PATHS: dict[str, Any] = {
    "../../admin": "../../admin", "..": "..", ".": ".", "empty": "", "x?y=1": "x?y=1", "a#b": "a#b", "a/b": "a/b",
    "//evil": "//evil.example", "a\\..\\b": "a\\..\\b", "%00": "%00", "full-width dots": "．．", "64 KiB": "a" * 65536,
    "None": None, "True": True, "line break": "a\r\nb", "NUL": "a\x00b",
}  # fmt: skip
STATUSES = (301, 302, 303, 307, 308)
FILES = {
    "../x": 'attachment; filename="../x"', "/etc/x": 'attachment; filename="/etc/x"', "C:\\x": r'attachment; filename="C:\x"',
    "CON": "attachment; filename=CON", "NUL": "attachment; filename*=UTF-8''a%00b", "4 KiB": f'attachment; filename="{"n" * 4096}.csv"',
    "RFC 5987": "attachment; filename*=UTF-8''%2e%2e%2fx", "symlink": 'attachment; filename="link"',
    "existing": 'attachment; filename="existing"',
}  # fmt: skip


def one_segment(text: Any) -> Judge:
    """Judge that the value is refused before a request, or sent as one encoded segment, not empty or dots."""

    def judge(outcome: Outcome, server: lab.Server) -> bool:
        if not server.requests:
            return own(outcome)
        rest = server.requests[0].target.removeprefix(BELOW)
        return text not in (None, "", ".", "..") and rest == quote(str(text), safe="")

    return judge


def asked(**expected: list[str]) -> Judge:
    """Judge that the server gets these query values, with any spelling of a switch."""

    def judge(outcome: Outcome, server: lab.Server) -> bool:
        if not server.requests:
            return False
        found = parse_qs(
            urlsplit(server.requests[0].target).query, keep_blank_values=True, strict_parsing=bool(expected)
        )
        return {
            name: [item.replace("true", "True") for item in items] for name, items in found.items()
        } == expected

    return judge


def tunnel_to(origin: int) -> Any:
    """Make a proxy that opens tunnels to one port."""

    def copy(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass

    def open_tunnel(sock: socket.socket, request: Seen) -> None:
        with socket.create_connection(("127.0.0.1", origin)) as far:
            sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=copy, args=(far, sock), daemon=True).start()
            copy(sock, far)

    return lambda *_: open_tunnel


def failing(request: Seen, number: int) -> Any:
    """Fail six calls in different ways, one after the other."""
    cut = WHOLE.replace(b"Content-Length: ", b"Content-Length: 9")
    ways = [
        answer(500, body=b"no"), None, b"ICY 200\r\n\r\n", lambda sock, seen: sock.sendall(cut),
        answer(302, Location="http://127.0.0.1:1/"), answer(body=b"<html>", content_type="text/html"),
    ]  # fmt: skip
    return ways[number % len(ways)]


def redirects(bench: Bench) -> list[Variant]:
    """Return a variant for each status with each kind of location."""
    port, made = bench.other.port, []

    def elsewhere(outcome: Outcome, server: lab.Server) -> bool:
        return own(outcome) and not any(TOKEN in repr(item.raw + item.body) for item in bench.other.requests)

    places = {
        "other port": f"http://127.0.0.1:{port}/moved", "other host": f"http://localhost:{port}/moved",
        "userinfo": f"http://user:pass@127.0.0.1:{port}/moved", "//evil": f"//127.0.0.1:{port}/moved",
        "file:": "file:///etc/passwd",
    }  # fmt: skip
    for status in STATUSES:

        def same(request: Seen, number: int, status: int = status) -> bytes:
            return WHOLE if "moved" in request.target else answer(status, Location="/OrbitAPI/moved")

        made.append(Variant(f"{status} same origin", same, "keys", value(GET)))
        for kind, place in places.items():
            made.append(Variant(f"{status} {kind}", answer(status, Location=place), "keys", elsewhere))
        secure = {"settings": {"ssl_ca_cert": bench.certificates}}
        place = places["other port"]
        made.append(
            Variant(
                f"{status} https to http",
                answer(status, Location=place),
                "keys",
                elsewhere,
                secure,
                context=bench.contexts["good"],
            )
        )
        made.append(
            Variant(
                f"{status} 40 hops",
                answer(status, Location="/OrbitAPI/again"),
                "keys",
                lambda o, s: own(o) and len(s.requests) < 40,
            )
        )
    return made


def cases(bench: Bench) -> list[Case]:
    inner = Path(bench.folder)
    trusting = {"settings": {"ssl_ca_cert": bench.certificates}}
    tls = bench.contexts

    def inside(outcome: Outcome, server: lab.Server) -> bool:
        files = [path for path in inner.parent.rglob("*") if path.is_file() and not path.is_symlink()]
        fine = {path.name for path in files if path.parent != inner} <= {"victim", "ca.pem"}
        untouched = (inner.parent / "victim").read_text() == "old" and (
            inner / "existing"
        ).read_text() == "old"
        return outcome.get("value") == "inside 600" and fine and untouched

    def nothing_left(outcome: Outcome, server: lab.Server) -> bool:
        names = {path.name for path in inner.iterdir() if path.stat().st_size == 500}
        return own(outcome) and not names

    def through(auth: bool) -> Judge:
        def judge(outcome: Outcome, server: lab.Server) -> bool:
            if not server.requests or outcome.get("value") != GET:
                return False
            first = server.requests[0]
            return (
                first.target.startswith("http://api.example/")
                and ("proxy-authorization" in first.headers) == auth
            )

        return judge

    def directly(outcome: Outcome, server: lab.Server) -> bool:
        return outcome.get("value") == GET and "proxy-authorization" not in server.requests[0].headers

    def tunnelled(outcome: Outcome, server: lab.Server) -> bool:
        first = server.requests[0] if server.requests else None
        return outcome.get("value") == GET and first is not None and TOKEN.encode() not in first.raw

    def below_host(outcome: Outcome, server: lab.Server) -> bool:
        return not bench.other.requests and (own(outcome) or bool(server.requests))

    proxy = "http://user:pass@127.0.0.1:{port}"
    nowhere = "http://user:pass@127.0.0.1:1"
    cut = answer(body=b"d" * 500, content_type="text/csv").replace(b"Content-Length: ", b"Content-Length: 9")
    pick = "filter"
    return [
        Case(24, "S-PATH", "path values that address something else", "refused, or one encoded segment", tuple(
            Variant(name, WHOLE, "get", one_segment(text), {"name": text}) for name, text in PATHS.items()
        )),
        Case(25, "S-QUERY", "`&`, `=`, `#`, `+`, None, a switch", "exactly what was meant", (
            Variant("& = # +", answer(body=PAGE), "query", asked(**{pick: ["a&b=c#d+e"]}), {"values": {pick: "a&b=c#d+e"}}),
            Variant("None", answer(body=PAGE), "query", asked(), {"values": {pick: None}}),
            Variant("switch", answer(body=[]), "switch", asked(excludeEndpointsWithNoRoleRequirements=["True"])),
            Variant("list", answer(204, content_type=None), "listed", asked(q=["1", "a b"])),
        )),
        Case(26, "S-CRLF", "CR, LF, NUL in header, token, cookie, file name", "own error without the value, nothing sent", tuple(
            Variant(f"{kind} {name}", answer(body=COUNT), "breaks", refused, {"kind": kind, "ending": ending, "folder": bench.folder})
            for kind in ("header", "token", "cookie", "file name")
            for name, ending in (("CR", "\r"), ("LF", "\nX-Evil: 1"), ("NUL", "\x00"))
            if (kind, name) != ("file name", "NUL")
        )),
        Case(27, "S-REDIR", "five statuses × eight kinds of place", "same origin followed; elsewhere own error and no credential, header, cookie or body there", tuple(redirects(bench))),
        Case(28, "S-TLS", "certificates and versions", "bad ones refused; the bundle and SSL_CERT_FILE are used; `verify_ssl=False` warns once", (
            Variant("unknown authority", WHOLE, "get", refused, context=tls["unknown"]),
            Variant("expired", WHOLE, "get", refused, trusting, context=tls["expired"]),
            Variant("wrong host", WHOLE, "get", refused, trusting, context=tls["wrong host"]),
            Variant("TLS 1.1", WHOLE, "get", refused, trusting, context=tls["TLS 1.1"]),
            Variant("address in the certificate", WHOLE, "get", value(GET), trusting, context=tls["good"]),
            Variant("SSL_CERT_FILE", WHOLE, "get", value(GET), context=tls["good"], environment={"SSL_CERT_FILE": bench.certificates}),
            Variant("not checked", WHOLE, "warnings", value("1 warning"), {"settings": {"verify_ssl": False}}, context=tls["unknown"]),
        )),
        Case(29, "S-LOG", "a secret in each place that holds one, all logs on, calls that fail in six ways", "written nowhere: logs, errors, tracebacks, `repr`, pickles", tuple(
            Variant(kind, failing, "canary", value("0 places"), {"kind": kind})
            for kind in ("key", "prefix", "password", "query", "cookie", "body", "header", "user in the URL", "proxy URL", "access token", "basic auth")
        )),
        Case(30, "S-FILE", "names and places of a download", "in the folder, mode 0600; nothing overwritten, no link followed, no partial file left", (
            *(Variant(name, answer(body=b"data", content_type="application/octet-stream", Content_Disposition=text), "download", inside, {"folder": bench.folder}) for name, text in FILES.items()),
            Variant("half a file", lambda *_: lambda sock, request: sock.sendall(cut), "download", nothing_left, {"folder": bench.folder}),
        )),
        Case(31, "S-PICKLE", "an error and a model pickled; job tokens", "equal after the round trip; tokens are JSON, forged ones refused", (
            Variant("error", answer(404, body={}), "pickled", lambda o, s: str(o.get("value", "")).endswith(" 404")),
            Variant("model", WHOLE, "model_pickled", value("True")),
            Variant("forged token", WHOLE, "forged", value("10 of 10 refused"), ours_only="job tokens"),
        )),
        Case(32, "S-PROXY", "HTTP_PROXY, HTTPS_PROXY, NO_PROXY with a name and a network", "followed; the proxy's credential stays with the proxy, ours with the origin", (
            Variant("HTTP_PROXY", WHOLE, "get", through(False), url="http://api.example/OrbitAPI", environment={"HTTP_PROXY": "http://127.0.0.1:{port}"}),
            Variant("with a credential", WHOLE, "get", through(True), url="http://api.example/OrbitAPI", environment={"HTTP_PROXY": proxy}),
            Variant("HTTPS_PROXY", tunnel_to(bench.secure.port), "get", tunnelled, trusting, url=bench.secure.url, environment={"HTTPS_PROXY": proxy}),
            Variant("NO_PROXY name", WHOLE, "get", directly, environment={"HTTP_PROXY": nowhere, "NO_PROXY": "other.example, 127.0.0.1"}),
            Variant("NO_PROXY network", WHOLE, "get", directly, environment={"HTTP_PROXY": nowhere, "NO_PROXY": "127.0.0.0/8"}),
        )),
        Case(33, "S-SSRF-ish", "a URL or host as path value or as an operation's path", "stays below the host, or own error", (
            Variant("value //evil", WHOLE, "get", below_host, {"name": "//evil.example"}),
            Variant("value with a URL", WHOLE, "get", below_host, {"name": f"http://127.0.0.1:{bench.other.port}/x"}),
            Variant("path //evil", WHOLE, "path", below_host, {"path": f"//127.0.0.1:{bench.other.port}/x"}),
            Variant("path @evil", WHOLE, "path", below_host, {"path": f"@127.0.0.1:{bench.other.port}/x"}, url="http://127.0.0.1:{port}"),
        )),
        Case(34, "S-SPEC", "a spec whose texts are code, and names with `/` and `..`", "refused, or a package that imports, runs nothing, and stays in its folder", run=tools.hostile_texts),
        Case(35, "S-YAML/ref bombs, external `$ref`", "an alias bomb, a circle of references, `$ref` to http: and to a file", "refused, nothing fetched", run=tools.hostile_references),
        Case(36, "S-DEP", "the dependencies of the package", "few, with lower and upper limits; the lower limits tested and without known vulnerabilities; hashes", run=tools.dependencies),
    ]  # fmt: skip

"""The scenarios on the sandbox, and on recorded answers of real servers.

`recorded/9.json` and `recorded/current.json` are our own recordings: the requests of this client to a Redash
9 and to a Redash of 2026, and their answers. A replay answers only recorded requests, so a client that sends
anything else fails. Keys and hosts are replaced by words in braces.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scenarios import SCENARIOS
from tonalytica_client import TonalyticaAPIClient

RECORDED = Path(__file__).parent / "recorded"
VERSIONS = ("9", "current")


@contextmanager
def replayed(exchanges: list[dict[str, Any]]) -> Iterator[str]:
    """Run a server that gives the recorded answers; equal requests get theirs in order.

    The last answer to a request is repeated, as a job may be polled more often than in the recording.
    """
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in exchanges:
        told[key_of(each["method"], each["target"], each["sent"])].append(each)
    unknown: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = key_of(self.command, self.path, json.loads(raw) if raw else None)
            rest = told.get(asked)
            if not rest:
                unknown.append(asked)
                rest = [
                    {"status": 599, "type": "application/json", "body": {"message": f"not recorded: {asked}"}}
                ]
            found = rest.pop(0) if len(rest) > 1 else rest[0]
            body = found["body"]
            text = (
                body if isinstance(body, str) and "json" not in found["type"] else json.dumps(body)
            ).replace("{host}", url)
            data = text.encode()
            self.send_response(found["status"])
            self.send_header("Content-Type", found["type"])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, format: str, *arguments: Any) -> None:
            """Print nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield url
        server.shutdown()
        thread.join(10)
    assert unknown == []


def key_of(method: str, target: str, sent: Any) -> str:
    """Return a key that equal requests share."""
    return f"{method} {target} {json.dumps(sent, sort_keys=True)}"


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("redash", VERSIONS)
def test_a_real_server_was_seen_to_do_so(redash: str, name: str) -> None:
    recording = json.loads((RECORDED / f"{redash}.json").read_text(encoding="utf-8"))
    with replayed(recording["scenarios"][name]) as url:
        SCENARIOS[name](TonalyticaAPIClient("{key}", url), redash)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_sandbox_does_the_same(client: TonalyticaAPIClient, redash: str, name: str) -> None:
    SCENARIOS[name](client, redash)


def test_no_recording_holds_a_key_or_an_address_of_its_own() -> None:
    for redash in VERSIONS:
        text = (RECORDED / f"{redash}.json").read_text(encoding="utf-8")
        recording = json.loads(text)
        assert set(recording["scenarios"]) == set(SCENARIOS)
        assert "127.0.0.1" not in text
        for exchanges in recording["scenarios"].values():
            for each in exchanges:
                assert set(each) == {"method", "target", "sent", "status", "type", "body"}

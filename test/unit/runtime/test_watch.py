"""Calls through plain urllib3, as where a tracer is at work: one thread ends those whose time is over."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest
from support.lab import Seen, answer
from urllib3 import HTTPConnectionPool

import apteco_api as aa
from apteco_api._runtime import watch

VERSION = answer(body={"version": "1"})


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Put a tracer into urllib3; return the watching threads that are started from here on."""
    urlopen, start = HTTPConnectionPool.urlopen, threading.Thread.start
    found: list[threading.Thread] = []

    def noted(self: threading.Thread) -> None:
        if self.name == "call-deadlines":
            found.append(self)
        start(self)

    monkeypatch.setattr(HTTPConnectionPool, "urlopen", lambda *args, **given: urlopen(*args, **given))
    monkeypatch.setattr(threading.Thread, "start", noted)
    monkeypatch.setattr(watch, "_watcher", watch._Watcher())
    return found


def drip(sock: Any, request: Seen, whole: bytes = VERSION) -> None:
    """Answer a byte now and then, so that no single read lasts long."""
    for byte in whole:
        sock.sendall(bytes((byte,)))
        time.sleep(0.02)


def drip_body(sock: Any, request: Seen) -> None:
    """Answer in this way JSON that is whole after two bytes, in a body that ends with the connection."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    drip(sock, request, b"{}" + b" " * 150)


def time_of(made: aa.ApiClient, timeout: float) -> float:
    """Return how long a call took that ended at its time."""
    start = time.monotonic()
    with pytest.raises(aa.ApiTimeout):
        aa.AboutApi(made).about_get_version(_request_timeout=timeout)
    return time.monotonic() - start


def test_traced_calls_share_one_thread(
    serve: Any, client: Any, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "IDLE", 30.0)
    about = aa.AboutApi(client(serve(VERSION)))
    threads = [threading.Thread(target=lambda: [about.about_get_version() for _ in range(5)]) for _ in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1


def test_the_thread_ends_after_the_last_call_and_begins_with_the_next(
    serve: Any, client: Any, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "IDLE", 0.05)
    about = aa.AboutApi(client(serve(VERSION)))
    about.about_get_version()
    started[0].join(5)
    assert not started[0].is_alive()
    about.about_get_version()
    assert len(started) == 2
    started[1].join(5)


@pytest.mark.parametrize("way", [drip, drip_body])
def test_each_call_ends_at_its_own_time(way: Any, serve: Any, client: Any) -> None:
    made = client(serve(lambda request, number: way), retries=0)
    taken: dict[float, float] = {}
    threads = [
        threading.Thread(target=lambda seconds=seconds: taken.update({seconds: time_of(made, seconds)}))
        for seconds in (0.5, 0.15, 0.3)  # the first call is not the first to end
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [0.15, 0.3, 0.5]
    assert all(seconds <= took < seconds + 1 for seconds, took in taken.items())


def test_a_download_that_drips_ends_at_its_time(serve: Any, client: Any, tmp_path: Any) -> None:
    made = client(serve(lambda request, number: drip_body), retries=0)
    start = time.monotonic()
    with pytest.raises(aa.ApiTimeout):
        aa.FilesApi(made).files_get_file("H", "h", "a.csv", _save_to=tmp_path, _request_timeout=0.3)
    assert 0.3 <= time.monotonic() - start < 1.3
    assert [*tmp_path.iterdir()] == []


def test_a_call_that_has_ended_in_time_leaves_its_connection_whole(serve: Any, client: Any) -> None:
    server = serve(VERSION)
    about = aa.AboutApi(client(server))
    about.about_get_version(_request_timeout=0.25)
    time.sleep(0.3)
    about.about_get_version()
    assert server.connections == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_calls_of_a_forked_child_end_at_their_time(serve: Any, client: Any) -> None:
    made = client(serve(lambda request, number: drip if number > 1 else VERSION), retries=0)
    aa.AboutApi(made).about_get_version()  # starts the thread in the parent
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if time_of(made, 0.2) < 1.5 else 2)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

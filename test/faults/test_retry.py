"""Rows 13 to 17: when to try again, and when not."""

from __future__ import annotations

import io
import threading
import time
from email.utils import formatdate
from typing import Any

import lab
import pytest
from lab import COUNT, VARIABLE, Seen, answer

import apteco_api as aa
from apteco_api.runtime.exceptions import ApiFileError, ApiInterrupted, ApiRateLimited, ApiUnauthorized


def once_then(first: bytes, then: bytes) -> Any:
    return lambda request, number: first if number == 1 else then


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("1", 1.0, 1.4),
        ("date", 0.3, 2.4),
        ("-5", 0.0, 0.3),
        ("nan", 0.0, 0.3),
        ("", 0.0, 0.3),
        ("9" * 400, 0.0, 0.3),
    ],
)
def test_13_retry_after_is_honoured_when_it_makes_sense(
    value: str, low: float, high: float, serve: Any, get: Any
) -> None:
    # A date has whole seconds: two from now is one to two.
    header = formatdate(time.time() + 2, usegmt=True) if value == "date" else value
    server = serve(once_then(answer(429, Retry_After=header), answer(body=VARIABLE)))
    before = time.monotonic()
    assert get(server).name == "peName"
    assert low <= time.monotonic() - before <= high


def test_13_an_hour_is_not_waited_for(serve: Any, get: Any) -> None:
    server = serve(answer(429, Retry_After="3600"))
    before = time.monotonic()
    with pytest.raises(ApiRateLimited) as failure:
        get(server)
    assert time.monotonic() - before < 1
    assert failure.value.retry_after == 3600
    assert len(server.requests) == 1


def test_13_statuses_that_are_tried_again(serve: Any, get: Any, post: Any) -> None:
    for status in (429, 502, 503, 504):
        assert get(serve(once_then(answer(status), answer(body=VARIABLE)))).name == "peName"
    for status in (400, 404, 408, 409, 500, 501):
        server = serve(answer(status))
        with pytest.raises(aa.ApiException):
            get(server)
        assert len(server.requests) == 1
    # A POST that was refused for its rate was not done; one that met a dead gateway may have been.
    assert post(serve(once_then(answer(429), answer(body=COUNT)))).counts
    server = serve(answer(504))
    with pytest.raises(aa.ApiException):
        post(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("setting", [0, False, 1, 4])
def test_13_the_number_of_retries_is_the_setting(setting: Any, serve: Any, get: Any) -> None:
    server = serve(answer(503))
    with pytest.raises(aa.ApiUnavailable) as failure:
        get(server, retries=setting)
    assert len(server.requests) == int(setting) + 1
    assert len(failure.value.attempts) == int(setting) + 1


def test_14_a_post_without_an_answer_is_not_sent_again(serve: Any, post: Any) -> None:
    server = serve(lambda *_: None)
    with pytest.raises(ApiInterrupted) as failure:
        post(server)
    assert failure.value.sent == "unknown"
    assert len(server.requests) == 1


def test_14_with_a_key_it_is_and_the_key_stays(serve: Any, client: Any) -> None:
    server = serve(lambda request, number: None if number < 3 else answer(body=COUNT))
    assert lab.count(client(server), _idempotency_key="k-1").ran_successfully
    assert [request.headers["idempotency-key"] for request in server.requests] == ["k-1"] * 3
    assert len({request.body for request in server.requests}) == 1


def upload(client: aa.ApiClient, file: Any, **options: Any) -> Any:
    api = aa.FilesApi(client)
    return api.files_upsert_file("Holidays", "holidays", "Private/a.csv", file, **options)


class OnlyForward(io.RawIOBase):
    """A file that can be read once."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._data.readinto(buffer)


def test_15_a_file_is_rewound_for_the_next_try(serve: Any, client: Any, tmp_path: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 100_000)
    with path.open("rb") as file:
        file.read(10)
        for given in (path, str(path), b"x" * 99_990, file):
            server = serve(once_then(answer(503), answer(204, content_type=None)))
            upload(client(server), given)
            first, second = server.requests
            assert first.body == second.body
            assert first.body.count(b"x" * 99_990) == 1


def test_15_what_can_not_be_rewound_is_not_sent_twice(serve: Any, client: Any) -> None:
    server = serve(answer(503))
    with pytest.raises(aa.ApiUnavailable):
        upload(client(server), OnlyForward(b"\x01" * 50_000))
    assert len(server.requests) == 1
    assert server.requests[0].body.count(b"\x01") == 50_000
    assert server.requests[0].headers["transfer-encoding"] == "chunked"


def test_15_a_file_that_became_shorter_is_an_error_not_a_hang(serve: Any, client: Any, tmp_path: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 1000)

    class Liar(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return b""

    with pytest.raises(ApiFileError):
        upload(client(serve(answer(204, content_type=None))), Liar(b"x" * 1000))


def test_16_fifty_threads_with_an_old_session_log_in_once(serve: Any, client: Any) -> None:
    def respond(request: Seen, number: int) -> bytes:
        good = request.headers["authorization"] == "Bearer fresh-token"
        return answer(body=COUNT) if good else answer(401)

    server = serve(respond)
    shared = client(server)
    logins: list[str] = []

    def refresh(config: aa.Configuration) -> bool:
        logins.append(threading.current_thread().name)
        time.sleep(0.2)
        config.api_key["Authorization"] = "fresh-token"
        return True

    shared.configuration.refresh_access_token = refresh
    outcomes: list[Any] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(lab.count(shared).counts[0].count_value))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert outcomes == [7] * 50
    assert len(logins) == 1
    assert len(server.requests) <= 100


@pytest.mark.parametrize("outcome", ["still refused", "not done", "fails"])
def test_16_a_refresh_that_does_not_help_ends_in_the_401(outcome: str, serve: Any, client: Any) -> None:
    server = serve(answer(401))
    shared = client(server)
    calls: list[int] = []

    def refresh(config: aa.Configuration) -> bool:
        calls.append(1)
        if outcome == "fails":
            raise ApiUnauthorized(401, "Unauthorized")
        if outcome == "still refused":
            config.api_key["Authorization"] = "another-token"
            return True
        return False

    shared.configuration.refresh_access_token = refresh
    for _ in range(2):
        with pytest.raises(ApiUnauthorized) as failure:
            lab.count(shared)
    assert "canary" not in str(failure.value)
    assert len(calls) == (2 if outcome == "still refused" else 1)
    assert len(server.requests) == (4 if outcome == "still refused" else 2)


def test_17_two_hundred_clients_come_back_spread_out() -> None:
    from apteco_api.runtime.budget import Call, RetryRule
    from apteco_api.runtime.policies import pause

    config = aa.Configuration()
    waits = sorted(pause(Call(config, RetryRule(None), 60, 10, None), 3) for _ in range(200))
    top = config.backoff * 4
    # Kolmogorov-Smirnov against the even spread: 1.63/sqrt(n) is passed by chance once in a hundred.
    distance = max(abs((index + 1) / 200 - wait / top) for index, wait in enumerate(waits))
    assert distance < 0.14
    assert waits[0] >= 0
    assert waits[-1] <= top

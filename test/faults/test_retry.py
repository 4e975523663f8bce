"""Cases 13 to 17: when to retry, and when not."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

import pytest
from support import lab
from support.lab import COUNT, TEAM, VARIABLE, Seen, answer

import apteco_api as aa
from apteco_api.exceptions import ApiFileError, ApiInterrupted, ApiRateLimited, ApiUnauthorized


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
    # A date has whole seconds: the date in two seconds is one to two seconds away.
    header = formatdate(time.time() + 2, usegmt=True) if value == "date" else value
    server = serve(once_then(answer(429, Retry_After=header), answer(body=VARIABLE)))
    before = time.monotonic()
    assert get(server).name == "peName"
    assert lab.in_time(time.monotonic() - before, high, low)


def test_13_an_hour_is_not_waited_for(serve: Any, get: Any) -> None:
    server = serve(answer(429, Retry_After="3600"))
    before = time.monotonic()
    with pytest.raises(ApiRateLimited) as failure:
        get(server)
    assert lab.in_time(time.monotonic() - before, 1)
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
    # A 429 says that the POST was not carried out; after a 504 it may have been.
    assert post(serve(once_then(answer(429), answer(201, TEAM)))).id == 3
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


@pytest.mark.parametrize(
    ("meaning", "tries"), [(2, 3), ("Retry(1)", 2), ("Retry of POST", 3), ("Retry(False)", 1)]
)
def test_13_retries_take_what_the_published_setting_takes(
    meaning: Any, tries: int, serve: Any, get: Any, post: Any
) -> None:
    from urllib3 import Retry

    known = {
        "Retry(1)": Retry(1, status_forcelist=[503]),
        "Retry of POST": Retry(2, status_forcelist=[503], allowed_methods=["POST"]),
        "Retry(False)": Retry(False),
    }
    server = serve(answer(503))
    with pytest.raises(aa.ApiUnavailable):
        (post if meaning == "Retry of POST" else get)(server, retries=known.get(meaning, meaning))
    assert len(server.requests) == tries


def test_14_a_post_without_an_answer_is_not_sent_again(serve: Any, post: Any) -> None:
    server = serve(lambda *_: None)
    with pytest.raises(ApiInterrupted) as failure:
        post(server)
    assert failure.value.sent == "unknown"
    assert len(server.requests) == 1


@pytest.mark.parametrize("first", [None, answer(502), answer(503), answer(504)])
def test_14_a_post_that_changes_nothing_is_sent_again(first: Any, serve: Any, client: Any) -> None:
    server = serve(once_then(first, answer(body=COUNT)))
    assert lab.count(client(server)).counts[0].count_value == 7
    assert len({request.body for request in server.requests}) == 1
    assert len(server.requests) == 2


def test_14_a_post_with_a_key_is_sent_again_with_the_same_key(serve: Any, client: Any) -> None:
    server = serve(lambda request, number: None if number < 3 else answer(201, TEAM))
    assert lab.create(client(server), _idempotency_key="k-1").id == 3
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


def waits_of(attempts: Iterable[str]) -> list[float]:
    """Return the seconds waited before each retry, from the history of a call."""
    told = (line.rpartition("waited ")[2].removesuffix(" s") for line in attempts if "waited" in line)
    return [float(text) for text in told]


def test_17_two_hundred_clients_come_back_spread_out(serve: Any, client: Any) -> None:
    """The waits before the second tries are spread evenly (Kolmogorov-Smirnov), and really waited."""
    backoff = 1.0
    seen: dict[str, list[float]] = {}
    waits: dict[str, float] = {}

    def respond(request: Seen, number: int) -> Any:
        moments = seen.setdefault(request.target.rpartition("/")[2], [])
        moments.append(request.at)
        return None if len(moments) == 1 else answer(body=VARIABLE)

    server = serve(respond)

    def four(first: int) -> None:
        for number in range(first, first + 4):
            made = client(server, backoff=backoff)
            aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_variable("H", "h", f"c{number}")
            (waits[f"c{number}"],) = waits_of(made.last_response.attempts)

    threads = [threading.Thread(target=four, args=(4 * number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(waits) == 200
    assert all(seen[name][1] - seen[name][0] > wait - 0.01 for name, wait in waits.items())
    spread = sorted(waits.values())
    assert spread[-1] <= backoff
    # Chance exceeds 1.63/sqrt(n) once in a hundred runs, and 1.5 times that once in 80,000.
    distance = max(abs((index + 1) / 200 - wait / backoff) for index, wait in enumerate(spread))
    assert distance < 1.63 / 200**0.5 * 1.5
    # No 50 ms have a quarter of the waits.
    assert max(sum(low <= wait < low + 0.05 for wait in spread) for low in spread) < 50


def test_17_the_end_of_the_waits_doubles_up_to_its_limit(serve: Any, get: Any) -> None:
    server = serve(answer(503))
    with pytest.raises(aa.ApiUnavailable) as failure:
        get(server, retries=6, backoff=0.02, max_backoff=0.1)
    waits = waits_of(failure.value.attempts)
    ends = [0.02, 0.04, 0.08, 0.1, 0.1, 0.1]
    assert len(waits) == 6
    assert all(0 <= wait <= end + 0.0005 for wait, end in zip(waits, ends, strict=True))

"""Copies of the client, results as models and as files, and the interval of polls."""

from __future__ import annotations

import copy
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from tonalytica_client import NotFoundError, TonalyticaAPIClient, TonalyticaError, UnexpectedAnswerError
from tonalytica_client.client import models
from tonalytica_client.results import Result
from tonalytica_client.sandbox import USER_KEY, Asked, Sandbox

# --- copies


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda client: pickle.loads(pickle.dumps(client))])
def test_a_copy_is_a_client_of_its_own(
    server: Sandbox, asked: Callable[[], list[Asked]], way: Callable[[Any], Any]
) -> None:
    client = TonalyticaAPIClient(USER_KEY, f"{server.url}/", check=False, timeout=7, retries=1)
    client.s.headers["X-Team"] = "red"
    client.mark = "mine"  # type: ignore[attr-defined]
    made = way(client)
    assert asked() == []
    assert (made.host, made.api_key, made.mark) == (client.host, USER_KEY, "mine")
    assert made.api_client.configuration.timeout == 7
    assert made.s.headers == client.s.headers
    client.close()
    client.s.headers.clear()
    client.api_client.configuration.host = "http://127.0.0.1:9"
    assert made.queries()["count"] >= 4
    assert made.s.get(f"{server.url}/api/session").ok
    made.close()


class Own(TonalyticaAPIClient):
    """A user's subclass."""


def test_a_subclass_stays_one(server: Sandbox) -> None:
    with Own(USER_KEY, server.url) as client:
        assert type(copy.copy(client)) is Own


def test_a_client_works_in_another_process(server: Sandbox) -> None:
    with (
        TonalyticaAPIClient(USER_KEY, server.url) as client,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        assert pool.submit(client.get_query, 1).result(60)["id"] == 1


def test_answers_can_be_pickled_and_copied(tonalytica: TonalyticaAPIClient) -> None:
    for answer in (
        tonalytica.queries(),
        tonalytica.get_data_sources(),
        tonalytica.get_result(tonalytica.run_query(1)["query_result"]["id"], "csv"),
    ):
        for same in (pickle.loads(pickle.dumps(answer)), copy.deepcopy(answer)):
            assert (type(same), same.content, same.status_code) == (type(answer), answer.content, 200)
            assert same == answer or not isinstance(answer, dict | list)


# --- models


def test_an_answer_is_a_model_too(tonalytica: TonalyticaAPIClient) -> None:
    board = tonalytica.get_dashboard(1).model()
    assert isinstance(board, models.Dashboard)
    assert (board.id, len(board.widgets)) == (1, 3)
    assert tonalytica.queries().model().results[0].created_at.tzinfo is not None
    assert isinstance(tonalytica.get_data_sources().model()[0], models.DataSource)
    ran = tonalytica.run_query(1, max_age=0)
    assert isinstance(ran.model(), models.QueryResultEnvelope)
    number = ran["query_result"]["id"]
    for answer in (tonalytica.get("queries/1"), tonalytica.get_result(number, "csv")):
        with pytest.raises(TypeError, match="names no model"):
            answer.model()


def test_numbers_of_any_length_are_kept() -> None:
    body = b'{"query_result": {"data": {"columns": [], "rows": [{"n": -123456789012345678901234567890}]}}}'
    (row,) = Result.make(200, {"content-type": "application/json"}, body).rows
    assert row == {"n": -123456789012345678901234567890}


def test_a_result_that_is_no_json_says_so(server: Sandbox) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Result.make(200, {"content-type": "application/json"}, b'{"half":')


# --- files


@pytest.mark.parametrize("filetype", ["csv", "tsv", "xlsx", "json"])
def test_a_result_is_written_to_a_file(
    tonalytica: TonalyticaAPIClient, tmp_path: Path, filetype: Any
) -> None:
    number = tonalytica.run_query(2)["query_result"]["id"]
    whole = tonalytica.get_result(number, filetype).content
    file = tonalytica.get_result(number, filetype, save_to=tmp_path / "out")
    assert file == tmp_path / "out"
    if filetype != "xlsx":  # xlsx files contain the time of their creation
        assert file.read_bytes() == whole
    cached = tonalytica.get_cached_result(2, filetype, save_to=str(tmp_path))
    assert cached.parent == tmp_path
    assert cached.suffix == f".{filetype}"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_is_there_whole_or_not_at_all(tonalytica: TonalyticaAPIClient, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    with pytest.raises(NotFoundError):
        tonalytica.get_result(4711, "csv", save_to=file)
    with pytest.raises(ValueError, match="save_to needs a filetype"):
        tonalytica.get_result(1, save_to=file)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="filetype"):
        tonalytica.get_result(1, "pdf", save_to=file)  # type: ignore[call-overload]
    number = tonalytica.run_query(2)["query_result"]["id"]
    with pytest.raises(TonalyticaError, match="can't be stored"):
        tonalytica.get_result(number, "csv", save_to=tmp_path / "no" / "such" / "folder.csv")
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
    assert file.read_text() == "before"


def test_a_web_page_is_no_file(server: Sandbox, tmp_path: Path) -> None:
    client = TonalyticaAPIClient(USER_KEY, f"{server.url}/elsewhere", check=False)
    with pytest.raises(UnexpectedAnswerError, match="the answer is a web page"):
        client.get_result(1, "csv", save_to=tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


# --- polling


def test_the_pace_of_polling_is_an_argument(
    tonalytica: TonalyticaAPIClient, asked: Callable[[], list[Asked]], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    real = time.sleep
    monkeypatch.setattr(
        "tonalytica_client.running.time.sleep", lambda s: (waits.append(s), real(min(s, 0.05)))
    )
    tonalytica.query_and_wait_result(1, "SELECT sleep(0.2)", poll_interval=3.0)
    assert waits
    assert set(waits) == {3.0}
    polls = len([each for each in asked() if "/jobs/" in each.path])
    assert polls == len(waits)
    waits.clear()
    tonalytica.query_and_wait_result(1, "SELECT sleep(0.3)")
    assert waits == sorted(waits)
    assert waits[0] == 0.02
    assert max(waits) <= 1.5


@pytest.mark.parametrize("pace", [0, -1, float("nan"), float("inf")])
def test_a_pace_that_is_none_is_refused_before_anything_is_sent(
    tonalytica: TonalyticaAPIClient, asked: Callable[[], list[Asked]], pace: float
) -> None:
    for call in (
        lambda: tonalytica.run_query(1, poll_interval=pace),
        lambda: tonalytica.query_and_wait_result(1, "SELECT 1", poll_interval=pace),
        lambda: tonalytica.wait_for_job("1", poll_interval=pace),
        lambda: tonalytica.get_schema(1, poll_interval=pace),
    ):
        with pytest.raises(ValueError, match="poll_interval must be a number of seconds above 0"):
            call()
    assert asked() == []

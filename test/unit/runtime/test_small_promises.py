"""Small promises that larger tests would not miss: retry totals, booleans as numbers, NaN, job progress."""

from __future__ import annotations

import copy
import inspect
import pickle
import types
from typing import Any, Literal

import pytest
import urllib3
from support.lab import answer

import apteco_api as aa
from apteco_api._runtime.budget import RetryRule
from apteco_api._runtime.codec.decode import decode
from apteco_api._runtime.jobs import Poller


@pytest.mark.parametrize(
    ("setting", "total"),
    [
        (urllib3.Retry(total=None, connect=2), 2),
        (urllib3.Retry(total=None, connect=2, read=1, status=4), 7),
        (urllib3.Retry(total=None), 3),
        (urllib3.Retry(total=None, connect=0), 3),
        (urllib3.Retry(total=5, connect=2), 5),
        (urllib3.Retry(total=0), 0),
        (-1, 0),
        (False, 0),
        (True, 3),
        (None, 3),
    ],
)
def test_the_total_of_a_retry_setting(setting: Any, total: int) -> None:
    assert RetryRule(setting).total == total


@pytest.mark.parametrize("total", [1, 2])
def test_limits_without_a_total_are_kept_on_the_wire(total: int, serve: Any, client: Any) -> None:
    server = serve(answer(503, b"", Retry_After="0"))
    made = client(server, retries=urllib3.Retry(total=None, status=total, backoff_factor=0))
    with pytest.raises(aa.ApiUnavailable):
        aa.AboutApi(made).about_get_version()
    assert len(server.requests) == total + 1


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_for_a_declared_integer_is_a_difference(value: bool, serve: Any, client: Any) -> None:
    body = {"offset": 0, "count": value, "totalCount": 0, "list": []}
    made = client(serve(answer(body=body)))
    found = aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_systems("holidays")
    assert found.count is value
    assert [each.path for each in made.last_response.drift] == ["$.count"]
    strict = client(serve(answer(body=body)), strict_responses=True)
    with pytest.raises(aa.ApiDecodeError, match="count"):
        aa.FastStatsSystemsApi(strict).fast_stats_systems_get_fast_stats_systems("holidays")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_have_is_refused_before_anything_is_sent(
    number: float, serve: Any, client: Any
) -> None:
    server = serve(answer(body={}))
    limits: Any = {"stopAtFirst": True, "value": number}
    query = aa.Query(selection=aa.Selection(table_name="People", ancestor_counts=True, limits=limits))
    with pytest.raises(aa.ApiValueError):
        aa.QueriesApi(client(server)).queries_perform_query_count_synchronously("v", "s", query=query)
    assert server.requests == []


def test_a_jobs_own_progress_never_goes_back(serve: Any, client: Any) -> None:
    states = [{"progress": number} for number in (10, 60, 5)]
    told = iter([{}, *states])

    def respond(request: Any, number: int) -> bytes:
        details = {"id": 1, "progress": 0, "isComplete": False, **next(told)}
        return answer(201 if request.method == "POST" else 200, body=details)

    api = aa.FastStatsBuildsApi(client(serve(respond)))
    created = next(name for name, op in api.operations.items() if op.job and op.job.step == "create")
    job = Poller.start(getattr(api, created), "Holidays", "holidays")
    seen = []
    for _ in range(3):
        assert not job.poll()
        seen.append(job.progress)
    assert seen == [10, 60, 60]


def test_help_tells_the_fields_of_a_model_with_the_texts_that_editors_show() -> None:
    class Wider(aa.Query):
        """A query of one's own."""

        note: str | None = None
        """Why it is asked."""

    assert inspect.getdoc(aa.Count) == (
        "Number of records of one table in the result of a query.\n\nArgs:\n"
        "    table_name (str): Table whose records are counted.\n"
        "    count_value (int): Number of distinct records of that table."
    )
    told = (Wider.__doc__ or "").splitlines()
    assert told[0] == "A query of one's own."
    assert [line for line in told if "selection (" in line or "note (" in line] == [
        "    selection (Selection, optional): The table, conditions and limits that define the records.",
        "    note (str, optional): Why it is asked.",
    ]
    periods = (aa.DateRule.__doc__ or "").partition("pattern_type ")[2]
    values = "['CalculatedDay', 'CalculatedMonth', 'CalculatedYear', 'Explicit']"
    assert " ".join(periods.split()).startswith(f"(Literal{values} | str, optional): How the matching")


def test_a_model_without_its_source_has_the_text_of_its_class(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> str:
        raise OSError("could not get source code")

    monkeypatch.setattr(inspect, "getsource", missing)
    assert aa.Count.__doc__ == "Number of records of one table in the result of a query."
    made = type("Made", (aa.Count,), {})
    made.__doc__ = "Another."
    assert made.__doc__ == "Another."


def test_a_frozen_subclass_of_a_model_stays_frozen() -> None:
    made: Any = types.new_class("Fixed", (aa.Count,), {"frozen": True})("Bookings", 1)
    for name in ("table_name", "note"):
        with pytest.raises(AttributeError):
            setattr(made, name, "other")
    assert made.to_dict() == {"table_name": "Bookings", "count_value": 1}


def test_fields_of_a_subclass_are_checked_beside_those_of_its_base() -> None:
    base: Any = aa.Logic(operation="AND", operands=[], table_name="Bookings")
    base.operation = "OR"

    class Narrow(aa.Logic):
        size: Literal["small", "big"] | None = None

    made: Any = Narrow(operation="AND", operands=[], table_name="Bookings")
    made.size = "big"
    for each, name, value in ((made, "size", "huge"), (made, "operation", "x"), (base, "operation", "x")):
        with pytest.raises(aa.ApiValueError, match=f"`{name}`"):
            setattr(each, name, value)
    base.size = "huge"  # not a field of the base
    assert (made.size, base.size, "size" in base.to_dict()) == ("big", "huge", False)


def test_models_are_equal_to_those_of_their_base_and_its_twin_only() -> None:
    class Mine(aa.Count):
        pass

    class Other(aa.Count):
        pass

    received = decode(b'{"tableName": "Bookings", "countValue": 1}', "Count")
    mine, other, plain = (kind("Bookings", 1) for kind in (Mine, Other, aa.Count))
    assert plain == received == mine == plain
    assert mine != other
    assert other == received
    assert plain != aa.Count("Bookings", 2) != received
    for foreign in (aa.Query(), {"table_name": "Bookings", "count_value": 1}, None, 1, type(plain)):
        assert plain != foreign != plain
    settings = aa.Configuration(client_side_validation=False)
    assert aa.Count("Bookings", 1, local_vars_configuration=settings) == plain
    plain.note = "mine"  # type: ignore[attr-defined]  # an attribute of the user
    assert plain == received


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\r", "\x7f", "π"])
def test_a_default_header_is_checked_also_when_it_is_set_again(value: str) -> None:
    with aa.ApiClient(aa.Configuration(host="http://h/x")) as client:
        client.set_default_header("X-Tenant", " one ")
        client.set_default_header("X-Tenant", "two ")
        for attempt in (client.set_default_header, lambda _, text: setattr(client, "user_agent", text)):
            with pytest.raises(aa.ApiValueError, match=r"line break|control|can't"):
                attempt("X-Tenant", value)
        client.set_default_header("x-tenant", "café\tau lait ")
        client.user_agent = " mine/1"
        client.set_default_header("X-Count", 5)  # type: ignore[arg-type]  # as it was published
        client.set_default_header("X-Count", 6)  # type: ignore[arg-type]
        shown = {name: client.default_headers[name] for name in ("x-tenant", "User-Agent", "X-Count")}
        assert shown == {"x-tenant": "café\tau lait", "User-Agent": "mine/1", "X-Count": "6"}
        assert "X-Tenant" not in client.default_headers


def test_parameters_become_pairs_as_published() -> None:
    with aa.ApiClient(aa.Configuration(host="http://h/x")) as client:
        made = client.parameters_to_tuples
        given = {"a": [1, 2], "b": "x"}
        assert made(given, None) == made(list(given.items()), {}) == [("a", [1, 2]), ("b", "x")]
        assert made([["a", 1]], None) == [("a", 1)]
        assert made(given, {"a": "multi"}) == [("a", 1), ("a", 2), ("b", "x")]
        joined = {form: made(given, {"a": form})[0][1] for form in ("csv", "ssv", "tsv", "pipes", "other")}
        assert joined == {"csv": "1,2", "ssv": "1 2", "tsv": "1\t2", "pipes": "1|2", "other": "1,2"}


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
def test_a_client_that_has_made_calls_copies_and_pickles(again: Any, serve: Any, client: Any) -> None:
    server = serve(answer(body={"version": "1"}))
    made = client(server)
    made.set_default_header("X-Tenant", "one")
    made.policies = made.policies[1:]
    aa.AboutApi(made).about_get_version(async_req=True).get()
    other = again(made)
    assert aa.AboutApi(other).about_get_version().version == "1"
    assert server.requests[-1].headers["X-Tenant"] == "one"
    assert aa.AboutApi(other).about_get_version(async_req=True).get().version == "1"
    assert other.policies == made.policies
    assert other.pool is not made.pool
    other.close()
    assert aa.AboutApi(made).about_get_version().version == "1"


@pytest.mark.parametrize("again", [copy.deepcopy, pickle.dumps])
def test_a_client_with_a_pool_manager_of_the_users_own_says_that_it_has_no_copy(again: Any) -> None:
    with aa.ApiClient(aa.Configuration(host="http://h/x")) as made:
        made.rest_client.pool_manager = urllib3.PoolManager()
        with pytest.raises(aa.ApiTypeError, match="make a new ApiClient"):
            again(made)

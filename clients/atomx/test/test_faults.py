"""Faults and gaps of the published package that this one does not have."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import REPORT, Answer, Wire

from atomx import APIError, Atomx, models
from atomx.client import Configuration
from atomx.exceptions import APIConnectionError, AtomxError, AttributeNotLoadedError
from atomx.utils import get_attribute_model_name, get_model_name, model_name_to_rest

# --- timeouts, retries, connections, pages, success


def test_a_silent_server_is_given_up(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Configuration(timeout=0.2, retries=0)
        started = datetime.now(UTC)
        with pytest.raises(APIConnectionError) as failed:
            Atomx(
                "user@example.com",
                "password",
                api_endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}",
                configuration=settings,
            )
        assert (datetime.now(UTC) - started).total_seconds() < 5
        assert failed.value.status is None
        assert "password" not in str(failed.value) + repr(failed.value.response)


def test_a_report_may_take_longer_than_another_call(wire: Wire) -> None:
    settings = Configuration(timeout=0.4, retries=0)
    with Atomx("user@example.com", "password", api_endpoint=wire.url, configuration=settings) as session:
        wire.say(REPORT)
        wire.delay = 0.8
        assert session.report("dsp", ["day"]).id == 5
        with pytest.raises(APIConnectionError):
            session.get("creatives")


def test_a_read_is_tried_again_and_a_creation_is_not(session: Atomx, wire: Wire) -> None:
    fine: Answer = (200, {"success": True, "resource": "x", "x": 1})
    wire.say((503, {"error": "busy"}), fine)
    assert session.get("x") == 1
    assert len(wire.requests) == 2
    wire.say((503, {"error": "busy"}), fine)
    with pytest.raises(APIError, match="busy") as failed:
        session.post("x", {})
    assert failed.value.status == 503
    assert len(wire.requests) == 3


def test_calls_share_a_connection(session: Atomx, wire: Wire) -> None:
    for _ in range(5):
        session.get("x")
    assert len({each.port for each in wire.requests}) == 1


def test_long_lists_are_read_page_by_page(atomx: Atomx) -> None:
    assert len(atomx.get("creatives", limit=7)) == 7
    assert [each.id for each in atomx.iterate("creatives", page_size=30)] == list(range(1, 101))
    assert [each.id for each in atomx.iterate("creatives", page_size=50, offset=95)] == [96, 97, 98, 99, 100]
    with pytest.raises(ValueError, match="page_size"):
        next(atomx.iterate("creatives", page_size=1001))


def test_success_false_is_a_failure_whatever_the_status(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": False, "error": "no such luck", "errno": 9}))
    with pytest.raises(APIError, match="no such luck") as failed:
        session.get("x")
    assert (failed.value.status, failed.value.errno) == (200, 9)


# --- errors


def test_an_error_says_status_number_and_answer_and_can_be_pickled(session: Atomx, wire: Wire) -> None:
    wire.say((409, {"success": False, "error": "already there", "errno": 12}))
    with pytest.raises(APIError) as failed:
        session.post("x", {})
    error = failed.value
    assert isinstance(error, AtomxError)
    assert (str(error), error.status, error.errno) == ("already there", 409, 12)
    assert error.response.headers["X-Shard"] == "seven"
    same = pickle.loads(pickle.dumps(error))
    assert (type(same), str(same), same.status, same.errno) == (APIError, str(error), 409, 12)
    assert same.response.status == 409


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"<html>broken</html>", {"Content-Type": "text/html"}),
        (500, b"[" * 100_000, {"Content-Type": "application/json"}),
        (500, {"success": False}),
        (400, [1, 2]),
        (400, b""),
        (200, b"<html>a login page</html>", {"Content-Type": "text/html"}),
        (200, b'{"success": true, "resource'),
        (200, {"success": True, "resource": "creatives"}),
        (200, {"success": True}),
        (200, [1, 2]),
    ],
)
def test_an_answer_that_is_no_envelope_is_an_api_error(session: Atomx, wire: Wire, answer: Answer) -> None:
    session._wire.configuration.retries = 0
    wire.say(answer)
    with pytest.raises(APIError) as failed:
        session.get("creatives", limit=1)
    assert failed.value.status == answer[0]
    assert str(failed.value)


def test_no_answer_at_all_is_an_api_error(unused_port: int) -> None:
    with pytest.raises(APIConnectionError):
        Atomx(
            "user@example.com",
            "password",
            api_endpoint=f"http://127.0.0.1:{unused_port}",
            configuration=Configuration(retries=0),
        )


@pytest.fixture
def unused_port() -> Iterator[int]:
    with socket.socket() as bound:  # bound, not listening: connections are refused, and the port stays taken
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


# --- attributes


def test_a_typo_without_a_session_is_an_attribute_error() -> None:
    creative = models.Creative(1, title="x")
    assert creative.html is None
    assert not hasattr(creative, "tilte")
    with pytest.raises(AttributeError, match="tilte"):
        _ = creative.tilte
    assert models.Browser().name is None


def test_an_attribute_that_the_api_does_not_know_is_asked_for_once(session: Atomx, wire: Wire) -> None:
    wire.say((404, {"success": False, "error": "no such attribute", "errno": 4}))
    creative = models.Creative(7, session=session)
    for _ in range(3):
        assert not hasattr(creative, "tilte")
    assert len(wire.requests) == 1
    wire.say((403, {"success": False, "error": "not yours"}))
    with pytest.raises(AttributeNotLoadedError, match="not yours") as failed:
        _ = creative.secret
    assert isinstance(failed.value, AttributeError)
    assert isinstance(failed.value, APIError)
    assert failed.value.status == 403


def test_probes_of_python_and_notebooks_cost_no_call(session: Atomx, wire: Wire) -> None:
    creative = models.Creative(7, session=session, title="x")
    for name in ("__len__", "_repr_html_", "_ipython_display_", "__array__"):
        assert not hasattr(creative, name)
    assert "title" in dir(creative)
    assert creative.deleted is False
    repr(creative)
    assert wire.requests == []


def test_fetching_can_be_turned_off(wire: Wire) -> None:
    with Atomx("user@example.com", "password", api_endpoint=wire.url, lazy=False) as session:
        profile = models.Profile(1, session=session, advertiser=42)
        assert profile.advertiser == 42
        assert profile.name is None
        assert not hasattr(profile, "anything")
        assert wire.requests == []


def test_a_network_failure_is_not_taken_for_a_missing_attribute(wire: Wire, unused_port: int) -> None:
    session = Atomx(
        "user@example.com", "password", api_endpoint=wire.url, configuration=Configuration(retries=0)
    )
    creative = models.Creative(7, session=session)
    session.api_endpoint = f"http://127.0.0.1:{unused_port}"
    with pytest.raises(APIConnectionError):
        _ = creative.title
    session.close()


def test_what_was_set_is_read_back_before_it_is_saved(session: Atomx, wire: Wire) -> None:
    profile = models.Profile(7, session=session, advertiser=1)
    profile.advertiser = 2
    assert profile.advertiser == 2
    assert wire.requests == []


# --- identity


def test_models_are_equal_by_class_and_id_and_can_be_hashed() -> None:
    assert models.Creative(5) == models.Creative(5, name="other")
    assert models.Creative(5) != models.Advertiser(5)
    assert models.Creative() != models.Creative()
    assert len({models.Creative(5), models.Creative(5), models.Advertiser(5)}) == 2
    assert models.Report(5) == models.Report(5)
    assert len({models.Report(5), models.Report(5)}) == 1
    with pytest.raises(TypeError, match="id"):
        hash(models.Creative())


def test_a_model_without_init_has_no_attributes() -> None:
    empty = models.Creative.__new__(models.Creative)
    with pytest.raises(AttributeError):
        _ = empty.title


# --- secrets


def test_no_pickle_holds_the_token_or_the_password_of_others(atomx: Atomx) -> None:
    token = str(atomx.auth_token)
    report = atomx.report("publisher", ["day"], ["clicks"])
    creative = atomx.get("creative", 1)
    _ = creative.advertiser
    for value in (report, creative, atomx.user):
        assert token.encode() not in pickle.dumps(value)
    assert pickle.loads(pickle.dumps(report)).content == report.content
    moved = pickle.dumps(atomx)
    assert b"password" not in moved
    again = pickle.loads(moved)
    assert again.get("creative", 1) == creative
    assert again.user.networks[0].name == "atomx network"
    again.close()
    assert token not in repr(atomx) + str(atomx._wire.configuration)


# --- names and paths


def test_every_resource_name_finds_its_model_and_nothing_else() -> None:
    for name in models.MODEL_NAMES:
        rest = model_name_to_rest(name)
        for spelled in (rest, rest.replace("-", "_"), f"{rest}_list", name, rest.upper()):
            assert get_model_name(spelled) == name
    plurals = {
        "languages": "Languages",
        "categories": "Category",
        "countries": "Country",
        "creatives": "Creative",
    }
    assert {name: get_model_name(name) for name in plurals} == plurals
    for name in ("decimals", "datetimes", "atomx_models", "atomx", "", "data", "s"):
        assert get_model_name(name) is False
    assert get_attribute_model_name("suspicious") == "SspSuspicious"
    assert get_attribute_model_name("networks_include") == "Network"
    assert get_attribute_model_name("advertisers_filter_action") is False


@pytest.mark.parametrize(
    ("args", "target"),
    [
        (("creative", "5?x=1"), "/v3/creative/5%3Fx%3D1"),
        (("domain", "a/b"), "/v3/domain/a%2Fb"),
        (("domain", "50% & more#"), "/v3/domain/50%25%20%26%20more%23"),
        (("a", "b/c", "d/e", "f g"), "/v3/a/b%2Fc/d%2Fe/f%20g"),
        (("a/b", 1, 2, 3, 4), "/v3/a/b/1/2/3/4"),
        (("x?resource=5&id=1&id=2",), "/v3/x?resource=5&id=1&id=2"),
        ((models.Advertiser, models.Advertiser(42), "profiles"), "/v3/advertiser/42/profiles"),
        ((models.Report("a-b"),), "/v3/report/a-b"),
    ],
)
def test_a_part_of_a_path_stays_one_part(
    session: Atomx, wire: Wire, args: tuple[Any, ...], target: str
) -> None:
    session.get(*args)
    assert wire.last.target == target


@pytest.mark.parametrize(
    "args", [("",), ("/",), ("creative", None), ("creative", ""), (models.Creative(),), ("a", "..")]
)
def test_a_path_with_a_missing_part_is_not_sent(session: Atomx, wire: Wire, args: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"missing|another resource"):
        session.get(*args)
    assert wire.requests == []

"""The sandbox: its answers, its refusals, and its state."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import atomx.client as ax
from atomx import APIError, Atomx, ModelNotFoundError, models
from atomx.client import aio
from atomx.sandbox import Sandbox, kinds, serve, totp
from atomx.sandbox.__main__ import main
from atomx.sandbox.selection import filtered

SPEC = Path(__file__).resolve().parents[3] / "specs" / "atomx.yaml"


def test_every_model_has_objects_and_every_kind_a_model(atomx: Atomx) -> None:
    assert len(kinds.KINDS) == len(models.MODEL_NAMES) == 42
    for name in models.MODEL_NAMES:
        kind = getattr(models, name)
        listed = atomx.get(kind, limit=2)
        assert type(listed[0]) is kind
        assert atomx.get(kind, listed[0].id).name == listed[0].name


def test_every_attribute_it_sends_is_in_the_spec(atomx: Atomx) -> None:
    schemas = yaml.safe_load(SPEC.read_text(encoding="utf-8"))["components"]["schemas"]
    for name in models.MODEL_NAMES:
        (first,) = atomx.get(getattr(models, name), limit=1)
        unknown = {each for each in first.json if each not in schemas[name]["properties"]}
        assert {each for each in unknown if not each.endswith("_id")} == set(), name


def test_lists_come_in_pages_with_their_length(atomx: Atomx) -> None:
    assert len(atomx.get("creatives")) == 100
    assert atomx.last_response is not None
    meta = {name: atomx.last_response[name] for name in ("count", "limit", "offset", "sort")}
    assert meta == {"count": 100, "limit": 100, "offset": 0, "sort": "id.asc"}
    atomx.get("creatives", limit=5000, offset=3, sort="name.desc")
    assert atomx.last_response["limit"] == 1000
    assert atomx.last_response["sort"] == "name.desc"
    with pytest.raises(APIError, match="limit"):
        atomx.get("creatives", limit="many")


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"id": [3, 5]}, [3, 5]),
        ({"id": "3,5"}, [3, 5]),
        ({"id>": 99}, [99, 100]),
        ({"id>": 98, "id<": 99, "id!": 98}, [99]),
        ({"name": "*creative 10*"}, [10, 100]),
        ({"name": "ATOMX creative 10"}, [10]),
        ({"advertiser": 42}, [42, 92]),
        ({"advertiser_id": 42, "state": "INACTIVE"}, [92]),
        ({"https": False}, []),
        ({"title": "Title 1", "extension": "png"}, [1]),
        ({"advertiser.name": "Advertiser 7"}, [7, 57]),
        ({"final_url": "x"}, []),
    ],
)
def test_filters_select(atomx: Atomx, filters: dict[str, Any], ids: list[int]) -> None:
    fresh = [each for each in atomx.get("creatives", **filters) if each.id <= 100]
    assert [each.id for each in fresh] == ids


def test_a_condition_may_be_written_into_the_address(atomx: Atomx) -> None:
    assert [each.id for each in atomx.get("placements?id>98&id<=100")] == [99, 100]
    rows: list[dict[str, Any]] = [{"id": 1, "at": None}, {"id": 2, "at": "2016-11"}]
    assert filtered(rows, [("at>", "2016-10")], lambda row, name: row.get(name)) == rows[1:]


def test_figures_are_counted_from_the_traffic(atomx: Atomx) -> None:
    with_traffic = atomx.get("publishers", **{"quickstats.yesterday.impressions>": 1}, limit=1000)
    assert len(with_traffic) == 50
    yesterday = atomx.report("publisher", ["publisher_id"], ["impressions"], daterange="yesterday").csv[1:]
    assert with_traffic[41].quickstats["yesterday"]["impressions"] == dict(yesterday)[42]


def test_relations_are_ids_or_objects_as_asked(atomx: Atomx) -> None:
    plain = atomx.read("creative", 42)
    assert (plain["advertiser"], plain["advertiser_id"]) == (42, 42)
    expanded = atomx.read("creative", 42, expand="advertiser,quickstats")
    assert expanded["advertiser"]["name"] == "Advertiser 42"
    assert sorted(expanded["quickstats"]) == ["last7days", "today", "yesterday"]
    deep = atomx.read("placement", 1, depth=2)
    assert deep["site"]["publisher"]["id"] == 1
    assert atomx.read("creative", 42, attributes="id,title") == {"id": 42, "title": "Title 42"}
    assert isinstance(atomx.get("creative", 42, expand="advertiser").advertiser, models.Advertiser)
    assert [type(each) for each in atomx.get("networks_list")] == [models.Network] * 2


def test_parts_of_objects_can_be_read_changed_and_removed(atomx: Atomx) -> None:
    profile = atomx.create(models.Profile(advertiser_id=9, browsers_filter=[1, 2], name="parts"))
    wire = ax.ResourcesApi(atomx._wire.client)
    assert atomx.read("profile", profile.id, "name") == "parts"
    wire.update_attribute("profile", str(profile.id), "name", "changed")
    assert atomx.read("profile", profile.id, "name") == "changed"
    assert atomx.delete("profile", profile.id, "browsers_filter", 1) == "browsers_filter 1 removed"
    assert [each.id for each in atomx.get("profile", profile.id).browsers_filter] == [2]
    atomx.delete("profile", profile.id, "browsers_filter")
    assert atomx.get("profile", profile.id).browsers_filter == []
    assert atomx.get("advertiser", 9, "profiles", profile.id).id == profile.id
    made = atomx.post("advertiser/9/profiles", {"name": "below"})
    assert made["advertiser"] == 9
    assert atomx.delete("advertiser", 9, "profiles", made["id"]) == {"profile": [made["id"]]}
    with pytest.raises(ModelNotFoundError):
        atomx.get("advertiser", 9, "profiles", 1)
    changed = wire.update_resources("profile", {"name": "by filter"}, filters={"id": profile.id})
    assert changed["profile"]["name"] == "by filter"
    assert atomx.delete("profiles", id=profile.id) == {"profile": [profile.id]}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"name": "no owner"}, "advertiser_id is needed"),
        ({"advertiser_id": 12345}, "advertiser 12345 does not exist"),
        ({"advertiser_id": 1, "browsers_filter": 3}, "list of ids"),
        (["not an object"], "attributes"),
    ],
)
def test_what_makes_no_sense_is_refused(atomx: Atomx, body: Any, text: str) -> None:
    with pytest.raises(APIError, match=text) as failed:
        atomx.post("profile", body)
    assert (failed.value.status, failed.value.errno) == (400, 3)


def test_users_see_and_change_what_is_theirs() -> None:
    with Atomx("advertiser@example.com", "password") as buyer:
        assert [each.id for each in buyer.get("advertisers")] == [23, 42]
        assert {each.advertiser_id for each in buyer.get("creatives")} == {23, 42}
        assert [each.id for each in buyer.get("users")] == [4]
        assert buyer.get("countries")
        hidden: list[Callable[[], Any]] = [
            lambda: buyer.get("advertiser", 1),
            lambda: buyer.get("publisher", 42),
            lambda: buyer.put("creative", 1, {"title": "mine now"}),
        ]
        for call in hidden:
            with pytest.raises(ModelNotFoundError):
                call()
        for body in ({"advertiser_id": 1}, {"advertiser": {"id": 2}}):
            with pytest.raises(APIError, match="not yours") as failed:
                buyer.post("profile", body)
            assert failed.value.status == 403
        with pytest.raises(APIError, match="may not change"):
            buyer.post("countries", {"name": "Mine"})
        with pytest.raises(APIError, match="may not make"):
            buyer.report("publisher", ["day"])
        seen = buyer.report("advertiser", ["advertiser_id"], daterange="yesterday")
        assert seen.csv == [["advertiser_id"], [23], [42]]


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"scope": "galaxy", "groups": ["day"]}, "scope"),
        ({"scope": "dsp", "groups": ["colour"]}, "colour"),
        ({"scope": "dsp", "metrics": ["money; DROP TABLE traffic"]}, "metric"),
        ({"scope": "dsp", "groups": ["day"], "where": [["day", "LIKE", "x"]]}, "operator"),
        ({"scope": "dsp", "groups": ["day"], "where": ["day"]}, "column, operator, value"),
        ({"scope": "dsp", "groups": ["day"], "daterange": "someday"}, "daterange"),
        ({"scope": "dsp", "groups": ["day"], "timezone": "Nowhere/Else"}, "timezone"),
        ({"scope": "dsp", "groups": ["day"], "from_": "yesterday", "to": "x"}, "yesterday"),
        ({"scope": "dsp", "groups": ["day"], "sort": "clicks"}, "sort"),
        ({"scope": "dsp", "groups": ["day"], "when": "never", "interval": "1 month"}, "when"),
        ({"scope": "dsp", "groups": ["day"], "when": "daily", "interval": "often"}, "interval"),
    ],
)
def test_reports_that_make_no_sense_are_refused(atomx: Atomx, request_: dict[str, Any], text: str) -> None:
    with pytest.raises(APIError, match=text) as failed:
        atomx.report(**request_)
    assert failed.value.status == 400


def test_conditions_of_reports_select_and_pages_cut(atomx: Atomx) -> None:
    def ids(where: list[Any], **more: Any) -> list[Any]:
        report = atomx.report("publisher", ["publisher_id"], daterange="yesterday", where=where, **more)
        return [row[0] for row in report.csv[1:]]

    assert ids([["publisher_id", "in", [3, 4]]]) == [3, 4]
    assert ids([["publisher_id", "not in", list(range(1, 49))]]) == [49, 50]
    assert ids([["publisher_id", "<", 4], ["publisher_id", "!=", 2]]) == [1, 3]
    assert ids([["publisher_id", ">", 40]], sort="publisher_id.desc", limit=2, offset=1) == [49, 48]
    assert ids([["impressions", ">", 10**9]]) == []


@pytest.mark.parametrize(
    "name", ["today", "last14days", "last30days", "monthtodate", "lastmonth", "yeartodate", "lifetime"]
)
def test_every_daterange_is_known(atomx: Atomx, name: str) -> None:
    report = atomx.report(
        "publisher", ["month"], ["impressions"], daterange=name, timezone="Asia/Tokyo", save=False
    )
    assert report.columns == ["month", "impressions"]


def test_the_hours_of_a_report_are_those_of_its_time_zone(atomx: Atomx) -> None:
    def total(zone: str, start: str, end: str) -> int:
        report = atomx.report(
            "publisher", ["hour"], ["impressions"], from_=start, to=end, timezone=zone, save=False
        )
        assert report.data is not None
        assert (report.data[0][0], report.length) == (start, 3)
        return int(report.totals[0])

    import datetime as dt

    day = (dt.datetime.now(dt.UTC) - dt.timedelta(days=3)).strftime("%Y-%m-%d")
    utc = total("UTC", f"{day} 03:00:00", f"{day} 06:00:00")
    assert utc == total("Asia/Tokyo", f"{day} 12:00:00", f"{day} 15:00:00")
    assert utc != total("Asia/Tokyo", f"{day} 03:00:00", f"{day} 06:00:00")


def test_invoices_are_listed_and_downloaded(atomx: Atomx, tmp_path: Path) -> None:
    invoices = ax.InvoicesApi(atomx._wire.client)
    listed = invoices.list_invoices_of("advertiser", "23")["invoices"]
    assert listed[0] == {"id": 23, "name": "Advertiser 23", "month": "2024-01"}
    assert invoices.list_invoices("publisher", filters={"limit": 3})["count"] > 100
    path = invoices.download_invoice("advertiser", "23", "2024-01", _save_to=tmp_path / "invoice.pdf")
    assert Path(path).read_bytes().startswith(b"%PDF-1.4")
    with pytest.raises(ax.exceptions.ApiNotFound):
        invoices.download_invoice("advertiser", "23", "2199-01")


def test_the_generated_client_can_be_awaited(sandbox: Sandbox) -> None:
    async def script() -> Any:
        settings = ax.Configuration(host=sandbox.url)
        async with aio.AsyncApiClient(settings) as client:
            session = aio.SessionApi(client)
            login = await session.login(ax.LoginRequest(email="user@example.com", password="password"))
            settings.access_token = login.auth_token
            return await aio.ResourcesApi(client).list_resources(
                "domains", filters={"name": "*atom*", "limit": 2}
            )

    found = asyncio.run(script())
    assert [each["hostname"] for each in found["domains"]] == ["atom-1.example.com", "atom-3.example.com"]


def test_it_remembers_when_it_has_a_file(tmp_path: Path) -> None:
    database = str(tmp_path / "atomx.sqlite")
    for expected in ("Title 1", "kept"):
        with (
            serve(database) as sandbox,
            Atomx("user@example.com", "password", api_endpoint=sandbox.url) as session,
        ):
            creative = session.get("creative", 1)
            assert creative.title == expected
            creative.title = "kept"
            creative.save()


def test_it_runs_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seconds", "0.01"]) == 0
    assert "http://127.0.0.1:" in capsys.readouterr().out
    shown = subprocess.run(
        [sys.executable, "-m", "atomx.sandbox", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    assert "example: python -m atomx.sandbox" in shown.stdout


def test_codes_are_those_of_the_standard() -> None:
    # the SHA-1 codes of RFC 6238, appendix B, cut to six digits
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [totp(secret, at) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_a_token_is_needed_and_the_body_must_be_json(sandbox: Sandbox) -> None:
    client = ax.ApiClient(ax.Configuration(host=sandbox.url))
    with pytest.raises(ax.exceptions.ApiUnauthorized):
        ax.ResourcesApi(client).list_resources("creatives")
    with pytest.raises(ax.exceptions.ApiUnauthorized):
        ax.SessionApi(client).totp(ax.TotpRequest(totp="123456"))
    client.close()


@pytest.mark.parametrize(
    "path", ["unicorns", "creative/1/unicorn", "a/b/c/d/e/f", "history/unicorn/1", "report/999"]
)
def test_what_is_not_there_is_a_404(atomx: Atomx, path: str) -> None:
    with pytest.raises(ModelNotFoundError) as failed:
        atomx.get(path)
    assert (failed.value.status, failed.value.errno) == (404, 4)

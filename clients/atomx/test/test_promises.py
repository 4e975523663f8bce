"""Every promise in the documentation of the published package, by number: this package keeps it."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
import re
import sys
import tomllib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from conftest import Wire

import atomx as package
from atomx import APIError, Atomx, InvalidCredentials, MissingArgumentError, ModelNotFoundError, models
from atomx.exceptions import NoPandasInstalledError, NoSessionError
from atomx.sandbox import Sandbox

PROJECT = Path(__file__).resolve().parent.parent
LAST_WEEK = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=7)


def query_of(target: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(target).query, keep_blank_values=True)


def test_promise_01_it_installs_by_its_name_with_an_extra_for_reports() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "atomx"
    assert project["version"] == package.VERSION
    assert {re.split(r"\W", each)[0] for each in project["optional-dependencies"]["report"]} == {
        *("pandas", "matplotlib", "ipython")
    }
    assert not any("requests" in each for each in project["dependencies"])


def test_promise_02_a_session_comes_from_e_mail_and_password_and_any_endpoint(sandbox: Sandbox) -> None:
    assert Atomx("user@example.com", "password").auth_token
    other = sandbox.url.replace("/v3", "/v2")
    session = Atomx("user@example.com", "password", api_endpoint=other + "/")
    assert session.api_endpoint == other + "/"
    assert session.get("creative", 1).id == 1


def test_promise_03_a_list_of_models_whose_attributes_go_into_format_strings(atomx: Atomx) -> None:
    creatives = atomx.get("Creatives", limit=10)
    assert len(creatives) == 10
    assert all(isinstance(each, models.Creative) for each in creatives)
    text = "Creative ID: {c.id}, state: {c.state}, name: {c.name}, title: {c.title}".format(c=creatives[0])
    assert text == "Creative ID: 1, state: ACTIVE, name: atomx creative 1, title: Title 1"


def test_promise_04_keyword_arguments_are_the_query_string(session: Atomx, wire: Wire, atomx: Atomx) -> None:
    session.get(
        "x", order_by="updated_at.desc", id=[1, None, 2], deep=True, gone=None, **{"bid>": Decimal("0.5")}
    )
    assert query_of(wire.last.target) == [
        *(("order_by", "updated_at.desc"), ("id", "1"), ("id", "2"), ("deep", "True"), ("bid>", "0.5"))
    ]
    changed = [each.updated_at for each in atomx.get("advertiser/42/profiles", order_by="updated_at.desc")]
    assert len(changed) == 2
    assert changed == sorted(changed, reverse=True)


def test_promise_05_a_part_with_a_slash_is_refused_where_it_would_become_two(
    session: Atomx, wire: Wire
) -> None:
    session.get("advertiser", "a/b", "c", "d")
    assert wire.last.target == "/v3/advertiser/a%2Fb/c/d"
    with pytest.raises(ValueError, match="'a/b' can't have a slash: the path has too many parts"):
        session.get("advertiser", "a/b", "c", "d", "e")
    assert len(wire.requests) == 1


def test_promise_05_paths_come_from_parts_classes_and_instances(session: Atomx, wire: Wire) -> None:
    session.get("advertiser/42")
    session.get("advertiser", 42)
    session.get(models.Advertiser, 42)
    session.get(models.Advertiser(42))
    assert {(each.method, each.target) for each in wire.requests} == {("GET", "/v3/advertiser/42")}
    session.get("/Creatives/")
    assert wire.last.target == "/v3/Creatives"
    session.get(models.CreativeAttribute)
    assert wire.last.target == "/v3/creative-attribute"
    session.get("advertiser", 42, "profiles", limit=3)
    assert wire.last.target == "/v3/advertiser/42/profiles?limit=3"


def test_promise_06_wildcards_filter(session: Atomx, wire: Wire, atomx: Atomx) -> None:
    session.get("domains", name="*atom*")
    assert wire.last.target == "/v3/domains?name=%2Aatom%2A"
    domains = atomx.get("domains", name="*atom*")
    assert len(domains) == 30
    assert all("atom" in each.name for each in domains)


def test_promise_07_attributes_that_are_not_loaded_are_fetched_when_read(atomx: Atomx) -> None:
    creative = atomx.get("creatives", limit=1)[0]
    assert "quickstats" not in creative.json
    assert creative.quickstats["yesterday"]["impressions"] > 0
    assert "quickstats" in creative.json
    profile = atomx.get("advertiser/42/profiles")[0]
    assert isinstance(profile.advertiser, models.Advertiser)
    assert profile.advertiser.id == 42
    assert [each.name for each in profile.browsers_filter] == ["Firefox", "Chrome"]
    assert isinstance(profile.countries_filter[0], models.Country)


def test_promise_08_history_lists_the_changes(atomx: Atomx) -> None:
    advertiser = atomx.get("advertiser", 40)
    advertiser.name = "Renamed"
    advertiser.save()
    history = advertiser.history()
    assert [sorted(each)[:2] for each in history] == [["changes", "date"]] * 3
    assert history[-1]["changes"] == {"name": "Renamed"}
    assert advertiser.history(sort="date.desc", limit=1) == history[-1:]
    assert advertiser.history(offset=1, limit=1) == history[1:2]


def test_promise_09_a_changed_attribute_is_saved_and_update_is_the_same(
    atomx: Atomx, session: Atomx, wire: Wire
) -> None:
    creative = atomx.get("creatives", limit=1, offset=4)[0]
    creative.title = "shiny new title"
    assert creative.save() is creative
    assert atomx.get("creative", creative.id).title == "shiny new title"
    creative.title = "another"
    creative.update()
    assert atomx.get("creative", creative.id).title == "another"
    wire.say((200, {"success": True, "resource": "creative", "creative": {"id": 7, "title": "new"}}))
    mine = models.Creative(7, session=session, title="old", name="same")
    mine.title = "new"
    mine.name = "same"
    mine.save()
    assert (wire.last.method, wire.last.target, wire.last.json) == ("PUT", "/v3/creative/7", {"title": "new"})


def test_promise_10_models_are_created_by_themselves_or_by_the_session(atomx: Atomx) -> None:
    profile = models.Profile(advertiser_id=23, name="test profile")
    assert profile.create(atomx) is profile
    assert profile.id
    assert profile.advertiser.id == 23
    other = atomx.create(models.Profile(advertiser_id=23, name="other"))
    assert other.id == profile.id + 1
    assert atomx.get("profile", other.id).name == "other"


def test_promise_11_save_of_something_new_creates_it(atomx: Atomx) -> None:
    profile = models.Profile(advertiser_id=23, name="by save")
    assert atomx.save(profile) is profile
    assert atomx.get(models.Profile, profile.id).name == "by save"
    mine = models.Segment(session=atomx, advertiser_id=23, name="by the model")
    assert mine.save().id == atomx.get("segment", mine.id).id


def test_promise_12_reports_take_all_seventeen_parameters(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": True, "resource": "report", "report": {"id": 5}}))
    start, end = datetime(2024, 1, 2, 3, 4, 5), "2024-02-01 00:00:00"
    where = [["publisher_id", "in", [1, 2]]]
    session.report(
        "publisher", ["day"], ["clicks"], where, start, end, None, "Asia/Tokyo", "a@example.com",
        None, None, "mine", ["day.asc", "clicks.desc"], 10, 20, False, True,
    )  # fmt: skip
    assert wire.last.method == "POST"
    assert urlsplit(wire.last.target).path == "/v3/report"
    assert sorted(query_of(wire.last.target)) == [
        ("limit", "10"),
        ("offset", "20"),
        ("sort", "day.asc,clicks.desc"),
    ]
    assert wire.last.json == {
        "scope": "publisher",
        "groups": ["day"],
        "metrics": ["clicks"],
        "where": [["publisher_id", "in", [1, 2]]],
        "from": "2024-01-02 03:00:00",
        "to": "2024-02-01 00:00:00",
        "timezone": "Asia/Tokyo",
        "emails": ["a@example.com"],
        "name": "mine",
        "save": False,
        "editable": True,
    }
    session.report("dsp", metrics=["clicks"], daterange="lastmonth")
    assert wire.last.json == {
        "scope": "dsp",
        "metrics": ["clicks"],
        "daterange": "lastmonth",
        "timezone": "UTC",
        "save": True,
        "editable": False,
    }


@pytest.mark.parametrize(
    ("email", "columns", "scope"),
    [
        ("user@example.com", ["day"], "network_managed"),
        ("user@example.com", ["advertiser_id", "day"], "network_buy"),
        ("user@example.com", ["publisher_id"], "network_sell"),
        ("user@example.com", ["publisher_id", "campaign_id"], "network_managed"),
        ("publisher@example.com", ["day"], "publisher"),
        ("advertiser@example.com", ["day"], "advertiser"),
        ("both@example.com", ["site_id"], "publisher"),
        ("both@example.com", ["creative_id"], "advertiser"),
    ],
)
def test_promise_13_the_scope_follows_from_the_rights_of_the_user(
    email: str, columns: list[str], scope: str
) -> None:
    with Atomx(email, "password") as session:
        report = session.report(groups=columns, metrics=["impressions"])
    assert report.query is not None
    assert report.query["scope"] == scope
    assert report.length


@pytest.mark.parametrize(
    ("email", "columns"), [("both@example.com", ["day"]), ("nobody@example.com", ["day"])]
)
def test_promise_13_a_scope_that_does_not_follow_is_asked_for(email: str, columns: list[str]) -> None:
    with Atomx(email, "password") as session, pytest.raises(MissingArgumentError, match="scope"):
        session.report(groups=columns)


def test_promise_13_scopes_are_taken_in_singular_and_plural(atomx: Atomx) -> None:
    for scope in ("publishers", "publisher"):
        report = atomx.report(scope=scope, groups=["day"], save=False)
        assert report.query is not None
        assert report.query["scope"] == "publisher"


def test_promise_14_the_time_is_the_last_week_until_now_in_the_time_zone_of_the_report(
    session: Atomx, wire: Wire
) -> None:
    wire.say((200, {"success": True, "resource": "report", "report": {"id": 5}}))
    for zone, offset in (("UTC", 0), ("Asia/Tokyo", 9)):
        before = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=offset)
        session.report("dsp", ["hour"], timezone=zone)
        after = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=offset)
        shape = "%Y-%m-%d %H:00:00"
        assert wire.last.json["to"] in {before.strftime(shape), after.strftime(shape)}
        assert wire.last.json["from"] in {
            (each - timedelta(days=7)).strftime(shape) for each in (before, after)
        }


def test_promise_15_emails_are_one_or_several_and_reports_can_be_scheduled(
    session: Atomx, wire: Wire, atomx: Atomx
) -> None:
    wire.say((200, {"success": True, "resource": "report", "report": {"id": 5}}))
    one: Any
    for one in ("a@example.com", ["a@example.com"], ("a@example.com",), {"a@example.com"}):
        session.report("dsp", ["day"], emails=one)
        assert wire.last.json["emails"] == ["a@example.com"]
    scheduled = atomx.report("publisher", ["day"], when="monday", interval="7 days", emails=["a@example.com"])
    assert isinstance(scheduled, models.ScheduledReport)
    assert scheduled.is_scheduled_report
    assert scheduled.query == {
        "scope": "publisher",
        "groups": ["day"],
        "timezone": "UTC",
        "save": True,
        "editable": False,
        "emails": ["a@example.com"],
        "when": "monday",
        "interval": "7 days",
    }
    with pytest.raises(MissingArgumentError, match="interval"):
        atomx.report("publisher", ["day"], when="monday")
    with pytest.raises(MissingArgumentError, match="when"):
        atomx.report("publisher", ["day"], interval="7 days")


def test_promise_16_a_report_has_length_and_totals(atomx: Atomx) -> None:
    report = atomx.report("publisher", ["day"], ["impressions", "clicks"], from_=LAST_WEEK, limit=3)
    assert report.length in {7, 8}  # seven days touch eight, except just after midnight
    assert report.data is not None
    assert len(report.data) == 3
    everything = atomx.report("publisher", ["day"], ["impressions", "clicks"], from_=LAST_WEEK)
    assert everything.data is not None
    assert report.totals == [sum(row[1] for row in everything.data), sum(row[2] for row in everything.data)]


@pytest.mark.parametrize("period", ["hour", "day", "month"])
def test_promise_17_the_data_frame_has_a_datetime_index(atomx: Atomx, period: str) -> None:
    pandas = pytest.importorskip("pandas")
    report = atomx.report("publisher", [period, "publisher_id"], ["impressions"], from_=LAST_WEEK)
    frame = report.pandas
    assert isinstance(frame.index, pandas.DatetimeIndex)
    assert frame.index.name == period
    assert list(frame.columns) == ["publisher_id", "impressions"]
    assert frame is report.pandas
    assert len(frame) == report.length
    plain = atomx.report("publisher", ["publisher_id"], ["impressions"], from_=LAST_WEEK).pandas
    assert list(plain.columns) == ["publisher_id", "impressions"]


def test_promise_18_content_is_csv_without_pandas(atomx: Atomx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    report = atomx.report("publisher", ["day"], ["clicks"], from_=LAST_WEEK)
    lines = report.content.splitlines()
    assert lines[0] == "day,clicks"
    assert report.data is not None
    assert lines[1] == f"{report.data[0][0]},{report.data[0][1]}"
    assert len(lines) == 1 + len(report.data)
    quoted = models.Report(1, columns=["name", "clicks"], data=[['a, "b"', 1]])
    assert quoted.content == 'name,clicks\n"a, ""b""",1\n'


def test_promise_19_the_changelog_holds_csv_get_with_offset_scheduled_reports_is_ready(atomx: Atomx) -> None:
    report = atomx.report("publisher", ["day"], ["clicks"], from_=LAST_WEEK, sort="day.asc")
    assert report.csv == [["day", "clicks"], *(report.data or [])]
    assert report.is_ready
    assert (
        report.get(sort="day.asc", limit=2, offset=1).splitlines()
        == report.content.splitlines()[:1] + (report.content.splitlines()[2:4])
    )
    scheduled = atomx.report("publisher", ["day"], when="daily", interval="1 month")
    assert isinstance(scheduled, models.ScheduledReport)
    assert isinstance(scheduled, models.Report)
    assert not scheduled.is_ready
    listed = atomx.get("reports")
    assert scheduled in listed["scheduled"]
    assert all(isinstance(each, models.ScheduledReport) for each in listed["scheduled"])
    again = next(each for each in listed["reports"] if each == report)
    assert not again.is_ready
    assert again.content == report.content


def test_promise_20_frames_are_resampled_by_h(atomx: Atomx) -> None:
    pytest.importorskip("pandas")
    report = atomx.report("publisher", ["hour"], ["impressions", "clicks"], from_=LAST_WEEK)
    means = report.pandas.resample("h").apply(["mean", "median", "std"])
    assert len(means) == report.length
    assert means["impressions"]["mean"].sum() == report.totals[0]
    for text in (PROJECT / "README.md", PROJECT / "atomx" / "reports.py"):
        assert "resample('H')" not in text.read_text().replace('"', "'")


def test_promise_21_a_wrong_login_says_so_and_logout_forgets_the_token(atomx: Atomx) -> None:
    with pytest.raises(InvalidCredentials):
        Atomx("user@example.com", "wrong")
    assert atomx.auth_token
    atomx.logout()
    assert atomx.auth_token is None
    assert atomx.user is None
    with pytest.raises(APIError) as refused:
        atomx.get("creatives")
    assert refused.value.status == 401
    assert atomx.login("user@example.com", "password") is None
    assert atomx.get("creative", 1).id == 1


def test_promise_22_post_and_put_return_dicts_and_a_list_becomes_models(atomx: Atomx) -> None:
    made = atomx.post("segment", {"name": "new", "advertiser_id": 1})
    assert isinstance(made, dict)
    changed = atomx.put("segment", made["id"], {"name": "changed"})
    assert changed == {**made, "name": "changed"}
    several = atomx.post("domains", [{"hostname": "a.example.com"}, {"hostname": "b.example.com"}])
    assert [type(each) for each in several] == [models.Domain] * 2
    assert [each.hostname for each in several] == ["a.example.com", "b.example.com"]


def test_promise_23_delete_takes_parts_and_parameters(atomx: Atomx, session: Atomx, wire: Wire) -> None:
    made = atomx.post("segment", {"name": "to go", "advertiser_id": 1})
    assert atomx.delete("segment", made["id"]) == {"segment": [made["id"]]}
    session.delete("advertiser", 42, "profiles", 7, force=True)
    assert (wire.last.method, wire.last.target) == ("DELETE", "/v3/advertiser/42/profiles/7?force=True")
    session.delete(models.Creative(5))
    assert wire.last.target == "/v3/creative/5"
    session.delete("creative/5")
    assert wire.last.target == "/v3/creative/5"


def test_promise_24_search_returns_models_that_load_the_rest(
    atomx: Atomx, session: Atomx, wire: Wire
) -> None:
    found = atomx.search("atomx")
    assert sorted(found) == ["advertisers", "campaigns", "creatives", "placements", "publishers", "sites"]
    campaign = found["campaigns"][0]
    assert isinstance(campaign, models.Campaign)
    assert sorted(campaign.json) == ["id", "name"]
    assert isinstance(campaign.budget, float)
    campaign.reload()
    assert "bid" in campaign.json
    assert sorted(atomx.search("a", index=["campaigns", "domains"])) == ["campaigns", "domains"]
    assert sorted(atomx.search("a", index="domains")) == ["domains"]
    wire.say(
        (
            200,
            {"success": True, "resource": "search", "search": {"oddities": [{"id": 1}], "site": [{"id": 2}]}},
        )
    )
    odd = session.search("a b", index=("x", "y"))
    assert wire.last.target == "/v3/search?q=a+b&index=x%2Cy"
    assert odd == {"oddities": [{"id": 1}], "site": [models.Site(2)]}


def test_promise_25_delete_returns_what_went_and_marks_the_model(atomx: Atomx) -> None:
    advertiser = atomx.create(models.Advertiser(name="short-lived", network=1))
    profile = atomx.create(models.Profile(advertiser_id=advertiser.id))
    assert advertiser.deleted is False
    assert atomx.remove(advertiser) == {"advertiser": [advertiser.id], "profile": [profile.id]}
    assert advertiser.deleted is True
    with pytest.raises(ModelNotFoundError):
        atomx.get(profile)


def test_promise_26_reload_takes_parameters(atomx: Atomx) -> None:
    creative = atomx.get("creative", 3)
    creative.title = "never saved"
    assert creative.reload() is creative
    assert creative.title == "Title 3"
    creative.reload(attributes="id,name")
    assert sorted(creative.json) == ["id", "name"]


def test_promise_27_what_is_missing_is_named(atomx: Atomx, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSessionError):
        models.Creative(title="x").create()
    for call in ("save", "delete", "reload", "history", "update"):
        with pytest.raises(NoSessionError):
            getattr(models.Creative(1), call)()
    with pytest.raises(NoSessionError):
        models.Report(1).save()
    with pytest.raises(MissingArgumentError, match="groups"):
        atomx.report("publisher")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(NoPandasInstalledError):
        _ = atomx.report("publisher", ["day"], save=False).pandas


def test_promise_28_what_is_not_in_the_api_is_a_model_that_was_not_found(atomx: Atomx) -> None:
    with pytest.raises(ModelNotFoundError) as missing:
        models.Creative(999_999, session=atomx).reload()
    assert isinstance(missing.value, APIError)
    assert missing.value.status == 404
    with pytest.raises(ModelNotFoundError):
        atomx.get("creative", 999_999)
    for call in ("reload", "history", "delete"):
        with pytest.raises(ModelNotFoundError):
            getattr(models.Creative(session=atomx), call)()
    with pytest.raises(ModelNotFoundError):
        models.Creative().reload(atomx)


def test_promise_29_dates_sets_and_decimals_are_converted(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": True, "resource": "campaign", "campaign": {"id": 3}}))
    values: dict[str, Any] = {
        "start_time": datetime(2024, 1, 2, 3, 4, 5),
        "day": date(2024, 1, 2),
        "bid": Decimal("0.25"),
        "creatives": {7},
        "nested": {"at": [datetime(2024, 1, 1)], "of": models.Site(8)},
        "advertiser": models.Advertiser(42),
    }
    sent = {
        "start_time": "2024-01-02T03:04:05",
        "day": "2024-01-02",
        "bid": 0.25,
        "creatives": [7],
        "nested": {"at": ["2024-01-01T00:00:00"], "of": 8},
        "advertiser": 42,
    }
    models.Campaign(**values).create(session)
    assert wire.last.json == sent
    campaign = models.Campaign(3, session=session)
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.save()
    assert wire.last.json == sent


def test_promise_30_times_are_datetimes() -> None:
    creative = models.Creative(
        updated_at="2024-01-02T03:04:05",
        checked_at="2024-01-02T03:04:05.678",
        audited_at="2024-01-02T03:04:05Z",
        deleted_at="never",
        date="2024-01-02",
        name="2024-01-02T03:04:05",
    )
    assert creative.updated_at == datetime(2024, 1, 2, 3, 4, 5)
    assert creative.checked_at == datetime(2024, 1, 2, 3, 4, 5, 678000)
    assert creative.audited_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert creative.deleted_at == "never"
    assert creative.date == datetime(2024, 1, 2)
    assert creative.name == "2024-01-02T03:04:05"


def test_promise_31_attributes_can_be_deleted(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": True, "resource": "creative", "creative": {"id": 7}}))
    creative = models.Creative(7, session=session, title="x", attributes=[1, 2])
    del creative.title
    del creative.attributes
    assert creative.title is None
    assert creative.attributes == []
    with pytest.raises(KeyError):
        del creative.nothing
    creative.save()
    assert wire.last.json == {"attributes": [], "title": None}


def test_promise_32_models_can_be_pickled_without_their_session(atomx: Atomx) -> None:
    creative = atomx.get("creative", 5)
    creative.name = "changed"
    for same in (pickle.loads(pickle.dumps(creative)), copy.copy(creative), copy.deepcopy(creative)):
        assert same == creative
        assert same.json == creative.json
        assert same.session is None
    again = pickle.loads(pickle.dumps(creative))
    again.save(atomx)
    assert atomx.get("creative", 5).name == "changed"


def test_promise_33_the_last_answer_is_kept_and_the_user_is_known(
    session: Atomx, wire: Wire, atomx: Atomx
) -> None:
    wire.say((200, {"success": True, "resource": "creatives", "creatives": [], "count": 0, "extra": 7}))
    assert session.get("creatives") == []
    assert session.last_response is not None
    headers = session.last_response.pop("_headers")
    assert session.last_response == {"success": True, "resource": "creatives", "count": 0, "extra": 7}
    assert headers["x-shard"] == headers["X-SHARD"] == "seven"
    assert isinstance(atomx.user, models.User)
    assert atomx.user.email == "user@example.com"
    assert [each.name for each in atomx.user.networks] == ["atomx network"]
    quiet = Atomx("user@example.com", "password", save_response=False)
    quiet.get("creatives")
    assert quiet.last_response is None


def test_promise_34_version_three_with_a_token_in_the_header(session: Atomx, wire: Wire) -> None:
    assert package.API_ENDPOINT == "https://api.atomx.com/v3"
    assert package.API_VERSION == "v3"
    session.get("creatives")
    assert wire.last.headers["Authorization"] == f"Bearer {session.auth_token}" == "Bearer first-token"


def test_promise_35_there_are_forty_three_models() -> None:
    published = json.loads((Path(__file__).parent / "published_names.json").read_text())[
        "atomx.models.__all__"
    ]
    assert len(published) == 43
    assert set(published) <= set(models.__all__)
    star: dict[str, Any] = {}
    exec("from atomx.models import *", star)
    for name in published:
        kind = star[name]
        assert kind is getattr(importlib.import_module("atomx.models"), name)
        assert kind.__doc__
        assert issubclass(kind, models.AtomxModel) == (name != "Report")

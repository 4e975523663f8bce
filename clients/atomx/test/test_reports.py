"""Reports: promises 12 to 20 of the documentation, times and columns that are sent, stored reports."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import PROJECT, REPORT, Wire, query_of

from atomx import Atomx, MissingArgumentError, ModelNotFoundError, models

LAST_WEEK = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=7)


def test_promise_12_reports_take_all_seventeen_parameters(session: Atomx, wire: Wire) -> None:
    wire.say(REPORT)
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
    wire.say(REPORT)
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
    wire.say(REPORT)
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
    assert report.length in {7, 8}  # seven days reach into eight dates, except in the hour after midnight
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


def test_report_times_with_minutes_are_no_failure() -> None:
    answer: dict[str, Any] = {"id": 1, "to": "2024-01-02 03:04:05", "from": "2024-01-01 00:30:00", "more": 1}
    report = models.Report(**answer)
    assert report.from_ == datetime(2024, 1, 1, 0, 30)
    assert report.to == datetime(2024, 1, 2, 3, 4, 5)
    assert models.Report(1, from_="soon").from_ == "soon"
    assert models.Report(1, from_=date(2024, 1, 1)).from_ == date(2024, 1, 1)


def test_dates_and_aware_times_are_sent_in_the_time_zone_of_the_report(session: Atomx, wire: Wire) -> None:
    wire.say(REPORT)
    session.report(
        "dsp",
        ["day"],
        from_=date(2024, 1, 1),
        to=datetime(2024, 1, 2, 22, 30, tzinfo=UTC),
        timezone="Asia/Tokyo",
    )
    assert (wire.last.json["from"], wire.last.json["to"]) == ("2024-01-01 00:00:00", "2024-01-03 07:00:00")
    session.report(
        "dsp", ["day"], from_=datetime(2024, 1, 1, 5, 59), to=datetime(2024, 1, 2), timezone="Asia/Tokyo"
    )
    assert wire.last.json["from"] == "2024-01-01 05:00:00"
    with pytest.raises(ValueError, match="Nowhere"):
        session.report("dsp", ["day"], to=datetime.now(UTC), timezone="Nowhere/Else")


def test_several_columns_to_sort_by_are_one_parameter(session: Atomx, wire: Wire) -> None:
    wire.say(REPORT)
    for sort in (["a", "b.desc"], ("a", "b.desc"), "a,b.desc"):
        session.report("dsp", ["a"], sort=sort)
        assert wire.last.target == "/v3/report?sort=a%2Cb.desc"
    session.report("dsp", ["a"], limit=0, offset=0)
    assert wire.last.target == "/v3/report?limit=0&offset=0"


def test_a_deleted_or_unknown_report_was_not_found(atomx: Atomx) -> None:
    report = atomx.report("publisher", ["day"], ["clicks"], name="old")
    report.name, report.emails = "new", ["me@example.com"]
    saved = report.save()
    assert (saved["name"], saved["emails"]) == ("new", ["me@example.com"])
    listed = next(each for each in atomx.get("reports")["reports"] if each.id == report.id)
    assert listed.name == "new"
    assert report.delete() == f"report {report.id} deleted"
    with pytest.raises(ModelNotFoundError):
        report.delete()
    with pytest.raises(ModelNotFoundError):
        models.Report(None, session=atomx).save()


def test_a_report_is_saved_with_its_nulls(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": True, "resource": "report", "report": {"id": 9}}))
    for name, emails in ((None, ["a@example.com"]), ("n", None), (None, None), ("", []), ("n", ["a", "b"])):
        models.Report(9, name=name, emails=emails, session=session).save()
        assert (wire.last.method, wire.last.target) == ("PUT", "/v3/report/9")
        assert wire.last.json == {"name": name, "emails": emails}


def test_the_sandbox_clears_the_name_of_a_report(atomx: Atomx) -> None:
    report = atomx.report("publisher", ["day"], ["clicks"], name="mine", emails=["a@example.com"])
    report.name = report.emails = None
    saved = report.save()
    assert (saved["name"], saved["emails"]) == (None, None)
    listed = next(each for each in atomx.get("reports")["reports"] if each.id == report.id)
    assert (listed.name, listed.emails) == (None, None)
    report.delete()

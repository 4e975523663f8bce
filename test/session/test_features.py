"""Features in docs/internals/features.md that no other test checks."""

from __future__ import annotations

import datetime as dt
import sys
from email.utils import parsedate_to_datetime
from itertools import accumulate
from operator import and_

import pytest

import apteco_api as aa


def test_anything_can_be_read_made_and_deleted_by_its_path(session: aa.Session) -> None:
    place = "/{dataViewName}/Directories/{systemName}/{directoryPath}"
    session.request("PUT", place, directoryPath="Private/By path", returns="")
    listed = session.request("GET", place, directoryPath="Private", query={"count": 100})
    assert "By path" in [entry["name"] for entry in listed["list"]]
    session.request("DELETE", place, directoryPath="Private/By path", returns="")
    listed = session.request("GET", place, directoryPath="Private", returns="PagedResultsFileEntry")
    assert isinstance(listed, aa.PagedResultsFileEntry)
    assert "By path" not in [entry.name for entry in listed.list]
    query = session.query("People")
    counted = session.request(
        "POST", "/{dataViewName}/Queries/{systemName}/CountSync", body=query, returns="QueryResult"
    )
    assert counted.counts[0].count_value == session.count("People")


def test_dashboards_are_listed_page_by_page_and_read(session: aa.Session) -> None:
    assert session.user is not None
    name = session.user.username
    own: list[int] = []
    for title in ("Board 1", "Board 2"):
        detail = aa.CreateDashboardDetail(
            title=title, system_name=session.system_name, base_query=session.query("Bookings")
        )
        own.append(session.dashboards.dashboards_create_dashboard(dashboard_detail=detail).id)
    listed = list(aa.paginate(session.users.users_get_user_dashboards, name, count=1))
    assert {"Board 1", "Board 2"} <= {each.title for each in listed}
    for each in listed:
        assert session.users.users_get_user_dashboard(name, each.id).title == each.title
    for number in own:
        session.dashboards.dashboards_delete_dashboard(number)


def test_a_model_is_a_dictionary_when_asked_and_its_dates_are_dates(session: aa.Session) -> None:
    audience = session.audiences.create("Dates", "Bookings")
    try:
        changed = audience.detail.last_updated_date
        assert isinstance(changed, dt.datetime)
        assert changed.tzinfo is not None
        plain = audience.detail.to_dict()
        assert plain["title"] == "Dates"
        assert plain["owner"]["username"] == audience.detail.owner.username
    finally:
        audience.delete()


def test_a_funnel_is_a_batch_of_counts(session: aa.Session) -> None:
    steps = [aa.where("Destination") == "France", aa.where("Product") == "Package Holiday"]
    steps.append(aa.where("Cost") >= 1000)
    counts = list(session.map(session.count, list(accumulate(steps, and_))))
    rows = session.export("Bookings", ["Destination", "Product", "Cost"])
    kept = [row for row in rows if row[0] == "France"]
    expected = [len(kept)]
    kept = [row for row in kept if row[1] == "Package Holiday"]
    expected.append(len(kept))
    expected.append(len([row for row in kept if row[2] is not None and float(str(row[2])) >= 1000]))
    assert counts == expected


def test_what_belongs_to_some_records_is_exported_from_a_table_below(session: aa.Session) -> None:
    students = aa.where("Occupation") == "Student"
    theirs = session.export(students, ["Person URN", "Booking URN", "Occupation"], table="Bookings")
    assert {row[2] for row in theirs} == {"Student"}
    assert len(theirs) == session.count(students, table="Bookings")


def test_the_server_tells_its_version_and_its_time(session: aa.Session) -> None:
    assert session.about.about_get_version().version
    sent = parsedate_to_datetime(session.last_response.headers["Date"])
    assert sent.tzinfo is not None


def test_a_library_that_is_missing_is_named_with_its_extra(
    session: aa.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = session.export("Bookings", ["boURN"], limit=1)
    for library, way, extra in (("pandas", "to_pandas", "pandas"), ("polars", "to_polars", "polars")):
        monkeypatch.setitem(sys.modules, library, None)  # makes the import fail
        with pytest.raises(ImportError, match=rf"needs {library}: pip install 'apteco-api\[{extra}\]'"):
            getattr(rows, way)()

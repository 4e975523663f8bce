"""Every family of jobs runs through the session alike: to a result, cancelled, too slow, resumed."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import serve
from apteco_api.session.jobs import Job

BOOKINGS = aa.Query(selection=aa.Selection(table_name="Bookings"))
DESTINATIONS = cycle(["France", "Germany", "Sweden", "Portugal", "Greece", "Italy", "Australia", "Denmark"])
LIFESTYLE = aa.DataLicensingDetail(licensing_set="Lifestyle")
CUBE = {
    "dimensions": [{"id": "0", "type": "Selector", "variableName": "boDest"}],
    "measures": [{"id": "0", "resolveTableName": "Bookings", "function": "Count"}],
}


def calculate(session: aa.Session) -> Job:
    return session.audiences.create("calculate", BOOKINGS).start()


def export(session: aa.Session) -> Job:
    audience = session.audiences.create("export", BOOKINGS)
    details = aa.ExportAudienceDetails(
        maximum_number_of_rows_to_browse=3,
        return_browse_rows=True,
        columns=[aa.Column(id="0", variable_name="boURN", column_header="URN")],
        generate_urn_file=False,
    )
    method = session.audiences.audiences_create_export_audience_job_for_latest_update
    return session.job(method, audience.id, export_audience_details=details)


def check(session: aa.Session) -> Job:
    audience = session.audiences.create("check", BOOKINGS)
    details = aa.CheckAudienceDetails(
        dimensions=[aa.Dimension(id="0", type="Selector", variable_name="boDest")]
    )
    method = session.audiences.audiences_create_check_audience_job_for_latest_update
    return session.job(method, audience.id, check_audience_details=details)


def dashboard(session: aa.Session) -> Job:
    level = {
        "drilldownLevel": 0,
        "chartType": "Bar",
        "sortOrder": "Natural",
        "dataSpecification": {"cubeSpecification": CUBE},
    }
    made = session.request(
        "POST",
        "/{dataViewName}/Dashboards",
        body={
            "title": "Board",
            "systemName": session.system_name,
            "baseQuery": {"selection": {"tableName": "Bookings"}},
            "dashboardItems": [{"id": "one", "title": "Where to", "dashboardItemDetails": [level]}],
        },
    )
    item = aa.CalculateDashboardItem(dashboard_item_id="one", sort_order="Natural")
    wanted = aa.CalculateDashboardData(dashboard_items_to_calculate=[item])
    method = session.dashboards.dashboards_calculate_dashboard_data
    return session.job(method, made["id"], request_data=wanted)


def preview(session: aa.Session) -> Job:
    one = {
        "drillDownLevel": 0,
        "sortOrder": "Natural",
        "baseQuery": {"selection": {"tableName": "Bookings"}},
        "dataSpecification": {"cubeSpecification": CUBE},
    }
    method: Any = session.dashboards.dashboards_create_dashboard_item_preview_data_jobs
    return session.job(method, request_data=[{**one, "dashboardItemId": name} for name in "ab"])


def build(session: aa.Session) -> Job:
    method = session.fast_stats_builds.fast_stats_builds_create_fast_stats_build_job
    return session.job(method, build_definition=aa.BuildDefinition())


def picture(session: aa.Session) -> Job:
    cube: dict[str, Any] = {
        "baseQuery": {"selection": {"tableName": "Bookings"}},
        "resolveTableName": "Bookings",
        **CUBE,
    }
    part = {
        "title": "Where to",
        "notes": "",
        "visualisationType": "Cube",
        "cube": {**cube, "storage": "Full"},
    }
    session.files.upload("Private/Mine.collection", json.dumps({"parts": [part]}).encode())
    session.collections.collections_create_collection(
        collection_detail=aa.UpsertCollectionDetail(
            title="Mine",
            description="What I saved",
            creation_date=dt.datetime(2026, 1, 31, 9, 30),
            file_path="Private/Mine.collection",
        )
    )
    rows = aa.paginate(session.collections.collections_get_collections)
    row = next(row for row in rows if row.title == "Mine")
    found = next(iter(aa.paginate(session.collections.collections_get_collection_parts, row.id)))
    method = session.visualisations.visualisations_create_visualisation_render_data_refresh_job
    return session.job(method, found.visualisation_id)


def pricing(session: aa.Session) -> Job:
    audience = session.audiences.create("priced", BOOKINGS)
    method = session.audiences.audiences_create_calculate_audience_data_licensing_job
    return session.job(method, audience.id, data_licensing_detail=LIFESTYLE)


def purchase(session: aa.Session) -> Job:
    """Start a purchase, each time of other bookings, as bookings with a licence cost nothing."""
    audience = session.audiences.create("bought", aa.where("Destination").isin(next(DESTINATIONS)))
    quoted = session.audiences.audiences_calculate_audience_data_licensing_sync(
        audience.id, data_licensing_detail=aa.DataLicensingDetail(licensing_set="Booking history")
    )
    method = session.data_licensing.data_licensing_create_purchase_data_licensing_job
    details = aa.DataPurchaseDetail(query_id=quoted.query_id, grand_total_cost=quoted.grand_total_cost)
    return session.job(method, purchase_detail=details)


def licensing_sets(session: aa.Session) -> Job:
    return session.job(session.data_licensing.data_licensing_create_get_licensing_sets_job)


FAMILIES: dict[str, Callable[[aa.Session], Job]] = {
    "audience-calculate": calculate,
    "audience-export": export,
    "audience-check": check,
    "dashboard-items": dashboard,
    "dashboard-item-preview": preview,
    "build": build,
    "render-data-refresh": picture,
    "audience-data-licensing": pricing,
    "data-purchase": purchase,
    "licensing-sets": licensing_sets,
}
SEVERAL = ("audience-check", "dashboard-items", "dashboard-item-preview")
"""One call starts several jobs, and their results are a list."""


@pytest.fixture(scope="module")
def slow() -> Iterator[aa.Session]:
    """Yield a session with a server whose jobs queue first and then take their time."""
    busy = "busy=0.8 on *_Create*Job*; busy=0.8 on Dashboards_CalculateDashboardData"
    with (
        serve(scale=1_000, job_seconds=0.8, job_workers=1, trouble=busy) as box,
        aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as found,
    ):
        yield found


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_runs_to_its_result_and_can_be_resumed(session: aa.Session, family: str) -> None:
    job = FAMILIES[family](session)
    assert job.poller.family == family
    later = session.resume_job(job.token)
    result, again = job.wait(30), later.wait(30)
    assert result is not None
    assert result == again
    assert job.progress == 100 or family == "render-data-refresh", "only that family reports no progress"
    assert isinstance(result, list) == (family in (*SEVERAL, "licensing-sets"))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_job_of_each_family_waits_for_its_turn_and_tells_its_progress(
    slow: aa.Session, family: str
) -> None:
    first, second = FAMILIES[family](slow), FAMILIES[family](slow)
    shares: list[float] = []
    places: list[int | None] = []
    while not second.poll():
        first.poll()
        shares.append(first.progress)
        places.append(second.queue_position)
        time.sleep(0.1)
    assert first.poll(), "the second job ended before the first"
    assert shares == sorted(shares)
    if family != "render-data-refresh":
        assert any(0 < share < 100 for share in shares)
        assert any(places)
    assert first.result() is not None


@pytest.mark.parametrize("family", FAMILIES)
def test_a_job_of_each_family_can_be_cancelled(slow: aa.Session, family: str) -> None:
    job = FAMILIES[family](slow)
    assert job.cancel()
    with pytest.raises(aa.JobCancelled) as caught:
        job.wait(30)
    assert caught.value.token == job.token
    assert not job.cancel(), "the server is asked to cancel once"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_job_of_each_family_outlives_a_wait_that_was_too_short(slow: aa.Session, family: str) -> None:
    job = FAMILIES[family](slow)
    with pytest.raises(aa.JobTimeout) as caught:
        job.wait(0.01)
    assert slow.resume_job(caught.value.token).wait(30) is not None


def test_every_family_of_the_api_is_taken_up_again_and_knows_how_its_jobs_are_named(
    session: aa.Session,
) -> None:
    from apteco_api import api
    from apteco_api._runtime.jobs import Poller
    from apteco_api.session.jobs import SECTIONS

    found: dict[str, str] = {}
    for section in SECTIONS:
        controller = getattr(session, section).controller
        for operation in controller.operations.values():
            if operation.job is not None and operation.job.step == "create":
                values = {each.name: 1 for each in operation.parameters if each.location == "path"}
                poller = Poller(controller, operation.job.family, values, [1], False)
                found[operation.job.family] = poller._key
    operations = (each for name in api.__all__ for each in getattr(api, name).operations.values())
    assert set(found) == {each.job.family for each in operations if each.job is not None}
    assert len(found) >= 29
    assert found.pop("render-data-refresh") == "refresh_request_id"
    assert set(found.values()) == {"job_id"}

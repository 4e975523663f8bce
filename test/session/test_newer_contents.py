"""Features of newer servers: dashboards, favourites, export templates, campaigns; errors of older servers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve


@pytest.fixture(scope="module")
def analyst(box: Sandbox) -> Iterator[aa.Session]:
    """Yield an ordinary user's session."""
    with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as found:
        yield found


@pytest.fixture(scope="module")
def old() -> Iterator[Sandbox]:
    """Yield a server of the age of apteco-api 0.3.2."""
    with serve(scale=2_000, version="1.9.19", password="canary-5ecret") as server:
        yield server


def tile(key: str, variable: str) -> aa.DashboardContentItem:
    dimension = aa.Dimension(id="0", type="Selector", variable_name=variable)
    measure = aa.Measure(id="0", resolve_table_name="Bookings", function="Count")
    cube = aa.CubeSpecification(dimensions=[dimension], measures=[measure])
    level = aa.DashboardContentItemDetail(
        chart_type="Bar",
        sort_order="Natural",
        drilldown_level=0,
        data_specification=aa.DashboardItemDataSpecification(cube_specification=cube),
    )
    return aa.DashboardContentItem(id=key, title=f"By {variable}", dashboard_item_details=[level])


@pytest.fixture
def board(session: aa.Session) -> Iterator[aa.Dashboard]:
    """Yield a dashboard with two tiles, of the administrator."""
    made = session.dashboards.dashboards_create_dashboard(
        dashboard_detail=aa.CreateDashboardDetail(
            title="Sales",
            description="Where to",
            system_name=session.system_name,
            base_query=session.query("Bookings"),
            dashboard_items=[tile("a", "boDest"), tile("b", "boProd")],
        )
    )
    session.dashboards.refresh()
    yield session.dashboards[made.id]
    session.dashboards.refresh()
    for each in list(session.dashboards):
        each.delete()


# ---- dashboards


def test_dashboards_are_found_read_calculated_copied_and_deleted(
    session: aa.Session, board: aa.Dashboard
) -> None:
    assert (board.title, board.owner) == ("Sales", "Administrator")
    assert session.dashboards["Sales"].id == board.id
    assert [item.id for item in board.detail.dashboard_items or []] == ["a", "b"]
    figures = board.refresh()
    assert list(figures) == ["a", "b"]
    cells = figures["a"].measure_results[0].rows[0].split("\t")  # type: ignore[index]
    assert int(cells[-1]) == session.count("Bookings")
    france = board.refresh(session.query(aa.where("Destination") == "France"))
    assert int(france["a"].measure_results[0].rows[0].split("\t")[-1]) == session.count(  # type: ignore[index]
        aa.where("Destination") == "France"
    )
    copy = board.copy("Sales, again")
    assert copy.id != board.id
    assert copy.title in session.dashboards
    assert [item.title for item in copy.detail.dashboard_items or []] == ["By boDest", "By boProd"]
    assert repr(copy) == f"<dashboard {copy.id}: Sales, again>"
    assert "Sales, again" in copy._repr_html_()
    assert "Sales" in session.dashboards._repr_html_()
    copy.delete()
    assert copy.title not in session.dashboards
    session.dashboards.refresh()
    assert copy.title not in session.dashboards


def test_a_dashboard_without_tiles_has_nothing_to_calculate(session: aa.Session) -> None:
    detail = aa.CreateDashboardDetail(
        title="Empty", system_name=session.system_name, base_query=session.query("People")
    )
    made = session.dashboards.dashboards_create_dashboard(dashboard_detail=detail)
    session.dashboards.refresh()
    with pytest.raises(ValueError, match=r"'Empty'.*has no tiles"):
        session.dashboards[made.id].start()
    session.dashboards[made.id].delete()


def test_the_versions_of_a_dashboard_are_listed_and_read(session: aa.Session, board: aa.Dashboard) -> None:
    change = aa.CreateDashboardUpdateDetail(
        id=board.id,
        title="Sales 2",
        description="",
        system_name=session.system_name,
        base_query=session.query("Bookings"),
        dashboard_items=[tile("a", "boDest")],
    )
    session.dashboards.dashboards_create_dashboard_update(board.id, dashboard_detail=change)
    assert board.reload().title == "Sales 2"
    assert len(board.history) >= 1
    newest = list(board.history)[-1]
    assert board.read(newest).id == board.read(newest.id).id == newest.id
    assert newest.user is not None
    assert newest.user.username == "Administrator"
    assert "Administrator" in board.history._repr_html_()


def test_a_dashboard_is_handed_to_another_user(
    session: aa.Session, analyst: aa.Session, board: aa.Dashboard
) -> None:
    with pytest.raises(ValueError, match="username"):
        board.transfer(" ")
    analyst.dashboards.refresh()
    assert board.id not in analyst.dashboards
    board.transfer("analyst")
    assert session.dashboards[board.id].owner == "analyst"
    assert session.dashboards[board.id].detail.title == "Sales"  # an administrator reads it too
    analyst.dashboards.refresh()
    mine = analyst.dashboards[board.id]
    assert mine.owner == "analyst"
    assert mine.detail.id == board.id
    mine.transfer("Administrator")


def test_an_ordinary_user_lists_own_and_shared_dashboards_and_is_told_so(
    box: Sandbox, session: aa.Session, board: aa.Dashboard, caplog: pytest.LogCaptureFixture
) -> None:
    with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as other:
        with caplog.at_level(logging.WARNING):
            assert board.id not in other.dashboards
        said = [record.getMessage() for record in caplog.records if "dashboards" in record.getMessage()]
        assert said == ["dashboards: analyst may list analyst's own and shared ones only"]
        with pytest.raises((aa.ApiForbidden, aa.ApiNotFound)):
            aa.Dashboard(other, board.model).transfer("analyst")
        assert "dashboards" not in other.search("Sales", "dashboards")
        assert [each.id for each in session.search("sales", "dashboards")["dashboards"]] == [board.id]


# ---- favourites


def test_favourites_are_made_renamed_duplicated_and_deleted(session: aa.Session) -> None:
    made = session.favourites.create("Top destinations", description="first", kind="chart")
    assert session.favourites["Top destinations"].id == made.id
    assert session.favourites["Top destinations"].model["kind"] == "chart"
    assert made.rename("Best destinations", "second") is made
    found = session.favourites["Best destinations"]
    assert (found.id, found.description) == (made.id, "second")
    copy = found.duplicate("Copy of it")
    assert copy.id != found.id
    assert copy.model["kind"] == "chart"
    assert repr(copy) == f"<favourite {copy.id}: Copy of it>"
    assert "second" in found._repr_html_()
    copy.delete()
    found.delete()
    session.favourites.refresh()
    assert not {"Copy of it", "Best destinations"} & set(session.favourites.names())
    with pytest.raises(ValueError, match="was not deleted"):
        copy.delete()
    for work in (found.rename, found.duplicate, session.favourites.create):
        with pytest.raises(ValueError, match="needs a title"):
            work("")


@pytest.mark.parametrize(
    ("answer", "titles"),
    [
        ([{"id": 1, "title": "a"}], ["a"]),
        ({"list": [{"id": "g-1", "title": "a"}], "totalCount": 1}, ["a"]),
        ({"list": []}, []),
        ({}, []),
        (None, []),
        ([{"id": 1, "title": None}], [""]),
    ],
)
def test_favourites_are_read_in_whatever_form_they_come(
    answer: Any, titles: list[str], session: aa.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session.users, "users_get_user_favourites", lambda: answer, raising=False)
    session.favourites.refresh()
    assert session.favourites.names() == titles
    session.favourites.refresh()


def test_an_answer_that_is_not_a_favourite_is_named(
    session: aa.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session.users, "users_get_user_favourites", lambda: [{"name": "x"}], raising=False)
    session.favourites.refresh()
    with pytest.raises(aa.ApiDecodeError, match="has no id, but"):
        session.favourites.names()
    session.favourites.refresh()


# ---- export templates


def test_templates_of_columns_are_kept_and_used_for_exports(session: aa.Session) -> None:
    templates = session.audience_export_templates
    made = templates.create("Mailing", {"Where to": "Destination", "Price": "boCost"})
    assert templates["Mailing"].columns == {"Where to": "boDest", "Price": "boCost"}
    audience = session.audiences.create("To France", aa.where("Destination") == "France")
    rows = audience.export(templates["Mailing"].columns, limit=3)
    assert rows.headers == ["Where to", "Price"]
    assert templates.last_used(audience) is None
    templates.audience_export_templates_save_last_exported_audience_export_template(
        audience.id,
        last_used_export_template_detail=aa.LastUsedExportTemplateDetail(
            export_template_definition=made.model.export_template_definition
        ),
    )
    assert templates.last_used(audience.id) == made.columns
    made.save(title="Letters", columns=["Destination"])
    assert templates["Letters"].columns == {"Destination": "boDest"}
    assert templates["Letters"].save(title="Post").columns == {"Destination": "boDest"}
    assert repr(made) == f"<export template {made.id}: Letters>"
    assert "boDest" in templates["Post"]._repr_html_()
    with pytest.raises(aa.UnknownName, match="Nothing"):
        templates.create("x", ["Nothing"])
    with pytest.raises(ValueError, match="at least one column"):
        templates.create("x", [])
    templates["Post"].delete()
    templates.refresh()
    assert "Post" not in templates
    audience.delete()


def test_columns_that_are_not_variables_are_named() -> None:
    from apteco_api.session.export_templates import columns_of

    def definition(*columns: dict[str, Any]) -> aa.ExportTemplateDefinition:
        return aa.ExportTemplateDefinition([aa.ExportTemplateColumn(**each) for each in columns])

    code = {"id": "0", "column_header": "Key", "column_type": "UserCode", "user_code": "k1"}
    with pytest.raises(ValueError, match=r"column 'Key' of the template 'T' is a user code"):
        columns_of(definition(code), "T")
    one = {"id": "0", "column_header": "A", "variable_name": "boDest"}
    with pytest.raises(ValueError, match="two columns 'A'"):
        columns_of(definition(one, {**one, "id": "1"}), "T")


# ---- PeopleStage


@pytest.mark.slow
def test_elements_are_listed_walked_paused_checked_out_and_published(session: aa.Session) -> None:
    stage = session.people_stage
    every = list(stage.walk())
    assert sorted(each.id for each in every) == sorted({each.id for each in stage})
    campaign = next(each for each in every if each.type == "Campaign")
    assert stage.element(campaign.id).description == campaign.description
    assert campaign.description in campaign.path or campaign.path
    assert repr(campaign) == f"<Campaign {campaign.id}: {campaign.description}>"
    assert campaign.description in campaign._repr_html_()
    assert stage[0].id == stage[stage[0].description].id
    status = campaign.status()
    assert (status.id, status.user_paused_campaigns_count or 0) == (campaign.id, 0)
    assert len(stage[0].statuses()) > 1
    campaign.pause()
    assert campaign.status().user_paused_campaigns_count == 1
    campaign.resume()
    assert (campaign.status().user_paused_campaigns_count or 0) == 0
    job = campaign.check_out()
    assert isinstance(job, aa.Job)
    held = session.resume_job(job.token).wait(30, progress=False)
    assert (held.element_id, held.is_checked_out_to_me) == (campaign.id, True)
    assert campaign.check_in().wait(30, progress=False).is_checked_out_to_me is False
    assert campaign.publish().wait(30, progress=False) == campaign.id
    stage.pause()
    stage.resume()
    with pytest.raises(aa.ApiNotFound):
        stage.element("no-such-element")


def test_an_ordinary_user_may_not_pause_the_system(analyst: aa.Session) -> None:
    assert len(analyst.people_stage) > 0
    with pytest.raises(aa.ApiForbidden):
        analyst.people_stage.pause()


# ---- the rest, and older servers


def test_what_belongs_to_a_user_is_counted(session: aa.Session, analyst: aa.Session) -> None:
    before = analyst.resource_counts()
    assert before["total"] >= 0
    made = analyst.audiences.create("Mine", aa.where("Destination") == "France")
    after = session.resource_counts("analyst")
    assert after["total"] == before["total"] + 1
    made.delete()
    with pytest.raises(aa.ApiStatusError):
        session.resource_counts("nobody")


OLD: dict[str, Any] = {
    "favourites": lambda s: s.favourites.names(),
    "export templates": lambda s: s.audience_export_templates.names(),
    "last template": lambda s: s.audience_export_templates.last_used(1),
    "resource counts": lambda s: s.resource_counts(),
    "pause": lambda s: s.people_stage[0].pause(),
    "publish": lambda s: s.people_stage[0].publish(),
    "temporary token": lambda s: s.temporary_token("/x"),
    "set-up": lambda s: s.set_up_totp(),
    "history": lambda s: s.dashboards.dashboards_get_dashboard_updates(1),
}


@pytest.mark.parametrize("name", OLD)
def test_an_older_server_says_what_it_lacks(name: str, old: Sandbox) -> None:
    with aa.login(old.url, old.data_view, old.username, old.password, system=old.system) as session:
        with pytest.raises(aa.ApiClientError) as caught:
            OLD[name](session)
        assert caught.value.hint.startswith("This server is 1.9.19")
        assert "exists since" in caught.value.hint
        assert session.server_version.startswith("1.9.19")


@pytest.mark.slow
def test_an_older_server_lists_ones_own_dashboards_and_does_a_days_work(
    old: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    with aa.login(old.url, old.data_view, old.username, old.password, system=old.system) as session:
        detail = aa.CreateDashboardDetail(
            title="Sales", system_name=session.system_name, base_query=session.query("Bookings"),
            dashboard_items=[tile("a", "boDest")],
        )  # fmt: skip
        session.dashboards.dashboards_create_dashboard(dashboard_detail=detail)
        with caplog.at_level(logging.WARNING):
            found = session.dashboards["Sales"]
        assert any("own and shared ones only" in record.getMessage() for record in caplog.records)
        assert found.detail.title == "Sales"
        assert list(found.refresh()) == ["a"]
        found.copy("Again").delete()
        assert len(list(session.people_stage.walk())) > 1
        assert session.people_stage[0].status().id == session.people_stage[0].id
        assert session.count("Bookings") == 2_000


def test_an_async_session_reaches_all_of_it(box: Sandbox, session: aa.Session) -> None:
    def days_work(plain: aa.Session) -> tuple[list[str], int]:
        kept = [plain.favourites.create("Async"), plain.audience_export_templates.create("Async", ["boDest"])]
        try:
            owned: int = plain.resource_counts()["favourites"]
            plain.favourites.refresh()
            names = [*plain.favourites.names(), *plain.audience_export_templates.names()]
            return [*plain.dashboards.names(), *names], owned
        finally:
            for each in kept:
                each.delete()

    async def main() -> tuple[str, list[str], str]:
        async with aa.aio.login(box.url, box.data_view, "analyst", box.password, system=box.system) as each:
            stage = await each.run(lambda plain: plain.people_stage.names())
            assert await each.run(days_work) == (["Async", "Async"], 1)
            token = await each.temporary_token("/{dataViewName}/TemporaryFiles/x")
            return await each.server_version(), stage, token.resource_path

    version, stage, path = asyncio.run(main())
    assert version == session.server_version
    assert stage == session.people_stage.names()
    assert path == f"/{box.data_view}/TemporaryFiles/x"

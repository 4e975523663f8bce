"""A day's work with a session: it must pass mypy --strict and pyright strict as it is."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import apteco_api as aa
from apteco_api._runtime.paging import Pages
from apteco_api.frames.cube import CubeFrame
from apteco_api.frames.rows import Rows
from apteco_api.session.async_jobs import AsyncJob
from apteco_api.session.audiences import Audience
from apteco_api.session.batch import Batch
from apteco_api.session.tables import SystemTable, SystemVariable


def sections(session: aa.Session) -> None:
    query = aa.Query(selection=aa.Selection(table_name="Bookings"))
    assert_type(session.queries.queries_perform_query_count_synchronously(query=query), aa.QueryResult)
    assert_type(session.fast_stats_systems.fast_stats_systems_get_fast_stats_table("Bookings"), aa.Table)
    assert_type(session.sessions.sessions_logout_session("id", _request_timeout=5), None)
    assert_type(session.about.about_get_version(), aa.VersionDetails)


def pages(session: aa.Session, client: aa.ApiClient) -> None:
    variables = aa.paginate(session.fast_stats_systems.fast_stats_systems_get_fast_stats_variables, count=100)
    assert_type(variables, Pages[aa.Variable])
    for variable in variables:
        assert_type(variable, aa.Variable)
    section = session.fast_stats_systems
    codes = aa.paginate(section.fast_stats_systems_get_fast_stats_variable_codes, "boDest")
    assert_type([code.description for code in codes], list[str])
    users = aa.paginate(aa.UsersApi(client).users_get_user_details_list, "holidays", count=50)
    assert_type(next(iter(users)), aa.UserSummary)


def around(session: aa.Session) -> None:
    assert_type(session.tables["Bookings"], SystemTable)
    assert_type(session.variables[0], SystemVariable)
    assert_type(session.variables[:5], list[SystemVariable])
    assert_type([code.code for code in session.variables["Destination"].codes], list[str])
    assert_type(session.audiences["Students"], Audience)
    assert_type(session.audiences.audiences_get_audience(7), aa.AudienceDetail)
    assert_type(session.files.read("Private/a.csv"), bytes)
    assert_type(session.queries.read("Private/a.xml"), aa.Query)
    assert_type(session.query("Bookings", table="People"), aa.Query)
    assert_type(session.files.download("Private/a.csv"), Path)


def answers(session: aa.Session) -> None:
    condition = aa.where("Destination").isin("France", "Germany") & (aa.where("Cost") > 500)
    assert_type(condition, aa.Condition)
    assert_type(~(aa.where("Cost") == 5), aa.Condition)
    assert_type(condition.to_query(session.catalogue), aa.Query)
    assert_type(session.count(condition), aa.RecordCount)
    assert_type(session.counts("Bookings"), dict[str, aa.RecordCount])
    rows = session.export(condition, ["boURN", session.variables["Cost"]], limit=5)
    assert_type(rows, Rows)
    assert_type(session.export("Bookings", {"Where to": "boDest"}), Rows)
    assert_type(session.cube("Bookings", ["Destination", ("boDate", "Years")], ["Sum(Cost)"]), CubeFrame)
    assert_type(session.export_to("bookings.parquet", "Bookings", ["boURN"]), int)


def many(session: aa.Session) -> None:
    tables = ["Bookings", "People"]
    counts = session.map(session.count, tables)
    assert_type(counts, Batch[str, aa.RecordCount])
    assert_type(list(counts), list[aa.RecordCount])
    assert_type(counts[0], aa.RecordCount)
    assert_type(counts.errors, dict[int, Exception])
    exports = session.map(lambda name: session.export(name, ["boURN"]), tables)
    assert_type(list(exports), list[Rows])


async def awaited() -> None:
    async with aa.aio.login("http://localhost/OrbitAPI", "holidays", "user", "password") as session:
        assert_type(session, aa.aio.AsyncSession)
        assert_type(await session.count("Bookings"), aa.RecordCount)
        assert_type(await session.export("Bookings", ["boURN"]), Rows)
        assert_type(await session.cube("Bookings", ["Destination"]), CubeFrame)
        query = aa.Query(selection=aa.Selection(table_name="Bookings"))
        result = await session.queries.queries_perform_query_count_synchronously(query=query)
        assert_type(result, aa.QueryResult)
        async for table in aa.paginate(session.fast_stats_systems.fast_stats_systems_get_fast_stats_tables):
            assert_type(table, aa.Table)
        assert_type((await session.tables())["Bookings"], aa.Table)
        assert_type((await session.codes("Destination"))[0], aa.VarCode)
        assert_type(await session.export_to("bookings.csv", "Bookings", ["boURN"]), int)
        calculate = session.audiences.audiences_create_calculate_audience_job_for_latest_update
        assert_type(await session.job(calculate, 7), AsyncJob)
        assert_type(await session.run(lambda plain: plain.files.read("Private/a.csv")), bytes)
        batch = await session.map(session.count, ["Bookings"])
        assert_type(batch, Batch[str, aa.RecordCount])
        assert_type(list(batch), list[aa.RecordCount])
        async for rows in session.stream_export("Bookings", ["boURN"]):
            assert_type(rows, Rows)


def logging_in() -> None:
    host = "http://localhost/OrbitAPI"
    assert_type(aa.login(host, "holidays", "user", "password", mfa="123456"), aa.Session)
    session = aa.login("http://localhost/OrbitAPI", "holidays", "user", "password", mfa=lambda: "123456")
    session = aa.login("http://localhost/OrbitAPI", "holidays", "user", mfa=aa.RecoveryCode("12345678"))
    token = session.temporary_token("/{dataViewName}/TemporaryFiles/report")
    assert_type(token, aa.TemporaryToken)
    assert_type(token.url, str)
    assert_type(aa.login("http://localhost/OrbitAPI", "holidays", token=token), aa.Session)
    assert_type(session.set_up_totp().secret, str)
    assert_type(session.confirm_totp("123456"), None)
    assert_type(session.server_version, str)


async def logging_in_async() -> None:
    async def code() -> str:
        return "123456"

    session = await aa.aio.login("http://localhost/OrbitAPI", "holidays", "user", "password", mfa=code)
    assert_type(await session.server_version(), str)
    assert_type(await session.temporary_token("/About"), aa.TemporaryToken)
    assert_type(await session.set_up_totp(), aa.TotpSetup)
    assert_type(await session.run(lambda plain: plain.dashboards["Sales"].title), str)


def contents(session: aa.Session) -> None:
    board = session.dashboards["Sales"]
    assert_type(board, aa.Dashboard)
    assert_type(session.dashboards.dashboards_create_dashboard(), aa.DashboardDetail)
    assert_type(board.refresh(), dict[str, aa.DashboardItemDataResultDetail])
    assert_type(board.start(), aa.Job)
    assert_type(board.copy("Copy"), aa.Dashboard)
    assert_type([update.id for update in board.history], list[int])
    assert_type(session.favourites.create("Top"), aa.Favourite)
    template = session.audience_export_templates["Mailing"]
    assert_type(template, aa.ExportTemplate)
    assert_type(session.audiences["Students"].export(template.columns), Rows)
    element = session.people_stage.element("campaign-3")
    assert_type(element, aa.PeopleStageElement)
    assert_type(element.status(), aa.ElementStatus)
    assert_type(element.publish(), aa.Job)
    assert_type(session.resource_counts(), dict[str, int])

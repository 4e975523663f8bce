"""The generated part: every operation through its typed section, strictly, on both versions of the server."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SEED_BODY, WITH_PARAMETERS
from tonalytica_client import TonalyticaAPIClient
from tonalytica_client.client import api, models
from tonalytica_client.client._runtime.client import ApiClient
from tonalytica_client.client._runtime.configuration import Configuration
from tonalytica_client.client._runtime.controller import Controller
from tonalytica_client.client.exceptions import ApiNotFound
from tonalytica_client.sandbox import USER_KEY, Sandbox

SECTIONS: list[type[Controller]] = [
    value
    for name in dir(api)
    if inspect.isclass(value := getattr(api, name)) and issubclass(value, Controller)
]


def settings(box: Sandbox) -> Configuration:
    """Return strict settings: an answer that differs from the spec is an error."""
    return Configuration(
        host=box.url,
        api_key={"Authorization": USER_KEY},
        api_key_prefix={"Authorization": "Key"},
        strict_responses=True,
    )


@pytest.fixture
def strict(fresh: Sandbox) -> Iterator[ApiClient]:
    with ApiClient(settings(fresh)) as client:
        yield client


def test_every_operation_answers_as_the_spec_says(
    strict: ApiClient, client: TonalyticaAPIClient, fresh: Sandbox, tmp_path: Path
) -> None:
    called: set[str] = set()

    class Counting(ApiClient):
        def call(self, operation, values, options=None, **more):  # type: ignore[no-untyped-def]
            called.add(operation.id)
            return super().call(operation, values, options, **more)

    caller = Counting(settings(fresh))
    sections = [section(caller) for section in SECTIONS]
    by_name = {type(section).__name__: section for section in sections}
    current = isinstance(by_name["SessionApi"], api.SessionApi) and not is_redash_9(strict)

    session = api.SessionApi(caller).get_session()
    assert session.user is not None
    assert session.user.name == "Ada Admin"

    queries = api.QueriesApi(caller)
    made = queries.create_query(models.NewQuery(1, "Typed", "SELECT 1 AS n", description="d", tags=["t"]))
    assert made.id is not None
    number = made.id
    assert queries.update_query(number, query_change=models.QueryChange(name="Renamed")).name == "Renamed"
    assert queries.get_query(number).visualizations
    queries.favorite_query(number, body={})
    assert queries.list_favorite_queries(page=1, page_size=5).count == 1
    queries.unfavorite_query(number)
    assert queries.list_queries(q="renamed", order="name", tags=["t"]).results[0].id == number
    assert queries.list_my_queries().count == 5
    assert queries.list_query_tags().tags
    key = queries.regenerate_query_api_key(number, body={}).api_key
    assert key != made.api_key
    copy = queries.fork_query(number, body={})
    assert copy.name == f"Copy of (#{number}) Renamed"
    assert copy.id is not None
    queries.archive_query(copy.id)
    assert queries.list_archived_queries().count == 1

    started = queries.run_query(
        WITH_PARAMETERS, run_query=models.RunQuery(parameters=SEED_BODY["parameters"], max_age=0)
    )
    assert started.job is not None
    assert client.wait_for_job(started.job.id)["status"] == 3
    assert queries.get_query_job(WITH_PARAMETERS, started.job.id).job.status == 3
    assert queries.refresh_query(number, body={}).job is not None
    results = api.QueryResultsApi(caller)
    ran = results.run_query_text(models.RunQueryText(1, "SELECT 1 AS n", max_age=0, query_id=number))
    assert ran.job is not None
    result_id = client.wait_for_job(ran.job.id)["query_result_id"]
    found = results.get_result(result_id).query_result
    assert found.data is not None
    assert found.data.rows == [{"n": 1}]
    assert queries.get_cached_result(number).query_result.id is not None
    for file in (
        results.download_result(result_id, "csv", _save_to=tmp_path),
        queries.download_cached_result(number, "tsv", _save_to=tmp_path),
        queries.download_result_of_query(number, result_id, "xlsx", _save_to=tmp_path),
    ):
        expected = b"PK" if file.endswith("xlsx") else b"n\r\n1\r\n"
        assert (tmp_path / file).read_bytes().startswith(expected)
    jobs = api.JobsApi(caller)
    assert jobs.get_job(ran.job.id).job.result == result_id
    for cancel in (jobs.cancel_job, lambda job: queries.cancel_query_job(number, job)):
        long = results.run_query_text(models.RunQueryText(1, "SELECT sleep(60)", max_age=0)).job
        assert long is not None
        cancel(long.id)
        assert jobs.get_job(long.id).job.error == "Query cancelled by user."

    boards = api.DashboardsApi(caller)
    board = boards.create_dashboard(models.NewDashboard("Typed board"))
    assert board.id is not None
    assert board.slug is not None
    address = str(board.id) if current else board.slug
    assert boards.list_dashboards(q="typed").count == 1
    assert boards.get_dashboard(board.slug, legacy="").id == board.id
    assert boards.get_dashboard(address).can_edit is True
    boards.update_dashboard(board.id, dashboard_change=models.DashboardChange(tags=["x"]))
    assert boards.list_dashboard_tags().tags
    boards.favorite_dashboard(address, body={})
    assert boards.list_favorite_dashboards().count == 1
    boards.unfavorite_dashboard(address)
    assert boards.share_dashboard(board.id, body={}).public_url
    boards.unshare_dashboard(board.id)

    visualizations, widgets = api.VisualizationsApi(caller), api.WidgetsApi(caller)
    shown = visualizations.create_visualization(models.NewVisualization(number, "CHART", "C", options={}))
    assert shown.id is not None
    assert visualizations.update_visualization(shown.id, models.VisualizationChange(name="D")).name == "D"
    widget = widgets.create_widget(
        models.NewWidget(board.id, visualization_id=shown.id, text="", options={}, width=1)
    )
    assert widget.id is not None
    assert widget.visualization is not None
    assert widgets.update_widget(widget.id, models.WidgetChange(text="t")).text == "t"
    widgets.delete_widget(widget.id)
    visualizations.delete_visualization(shown.id)
    assert boards.archive_dashboard(address).is_archived is True

    alerts = api.AlertsApi(caller)
    alert = alerts.create_alert(models.NewAlert(number, "A", {"column": "n", "op": ">", "value": 0}))
    assert alert.id is not None
    assert alerts.update_alert(alert.id, models.AlertChange(rearm=60)).rearm == 60
    assert alerts.get_alert(alert.id).query is not None
    assert len(alerts.list_alerts()) == 1
    alerts.delete_alert(alert.id)

    sources = api.DataSourcesApi(caller)
    assert sources.get_data_source(sources.list_data_sources()[0].id or 0).name == "Chain"
    assert sources.get_schema(1, refresh="true").job is not None
    people = api.UsersApi(caller)
    assert people.get_user(people.list_users(disabled=False, order="name").results[0].id or 0).email
    assert len(api.GroupsApi(caller).list_groups()) == 2
    snippets = api.QuerySnippetsApi(caller)
    snippet = snippets.create_snippet(models.NewSnippet("t", "SELECT 1", description=""))
    assert snippet.id is not None
    snippets.update_snippet(snippet.id, models.NewSnippet("u", "SELECT 2"))
    assert snippets.get_snippet(snippet.id).trigger == "u"
    assert len(snippets.list_snippets()) == 1
    snippets.delete_snippet(snippet.id)
    caller.close()

    wanted = {operation.id for section in SECTIONS for operation in section.operations.values()}
    assert len(wanted) == 59
    assert called == wanted


def is_redash_9(caller: ApiClient) -> bool:
    """Return whether the server knows dashboards by slug only."""
    try:
        api.DashboardsApi(caller).get_dashboard("1")
    except ApiNotFound:
        return True
    return False


def test_the_async_sections_do_the_same(fresh: Sandbox) -> None:
    pytest.importorskip("aiohttp")
    from tonalytica_client.client import aio
    from tonalytica_client.client._runtime.async_client import AsyncApiClient

    async def names() -> list[str | None]:
        async with AsyncApiClient(settings(fresh)) as caller:
            page = await aio.QueriesApi(caller).list_queries(order="name")
            return [query.name for query in page.results]

    assert asyncio.run(names())[0] == "Jettons"

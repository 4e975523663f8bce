"""Typical user code: it must pass mypy --strict and pyright strict as it is."""

from __future__ import annotations

import datetime
from typing import assert_type

import apteco_api as aa
from apteco_api import aio
from apteco_api.api.queries_api import QueriesApi
from apteco_api.api_client import ApiClient
from apteco_api.configuration import Configuration
from apteco_api.exceptions import ApiException, ApiNotFound
from apteco_api.models.query_file import QueryFile
from apteco_api.rest import RESTResponse


def log_in(host: str, user: str, password: str) -> aa.ApiClient:
    config = aa.Configuration(host=host)
    client = aa.ApiClient(configuration=config)
    details = aa.SessionsApi(client).sessions_create_session_simple("holidays", user, password)
    assert_type(details, aa.SessionDetails)
    config.api_key = {"Authorization": details.access_token}
    config.api_key_prefix = {"Authorization": "Bearer"}
    return client


def count(client: aa.ApiClient) -> int:
    result = aa.QueriesApi(client).queries_perform_query_file_count_synchronously(
        "holidays",
        "holidays",
        query_file=aa.QueryFile("Private/Bookings to France or Germany.xml"),
        _request_timeout=30,
    )
    assert_type(result, aa.QueryResult)
    first = (result.counts or [])[0]
    assert_type(first, aa.Count)
    return first.count_value or 0


def tables(client: aa.ApiClient) -> list[str]:
    api = aa.FastStatsSystemsApi(client)
    page = api.fast_stats_systems_get_fast_stats_tables(
        "holidays", "holidays", filter="name ne 'x'", count=100
    )
    assert_type(page.list, list[aa.Table])
    assert_type(page.total_count, int)
    return [table.name for table in page.list]


def query() -> aa.Query:
    clause = aa.Clause(
        criteria=aa.Criteria(
            table_name="Bookings",
            variable_name="boDest",
            include=True,
            logic="OR",
            ignore_case=False,
            value_rules=[aa.ValueRule(list_rule=aa.ListRule(list="06\t07"))],
        )
    )
    selection = aa.Selection(table_name="Bookings", rule=aa.Rule(clause=clause), ancestor_counts=True)
    return aa.Query(selection=selection, today_at=None)


def changed(selection: aa.Selection) -> aa.Selection:
    selection.table_name = "People"
    selection.limits = None
    assert selection.to_dict()["table_name"] == "People"
    return selection


def with_headers(client: aa.ApiClient) -> str | None:
    data, status, headers = aa.AboutApi(client).about_get_version_with_http_info()
    assert_type(data, aa.VersionDetails)
    assert_type(status, int)
    return headers.get("Date")


def nothing(client: aa.ApiClient, session: str) -> None:
    aa.SessionsApi(client).sessions_logout_session("holidays", session)


def failures(client: ApiClient) -> str:
    try:
        QueriesApi(client).queries_perform_query_count_synchronously("holidays", "holidays", query=query())
    except ApiNotFound as error:
        return f"{error.status}: {error.reason}"
    except (ApiException, aa.ApiValueError) as error:
        return str(error)
    return ""


def downloads(client: aa.ApiClient) -> str:
    path = aa.FilesApi(client).files_get_file("holidays", "holidays", "Private/report.csv")
    assert_type(path, str)
    return path


def uploads(client: aa.ApiClient) -> aa.FileEntry:
    api = aa.FilesApi(client)
    api.files_upsert_file("holidays", "holidays", "Private/a.csv", "a.csv")
    api.files_upsert_file("holidays", "holidays", "Private/a.csv", b"a;b")
    with open("a.csv", "rb") as file:
        return api.files_upsert_file("holidays", "holidays", "Private/a.csv", ("a.csv", file))


def dates(details: aa.FastStatsSystemDetail) -> datetime.datetime | None:
    return details.fast_stats_build_date


def fields() -> list[str]:
    return [
        f"{name}: {kind} ({QueryFile.attribute_map[name]})" for name, kind in QueryFile.openapi_types.items()
    ]


def last(client: aa.ApiClient) -> RESTResponse | None:
    return client.last_response


def configured() -> Configuration:
    config = Configuration()
    config.verify_ssl = True
    config.proxy = "http://proxy:3128"
    return config


async def awaited(config: aa.Configuration) -> int:
    async with aio.AsyncApiClient(config) as client:
        page = await aio.FastStatsSystemsApi(client).fast_stats_systems_get_fast_stats_systems(
            "holidays", count=1
        )
        assert_type(page, aa.PagedResultsFastStatsSystemSummary)
        return page.total_count

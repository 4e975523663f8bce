"""The asynchronous session: the same answers, cancellation that leaves nothing behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.catalogue import UnknownName
from apteco_api.sandbox import Sandbox, serve

FRANCE = aa.where("Destination") == "France"
ENGINES = ["threads", "aiohttp"]


def run(
    box: Sandbox, work: Callable[[aa.aio.AsyncSession], Coroutine[Any, Any, Any]], engine: str = "threads"
) -> Any:
    """Do some work in a session that is logged in to the sandbox."""

    async def main() -> Any:
        async with aa.aio.login(
            box.url, box.data_view, box.username, box.password, system=box.system, engine=engine
        ) as session:
            return await work(session)

    return asyncio.run(main())


@pytest.mark.parametrize("engine", ENGINES)
def test_counts_exports_and_cubes_are_those_of_the_plain_session(
    box: Sandbox, session: aa.Session, engine: str
) -> None:
    columns = ["boURN", "Destination", "Cost"]

    async def work(each: aa.aio.AsyncSession) -> list[Any]:
        people = aa.Query(selection=aa.Selection(table_name="People"))
        counted = await each.queries.queries_perform_query_count_synchronously(query=people)
        tables = aa.paginate(each.fast_stats_systems.fast_stats_systems_get_fast_stats_tables)
        return [
            await each.count(FRANCE),
            await each.counts(FRANCE),
            list(await each.export(FRANCE, columns, limit=20)),
            list((await each.cube("Bookings", ["Product"], ["Count", "Sum(Cost)"])).rows(totals=True)),
            counted.ran_successfully,
            [table.name async for table in tables],
            (await each.request("GET", "/{dataViewName}/FastStatsSystems/{systemName}"))["name"],
            each.last_response.status,
        ]

    found = run(box, work, engine)
    assert found == [
        session.count(FRANCE),
        session.counts(FRANCE),
        list(session.export(FRANCE, columns, limit=20)),
        list(session.cube("Bookings", ["Product"], ["Count", "Sum(Cost)"]).rows(totals=True)),
        True,
        session.tables.names(),
        box.system,
        200,
    ]


def test_an_export_streams_in_batches(box: Sandbox) -> None:
    async def work(each: aa.aio.AsyncSession) -> list[int]:
        return [len(rows) async for rows in each.stream_export("Bookings", ["boURN"], batch_size=8_000)]

    assert run(box, work) == [8_000, 8_000, 4_000]


def test_many_run_at_once_with_errors_kept_apart(box: Sandbox, session: aa.Session) -> None:
    async def work(each: aa.aio.AsyncSession) -> Any:
        return await each.map(each.count, ["Bookings", "Nothing", "People"], workers=2)

    batch = run(box, work)
    assert batch.values == [20_000, None, session.count("People")]
    assert isinstance(batch.errors[1], UnknownName)


def test_a_session_that_the_server_has_ended_is_renewed_unseen(box: Sandbox) -> None:
    async def work(each: aa.aio.AsyncSession) -> int:
        await each.count("Bookings")
        each.client.configuration.api_key["Authorization"] = "spoilt"
        return await each.count("Bookings")

    assert run(box, work) == 20_000


def test_a_login_can_be_awaited_and_is_refused_with_a_wrong_password(box: Sandbox) -> None:
    async def main() -> int:
        session = await aa.aio.login(box.url, box.data_view, box.username, box.password, system=box.system)
        try:
            assert "canary" not in repr(session)
            return await session.count("Bookings")
        finally:
            await session.logout()
            await session.logout()

    assert asyncio.run(main()) == 20_000

    async def wrong() -> None:
        async with aa.aio.login(box.url, box.data_view, box.username, "wrong"):
            pass

    with pytest.raises(aa.ApiUnauthorized):
        asyncio.run(wrong())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cancelled_call_ends_at_once_and_the_session_goes_on(engine: str) -> None:
    with serve(scale=2_000, trouble="slow=2 on Cubes_*") as box:

        async def work(each: aa.aio.AsyncSession) -> tuple[float, int]:
            await each.count("Bookings")
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(each.cube("Bookings", ["Product"]), 0.3)
            return time.monotonic() - started, await each.count("Bookings")

        took, count = run(box, work, engine)
        assert count == 2_000
        assert took < 1.5

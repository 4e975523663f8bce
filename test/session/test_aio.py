"""The asynchronous session: the same answers, cancellation that leaves nothing behind."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.query.catalogue import UnknownName
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
def test_a_cancelled_call_ends_at_once_and_the_session_goes_on(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
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
    assert "never retrieved" not in caplog.text


@pytest.mark.parametrize("engine", ENGINES)
def test_looking_around_is_awaited(box: Sandbox, session: aa.Session, engine: str) -> None:
    async def work(each: aa.aio.AsyncSession) -> list[Any]:
        tables, variables = await each.tables(), await each.variables()
        codes = await each.codes("Destination")
        with pytest.raises(UnknownName, match="did you mean 'Destination'"):
            await each.codes("Destinaton")
        return [
            tables.names(),
            tables["Bookings"].total_records,
            variables["Cost"].name,
            [found.name for found in variables.search("cost")],
            codes["France"].count,
            each.user.username if each.user else "",
            await each.run(lambda plain, name: plain.tables[name].parent.name, "Bookings"),  # type: ignore[union-attr]
        ]

    cost = [found.name for found in session.variables.search("cost")]
    expected = [session.tables.names(), 20_000, "boCost", cost, 4803, box.username, "People"]
    assert run(box, work, engine) == expected


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_an_export_goes_to_a_file(box: Sandbox, session: aa.Session, tmp_path: Path, suffix: str) -> None:
    if suffix == "parquet":
        pytest.importorskip("pyarrow", reason="Parquet needs the extra arrow")
    columns = ["boURN", "Destination", "Cost"]

    async def work(each: aa.aio.AsyncSession) -> int:
        with pytest.raises(ValueError, match=r"\.parquet, \.csv or \.xlsx"):
            await each.export_to(tmp_path / "rows.xls", FRANCE, columns)
        return await each.export_to(tmp_path / f"here.{suffix}", FRANCE, columns)

    assert run(box, work) == session.export_to(tmp_path / f"there.{suffix}", FRANCE, columns) == 4803
    assert (tmp_path / f"here.{suffix}").read_bytes() == (tmp_path / f"there.{suffix}").read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_job_is_awaited_and_resumed_from_its_token(box: Sandbox, engine: str) -> None:
    async def work(each: aa.aio.AsyncSession) -> None:
        audience = await each.run(lambda plain: plain.audiences.create("Awaited", FRANCE))
        method = each.audiences.audiences_create_calculate_audience_job_for_latest_update
        details = aa.CalculateAudienceDetails(generate_urn_file=False)
        job = await each.job(method, audience.id, calculate_audience_details=details)
        assert isinstance(await job.poll(), bool)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await job.wait()
        assert await each.count("Bookings") == 20_000
        token = job.token
        assert box.password not in token
        result = await job.wait(progress=False)
        assert (job.done, job.progress) == (True, 100.0)
        assert result.body_results.counts[0].count_value == 4803
        again = await each.resume_job(token)
        assert (await again.wait()).body_results == result.body_results == again.result().body_results
        stopped = await each.job(method, audience.id, calculate_audience_details=details)
        assert await stopped.cancel() is True
        assert await stopped.cancel() is False
        with pytest.raises(aa.JobCancelled):
            await stopped.wait()
        await each.run(lambda plain: audience.delete())

    run(box, work, engine)


def test_a_wait_that_is_given_up_leaves_no_thread_that_asks_on() -> None:
    with serve(scale=2_000, job_seconds=60) as box:

        async def work(each: aa.aio.AsyncSession) -> None:
            audience = await each.run(lambda plain: plain.audiences.create("Slow", FRANCE))
            details = aa.CalculateAudienceDetails(generate_urn_file=False)
            method = each.audiences.audiences_create_calculate_audience_job_for_latest_update
            job = await each.job(method, audience.id, calculate_audience_details=details)
            polls = 0
            ask = job._job.poller._call

            def counted(*given: Any) -> Any:
                nonlocal polls
                polls += 1
                return ask(*given)

            job._job.poller._call = counted  # type: ignore[method-assign]
            ended, wait = threading.Event(), job._job.poller.wait

            def watched(*given: Any, **more: Any) -> Any:
                try:
                    return wait(*given, **more)
                finally:
                    ended.set()

            job._job.poller.wait = watched  # type: ignore[method-assign]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await job.wait()
            while not ended.is_set():  # the thread wakes from its pause, asks once more, and ends
                await asyncio.sleep(0.05)
            before = polls
            await asyncio.sleep(1.5)
            assert polls == before
            await job.cancel()

        run(box, work)


def test_a_batch_stops_at_the_first_error_if_told_to(box: Sandbox) -> None:
    asked: list[str] = []

    async def work(each: aa.aio.AsyncSession) -> Any:
        async def one(name: str) -> int:
            asked.append(name)
            return await each.count(name)

        names = ["Bookings", "Nothing", *(["People"] * 50)]
        return await each.map(one, names, workers=1, stop_on_error=True)

    with pytest.raises(UnknownName):
        run(box, work)
    assert asked == ["Bookings", "Nothing"]


def test_a_batch_shows_its_progress_and_takes_from_a_generator_as_needed(
    box: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    taken = 0

    def names() -> Iterator[str]:
        nonlocal taken
        for _ in range(6):
            taken += 1
            yield "Bookings"

    async def work(each: aa.aio.AsyncSession) -> list[int]:
        async def one(name: str) -> int:
            assert len(seen) + 2 >= taken
            seen.append(name)
            return await each.count(name)

        seen: list[str] = []
        return list(await each.map(one, names(), workers=2, progress=True))

    assert run(box, work) == [20_000] * 6
    assert "one [##############################] 100% 6/6" in capfd.readouterr().err


def test_a_token_carries_the_session_from_plain_to_awaited_and_back(
    box: Sandbox, session: aa.Session
) -> None:
    async def work() -> int:
        async with aa.aio.AsyncSession.from_token(session.to_token()) as each:
            assert aa.Session.from_token(each.to_token()).count("Bookings") == 20_000
            return await each.count("Bookings")

    assert asyncio.run(work()) == 20_000
    assert session.count("Bookings") == 20_000  # the end of the async session did not log this one out


@pytest.mark.slow
def test_a_cancelled_export_to_a_file_closes_its_socket_and_leaves_no_file(tmp_path: Path) -> None:
    with serve(scale=300_000) as box:

        async def work(each: aa.aio.AsyncSession) -> int:
            columns = ["boURN", "Destination", "Cost", "Booking Date", "Surname"]
            export = asyncio.create_task(each.export_to(tmp_path / "rows.csv", "Bookings", columns))
            while not any(part.stat().st_size for part in tmp_path.iterdir()):  # half way
                assert not export.done()
                await asyncio.sleep(0.001)
            export.cancel()
            with pytest.raises(asyncio.CancelledError):
                await export
            while any(tmp_path.iterdir()):  # the thread of the export notices the end and removes its file
                await asyncio.sleep(0.01)
            return await each.count("Bookings")

        assert run(box, work) == 300_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_that_has_ended_says_so_and_sends_nothing(box: Sandbox, engine: str) -> None:
    async def main() -> None:
        given = (box.url, box.data_view, box.username, box.password)
        async with aa.aio.login(*given, system=box.system, engine=engine) as session:
            await session.count("Bookings")
        for call in (
            lambda: session.count("Bookings"),
            lambda: session.about.about_get_version(),
            lambda: session.run(lambda plain: plain.count("Bookings")),
            lambda: session.connect(),
        ):
            with pytest.raises(ValueError, match="the session has ended: log in for a new one"):
                await call()

    asyncio.run(main())


def test_a_session_logs_in_though_others_did_with_the_same_settings(box: Sandbox) -> None:
    settings = aa.Configuration()
    given = (box.url, box.data_view, box.username)

    async def main() -> None:
        async with aa.aio.login(*given, box.password, system=box.system, configuration=settings) as session:
            assert await session.count("Bookings") == 20_000
            with pytest.raises(aa.ApiUnauthorized, match="Check user, password and data view"):
                async with aa.aio.login(*given, "wrong", configuration=settings):
                    pass

    asyncio.run(main())
    settings.api_key["Authorization"] = "somebody's"
    asyncio.run(main())


def test_the_plain_session_of_an_asynchronous_one_does_not_end_it(box: Sandbox) -> None:
    async def work(session: aa.aio.AsyncSession) -> int:
        await session.run(lambda plain: plain.logout())
        return await session.count("Bookings")

    assert run(box, work) == 20_000

"""The session for `async` code: the same methods, to await.

    async with aa.aio.login("https://server/OrbitAPI", "holidays", "user", "password") as session:
        count = await session.count(aa.where("Destination") == "France")

Conditions, requests and frames are those of `apteco_api.session.session`; only the sending differs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .. import models
from .._runtime.configuration import Configuration
from ..frames.cube import CubeFrame, plan_cube
from ..frames.cube_request import Dimension
from ..frames.files import plan_file
from ..frames.requests import (
    Columns,
    ExportPlan,
    check_export,
    count_of,
    plan_export,
    with_categories,
)
from ..frames.rows import Rows
from ..query.catalogue import Named, name_of
from ..query.record_count import RecordCount
from ..query.requests import Queryable, as_query
from .async_jobs import AsyncJob
from .async_login import AsyncConnection
from .async_tables import AsyncCatalogue
from .collection import Collection
from .credentials import resolve

if TYPE_CHECKING:
    from .._runtime.budget import Call
    from ..frames.stream import RowStream
    from .mfa import Mfa

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


def login(
    host: str | None = None,
    data_view: str | None = None,
    user: str | None = None,
    password: str | None = None,
    *,
    system: str | None = None,
    token: str | None = None,
    mfa: Mfa | None = None,
    profile: str | None = None,
    configuration: Configuration | None = None,
    engine: str = "threads",
) -> AsyncSession:
    """Return a session for `async with`, which logs in and out; or `await` it, and log out by hand.

    Args:
        host, data_view, user, password, system, token, profile, configuration: as for `apteco_api.login`.
        mfa: as for `apteco_api.login`; the function may also be an async function.
        engine: `threads` (urllib3), or `aiohttp` (extra `async`).

    Raises:
        CredentialsError: an item of the login is missing.
        MfaRequired: on `await`, the server asks for a second factor, and `mfa` is not given.
    """
    found = resolve(host, data_view, user, password, system, token, profile=profile)
    return AsyncSession(found, configuration, engine=engine, mfa=mfa)


class AsyncSession(AsyncConnection):
    """One user's work with one system of one data view, in one event loop.

    `aio.login` returns one.
    """

    @cached_property
    def catalogue(self) -> AsyncCatalogue:
        """The tables, variables and codes that were fetched so far."""
        return AsyncCatalogue(self)

    # ---- looking around

    async def tables(self) -> Collection[models.Table]:
        """Return the tables, by name."""
        await self.catalogue.load()
        return Collection(
            "table",
            lambda: self.catalogue.tables,
            lambda each: (each.name, each.plural_display_name, each.singular_display_name),
            any_case=True,
        )

    async def variables(self) -> Collection[models.Variable]:
        """Return the variables, by name or description."""
        await self.catalogue.load()
        return Collection(
            "variable",
            lambda: self.catalogue.variables,
            lambda each: (each.name, each.description),
            any_case=True,
        )

    async def codes(self, variable: str | Named) -> Collection[models.VarCode]:
        """Return the codes of a variable, with descriptions and counts.

        Args:
            variable: its name or description.

        Raises:
            UnknownName: the system has no such variable.
        """
        await self.catalogue.load()
        name = self.catalogue.facts(name_of(variable)).name
        codes = await self.catalogue.load_codes(name)
        return Collection(
            "code", lambda: codes, lambda each: (each.code, each.code.strip(), each.description)
        )

    # ---- jobs

    async def job(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> AsyncJob:
        """Call a method that creates a job, and return the job: `await (await session.job(…)).wait()`.

        Args:
            method: a method of a section that creates a job, not called.
            args, kwargs: its arguments.
        """
        from .. import api
        from .._runtime.binding import bind
        from .jobs import start_job

        bound = bind(method, args, kwargs)
        section = getattr(api, type(bound.section).__name__)(self.client.sync)
        start = partial(start_job, getattr(section, bound.name), **bound.arguments, **bound.options)
        return AsyncJob(await self._in_thread(start), self._in_thread)

    async def resume_job(self, token: str, **values: Any) -> AsyncJob:
        """Return the job with a token; see `Session.resume_job`."""
        from .jobs import resume_job

        return AsyncJob(
            await self._in_thread(partial(resume_job, self._plain, token, **values)), self._in_thread
        )

    # ---- counts, exports, cubes

    async def query(
        self, query: Queryable, *, table: str | Named = "", ancestors: bool = False
    ) -> models.Query:
        """Return the `Query` model of a query in any form; see `Session.query`."""
        asked = query
        if isinstance(query, (models.QueryFile, models.FileEntry)):
            asked = await self.read_query(query.path)
        return await self.catalogue.with_codes(
            lambda: as_query(asked, self.catalogue, table, ancestors=ancestors)
        )

    async def read_query(self, path: str) -> models.Query:
        """Return the query that is saved at a path."""
        return await self.run(lambda plain: plain.queries.read(path))

    async def count(self, query: Queryable, *, table: str | Named = "") -> RecordCount:
        """Return how many records a query selects; see `Session.count`."""
        return next(iter((await self._counts(query, table, False)).values()))

    async def counts(self, query: Queryable, *, table: str | Named = "") -> dict[str, RecordCount]:
        """Return the counts of the selected records and of each table above; see `Session.counts`."""
        return await self._counts(query, table, True)

    async def _counts(self, query: Queryable, table: str | Named, ancestors: bool) -> dict[str, RecordCount]:
        made = await self.query(query, table=table, ancestors=ancestors)
        return count_of(await self.queries.queries_perform_query_count_synchronously(query=made))

    async def export(
        self,
        query: Queryable,
        columns: Columns | None = None,
        *,
        table: str | Named = "",
        limit: int | None = None,
        order_by: str | Sequence[str] | None = None,
        timeout: float | None = None,
    ) -> Rows:
        """Return the selected records as rows; see `Session.export`."""
        made = await self.query(query, table=table)
        plan = await self.catalogue.with_codes(
            lambda: with_categories(
                plan_export(made, columns, self.catalogue, limit, order_by), self.catalogue
            )
        )
        stream, call = self._stream(plan, timeout)
        rows: Rows = await self.client.in_thread(stream.rows, call)
        return plan.ordered(rows)

    async def stream_export(
        self,
        query: Queryable,
        columns: Columns | None = None,
        *,
        table: str | Named = "",
        limit: int | None = None,
        batch_size: int = 20_000,
        timeout: float | None = None,
    ) -> AsyncIterator[Rows]:
        """Yield the selected records as batches of rows as they arrive: `async for rows in …`."""
        made = await self.query(query, table=table)
        stream, call = self._stream(plan_export(made, columns, self.catalogue, limit), timeout, batch_size)
        async for rows in self.client.each(iter(stream), call):
            yield rows

    async def export_to(
        self,
        path: str | Path,
        query: Queryable,
        columns: Columns | None = None,
        *,
        table: str | Named = "",
        limit: int | None = None,
        order_by: str | Sequence[str] | None = None,
        partition_by: str | Sequence[str] | None = None,
        timeout: float | None = None,
    ) -> int:
        """Write the selected records to a file; return how many rows. See `Session.export_to`.

        A cancelled task closes its socket and leaves no file.
        """
        made = await self.query(query, table=table)
        plan = plan_export(made, columns, self.catalogue, limit, order_by)
        write = plan_file(path, plan, self.catalogue, partition_by)
        stream, call = self._stream(plan, timeout)
        count: int = await self.client.in_thread(partial(write, stream), call)
        return count

    def _stream(
        self, plan: ExportPlan, timeout: float | None, batch_size: int = 20_000
    ) -> tuple[RowStream, Call]:
        from .._runtime.streaming import stream_budget
        from ..frames.partial_decode import read_export
        from ..frames.stream import RowStream

        call = stream_budget(self.client.sync, {"_request_timeout": timeout})
        read = partial(read_export, self.client.sync, self.filled, plan.request, call=call)
        return RowStream(plan.columns, read, check_export, batch_size), call

    async def cube(
        self,
        query: Queryable,
        dimensions: Sequence[Dimension],
        measures: Sequence[str] = ("Count",),
        *,
        table: str | Named = "",
    ) -> CubeFrame:
        """Return figures for each combination of the values of some variables; see `Session.cube`."""
        made = await self.query(query, table=table)
        plan = plan_cube(made, dimensions, measures, self.catalogue)
        result = await self.cubes.cubes_calculate_cube_synchronously(cube=plan.request)
        return plan.frame(result)

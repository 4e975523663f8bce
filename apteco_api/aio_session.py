"""The session for `async` code: the same names, to be awaited.

    async with aa.aio.login("https://server/OrbitAPI", "holidays", "user", "password") as session:
        count = await session.count(aa.where("Destination") == "France")

What is pure (conditions, requests, frames) is that of `apteco_api.session`; only the sending differs.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from . import asking
from .asking import Named, Queryable
from .batch import Batch, Outcome
from .browse import facts_of
from .catalogue import Facts, unknown
from .connection import AUTHORIZATION
from .credentials import Login, resolve
from .cubes import CubeFrame, cube_request, dimension, measure
from .frames import Rows
from .rawcall import raw_operation
from .runtime.configuration import Configuration, safe_url
from .sections.aio import Sections
from .toolkit.aio import AsyncApiClient
from .toolkit.paging import paginate

if TYPE_CHECKING:
    from .toolkit.rest import RESTResponse

T = TypeVar("T")
R = TypeVar("R")


def login(
    host: str | None = None,
    data_view: str | None = None,
    user: str | None = None,
    password: str | None = None,
    *,
    system: str | None = None,
    token: str | None = None,
    profile: str | None = None,
    configuration: Configuration | None = None,
    engine: str = "threads",
) -> AsyncSession:
    """A session for `async with`, which logs in and, at its end, out; or `await` it, and log out by hand.

    Args:
        host, data_view, user, password, system, token, profile, configuration: as for `apteco_api.login`.
        engine: `threads` (urllib3), or `aiohttp` (extra `async`).

    Raises:
        CredentialsError: something is nowhere given.
    """
    found = resolve(host, data_view, user, password, system, token, profile=profile)
    return AsyncSession(found, configuration, engine=engine)


class AsyncSession(Sections):
    """One user's work with one system of one data view, in one event loop.

    Args:
        login: where to log in and as whom.
        configuration: settings for the client.
        engine: what sends.
    """

    def __init__(
        self, login: Login, configuration: Configuration | None = None, *, engine: str = "threads"
    ) -> None:
        self._login = login
        config = configuration if configuration is not None else Configuration.get_default_copy()
        config.host = login.host
        if "opentelemetry.trace" in sys.modules:  # the program traces: so do its sessions
            from .observability import trace_if_used

            trace_if_used()
        config.api_key_prefix[AUTHORIZATION] = "Bearer"
        self.client = AsyncApiClient(config, engine=engine)
        """The client that makes the calls."""
        self.catalogue = AsyncCatalogue(self)
        """What is known about the system so far."""
        self._session_id = ""

    # ---- life

    async def connect(self) -> None:
        """Log in, unless that has happened."""
        config = self.client.configuration
        if AUTHORIZATION in config.api_key:
            return
        if self._login.token:
            config.api_key[AUTHORIZATION] = self._login.token
            return
        from .aio.sessions_api import SessionsApi

        details = await SessionsApi(self.client).sessions_create_session_simple(
            self._login.data_view, user_login=self._login.user, password=self._login.password
        )
        self._session_id = details.session_id
        config.api_key[AUTHORIZATION] = details.access_token
        config.refresh_access_token = self._renew

    def _renew(self, configuration: Configuration) -> bool:
        # The client calls this in a thread of its own, so that the loop goes on meanwhile.
        from .api.sessions_api import SessionsApi

        details = SessionsApi(self.client.sync).sessions_create_session_simple(
            self._login.data_view, user_login=self._login.user, password=self._login.password
        )
        self._session_id = details.session_id
        configuration.api_key[AUTHORIZATION] = details.access_token
        return True

    async def logout(self) -> None:
        """End the session on the server, if this one logged in, and close. Once is enough."""
        session_id, self._session_id = self._session_id, ""
        try:
            if session_id:
                self.client.configuration.refresh_access_token = None
                await self.sessions.sessions_logout_session(session_id)
        finally:
            await self.client.close()

    def __await__(self) -> Generator[Any, None, Self]:
        yield from self.connect().__await__()
        return self

    async def __aenter__(self) -> Self:
        try:
            await self.connect()
        except BaseException:
            await self.client.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.logout()
        except Exception as failed:
            if kind is None:
                raise
            logger = self.client.configuration.logger["package_logger"]
            logger.warning("logout failed: %s", type(failed).__name__)

    def __repr__(self) -> str:
        where = f"{safe_url(self._login.host)}: {self._login.data_view}/{self._login.system}"
        return f"<AsyncSession of {self._login.user or 'a token'} at {where}>"

    # ---- any call

    def _section(self, section_class: type[Any]) -> Any:
        return section_class(section_class.api_class(self.client), self.filled)

    @property
    def filled(self) -> Mapping[str, str]:
        """The arguments that sections fill in."""
        return {"data_view_name": self._login.data_view, "system_name": self._login.system}

    @property
    def last_response(self) -> RESTResponse:
        """The last answer that this task got."""
        return self.client.last_response

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        returns: str = "object",
        **values: Any,
    ) -> Any:
        """Call a path that the spec does not know; see `Session.request`."""
        known = {"dataViewName": self._login.data_view, "systemName": self._login.system, **values}
        operation, given = raw_operation(method, path, query or {}, body, returns, known)
        return await self.client.call(operation, given)

    async def map(
        self, function: Callable[[T], Awaitable[R]], items: Iterable[T], *, workers: int = 8
    ) -> Batch[T, R]:
        """Await a function for many items, some at a time: `await session.map(session.count, queries)`.

        Args:
            function: called with one item.
            items: what to call it with.
            workers: calls at once.
        """
        if workers < 1:
            raise ValueError("workers must be at least 1")
        turns = asyncio.Semaphore(workers)

        async def one(item: T) -> Outcome[T, R]:
            async with turns:
                try:
                    return Outcome(item, await function(item))
                except Exception as error:
                    return Outcome(item, error=error)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
        return Batch([task.result() for task in tasks])

    # ---- counts, exports, cubes

    async def count(self, query: Queryable, *, table: str = "") -> int:
        """How many records are selected; see `Session.count`."""
        return next(iter((await self._counts(query, table, False)).values()))

    async def counts(self, query: Queryable, *, table: str = "") -> dict[str, int]:
        """How many records are selected, and how many of each table above they belong to."""
        return await self._counts(query, table, True)

    async def _counts(self, query: Queryable, table: str, ancestors: bool) -> dict[str, int]:
        made = await self.catalogue.with_codes(
            lambda: asking.as_query(query, self.catalogue, table, ancestors=ancestors)
        )
        return asking.count_of(await self.queries.queries_perform_query_count_synchronously(query=made))

    async def export(
        self,
        query: Queryable,
        columns: Iterable[str | Named] | Mapping[str, str | Named],
        *,
        table: str = "",
        limit: int | None = None,
    ) -> Rows:
        """The selected records as rows; see `Session.export`."""
        made = await self.catalogue.with_codes(lambda: asking.as_query(query, self.catalogue, table))
        wanted = asking.export_columns(columns, self.catalogue)
        request = asking.export_request(made, asking.table_of(made), wanted, limit)
        return asking.rows_of(await self.exports.exports_perform_export_synchronously(export=request), wanted)

    async def stream_export(
        self,
        query: Queryable,
        columns: Iterable[str | Named] | Mapping[str, str | Named],
        *,
        table: str = "",
        limit: int | None = None,
        batch_size: int = 20_000,
    ) -> AsyncIterator[Rows]:
        """The selected records as batches of rows, read as they arrive: `async for rows in …`."""
        from .aio.exports_api import ExportsApi
        from .rowstream import RowStream
        from .toolkit.rows import batches

        made = await self.catalogue.with_codes(lambda: asking.as_query(query, self.catalogue, table))
        wanted = asking.export_columns(columns, self.catalogue)
        request = asking.export_request(made, asking.table_of(made), wanted, limit)
        operation = ExportsApi.operations["exports_perform_export_synchronously"]
        values = asking.arguments(operation, **self.filled, export=request)
        call = self.client.sync.budget({}, stream=True)
        stream = RowStream(
            wanted,
            lambda _: batches(self.client.sync, operation, values, path="$.rows", call=call),
            asking.check_export,
            batch_size,
        )
        async for rows in self.client.each(iter(stream), call):
            yield rows

    async def cube(
        self,
        query: Queryable,
        dimensions: Sequence[str | tuple[str, str]],
        measures: Sequence[str] = ("Count",),
        *,
        table: str = "",
    ) -> CubeFrame:
        """Figures for every combination of some variables' values; see `Session.cube`."""
        made = await self.catalogue.with_codes(lambda: asking.as_query(query, self.catalogue, table))
        own = asking.table_of(made)
        axes = [dimension(each, self.catalogue) for each in dimensions]
        figures = [measure(each, own, self.catalogue) for each in measures]
        request = cube_request(made, own, axes, figures)
        result = await self.cubes.cubes_calculate_cube_synchronously(cube=request)
        return CubeFrame.from_result(asking.check_cube(result), axes, figures)


class _CodesWanted(Exception):
    """A condition needs the codes of a variable that were not fetched yet."""

    def __init__(self, name: str) -> None:
        self.name = name


class AsyncCatalogue:
    """Tables, variables and codes of a system, as far as they were fetched.

    Resolving a condition can't wait for a server. So tables and variables are fetched before, and where it
    turns out to need codes, they are fetched and it is resolved again.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._variables: dict[str, Facts] = {}
        self._descriptions: dict[str, Facts] = {}
        self._parents: dict[str, str] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Fetch the tables and variables, unless that has happened."""
        async with self._lock:
            if self._variables:
                return
            section = self._session.fast_stats_systems
            async for table in paginate(section.fast_stats_systems_get_fast_stats_tables, count=1000):
                self._parents[table.name] = table.parent_table
            async for variable in paginate(section.fast_stats_systems_get_fast_stats_variables, count=1000):
                facts = facts_of(variable)
                self._descriptions.setdefault(facts.description, facts)
                self._variables[facts.name] = facts

    async def with_codes(self, make: Callable[[], T]) -> T:
        """What `make` returns, after everything that it needs to know was fetched."""
        await self.load()
        while True:
            try:
                return make()
            except _CodesWanted as wanted:
                section = self._session.fast_stats_systems
                method = section.fast_stats_systems_get_fast_stats_variable_codes
                found = {
                    code.code: code.description async for code in paginate(method, wanted.name, count=1000)
                }
                self._codes[wanted.name] = found

    def facts(self, name: str) -> Facts:
        """The variable with this name or description. Raises `UnknownName` if there is none."""
        found = self._variables.get(name) or self._descriptions.get(name)
        if found is None:
            raise unknown("variable", name, [*self._variables, *self._descriptions])
        return found

    def codes(self, name: str) -> Mapping[str, str]:
        """Code to description of a selector, if they were fetched."""
        if name not in self._codes:
            raise _CodesWanted(name)
        return self._codes[name]

    def parents(self) -> Mapping[str, str]:
        """Table to parent table."""
        return self._parents

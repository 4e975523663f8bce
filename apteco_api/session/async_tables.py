"""The catalogue of an asynchronous session: tables, variables and codes that were fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from .. import models
from .._runtime.paging import paginate
from ..query.catalogue import Facts, variable_called
from .tables import PAGE, facts_of

if TYPE_CHECKING:
    from .async_session import AsyncSession

T = TypeVar("T")


class _CodesWanted(Exception):
    """A condition needs the codes of a variable that were not fetched yet."""

    def __init__(self, name: str) -> None:
        self.name = name


class _QueryWanted(Exception):
    """A condition holds a saved query that was not read yet."""

    def __init__(self, path: str) -> None:
        self.path = path


class AsyncCatalogue:
    """The tables, variables and codes of a system that were fetched.

    Resolving a condition is plain code, which can't await a server. So tables and variables are fetched
    first. If a condition needs codes as well, the session fetches them and resolves the condition again.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._variables: dict[str, Facts] = {}
        self._descriptions: dict[str, list[Facts]] = {}
        self._parents: dict[str, str] = {}
        self._codes: dict[str, list[models.VarCode]] = {}
        self._tables: list[models.Table] = []
        self._models: list[models.Variable] = []
        self._saved: Mapping[str, models.Query] = {}
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Fetch the tables and variables if they were not fetched yet."""
        async with self._lock:
            if self._variables:
                return
            section = self._session.fast_stats_systems
            tables = paginate(section.fast_stats_systems_get_fast_stats_tables, count=PAGE)
            variables = paginate(section.fast_stats_systems_get_fast_stats_variables, count=PAGE)
            self._tables = [table async for table in tables]
            self._models = [variable async for variable in variables]
            self._parents = {table.name: table.parent_table for table in self._tables}
            for facts in map(facts_of, self._models):
                self._descriptions.setdefault(facts.description, []).append(facts)
                self._variables[facts.name] = facts

    async def with_codes(self, make: Callable[[], T]) -> T:
        """Return the result of `make`, after fetching all codes and saved queries that it needs."""
        await self.load()
        read: dict[str, models.Query] = {}  # empty for each request, as another user may save a query
        while True:
            self._saved = read  # no other task runs before `make` returns
            try:
                return make()
            except _CodesWanted as wanted:
                await self.load_codes(wanted.name)
            except _QueryWanted as wanted:
                read[wanted.path] = await self._session.read_query(wanted.path)

    async def load_codes(self, name: str) -> list[models.VarCode]:
        """Return the codes of a variable; fetch them if they were not fetched yet."""
        if name not in self._codes:
            method = self._session.fast_stats_systems.fast_stats_systems_get_fast_stats_variable_codes
            self._codes[name] = [code async for code in paginate(method, name, count=PAGE)]
        return self._codes[name]

    @property
    def tables(self) -> list[models.Table]:
        """The tables, once they were fetched."""
        return self._tables

    @property
    def variables(self) -> list[models.Variable]:
        """The variables, once they were fetched."""
        return self._models

    def facts(self, name: str) -> Facts:
        """Return the variable with this name or description. Raises `UnknownName` for another name."""
        return variable_called(name, self._variables, self._descriptions)

    def codes(self, name: str) -> Mapping[str, str]:
        """Return the codes of a selector, each with its description, if they were fetched."""
        if name not in self._codes:
            raise _CodesWanted(name)
        return {code.code: code.description for code in self._codes[name]}

    def variables_of(self, table: str) -> Sequence[Facts]:
        """Return the variables of a table, in the server's order."""
        return [each for each in self._variables.values() if each.table == table]

    def saved(self, path: str) -> models.Query:
        """Return the query that is saved under a path, if it was read."""
        if path not in self._saved:
            raise _QueryWanted(path)
        return self._saved[path]

    def parents(self) -> Mapping[str, str]:
        """Return the parent of each table."""
        return self._parents

"""Looking around in a system: tables, variables, codes, folders, audiences, files.

Everything is fetched on first use, page by page, and cached (`refresh()` empties the cache). Names and
descriptions are keys; `search` finds parts of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .. import models
from ..frames.html import html_card
from ..query.catalogue import Facts, Kind, ancestors, kind_of
from ..query.where import Comparable, Where
from .collection import Collection, descend

if TYPE_CHECKING:
    from .session import Session


PAGE = 1000
"""Items on a page of a list."""


class SystemTable:
    """One table of a system.

    Args:
        session: the session that found it.
        model: the server's model of it.
    """

    def __init__(self, session: Session, model: models.Table) -> None:
        self._session = session
        self.model = model
        """The server's model of it."""

    @property
    def name(self) -> str:
        """Name in requests."""
        return self.model.name

    @property
    def total_records(self) -> int:
        """Records in the table."""
        return self.model.total_records

    @property
    def parent(self) -> SystemTable | None:
        """The table above; None for the master table."""
        return self._session.tables[self.model.parent_table] if self.model.parent_table else None

    @property
    def children(self) -> list[SystemTable]:
        """The tables directly below."""
        return [each for each in self._session.tables if each.model.parent_table == self.name]

    @property
    def ancestors(self) -> list[SystemTable]:
        """The tables above, nearest first."""
        names = ancestors(self._session.catalogue.parents(), self.name)
        return [self._session.tables[name] for name in names]

    @property
    def variables(self) -> Collection[SystemVariable]:
        """The variables of this table."""
        every = self._session.variables
        return Collection(
            "variable",
            lambda: (each for each in every if each.table_name == self.name),
            _names_of_variable,
            _row_of_variable,
            any_case=True,
        )

    def count(self, query: Any = None) -> int:
        """Return how many records the table has, or how many of them a query selects on this table."""
        return self._session.count(self.name if query is None else query, table=self.name)

    def __repr__(self) -> str:
        return f"<table {self.name}: {self.total_records:,} {self.model.plural_display_name}>"

    def _repr_html_(self) -> str:
        above = self.model.parent_table or "none: this is the master table"
        children = ", ".join(each.name for each in self.children) or "none"
        facts = [("records", self.total_records), ("parent", above), ("children", children)]
        return html_card(f"Table {self.name}", facts)


class SystemVariable(Comparable):
    """One variable of a system. Compared with a value it makes a condition: `session.variables["Cost"] > 5`.

    Two variables are equal if they have the same name, so that variables can be keys of a dictionary.

    Args:
        session: the session that found it.
        model: the server's model of it.
    """

    def __init__(self, session: Session, model: models.Variable) -> None:
        self._session = session
        self.model = model
        """The server's model of it."""
        self.facts = facts_of(model)
        """Name, table and kind, as queries and frames use them."""
        self.kind: Kind = self.facts.kind
        """The kind of its values."""

    @property
    def name(self) -> str:
        """Name in requests."""
        return self.model.name

    @property
    def description(self) -> str:
        """Readable name."""
        return self.model.description

    @property
    def table_name(self) -> str:
        """The table it belongs to."""
        return self.model.table_name

    @property
    def table(self) -> SystemTable:
        """The table it belongs to."""
        return self._session.tables[self.model.table_name]

    @cached_property
    def codes(self) -> Collection[models.VarCode]:
        """Its codes, with descriptions and counts; empty for a variable without codes."""
        coded = self.model.selector_info is not None
        return Collection(
            "code",
            lambda: _codes(self._session, self.name) if coded else (),
            lambda code: (code.code, code.code.strip(), code.description),
            lambda code: {"code": code.code, "description": code.description, "count": code.count},
        )

    def _compared(self) -> tuple[str, str]:
        return self.name, self.table_name

    def __eq__(self, value: object) -> Any:  # a bool for two variables, else a condition
        if isinstance(value, SystemVariable):
            return self.name == value.name
        return super().__eq__(value)

    def __ne__(self, value: object) -> Any:
        if isinstance(value, SystemVariable):
            return self.name != value.name
        return super().__ne__(value)

    def __hash__(self) -> int:  # type: ignore[override]  # a `Where` has no hash
        return hash(self.name)

    @property
    def where(self) -> Where:
        """The start of a condition: `variable.where.isin("France")`, `variable.where > 500`."""
        return Where(self.name, self.table_name)

    def __repr__(self) -> str:
        return f"<variable {self.name}: {self.description} ({self.kind}, {self.table_name})>"

    def _repr_html_(self) -> str:
        facts: list[tuple[str, Any]] = [("table", self.table_name), ("kind", self.kind)]
        facts += [("folder", self.model.folder_name), ("virtual", self.model.is_virtual)]
        info = self.model.selector_info
        if info is not None:
            facts.append(("codes", info.number_of_codes))
        numbers = self.model.numeric_info
        if numbers is not None:
            facts.append(("range", f"{numbers.minimum} to {numbers.maximum} {numbers.currency_symbol or ''}"))
        return html_card(f"{self.description} ({self.name})", facts)


class VariableFolder:
    """One folder of variables and of further folders.

    Args:
        session: the session that found it.
        path: names from the root, with `/` between them; empty for the root.
        description: readable name.
    """

    def __init__(self, session: Session, path: str = "", description: str = "") -> None:
        self._session = session
        self.path = path
        """Names from the root, with `/` between them; empty for the root."""
        self.description = description
        """Readable name."""
        self._nodes: Collection[models.FolderStructureNode] = Collection("entry", self._load, _names_of_node)

    @property
    def name(self) -> str:
        """Its own name; empty for the root."""
        return self.path.rpartition("/")[2]

    @cached_property
    def folders(self) -> Collection[VariableFolder]:
        """The folders in it."""
        return Collection("folder", self._folders, lambda each: (each.name, each.description))

    @cached_property
    def variables(self) -> Collection[SystemVariable]:
        """The variables directly in this folder."""
        return Collection(
            "variable",
            lambda: (
                SystemVariable(self._session, node.variable)
                for node in self._nodes
                if node.variable is not None
            ),
            _names_of_variable,
            _row_of_variable,
            any_case=True,
        )

    def walk(self) -> Iterator[VariableFolder]:
        """Yield this folder and all below it."""
        top: list[VariableFolder] = [self]
        return descend(top, lambda each: each.folders, lambda each: each.path)

    def _folders(self) -> Iterator[VariableFolder]:
        for node in self._nodes:
            if node.folder is not None:
                path = f"{self.path}/{node.folder.name}" if self.path else node.folder.name
                yield VariableFolder(self._session, path, node.folder.description)

    def _load(self) -> Iterator[models.FolderStructureNode]:
        from .._runtime.paging import paginate

        section = self._session.fast_stats_systems
        if self.path:
            yield from paginate(section.fast_stats_systems_get_fast_stats_folder, self.path)
        else:
            yield from paginate(section.fast_stats_systems_get_fast_stats_root_folder)

    def __repr__(self) -> str:
        return f"<folder {self.path or '/'}>"

    def _repr_html_(self) -> str:
        inside = [
            ("folders", ", ".join(self.folders.names())),
            ("variables", ", ".join(self.variables.names())),
        ]
        return html_card(f"Folder {self.path or '/'}", inside)


def facts_of(model: models.Variable) -> Facts:
    """Return what a query or a frame needs to know about a variable."""
    info = model.selector_info
    kind = kind_of(model.type, info.sub_type if info else None, info.selector_type if info else None)
    return Facts(
        model.name,
        model.table_name,
        kind,
        model.description,
        (info.code_length or 0) if info else 0,
        _has_fractions(model.numeric_info),
        model.numeric_info.minimum if model.numeric_info else None,
        model.numeric_info.maximum if model.numeric_info else None,
    )


def _has_fractions(info: models.NumericVariableInfo | None) -> bool:
    """Return whether a variable's numbers may have fractions, judged by its currency and range."""
    if info is None:
        return False
    ends = (info.minimum, info.maximum)
    return bool(info.is_currency) or any(isinstance(end, float) and not end.is_integer() for end in ends)


class SessionCatalogue:
    """The catalogue of a session. It fetches tables, variables and codes when a query needs them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def facts(self, name: str) -> Facts:
        """Return the variable with this name or description. Raises `UnknownName` for another name."""
        return self._session.variables[name].facts

    def codes(self, name: str) -> Mapping[str, str]:
        """Return the codes of a selector, each with its description."""
        return {each.code: each.description for each in self._session.variables[name].codes}

    def parents(self) -> Mapping[str, str]:
        """Return the parent of each table."""
        return {each.name: each.model.parent_table for each in self._session.tables}

    def variables_of(self, table: str) -> Sequence[Facts]:
        """Return the variables of a table, in the server's order."""
        return [each.facts for each in self._session.variables if each.table_name == table]

    def saved(self, path: str) -> models.Query:
        """Return the query that is saved under a path."""
        return self._session.queries.read(path)


def tables_of(session: Session) -> Collection[SystemTable]:
    """Return the tables of a session's system."""
    return Collection(
        "table",
        lambda: (SystemTable(session, model) for model in _tables(session)),
        lambda table: (table.name, table.model.plural_display_name, table.model.singular_display_name),
        lambda table: {
            "name": table.name,
            "parent": table.model.parent_table,
            "records": table.total_records,
            "one": table.model.singular_display_name,
            "many": table.model.plural_display_name,
        },
        any_case=True,
    )


def variables_of(session: Session) -> Collection[SystemVariable]:
    """Return the variables of a session's system."""
    return Collection(
        "variable",
        lambda: (SystemVariable(session, model) for model in _variables(session)),
        _names_of_variable,
        _row_of_variable,
        any_case=True,
    )


def _tables(session: Session) -> Iterator[models.Table]:
    from .._runtime.paging import paginate

    yield from paginate(session.fast_stats_systems.fast_stats_systems_get_fast_stats_tables, count=PAGE)


def _variables(session: Session) -> Iterator[models.Variable]:
    from .._runtime.paging import paginate

    yield from paginate(session.fast_stats_systems.fast_stats_systems_get_fast_stats_variables, count=PAGE)


def _codes(session: Session, name: str) -> Iterator[models.VarCode]:
    from .._runtime.paging import paginate

    section = session.fast_stats_systems
    yield from paginate(section.fast_stats_systems_get_fast_stats_variable_codes, name, count=PAGE)


def _names_of_variable(variable: SystemVariable) -> tuple[str, ...]:
    return variable.name, variable.description


def _row_of_variable(variable: SystemVariable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "description": variable.description,
        "table": variable.table_name,
        "kind": variable.kind,
    }


def _names_of_node(node: models.FolderStructureNode) -> tuple[str, ...]:
    found = node.folder or node.variable
    return (found.name, found.description) if found is not None else ("",)

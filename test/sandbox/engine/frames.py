"""A second opinion: queries evaluated with pandas and numpy over the same tables.

Nothing here uses the compiler. Records are whole data frames, a selection is an array of booleans, a move to
another table is a lookup by key, and a cube's cell is worked out from the definition of what a cell counts.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from apteco_api.sandbox import holidays
from apteco_api.sandbox.holidays import Kind

PARENT = {
    "Households": "",
    "People": "Households",
    "Bookings": "People",
    "Policies": "People",
    "WebVisits": "People",
    "Communications": "People",
    "Journey History": "People",
    "Content": "Communications",
    "Responses Attributed": "Communications",
}
STORED = {
    "Households": ("households", "household"),
    "People": ("people", "person"),
    "Bookings": ("bookings", ""),
    "Policies": ("policies", ""),
    "WebVisits": ("web_visits", ""),
    "Communications": ("communications", "communication"),
    "Journey History": ("journey_history", ""),
    "Content": ("content", ""),
    "Responses Attributed": ("responses", ""),
}
VARIABLES = {variable.name: variable for variable in holidays.VARIABLES}
LOADED = dt.datetime(2019, 11, 27, 15, 57, 24)
TOTAL = "iTOTAL"


def ancestors(table: str) -> list[str]:
    found = []
    while PARENT[table]:
        table = PARENT[table]
        found.append(table)
    return found


class Frames:
    """All tables of a connection as data frames, in order of key."""

    def __init__(self, connection: Any) -> None:
        self.tables = {
            name: connection.execute(f"SELECT * FROM holidays.{sql} ORDER BY id").df()
            for name, (sql, _) in STORED.items()
        }

        self._kept: dict[tuple[str, str], pd.Series] = {}

    def size(self, table: str) -> int:
        return len(self.tables[table])

    def keys(self, table: str, above: str) -> np.ndarray:
        """For each record of a table the key of its ancestor (or its own)."""
        if above == table:
            return np.arange(self.size(table))
        return self.tables[table][STORED[above][1]].to_numpy()

    def values(self, name: str, table: str | None = None) -> pd.Series:
        """Return a variable's raw values, one for each record of its own table or of a table below it."""
        key = (name, table or "")
        if key not in self._kept:
            self._kept[key] = self._values(name, table)
        return self._kept[key]

    def _values(self, name: str, table: str | None) -> pd.Series:
        variable = VARIABLES[name]
        own = self.tables[variable.table][variable.column]
        if table is None or table == variable.table:
            return own
        return own.iloc[self.keys(table, variable.table)].reset_index(drop=True)

    def codes(self, name: str, table: str | None = None) -> list[str]:
        """Return a selector's code for each record, without padding."""
        listed = [code.code.strip() for code in VARIABLES[name].codes]
        return [listed[place] for place in self.values(name, table)]

    # -- selections ---------------------------------------------------------------------------------------

    def counts(self, query: dict[str, Any]) -> list[tuple[str, int]]:
        selection = query["selection"]
        table, mask = self.selection(selection)
        found = [(table, int(mask.sum()))]
        if selection.get("ancestorCounts"):
            found += [(above, len(set(self.keys(table, above)[mask].tolist()))) for above in ancestors(table)]
        return found

    def selection(self, selection: dict[str, Any]) -> tuple[str, np.ndarray]:
        table = selection["tableName"]
        mask = np.ones(self.size(table), dtype=bool)
        if "rule" in selection:
            found, mask = self.clause(selection["rule"]["clause"])
            assert found == table
        if "nPer" in selection:
            mask = self._n_per(table, mask, selection["nPer"])
        if "topN" in selection:
            mask = self._top_n(table, mask, selection["topN"])
        if "limits" in selection:
            mask = self._limits(mask, selection["limits"])
        return table, mask

    def clause(self, clause: dict[str, Any]) -> tuple[str, np.ndarray]:
        if "criteria" in clause:
            criteria = clause["criteria"]
            return criteria["tableName"], self._criteria(criteria)
        if "subSelection" in clause:
            return self.selection(clause["subSelection"]["selection"])
        logic = clause["logic"]
        table, operation = logic["tableName"], logic["operation"]
        parts = [self.clause(operand) for operand in logic["operands"]]
        if operation == "AND":
            return table, np.logical_and.reduce([mask for _, mask in parts])
        if operation == "OR":
            return table, np.logical_or.reduce([mask for _, mask in parts])
        below, mask = parts[0]
        if operation == "NOT":
            return table, ~mask
        return table, self.move(mask, below, table)

    def move(self, mask: np.ndarray, start: str, goal: str) -> np.ndarray:
        """Return a selection transferred to another table, step by step."""
        if start == goal:
            return mask
        if start in ancestors(goal):
            return mask[self.keys(goal, start)]
        up = PARENT[start]
        above = np.zeros(self.size(up), dtype=bool)
        above[self.keys(start, up)[mask]] = True
        return self.move(above, up, goal)

    # -- criteria -----------------------------------------------------------------------------------------

    def _criteria(self, criteria: dict[str, Any]) -> np.ndarray:
        if "expressionRule" in criteria:
            return self._either_or(criteria["tableName"], criteria["expressionRule"]["queries"])
        masks = [self._rule(criteria, rule) for rule in criteria["valueRules"]]
        every = criteria.get("logic", "OR") == "AND"
        mask = np.logical_and.reduce(masks) if every else np.logical_or.reduce(masks)
        return mask if criteria.get("include", True) else ~mask

    def _either_or(self, table: str, queries: list[dict[str, Any]]) -> np.ndarray:
        """Return the result of `QUERY(1) OR NOT QUERY(2)`."""
        first, second = (
            self.move(mask, start, table)
            for start, mask in (self.selection(query["selection"]) for query in queries)
        )
        return first | ~second

    def _rule(self, criteria: dict[str, Any], rule: dict[str, Any]) -> np.ndarray:
        variable = VARIABLES[criteria["variableName"]]
        values = self.values(variable.name)
        if "dateRule" in rule:
            mask = self._date_range(values, rule["dateRule"], variable.kind)
            return mask & _in_pattern(values, rule["dateRule"])
        if "ageRule" in rule:
            return self._age(values, rule["ageRule"])
        if "timeRule" in rule:
            low, high = (dt.time.fromisoformat(rule["timeRule"][side]) for side in ("rangeLow", "rangeHigh"))
            return np.array([not pd.isna(value) and low <= value.time() <= high for value in values])
        if "listRule" not in rule:
            start, end = period(rule["predefinedRule"])
            return ((values >= start) & (values < end)).to_numpy()
        items = rule["listRule"].get("list", "").split("\t")
        match variable.kind:
            case Kind.SELECTOR:
                wanted = {item.strip() for item in items}
                return np.array([code in wanted for code in self.codes(variable.name)])
            case Kind.FLAGS:
                return self._flags(variable, values, items, criteria.get("logic", "OR"))
            case Kind.NUMERIC:
                return np.logical_or.reduce([_number(values, item) for item in items])
            case Kind.TEXT:
                return np.array([_text(value, items, criteria) for value in values])
            case _:
                days = {item for item in items if item != "00000000"}
                found = values.dt.strftime("%Y%m%d").isin(days).to_numpy()
                return found | (values.isna().to_numpy() if "00000000" in items else False)

    def _flags(self, variable: Any, values: pd.Series, items: list[str], logic: str) -> np.ndarray:
        listed = [code.code.strip() for code in variable.codes]
        have = [
            {listed[bit + 1] for bit in range(len(listed) - 1) if int(value) >> bit & 1} or {listed[0]}
            for value in values
        ]
        wanted = {listed[0] if item.strip() == "!" else item.strip() for item in items}
        if logic == "AND":
            return np.array([wanted <= own for own in have])
        return np.array([bool(wanted & own) for own in have])

    def _date_range(self, values: pd.Series, rule: dict[str, Any], kind: Kind) -> np.ndarray:
        mask = values.notna().to_numpy()
        if rule.get("endRangeLimit") == "Backward":
            last = pd.Timestamp(rule["rangeStartDate"])
            last = last.normalize() if kind is Kind.DATE else last
            units = {rule["endRangeOffsetUnits"].lower(): rule["endRangeOffset"]}
            return ((values > last - pd.DateOffset(**units)) & (values <= last)).to_numpy()
        for side, limit in (("rangeStartDate", "startRangeLimit"), ("rangeEndDate", "endRangeLimit")):
            if rule.get(limit) != "Actual":
                continue
            bound = pd.Timestamp(rule[side])
            if kind is Kind.DATE:
                bound = bound.normalize()
            mask = mask & (values >= bound if side == "rangeStartDate" else values <= bound).to_numpy()
        return mask

    def _age(self, values: pd.Series, rule: dict[str, Any]) -> np.ndarray:
        reference = dt.date.fromisoformat(rule["referenceDate"][:10])
        ages = [None if pd.isna(value) else _age(value.date(), reference, rule["units"]) for value in values]
        low, high = rule.get("rangeLow", -math.inf), rule.get("rangeHigh", math.inf)
        return np.array([age is not None and low <= age <= high for age in ages])

    # -- limits -------------------------------------------------------------------------------------------

    def _limits(self, mask: np.ndarray, limits: dict[str, Any]) -> np.ndarray:
        chosen = np.flatnonzero(mask)
        start = limits.get("startAt", 0)
        rest = chosen[start:]
        whole = len(rest) if limits["sampling"] == "Stratified" else len(chosen)
        kind = limits["type"]
        if kind == "Total":
            size = limits["total"]
        elif kind == "Percent":
            size = math.ceil(whole * Fraction(str(limits["percent"])) / 100)
        else:
            part = limits["fraction"]
            size = math.ceil(Fraction(whole * part["numerator"], part["denominator"]))
        size = min(size, len(rest))
        if limits["sampling"] == "First":
            return _mask(len(mask), rest[:size])
        places = [math.ceil(Fraction(number * len(rest), size)) for number in range(size)]
        return _mask(len(mask), rest[places])

    def _ranked(
        self, table: str, mask: np.ndarray, name: str, sequence: str | None = None, *, down: bool
    ) -> np.ndarray:
        """Return the chosen keys from the best to the worst, those without a value last, ties by key."""
        chosen = np.flatnonzero(mask)
        values = self.values(name, table).iloc[chosen]
        kind = VARIABLES[name].kind
        if sequence:
            listed = [code.strip() for code in sequence.split("\t")]
            own = [VARIABLES[name].codes[place].code.strip() for place in values]
            values = pd.Series([listed.index(code) + 1 if code in listed else 0 for code in own])
        missing = (values == 0) if kind is Kind.SELECTOR else values.isna() | (values.astype(str) == "")
        frame = pd.DataFrame({"key": chosen, "missing": missing.to_numpy(), "value": values.to_numpy()})
        frame = frame.sort_values(
            ["missing", "value", "key"], ascending=[True, not down, True], kind="stable"
        )
        without = frame[frame["missing"]].sort_values("key")
        return np.concatenate([frame[~frame["missing"]]["key"].to_numpy(), without["key"].to_numpy()])

    def _top_n(self, table: str, mask: np.ndarray, top: dict[str, Any]) -> np.ndarray:
        if "groupingVariableName" in top:
            name = top.get("groupingSequenceVariableName")
            order = np.flatnonzero(mask)
            if name:
                down = not top.get("groupingAscending", False)
                order = self._ranked(table, mask, name, top.get("groupingSequence"), down=down)
            groups = self.values(top["groupingVariableName"], table).astype(str).to_numpy()
            return _first_of_each(len(mask), order, groups, top["groupMax"])
        direction = top["direction"]
        down = direction in ("Top", "RangeTopDown", "PercentRangeTopDown")
        order = self._ranked(table, mask, top["variableName"], top.get("sequence"), down=down)
        n = len(order)
        if direction in ("Top", "Bottom"):
            size = top["value"] or _nearest(n * Fraction(str(top["percent"])) / 100)
            return _mask(len(mask), order[:size])
        low, high = Fraction(str(top["minValue"])), Fraction(str(top["maxValue"]))
        if direction.startswith("Percent"):
            first = _nearest(n * low / 100)
            return _mask(len(mask), order[first : first + _nearest(n * (high - low) / 100)])
        return _mask(len(mask), order[int(low) - 1 : int(high)])

    def _n_per(self, table: str, mask: np.ndarray, n_per: dict[str, Any]) -> np.ndarray:
        recency = n_per["recency"]
        order = np.flatnonzero(mask)
        if "variableName" in recency:
            down = recency["direction"] == "Last"
            order = self._ranked(table, mask, recency["variableName"], recency.get("sequence"), down=down)
        groups = self.keys(table, n_per["groupingTableName"])
        return _first_of_each(len(mask), order, groups, recency["value"])

    # -- exports ------------------------------------------------------------------------------------------

    def export(self, export: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
        """Return the number of records, and codes and descriptions of the rows."""
        table = export["resolveTableName"]
        start, mask = self.selection(export["baseQuery"]["selection"])
        chosen = np.flatnonzero(self.move(mask, start, table))
        rows = chosen[: export["maximumNumberOfRowsToBrowse"]]
        columns = [self._column(column, table, rows) for column in export["columns"]]
        return len(chosen), [
            ("\t".join(cell[0] for cell in row), "\t".join(cell[1] for cell in row))
            for row in zip(*columns, strict=True)
        ]

    def _column(self, column: dict[str, Any], table: str, rows: np.ndarray) -> list[tuple[str, str]]:
        if "query" in column:
            start, mask = self.selection(column["query"]["selection"])
            return [("1", "True") if met else ("0", "False") for met in self.move(mask, start, table)[rows]]
        name = column["variableName"]
        return [_cell(VARIABLES[name], value) for value in self.values(name, table).iloc[rows]]


def _cell(variable: Any, value: Any) -> tuple[str, str]:
    """Return code and description of one value."""
    match variable.kind:
        case Kind.SELECTOR:
            return variable.codes[value].code, variable.codes[value].description
        case Kind.FLAGS:
            own = [code for bit, code in enumerate(variable.codes[1:]) if int(value) >> bit & 1]
            own = own or [variable.codes[0]]
            return ",".join(code.code for code in own), ",".join(code.description for code in own)
        case Kind.DATE:
            if pd.isna(value):
                return "00000000", "Unclassified"
            return f"{value:%Y%m%d}", f"{value:%d-%m-%Y}"
        case Kind.DATETIME:
            return f"{value:%Y%m%d%H%M%S}", f"{value:%d-%m-%Y %H:%M:%S}"
        case Kind.NUMERIC:
            text = "" if pd.isna(value) else f"{value:.{variable.decimals}f}"
            return text, text
        case _:
            return str(value), str(value)


def _in_pattern(values: pd.Series, rule: dict[str, Any]) -> np.ndarray:
    """Return the dates that are the first, second … or last of some weekdays in their month."""
    if rule.get("patternType") != "CalculatedDay":
        return np.ones(len(values), dtype=bool)
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    wanted = set(rule["patternDaysOfWeek"])
    chosen = {place for place, name in enumerate(names) if name in wanted}
    chosen |= {5, 6} if "AllWeekendDays" in wanted else set()
    chosen |= set(range(5)) if "AllWeekdays" in wanted else set()
    which = {"First": 0, "Second": 1, "Third": 2, "Fourth": 3, "Last": -1}
    found = []
    for value in values:
        if pd.isna(value):
            found.append(False)
            continue
        month = [value.replace(day=day) for day in range(1, value.days_in_month + 1)]
        fitting = [day for day in month if day.weekday() in chosen]
        found.append(fitting[which[rule["patternOccurrenceOfDayInMonth"]]].day == value.day)
    return np.array(found)


def _mask(size: int, chosen: np.ndarray) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    mask[chosen] = True
    return mask


def _first_of_each(size: int, order: np.ndarray, groups: np.ndarray, most: int) -> np.ndarray:
    seen: dict[Any, int] = {}
    chosen = []
    for key in order:
        seen[groups[key]] = seen.get(groups[key], 0) + 1
        if seen[groups[key]] <= most:
            chosen.append(key)
    return _mask(size, np.array(chosen, dtype=int))


def _nearest(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _number(values: pd.Series, item: str) -> np.ndarray:
    if item == "><":
        return values.isna().to_numpy()
    found = re.match(r"(<=|>=|<|>|)(.*)", item)
    assert found
    bound = float(Decimal(found[2]))
    compare = {"<": values < bound, "<=": values <= bound, ">": values > bound, ">=": values >= bound}
    return compare.get(found[1], values == bound).fillna(False).to_numpy(dtype=bool)


def _text(value: str, items: list[str], criteria: dict[str, Any]) -> bool:
    kind, ignore = criteria.get("textMatchType", "Is"), criteria.get("ignoreCase", False)
    if kind == "Ranges":
        return any(_in_range(value, item, ignore) for item in items)
    if ignore:
        value, items = value.lower(), [item.lower() for item in items]
    match kind:
        case "Is":
            return value in items
        case "Begins":
            return value.startswith(tuple(items))
        case "Ends":
            return value.endswith(tuple(items))
        case _:
            return any(item in value for item in items)


def _in_range(value: str, item: str, ignore: bool) -> bool:
    if item.startswith("="):
        wild = "".join({"?": ".", "*": ".*"}.get(letter, re.escape(letter)) for letter in item[2:-1])
        return re.fullmatch(wild, value, re.DOTALL | (re.IGNORECASE if ignore else 0)) is not None
    for part in item.split(" - "):
        found = re.fullmatch(r'(<=|>=|<|>)"(.*)"', part)
        assert found
        bound = found[2].lower()
        start = value[: len(found[2])].lower()
        holds = {"<": start < bound, "<=": start <= bound, ">": start > bound, ">=": start >= bound}
        if not holds[found[1]]:
            return False
    return True


def _age(value: dt.date, reference: dt.date, units: str) -> int:
    days = (reference - value).days
    if units == "Days":
        return days
    if units == "Weeks":
        return days // 7
    months = (reference.year - value.year) * 12 + reference.month - value.month
    months -= value.day > reference.day
    return months // {"Months": 1, "Quarters": 3, "Years": 12}[units]


def period(rule: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First moment of a named period and the first after it, seen from the load date."""
    today = pd.Timestamp(LOADED).normalize()
    month, quarter = today.replace(day=1), pd.Timestamp(2019, 10, 1)
    week, year = today - pd.Timedelta(days=today.weekday()), pd.Timestamp(2019, 1, 1)
    day = pd.Timedelta(days=1)
    months = pd.DateOffset
    return {
        "Today": (today, today + day),
        "Yesterday": (today - day, today),
        "ThisWeek": (week, week + 7 * day),
        "Last4Weeks": (week - 28 * day, week),
        "LastMonth": (month - months(months=1), month),
        "ThisQuarter": (quarter, quarter + months(months=3)),
        "LastYear": (year - months(years=1), year),
        "NextMonth": (month + months(months=1), month + months(months=2)),
        "ThisYearToDate": (year, today + day),
        "LastYearToDate": (year - months(years=1), today - months(years=1) + day),
        "TheLastMonth": (today - months(months=1) + day, today + day),
        "TheNextYear": (today, today + months(years=1)),
        "ThisBusinessYear": (pd.Timestamp(2019, 4, 1), pd.Timestamp(2020, 4, 1)),
        "BeforeToday": (pd.Timestamp.min, today),
        "AfterToday": (today + day, pd.Timestamp.max),
    }[rule]

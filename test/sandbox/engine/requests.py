"""Random requests, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any

from apteco_api.sandbox import holidays
from apteco_api.sandbox.holidays import Kind

from .frames import PARENT, VARIABLES, ancestors

TABLES = list(PARENT)
OF = {table: [variable for variable in holidays.VARIABLES if variable.table == table] for table in TABLES}
WORDS = ["smith", "Smith", "SON", "son", "Mc", "Mac", "o", "-", "Road", "mail.com", "B", "AB10", "France", ""]
PERIODS = [
    "Today", "Yesterday", "ThisWeek", "Last4Weeks", "LastMonth", "ThisQuarter", "LastYear", "NextMonth",
    "ThisYearToDate", "LastYearToDate", "TheLastMonth", "TheNextYear", "ThisBusinessYear",
]  # fmt: skip
LATER_PERIODS = ["BeforeToday", "AfterToday"]
"""Those that servers have since 2022-12, and apteco-api 0.3.2 refuses."""
FUNCTIONS = [
    "Sum", "Mean", "VariableCount", "Minimum", "Maximum", "Median", "Mode", "Variance", "StandardDeviation",
    "LowerQuartile", "UpperQuartile", "InterQuartileRange", "CountDistinct", "MaxDistinctCount",
]  # fmt: skip

LIMITS = {
    "minimumCategoryCount": [1, 50, 2000],
    "topNCategoryCount": [1, 3, 5],
    "percentageOfMaximumCategoryThreshold": [1, 10, 50],
}
SUMMARIES = [
    ("Sum", "Custom"), ("Mean", "Custom"), ("Min", "Custom"), ("Max", "Custom"), ("Median", "Custom"),
    ("Mode", "Custom"), ("Distinct", "Custom"), ("Frequency", "Custom"), ("Recency", "Years"),
    ("Min", "Years"),
]  # fmt: skip


def _related(table: str) -> list[str]:
    return [name for name in TABLES if name == table or name in ancestors(table) or table in ancestors(name)]


class Requests:
    """Draws requests.

    Args:
        seed: of the random numbers.
        published: draw only what apteco-api 0.3.2 knows.
    """

    def __init__(self, seed: int, *, published: bool = False) -> None:
        self.random = random.Random(seed)
        self._periods = PERIODS if published else [*PERIODS, *LATER_PERIODS]

    def query(self, table: str | None = None, *, ancestor_counts: bool = True) -> dict[str, Any]:
        table = table or self._table()
        selection: dict[str, Any] = {"tableName": table}
        if ancestor_counts:
            selection["ancestorCounts"] = True
        if self.random.random() < 0.95:
            selection["rule"] = {"clause": self.clause(table, 3)}
        selection |= self.modifier(table, 0.3)
        return {"selection": selection}

    def clause(self, table: str, depth: int) -> dict[str, Any]:
        choice = self.random.random()
        if depth == 0 or choice < 0.35:
            return {"criteria": self.criteria(table)}
        if choice < 0.6:
            size = self.random.choice([1, 2, 2, 3])
            operands = [self.clause(table, depth - 1) for _ in range(size)]
            return _logic(self.random.choice(["AND", "OR"]), table, *operands)
        if choice < 0.7:
            return _logic("NOT", table, self.clause(table, depth - 1))
        below = [name for name in TABLES if table in ancestors(name)]
        if choice < 0.82 and below:
            return _logic("ANY", table, self.clause(self.random.choice(below), depth - 1))
        if choice < 0.92 and PARENT[table]:
            return _logic("THE", table, self.clause(self.random.choice(ancestors(table)), depth - 1))
        inner: dict[str, Any] = {"tableName": table, "rule": {"clause": self.clause(table, depth - 1)}}
        inner |= self.modifier(table, 0.8)
        return {"subSelection": {"selection": inner}}

    def _asking(self, table: str) -> dict[str, Any]:
        """Return a criteria whose expression asks for two queries, on any related tables."""
        queries = [
            {"selection": {"tableName": start, "rule": {"clause": {"criteria": self.criteria(start)}}}}
            for start in (table, self.random.choice(_related(table)))
        ]
        rule = {"tableName": table, "serverText": "QUERY(1) OR NOT QUERY(2)", "queries": queries}
        return {"tableName": table, "expressionRule": rule}

    def criteria(self, table: str) -> dict[str, Any]:
        if self.random.random() < 0.04:
            return self._asking(table)
        variable = self.random.choice([item for item in OF[table] if item.kind is not Kind.REFERENCE])
        criteria: dict[str, Any] = {
            "variableName": variable.name,
            "include": self.random.random() < 0.8,
            "logic": self.random.choice(["OR", "OR", "AND"]),
            "ignoreCase": self.random.random() < 0.5,
            "textMatchType": "Is",
            "tableName": table,
        }
        rules = [self._rule(variable, criteria)]
        if variable.kind in (Kind.NUMERIC, Kind.SELECTOR) and self.random.random() < 0.1:
            rules.append(self._rule(variable, criteria))
        criteria["valueRules"] = rules
        return criteria

    def modifier(self, table: str, chance: float) -> dict[str, Any]:
        if self.random.random() > chance:
            return {}
        kind = self.random.choice(["limits", "topN", "grouped", "nPer"])
        if kind == "nPer" and PARENT[table]:
            recency: dict[str, Any] = {"value": self.random.randint(1, 3)}
            if self.random.random() < 0.7:
                variable = self._ordered(table)
                recency |= {
                    "variableName": variable.name,
                    "direction": self.random.choice(["First", "Last"]),
                    **self._sequence("sequence", variable),
                }
            grouping = self.random.choice(ancestors(table))
            return {
                "nPer": {"recency": recency, "groupingTableName": grouping, "transactionalTableName": table}
            }
        if kind == "grouped":
            top: dict[str, Any] = {
                "groupingVariableName": self._ordered(table).name,
                "groupMax": self.random.randint(1, 20),
            }
            if self.random.random() < 0.7:
                variable = self._ordered(table)
                top |= {
                    "groupingSequenceVariableName": variable.name,
                    "groupingAscending": self.random.random() < 0.5,
                    **self._sequence("groupingSequence", variable),
                }
            return {"topN": top}
        if kind == "topN":
            return {"topN": self._top(table)}
        return {"limits": self.limits()}

    def _sequence(self, field: str, variable: Any) -> dict[str, str]:
        """Return, now and then, a sequence of codes, which may leave some out."""
        if variable.kind is not Kind.SELECTOR or self.random.random() < 0.4:
            return {}
        codes = [code.code for code in variable.codes]
        return {field: "\t".join(self.random.sample(codes, self.random.randint(1, len(codes))))}

    def limits(self) -> dict[str, Any]:
        limits: dict[str, Any] = {
            "sampling": self.random.choice(["First", "Stratified"]),
            "startAt": self.random.choice([0, 0, 7, 300]),
        }
        kind = self.random.choice(["Total", "Percent", "Fraction"])
        limits["type"] = kind
        if kind == "Total":
            limits["total"] = self.random.choice([0, 1, 10, 500, 10**6])
        elif kind == "Percent":
            limits["percent"] = round(self.random.uniform(0, 100), 3)
        else:
            denominator = self.random.randint(1, 500)
            numerator = self.random.randint(0, denominator)
            limits["fraction"] = {"numerator": numerator, "denominator": denominator}
        return limits

    def export(self) -> dict[str, Any]:
        table = self._table()
        variables = [item for name in (table, *ancestors(table)) for item in OF[name]]
        columns = self.random.sample(variables, self.random.randint(1, 6))
        start = self.random.choice([table, table, self._table()])
        return {
            "baseQuery": self.query(start, ancestor_counts=False),
            "resolveTableName": table,
            "maximumNumberOfRowsToBrowse": self.random.choice([0, 3, 100, 1000]),
            "returnBrowseRows": True,
            "columns": [
                {"id": str(place), "variableName": item.name, "columnHeader": item.description}
                for place, item in enumerate(columns)
            ]
            + self._query_column(),
        }

    def _query_column(self) -> list[dict[str, Any]]:
        if self.random.random() < 0.7:
            return []
        query = self.query(self._table(), ancestor_counts=False)
        return [{"id": "query", "query": query, "columnHeader": "Met"}]

    def cube(self) -> dict[str, Any]:
        """Return a cube with at most some hundred cells; its tables may not be related."""
        table = self._table()
        related = _related(table)
        small = [
            variable
            for name in related
            for variable in OF[name]
            if (variable.kind is Kind.SELECTOR and len(variable.codes) <= 7)
            or variable.kind in (Kind.DATE, Kind.DATETIME)
        ]
        size = self.random.choice([0, 1, 1, 2, 2, 3])
        dimensions = [
            _dimension(variable, self.random) for variable in self.random.sample(small, min(size, len(small)))
        ]
        if dimensions and self.random.random() < 0.3:
            dimensions[-1] = self._other_dimension(table)
        for dimension in dimensions:
            if self.random.random() < 0.15:
                dimension["filterQuery"] = self.query(table, ancestor_counts=False)
            if self.random.random() < 0.2:
                name = self.random.choice(list(LIMITS))
                dimension[name] = self.random.choice(LIMITS[name])
        return {
            "baseQuery": self.query(self.random.choice(related), ancestor_counts=False),
            "resolveTableName": table,
            "storage": "Full",
            "dimensions": dimensions,
            "measures": self._sorting([self._measure(table, related, number) for number in range(2)]),
        }

    def _sorting(self, measures: list[dict[str, Any]]) -> list[dict[str, Any]]:
        chosen = self.random.choice(measures)
        if chosen["function"] in ("Count", "Sum", "Maximum") and self.random.random() < 0.4:
            chosen["sort"] = self.random.choice(["Ascending", "Descending"])
        return measures

    def _other_dimension(self, table: str) -> dict[str, Any]:
        """Return a query, a short list of texts, or something made of the values of a table below."""
        below = [name for name in TABLES if table in ancestors(name)]
        if below and self.random.random() < 0.5:
            function, banding = self.random.choice(SUMMARIES)
            kinds = (Kind.DATE, Kind.DATETIME) if banding == "Years" else (Kind.NUMERIC,)
            fitting = [item for name in below for item in OF[name] if item.kind in kinds]
            if fitting:
                variable = self.random.choice(fitting)
                made = {"type": banding, "customValues": "1\t2\t20.5\t300\t1000"}
                kind = "DateBand" if banding == "Years" else "NumericBand"
                base = {"id": "summary", "type": kind, "variableName": variable.name, "function": function}
                return {**base, "banding": made if banding == "Custom" else {"type": banding}}
        if table == "People" or (table == "Bookings" and self.random.random() < 0.5):
            return {"id": "text", "type": "Text", "variableName": "peInit"}
        start = self.random.choice(_related(table))
        return {"id": "query", "type": "Query", "query": self.query(start, ancestor_counts=False)}

    def _measure(self, table: str, related: list[str], number: int) -> dict[str, Any]:
        own = self.random.choice(related)
        if self.random.random() < 0.5:
            return {"id": f"m{number}", "resolveTableName": own, "function": "Count"}
        function = self.random.choice(FUNCTIONS)
        kinds = (Kind.NUMERIC,)
        if function in ("VariableCount", "CountDistinct", "MaxDistinctCount", "Mode"):
            kinds = (Kind.NUMERIC, Kind.SELECTOR)
        fitting = [variable for name in related for variable in OF[name] if variable.kind in kinds]
        if not fitting:
            return {"id": f"m{number}", "resolveTableName": own, "function": "Count"}
        name = self.random.choice(fitting).name
        return {"id": f"m{number}", "resolveTableName": table, "function": function, "variableName": name}

    def _table(self) -> str:
        return self.random.choices(TABLES, [3, 6, 8, 2, 2, 3, 2, 2, 2])[0]

    def _ordered(self, table: str) -> Any:
        names = [table, table, *ancestors(table)]
        kinds = (Kind.NUMERIC, Kind.DATE, Kind.SELECTOR, Kind.DATETIME, Kind.TEXT)
        variables = [item for item in OF[self.random.choice(names)] if item.kind in kinds]
        return self.random.choice(variables)

    def _top(self, table: str) -> dict[str, Any]:
        direction = self.random.choice(
            ["Top", "Bottom", "RangeTopDown", "RangeBottomUp", "PercentRangeTopDown", "PercentRangeBottomUp"]
        )
        variable = self._ordered(table)
        top: dict[str, Any] = {"variableName": variable.name, "direction": direction}
        top |= self._sequence("sequence", variable)
        top |= {"value": 0, "percent": "NaN", "minValue": "NaN", "maxValue": "NaN"}
        if direction in ("Top", "Bottom"):
            if self.random.random() < 0.5:
                top["value"] = self.random.randint(1, 400)
            else:
                top["percent"] = round(self.random.uniform(0, 100), 2)
            return top
        if direction.startswith("Percent"):
            low, high = sorted(round(self.random.uniform(0, 100), 2) for _ in range(2))
        else:
            low, high = sorted(self.random.randint(1, 300) for _ in range(2))
        return top | {"minValue": low, "maxValue": high}

    def _rule(self, variable: Any, criteria: dict[str, Any]) -> dict[str, Any]:
        kind = variable.kind
        if kind in (Kind.DATE, Kind.DATETIME):
            return self._date_rule(variable)
        return {
            "listRule": {"list": "\t".join(self._items(variable, criteria)), "variableName": variable.name}
        }

    def _items(self, variable: Any, criteria: dict[str, Any]) -> list[str]:
        number = self.random.randint(1, 4)
        if variable.kind in (Kind.SELECTOR, Kind.FLAGS):
            codes = [code.code for code in variable.codes] + ["?none"]
            chosen = self.random.sample(codes, min(number, len(codes)))
            return [code.strip() if self.random.random() < 0.5 else code for code in chosen]
        if variable.kind is Kind.NUMERIC:
            return [self._number() for _ in range(number)]
        match_type = self.random.choice(["Is", "Begins", "Ends", "Contains", "Ranges"])
        criteria["textMatchType"] = match_type
        if match_type == "Ranges":
            return [self._range() for _ in range(number)]
        return self.random.sample(WORDS, number)

    def _number(self) -> str:
        if self.random.random() < 0.1:
            return "><"
        value = self.random.choice([0, 1, 5, 16, 50, 60, 100, 250, 500, 2000, 66.2938, 123.45, 10**12, -3])
        text = f"{value:.4f}" if self.random.random() < 0.3 else str(value)
        return self.random.choice(["", "<", "<=", ">", ">="]) + text

    def _range(self) -> str:
        words = ["Brown", "smith", "N", "E", "www.t", "1", "Sm?th", "R*", "*son", "?"]
        word = self.random.choice(words)
        if "?" in word or "*" in word or self.random.random() < 0.2:
            return f'="{word}"'
        if self.random.random() < 0.2:
            low, high = sorted(self.random.sample(["Brown", "Jones", "Smith", "White"], 2))
            return f'>="{low}" - <="{high}"'
        return f'{self.random.choice(["<", "<=", ">", ">="])}"{word}"'

    def _date_rule(self, variable: Any) -> dict[str, Any]:
        choice = self.random.random()
        if choice < 0.2:
            return {"predefinedRule": self.random.choice(self._periods)}
        if choice < 0.4:
            day = [
                f"20{self.random.randint(16, 19)}{self.random.randint(1, 12):02d}{d:02d}" for d in (1, 9, 17)
            ]
            items = "\t".join([*day, "00000000"] if self.random.random() < 0.3 else day)
            return {
                "listRule": {"list": items, "variableName": variable.name},
                "predefinedRule": "AdhocDates",
            }
        if choice < 0.55:
            return {
                "ageRule": {
                    "units": self.random.choice(["Days", "Weeks", "Months", "Quarters", "Years"]),
                    "rangeLow": self.random.choice([0, 1, 3, 18]),
                    "rangeHigh": self.random.choice([20, 60, 400]),
                    "relativeTo": "Actual",
                    "referenceDate": self.random.choice(
                        ["2019-11-27T00:00:00", "2020-02-29T00:00:00", "2021-03-31"]
                    ),
                },
                "predefinedRule": "CustomAgeRule",
            }
        if choice < 0.65 and variable.kind is Kind.DATETIME:
            return {
                "timeRule": {"rangeLow": "08:00", "rangeHigh": "15:59:59"},
                "predefinedRule": "CustomTimeRule",
            }
        if choice < 0.72:
            return {"dateRule": self._nth_of_the_month(), "predefinedRule": "CustomRule"}
        if choice < 0.78:
            rule = {
                "startRangeLimit": "Actual",
                "rangeStartDate": self._moment(),
                "endRangeLimit": "Backward",
                "endRangeOffset": self.random.choice([1, 10, 30]),
                "endRangeOffsetUnits": self.random.choice(["Days", "Weeks", "Months", "Years"]),
            }
            return {"dateRule": rule, "predefinedRule": "CustomRule"}
        rule: dict[str, Any] = {
            "patternFrequency": "Daily",
            "patternInterval": 1,
            "patternDaysOfWeek": ["All"],
        }
        rule |= {"startRangeLimit": "Earliest", "endRangeLimit": "Latest"}
        if self.random.random() < 0.7:
            rule |= {"startRangeLimit": "Actual", "rangeStartDate": self._moment()}
        if self.random.random() < 0.7:
            rule |= {"endRangeLimit": "Actual", "rangeEndDate": self._moment()}
        return {"dateRule": rule, "predefinedRule": "CustomRule"}

    def _nth_of_the_month(self) -> dict[str, Any]:
        days = [
            ["Monday"],
            ["Tuesday", "Saturday"],
            ["AllWeekdays"],
            ["AllWeekendDays"],
            ["Friday", "Sunday"],
        ]
        return {
            "patternFrequency": "Monthly",
            "patternInterval": 1,
            "patternType": "CalculatedDay",
            "patternDaysOfWeek": self.random.choice(days),
            "patternOccurrenceOfDayInMonth": self.random.choice(
                ["First", "Second", "Third", "Fourth", "Last"]
            ),
        }

    def _moment(self) -> str:
        draw = self.random.randint
        day = f"20{draw(16, 21)}-{draw(1, 12):02d}-{draw(1, 28):02d}"
        return day + self.random.choice(["T00:00:00", "T15:12:36"])


def _logic(operation: str, table: str, *operands: dict[str, Any]) -> dict[str, Any]:
    return {"logic": {"operation": operation, "operands": list(operands), "tableName": table}}


def _dimension(variable: Any, draw: random.Random) -> dict[str, Any]:
    if variable.kind is Kind.SELECTOR:
        return {"id": variable.name, "type": "Selector", "variableName": variable.name}
    banding = draw.choice(["Years", "DayOfWeek"]) if variable.name != "peDOB" else "DayOfWeek"
    return {
        "id": f"{variable.name}_{banding}",
        "type": "DateBand",
        "variableName": variable.name,
        "banding": {"type": banding},
    }


__all__ = ["VARIABLES", "Requests"]

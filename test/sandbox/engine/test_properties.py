"""What must hold between counts, exports and cubes, whatever the data."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from apteco_api.sandbox import query

from .shapes import both, codes, count_measure, cube, dates, dimension, export, logic, measure, negated, sub
from .shapes import query as on

FRANCE = codes("boDest", "06")
DEAR = codes("boCost", ">=1000")
WOMAN = codes("peGender", "F")


class Engine:
    """Counts, keys and cells in a word."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def count(self, table: str, clause: Any = None, **more: Any) -> int:
        return int(query.count(self.cursor, on(table, clause, **more))["counts"][0]["countValue"])

    def column(self, table: str, name: str, base: Any = None) -> list[str]:
        rows = query.export(self.cursor, export(table, [name], base))["rows"]
        return [row["descriptions"] for row in rows]

    def cells(self, request: Any) -> list[list[str]]:
        results = query.cube(self.cursor, request)["measureResults"]
        return [[cell for row in result["rows"] for cell in row.split("\t")] for result in results]


@pytest.fixture
def engine(cursor: Any) -> Engine:
    return Engine(cursor)


def test_counts_of_parts_add_up(engine: Engine) -> None:
    a, b = FRANCE, DEAR
    total = engine.count("Bookings")
    in_a, in_b = engine.count("Bookings", a), engine.count("Bookings", b)
    in_both = engine.count("Bookings", both("Bookings", a, b))
    assert 0 < in_both < in_a < total
    assert in_both + engine.count("Bookings", both("Bookings", a, negated("Bookings", b))) == in_a
    assert engine.count("Bookings", logic("OR", "Bookings", a, b)) == in_a + in_b - in_both
    assert engine.count("Bookings", negated("Bookings", a)) == total - in_a
    assert engine.count("Bookings", codes("boDest", "06", include=False)) == total - in_a


@pytest.mark.parametrize(("name", "table"), [("boProfit", "Bookings"), ("wvDuratn", "WebVisits")])
@pytest.mark.parametrize("bound", ["-1", "60", "85.5", "100", "1e9"])
def test_less_equal_more_and_missing_make_the_whole(
    engine: Engine, name: str, table: str, bound: str
) -> None:
    less, equal, more, missing = (
        engine.count(table, codes(name, item)) for item in (f"<{bound}", bound, f">{bound}", "><")
    )
    assert less + equal + more + missing == engine.count(table)
    assert engine.count(table, codes(name, f"<={bound}")) == less + equal
    assert engine.count(table, codes(name, f">={bound}", include=False)) == less + missing
    assert missing > 0


def test_a_date_and_the_next_part_the_records_with_a_date(engine: Engine) -> None:
    until = dates(
        "peDOB", startRangeLimit="Earliest", endRangeLimit="Actual", rangeEndDate="1970-06-15T00:00:00"
    )
    after = dates(
        "peDOB", startRangeLimit="Actual", rangeStartDate="1970-06-16T00:00:00", endRangeLimit="Latest"
    )
    unknown = engine.count("People", codes("peDOB", "00000000"))
    assert unknown > 0
    assert engine.count("People", until) + engine.count("People", after) + unknown == engine.count("People")
    days = [f"201803{day:02d}" for day in range(1, 32)]
    month = dates(
        "boDate", startRangeLimit="Actual", rangeStartDate="2018-03-01T00:00:00", endRangeLimit="Actual",
        rangeEndDate="2018-03-31T00:00:00",
    )  # fmt: skip
    assert engine.count("Bookings", codes("boDate", *days)) == engine.count("Bookings", month) > 0


def test_people_with_such_bookings_are_the_distinct_people_of_an_export(engine: Engine) -> None:
    keys = engine.column("Bookings", "peURN", on("Bookings", FRANCE))
    people = engine.count("People", logic("ANY", "People", FRANCE))
    assert people == len(set(keys)) < len(keys)


def test_table_changes_up_and_down(engine: Engine) -> None:
    up = logic("ANY", "People", FRANCE)
    assert engine.count("Bookings", logic("THE", "Bookings", up)) >= engine.count("Bookings", FRANCE)
    down = logic("THE", "Bookings", WOMAN)
    assert engine.count("People", logic("ANY", "People", down)) == engine.count("People", WOMAN)
    jump = logic("ANY", "Households", FRANCE)
    steps = logic("ANY", "Households", up)
    assert engine.count("Households", jump) == engine.count("Households", steps)
    assert engine.count("Content", logic("THE", "Content", WOMAN)) == engine.count(
        "Content", logic("THE", "Content", logic("THE", "Communications", WOMAN))
    )


def test_one_booking_that_is_both_is_less_than_two_that_are_one_each(engine: Engine) -> None:
    one = engine.count("People", logic("ANY", "People", both("Bookings", FRANCE, DEAR)))
    two = engine.count("People", both("People", logic("ANY", "People", FRANCE), logic("ANY", "People", DEAR)))
    assert 0 < one < two


def test_ancestor_counts_come_nearest_first_and_never_grow_with_conditions(engine: Engine) -> None:
    def counts(clause: Any) -> list[tuple[str, int]]:
        found = query.count(engine.cursor, on("Content", clause, ancestorCounts=True))["counts"]
        return [(count["tableName"], count["countValue"]) for count in found]

    wide, narrow = codes("ctType", "1", "2"), codes("ctType", "2")
    assert [name for name, _ in counts(wide)] == ["Content", "Communications", "People", "Households"]
    values = [value for _, value in counts(wide)]
    assert values == sorted(values, reverse=True)
    assert all(less <= more for (_, less), (_, more) in zip(counts(narrow), counts(wide), strict=True))
    assert counts(codes("ctType", "nothing")) == [
        ("Content", 0), ("Communications", 0), ("People", 0), ("Households", 0),
    ]  # fmt: skip


def test_text_operators_are_those_of_python(engine: Engine) -> None:
    names = engine.column("People", "peSName")
    for kind, holds in (
        ("Is", str.__eq__), ("Begins", str.startswith), ("Ends", str.endswith),
        ("Contains", str.__contains__),
    ):  # fmt: skip
        for word in ("son", "Smith", "SON", "%", "_", "'", "Mü"):
            found = engine.count("People", codes("peSName", word, textMatchType=kind))
            assert found == sum(bool(holds(name, word)) for name in names), (kind, word)
            found = engine.count("People", codes("peSName", word, textMatchType=kind, ignoreCase=True))
            assert found == sum(bool(holds(name.lower(), word.lower())) for name in names), (kind, word)
    begins = engine.count("People", codes("peSName", "Mac", textMatchType="Begins"))
    assert engine.count("People", codes("peSName", '="Mac*"', textMatchType="Ranges")) == begins > 0
    between = engine.count("People", codes("peSName", '>="Brown" - <="Brown"', textMatchType="Ranges"))
    like = engine.count("People", codes("peSName", '="Brown*"', textMatchType="Ranges", ignoreCase=True))
    assert between == like > engine.count("People", codes("peSName", "Brown"))


def test_arrays(engine: Engine) -> None:
    total = engine.count("Households")
    some = engine.count("Households", codes("HHCarmak", "FIA", "KIA", logic="OR"))
    every = engine.count("Households", codes("HHCarmak", "FIA", "KIA", logic="AND"))
    assert 0 < every < some < total
    single = codes("HHCarmak", "FIA", logic="AND"), codes("HHCarmak", "FIA", logic="OR")
    assert engine.count("Households", single[0]) == engine.count("Households", single[1])
    assert (
        engine.count("Households", codes("HHCarmak", "FIA", "KIA", logic="OR", include=False)) == total - some
    )
    assert (
        engine.count("Households", codes("HHCarmak", "FIA", "KIA", logic="AND", include=False))
        == total - every
    )
    assert engine.count("Households", codes("HHCarmak", "FIA", "???", logic="AND")) == 0


@pytest.mark.parametrize("sampling", ["First", "Random", "Stratified"])
def test_samples(engine: Engine, sampling: str) -> None:
    total = engine.count("Bookings", FRANCE)
    ten = {"sampling": sampling, "type": "Total", "total": 10, "startAt": 0}
    assert engine.count("Bookings", FRANCE, limits=ten) == 10
    assert engine.count("Bookings", FRANCE, limits={**ten, "total": 10**9}) == total
    for part, share in (
        ({"type": "Percent", "percent": 8.76}, 0.0876),
        ({"type": "Fraction", "fraction": {"numerator": 2, "denominator": 7}}, 2 / 7),
    ):
        found = engine.count("Bookings", FRANCE, limits={"sampling": sampling, "startAt": 0, **part})
        assert abs(found - share * total) <= 1
    sample = on("Bookings", FRANCE, limits={"sampling": sampling, "type": "Percent", "percent": 30.0})
    keys = engine.column("Bookings", "boURN", sample)
    assert keys == engine.column("Bookings", "boURN", sample)
    outside = both("Bookings", {"subSelection": sample}, negated("Bookings", FRANCE))
    assert engine.count("Bookings", outside) == 0
    nested = on(
        "Bookings", {"subSelection": sample}, limits={"sampling": sampling, "type": "Total", "total": 50}
    )
    inner = engine.column("Bookings", "boURN", nested)
    assert len(inner) == 50
    assert set(inner) <= set(keys)


def test_a_random_sample_is_spread_and_depends_on_the_request(engine: Engine) -> None:
    def keys(total: int) -> list[int]:
        limits = {"sampling": "Random", "type": "Total", "total": total}
        return [int(key) for key in engine.column("Bookings", "boURN", on("Bookings", limits=limits))]

    every = [int(key) for key in engine.column("Bookings", "boURN")]
    some = keys(1000)
    assert abs(sum(some) / len(some) - sum(every) / len(every)) < 600
    assert set(some) != set(keys(1001)[:1000])


def test_skipping_moves_the_first_records(engine: Engine) -> None:
    def first(start: int) -> Any:
        return sub(
            "Bookings", FRANCE, limits={"sampling": "First", "type": "Total", "total": 100, "startAt": start}
        )

    assert engine.count("Bookings", both("Bookings", first(0), first(10))) == 90


def test_top_n(engine: Engine) -> None:
    def top(**more: Any) -> dict[str, Any]:
        return {
            "variableName": "boCost",
            "value": 0,
            "percent": "NaN",
            "minValue": "NaN",
            "maxValue": "NaN",
            **more,
        }

    hundred = on("Bookings", FRANCE, topN=top(direction="Top", value=100))
    dearest = [float(cost) for cost in engine.column("Bookings", "boCost", hundred)]
    every = sorted(
        (float(cost) for cost in engine.column("Bookings", "boCost", on("Bookings", FRANCE))), reverse=True
    )
    assert sorted(dearest, reverse=True) == every[:100]
    low = on("Bookings", FRANCE, topN=top(direction="RangeBottomUp", minValue=20, maxValue=50))
    assert sorted(float(cost) for cost in engine.column("Bookings", "boCost", low)) == every[::-1][19:50]
    fifty = sub("Bookings", FRANCE, topN=top(direction="Top", value=50))
    rest = both("Bookings", {"subSelection": hundred}, negated("Bookings", fifty))
    middle = sub("Bookings", FRANCE, topN=top(direction="RangeTopDown", minValue=51, maxValue=100))
    assert engine.count("Bookings", both("Bookings", rest, middle)) == 50 == engine.count("Bookings", rest)


def test_top_of_each_group_and_n_per_parent(engine: Engine) -> None:
    def per_destination(most: int) -> int:
        top = {"groupingVariableName": "boDest", "groupingSequenceVariableName": "boCost", "groupMax": most}
        return engine.count("Bookings", topN=top)

    sizes = [
        int(cell)
        for cell in engine.cells(cube("Bookings", [dimension("boDest")], [count_measure("Bookings")]))[0]
    ]
    assert per_destination(12) == sum(min(size, 12) for size in sizes[:-1])

    def per_person(most: int) -> int:
        recency = {"variableName": "boCost", "direction": "First", "value": most}
        return engine.count(
            "Bookings",
            FRANCE,
            nPer={"recency": recency, "groupingTableName": "People", "transactionalTableName": "Bookings"},
        )

    assert per_person(1) == engine.count("People", logic("ANY", "People", FRANCE))
    assert per_person(1) < per_person(2) <= per_person(1000) == engine.count("Bookings", FRANCE)


def test_exports_are_prefixes_of_longer_ones(engine: Engine) -> None:
    names = ["boURN", "boDest", "boCost", "boProfit", "boTrav", "peDOB", "hoTown"]
    long = query.export(engine.cursor, export("Bookings", names, on("People", WOMAN), 5000))
    short = query.export(engine.cursor, export("Bookings", names, on("People", WOMAN), 7))
    assert short["rows"] == long["rows"][:7]
    assert all(row["descriptions"].count("\t") == len(names) - 1 for row in long["rows"])
    count = engine.count("Bookings", logic("THE", "Bookings", WOMAN))
    assert long["counts"] == [{"tableName": "Bookings", "countValue": count}]
    assert len(long["rows"]) == min(5000, count)
    none = query.export(engine.cursor, export("Bookings", names, returnBrowseRows=False))
    assert none["rows"] == []


def test_batches_of_rows_are_the_rows_of_the_export(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apteco_api.sandbox.query.exports.BATCH", 1500)
    request = export("Bookings", ["boURN", "boDest", "peSName"], on("Bookings", FRANCE))
    batches = list(query.export_rows(engine.cursor, request))
    assert len(batches) > 3
    assert list(itertools.chain(*batches)) == query.export(engine.cursor, request)["rows"]
    left = engine.cursor.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone()
    assert left == (0,)


def test_cells_of_a_cube_are_the_counts_of_their_conditions(engine: Engine) -> None:
    request = cube(
        "Bookings",
        [dimension("boCont"), dimension("peGender")],
        [count_measure("Bookings")],
        on("Bookings", DEAR),
    )
    found = query.cube(engine.cursor, request)
    continents, genders = (result["headerCodes"].split("\t") for result in found["dimensionResults"])
    for row, gender in zip(found["measureResults"][0]["rows"], genders, strict=True):
        for cell, continent in zip(row.split("\t"), continents, strict=True):
            parts = [DEAR]
            if gender != "iTOTAL":
                parts.append(logic("THE", "Bookings", codes("peGender", gender)))
            if continent != "iTOTAL":
                parts.append(codes("boCont", continent))
            assert int(cell) == engine.count("Bookings", both("Bookings", *parts))


def test_turning_the_dimensions_turns_the_cells(engine: Engine) -> None:
    measures = [count_measure("Bookings"), measure("Sum", "boCost")]
    one = engine.cells(cube("Bookings", [dimension("boProd"), dimension("boCont")], measures))
    other = engine.cells(cube("Bookings", [dimension("boCont"), dimension("boProd")], measures))
    for first, second in zip(one, other, strict=True):
        assert [first[product + 5 * continent] for product in range(5) for continent in range(7)] == second


def test_descendant_dimensions_count_a_record_in_each_cell_it_has(engine: Engine) -> None:
    cells = [
        int(cell)
        for cell in engine.cells(cube("People", [dimension("boCont")], [count_measure("People")]))[0]
    ]
    assert max(cells[:-1]) < cells[-1] < sum(cells[:-1])
    assert cells[-1] == engine.count(
        "People", logic("ANY", "People", negated("Bookings", codes("boCont", "none")))
    )
    households = engine.cells(cube("Households", [dimension("peGender")], [count_measure("Households")]))[0]
    with_people = engine.count(
        "Households", logic("ANY", "Households", codes("peGender", "F", "M", "U", "!"))
    )
    assert int(households[-1]) == with_people < engine.count("Households")


def test_the_base_query_may_be_on_a_related_table(engine: Engine) -> None:
    dims, measures = [dimension("boCont")], [count_measure("Bookings")]
    other = engine.cells(cube("Bookings", dims, measures, on("People", WOMAN)))
    assert other == engine.cells(
        cube("Bookings", dims, measures, on("Bookings", logic("THE", "Bookings", WOMAN)))
    )


def test_statistics_agree_with_each_other(engine: Engine) -> None:
    functions = [
        "Sum",
        "Mean",
        "VariableCount",
        "Minimum",
        "LowerQuartile",
        "Median",
        "UpperQuartile",
        "Maximum",
    ]
    request = cube(
        "Bookings", [dimension("boDest")], [measure(function, "boProfit") for function in functions]
    )
    for cells in zip(*engine.cells(request), strict=True):
        total, mean, populated = cells[:3]
        if populated == "0":
            assert (total, mean, *cells[3:]) == ("0.00", "", "", "", "", "", "")
            continue
        assert abs(float(total) - float(mean) * int(populated)) < 0.0001 * int(populated) + 0.01
        ordered = [float(cell) for cell in cells[3:]]
        assert ordered == sorted(ordered)


def test_years_are_the_sums_of_their_quarters_months_and_days(engine: Engine) -> None:
    def bands(banding: str) -> dict[str, int]:
        found = query.cube(
            engine.cursor, cube("Bookings", [dimension("boDate", banding)], [count_measure("Bookings")])
        )
        headers = found["dimensionResults"][0]["headerCodes"].split("\t")
        cells = found["measureResults"][0]["rows"][0].split("\t")
        return dict(zip(headers, map(int, cells), strict=True))

    years = bands("Years")
    assert list(years) == ["0000", "2016", "2017", "2018", "2019", "2020", "2021", "iTOTAL"]
    days = bands("Day")
    assert len(days) == 2192 + 2
    assert list(days)[:2] == ["00000000", "20160101"]
    for finer in (bands("Quarters"), bands("Months"), days):
        for year in list(years)[1:-1]:
            assert sum(value for key, value in finer.items() if key.startswith(year)) == years[year]
        assert finer["iTOTAL"] == years["iTOTAL"] == 20_000

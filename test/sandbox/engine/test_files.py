"""Query files and export files."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import dbfread
import pytest
import xlrd
from hypothesis import given
from hypothesis import strategies as st

from apteco_api.sandbox import holidays, query
from apteco_api.sandbox.query import QueryError, xml

from .requests import Requests
from .shapes import codes, export
from .shapes import query as on

LINES = "\r\n"
ROOT = f'<query xmlns="{xml.NAMESPACE}" type="object">'


def test_query_files_hold_what_was_written() -> None:
    for seed in range(100):
        request = Requests(seed).query()
        assert xml.read(xml.write(request)) == request


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], min_codepoint=32) | st.sampled_from("\t\n\r")
)
NAMES = st.from_regex(r"[a-z][a-zA-Z]{0,8}", fullmatch=True)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["selection", "todayAt", "a"]), VALUES, max_size=3))
def test_any_value_comes_back_from_a_file_or_is_refused(value: dict[str, Any]) -> None:
    try:
        text = xml.write(value)
    except QueryError as error:
        if "cannot be written" not in error.message:
            raise
    else:
        assert xml.read(text) == value


def test_files_may_be_deep() -> None:
    tree = codes("boDest", "06")
    for _ in range(2000):
        tree = {"logic": {"operation": "NOT", "operands": [tree], "tableName": "Bookings"}}
    found = xml.read(xml.write(on("Bookings", tree)))["selection"]["rule"]["clause"]
    for _ in range(2000):
        (found,) = found["logic"]["operands"]
    assert found == codes("boDest", "06")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not well-formed"),
        ("<query/>", "namespace"),
        (ROOT, "not well-formed"),
        (f'<!DOCTYPE q [<!ENTITY a "aaaa">]>{ROOT}<todayAt>&a;</todayAt></query>', "document type"),
        (f'<!DOCTYPE q SYSTEM "file:///etc/hostname">{ROOT}</query>', "document type"),
        (f"{ROOT}&x;</query>", "not well-formed"),
        (f"{ROOT}words</query>", "no text"),
        (f"{ROOT}<todayAt><a/></todayAt></query>", "no elements"),
        (f"{ROOT}<a/><a/></query>", "twice"),
        (f'{ROOT}<a type="number">many</a></query>', "not a number"),
        (f'{ROOT}<a type="boolean">yes</a></query>', "not a boolean"),
        (f'{ROOT}<a type="date">x</a></query>', "not a type"),
        (f'<query xmlns="{xml.NAMESPACE}" type="list"/>', "does not hold a query"),
        (f'<other xmlns="{xml.NAMESPACE}" type="object"/>', "root"),
        ("\ud800", "not Unicode"),
        (" " * (xml.LARGEST + 1), "too long"),
    ],
)
def test_a_file_that_is_not_a_query_file_is_refused(text: str, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        xml.read(text)


@pytest.mark.parametrize("value", [{"a b": 1}, {"a": "\x00"}, {"a": [None]}, {"<a": "x"}])
def test_what_xml_cannot_hold_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(QueryError):
        xml.write(value)


def test_starter_files_can_all_be_counted(cursor: Any) -> None:
    assert list(holidays.STARTER_FILES) == list(holidays.STARTER_QUERIES)
    for path, text in holidays.STARTER_FILES.items():
        assert path.endswith(".xml")
        assert query.count(cursor, xml.read(text))["counts"][0]["countValue"] > 0, path


def written(cursor: Any, request: dict[str, Any]) -> bytes:
    return b"".join(query.export_file(cursor, request))


def test_csv_files_hold_every_row_of_the_export(cursor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apteco_api.sandbox.query.exports.BATCH", 7000)
    request = export(
        "Bookings",
        ["boURN", "boDest", "boCost", "boProfit", "peSName", "boDate"],
        on("People", codes("peGender", "F")),
    )
    rows = [row["descriptions"].split("\t") for row in query.export(cursor, request)["rows"]]
    text = written(cursor, {**request, "maximumNumberOfRowsToBrowse": 0}).decode()
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found[0] == ["Booking URN", "Destination", "Cost", "Profit", "Surname", "Booking Date"]
    assert found[1:] == rows
    assert text.endswith(LINES)


def test_csv_files_take_delimiters_enclosers_codes_and_empty_values(cursor: Any) -> None:
    request = export("Bookings", ["boDest", "boCost", "hoRegion"], on("Bookings", codes("boDest", "!")))
    request["output"] = {"format": "CSV", "delimiter": ";", "alphaEncloser": "i", "numericEncloser": "'"}
    request["columns"][0] |= {"detail": "Code", "columnHeader": "iota"}
    request["columns"][2] |= {"unclassifiedFormat": "Empty"}
    head, first, *_ = written(cursor, request).decode().split(LINES)
    assert head == "iiiotai;iCosti;iiRegioniii".replace("iiRegioniii", "iRegiioni")
    assert first.startswith("i !i;'")
    request["columns"][0]["unclassifiedFormat"] = "Empty"
    assert written(cursor, request).decode().split(LINES)[1].startswith("ii;'")
    bare = {**request, "output": {"alphaEncloser": ""}}
    assert written(cursor, bare).decode().startswith("iota,Cost,Region\r\n,")
    with pytest.raises(QueryError, match="single characters"):
        written(cursor, {**request, "output": {"delimiter": "--"}})


def test_key_files_are_lists_of_keys(cursor: Any) -> None:
    request = export("People", ["peSName"], on("People", codes("peOccu", "1")), output={"format": "URN"})
    keys = written(cursor, request).decode().split()
    expected = cursor.execute("SELECT urn FROM holidays.people WHERE occupation = 2 ORDER BY id").fetchall()
    assert keys == [str(key) for (key,) in expected]


def test_workbooks_hold_numbers_as_numbers(cursor: Any) -> None:
    limits = {"sampling": "First", "type": "Total", "total": 30}
    request = export(
        "Bookings", ["boURN", "boCost", "boProfit", "boDest"], output={"format": "XLSX"}, limits=limits
    )
    archive = zipfile.ZipFile(io.BytesIO(written(cursor, request)))
    assert archive.testzip() is None
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    for name in archive.namelist():
        ElementTree.fromstring(archive.read(name))
    sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    rows = [["".join(cell.itertext()) for cell in row] for row in sheet.iterfind(".//m:row", space)]
    assert rows[0] == ["Booking URN", "Cost", "Profit", "Destination"]
    assert rows[1:] == [row["descriptions"].split("\t") for row in query.export(cursor, request)["rows"]]
    kinds = [cell.get("t") for cell in sheet.findall(".//m:row", space)[1]]
    assert kinds == ["inlineStr", None, None, "inlineStr"]


MIXED = ["boURN", "boDest", "boCost", "boProfit", "boDate", "peSName", "peNews", "peDOB", "wvTime"]


def mixed(cursor: Any, **more: Any) -> tuple[dict[str, Any], list[list[str]]]:
    """Return an export with columns of all sorts, one of them a query, and its rows in the grid."""
    request = export("Bookings", MIXED[:-1], on("People", codes("peNews", "The Sun", "!")), **more)
    women = {"id": "q", "query": on("People", codes("peGender", "F")), "columnHeader": "Booking"}
    request["columns"].append(women)
    return request, [row["descriptions"].split("\t") for row in query.export(cursor, request)["rows"]]


@pytest.mark.parametrize("total", [3, 2000, 20_000])
def test_old_workbooks_hold_what_the_grid_shows(cursor: Any, total: int) -> None:
    limits = {"sampling": "First", "type": "Total", "total": total}
    request, rows = mixed(cursor, limits=limits, output={"format": "XLS"})
    sheet = xlrd.open_workbook(file_contents=written(cursor, request)).sheet_by_index(0)
    assert sheet.row_values(0) == [column["columnHeader"] for column in request["columns"]]
    assert sheet.nrows == len(rows) + 1 > min(total, 1000)
    for place, row in enumerate(rows, 1):
        shown = [float(cell) if number in (2, 3) and cell else cell for number, cell in enumerate(row)]
        assert sheet.row_values(place) == shown


def test_an_old_workbook_may_need_more_sectors_than_its_header_can_list(cursor: Any) -> None:
    request = export("Bookings", ["boURN", *["hoAddr", "deMgr", "boDest"] * 4], output={"format": "XLS"})
    data = written(cursor, request)
    assert int.from_bytes(data[44:48], "little") > 109  # sectors of the allocation table
    assert int.from_bytes(data[72:76], "little") > 0  # sectors for the list that does not fit the header
    sheet = xlrd.open_workbook(file_contents=data).sheet_by_index(0)
    shown = query.export(cursor, request)["rows"]
    for place in (0, 9_999, 19_999):
        assert sheet.row_values(place + 1) == shown[place]["descriptions"].split("\t")


def test_workbooks_that_would_not_fit_are_refused(cursor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request = export("Bookings", ["boURN"], output={"format": "XLS"})
    monkeypatch.setattr("apteco_api.sandbox.query.xls._ROWS_OF_A_SHEET", 20_000)
    with pytest.raises(QueryError, match="20000 rows at most"):
        written(cursor, request)
    request["columns"][0]["columnHeader"] = "x" * 256
    with pytest.raises(QueryError, match="255 letters at most"):
        written(cursor, request)
    with pytest.raises(QueryError, match="256 columns at most"):
        written(cursor, export("Bookings", ["boURN"] * 257, output={"format": "XLS"}))


def test_dbase_tables_hold_dates_numbers_and_texts(cursor: Any, tmp_path: Path) -> None:
    request, rows = mixed(cursor, output={"format": "DBF"})
    path = tmp_path / "export.dbf"
    path.write_bytes(written(cursor, request))
    table = dbfread.DBF(str(path), load=False)
    names = [
        "BOOKING_UR",
        "DESTINATIO",
        "COST",
        "PROFIT",
        "BOOKING_DA",
        "SURNAME",
        "NEWSPAPERS",
        "DOB",
        "BOOKING",
    ]
    assert table.field_names == names
    assert [field.type for field in table.fields] == ["C", "C", "N", "N", "D", "C", "C", "D", "C"]
    count = 0
    for found, row in zip(table, rows, strict=True):
        values = list(found.values())
        for place in (4, 7):
            values[place] = f"{values[place]:%d-%m-%Y}" if values[place] else "Unclassified"
        for place in (2, 3):
            values[place] = "" if values[place] is None else f"{values[place]:.2f}"
        assert values == row
        count += 1
    assert count > 1000
    assert path.stat().st_size == table.header.headerlen + count * table.header.recordlen + 1


def test_fixed_width_text_has_the_fields_of_the_dbase_table(cursor: Any, tmp_path: Path) -> None:
    request, rows = mixed(cursor, output={"format": "DBF"})
    path = tmp_path / "export.dbf"
    path.write_bytes(written(cursor, request))
    widths = [field.length for field in dbfread.DBF(str(path), load=False).fields]
    *lines, end = written(cursor, {**request, "output": {"format": "SDF"}}).split(b"\r\n")
    assert (end, {len(line) for line in lines}) == (b"\x1a", {sum(widths)})
    for line, row in zip(lines, rows, strict=True):
        text, values = line.decode("cp1252"), list[str]()
        for width in widths:
            values.append(text[:width])
            text = text[width:]
        for place in (4, 7):
            day = values[place].strip()
            values[place] = f"{day[6:]}-{day[4:6]}-{day[:4]}" if day else "Unclassified"
        for place in (2, 3):
            assert values[place] == values[place].strip().rjust(widths[place])
            values[place] = values[place].lstrip()
        assert [value.rstrip() for value in values] == [value.rstrip() for value in row]


def test_dbase_tables_take_codes_and_give_every_field_a_name_of_its_own(cursor: Any, tmp_path: Path) -> None:
    request = export("Bookings", ["boDest"] * 12, output={"format": "DBF"})
    for column in request["columns"]:
        column |= {"detail": "Code", "columnHeader": "Où – le but du voyage"}
    request["columns"][0]["columnHeader"] = "…"
    path = tmp_path / "export.dbf"
    path.write_bytes(written(cursor, request))
    table = dbfread.DBF(str(path))
    assert table.field_names == [
        "FIELD",
        "O_LE_BUT_D",
        *(f"O_LE_BUT_{n}" for n in range(2, 10)),
        "O_LE_BUT10",
        "O_LE_BUT11",
    ]
    first = query.export(cursor, export("Bookings", ["boDest"], most=1))["rows"][0]["codes"]
    assert next(iter(table))["FIELD"] == first.strip()


def test_dbase_tables_refuse_what_they_cannot_hold(connection: Any) -> None:
    cursor = connection.cursor()
    with pytest.raises(QueryError, match="128 columns at most"):
        written(cursor, export("Bookings", ["boURN"] * 129, output={"format": "DBF"}))
    with pytest.raises(QueryError, match="4000 is the limit"):
        written(cursor, export("Bookings", ["hoAddr", "peNews"] * 60, output={"format": "DBF"}))
    cursor.execute("BEGIN")
    try:
        cursor.execute("UPDATE holidays.people SET surname = 'Łoś' WHERE id = 3")
        with pytest.raises(QueryError, match="letter 'Ł'"):
            written(cursor, export("People", ["peSName"], output={"format": "DBF"}))
    finally:
        cursor.execute("ROLLBACK")


def test_a_column_may_say_whether_a_query_is_met(cursor: Any) -> None:
    request, rows = mixed(cursor)
    women = {str(n) for (n,) in cursor.execute(
        "SELECT b.urn FROM holidays.bookings b JOIN holidays.people p ON p.id = b.person WHERE p.gender = 1"
    ).fetchall()}  # fmt: skip
    assert {row[0] for row in rows if row[-1] == "True"} == women & {row[0] for row in rows}
    assert {row[-1] for row in rows} == {"True", "False"}
    request["columns"][-1]["detail"] = "Code"
    lines = list(csv.reader(io.StringIO(written(cursor, request).decode(), newline="")))
    assert [line[-1] for line in lines[1:]] == ["1" if row[-1] == "True" else "0" for row in rows]


def test_limits_of_an_export_narrow_its_records(cursor: Any) -> None:
    limits = {"sampling": "Stratified", "type": "Percent", "percent": 10}
    result = query.export(cursor, export("Bookings", ["boURN"], limits=limits))
    assert result["counts"][0]["countValue"] == len(result["rows"]) == 2000


def test_tabs_and_line_breaks_in_texts_do_not_break_rows(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    try:
        cursor.execute("UPDATE holidays.people SET surname = 'a\tb\r\nc' WHERE id = 3")
        rows = query.export(cursor, export("People", ["peSName", "peInit"], most=5))["rows"]
    finally:
        cursor.execute("ROLLBACK")
    assert rows[3]["descriptions"].startswith("a b  c\t")

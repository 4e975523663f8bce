"""The command line: what it prints, in which form, with which exit status."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api._runtime.codec.encode import encode
from apteco_api.cli.parser import parse, show_help
from apteco_api.cli.query import condition as read_condition
from apteco_api.cli.status import STATUSES
from apteco_api.sandbox import Sandbox

from .conftest import Run, records


def test_tables_are_csv_where_a_program_reads_them(run: Run) -> None:
    found = records(run("tables"))
    assert [each["table"] for each in found][:3] == ["Households", "People", "Bookings"]
    assert found[2]["records"] == "20000"


def test_a_table_for_people_has_aligned_columns(run: Run) -> None:
    lines = run("tables", "book", "--format", "table").splitlines()
    assert lines[0].split() == ["table", "parent", "records", "singular", "plural"]
    assert lines[2].split() == ["Bookings", "People", "20,000", "Booking", "Bookings"]


def test_variables_are_found_by_a_part_of_their_description(run: Run) -> None:
    found = json.loads(run("variables", "cost", "--table", "Bookings", "--format", "json"))
    assert [each["variable"] for each in found] == ["boCost"]
    assert found[0]["kind"] == "numeric"


def test_codes_have_descriptions_and_counts(run: Run) -> None:
    found = records(run("codes", "Destination", "franc"))
    assert found == [{"code": "06", "description": "France", "count": "4803"}]


def test_a_count_is_a_bare_number_for_scripts(run: Run) -> None:
    assert run("count", "Bookings") == "20000\n"


@pytest.mark.parametrize(
    ("conditions", "same"),
    [
        (["Destination=France"], "Destination=06"),
        (["Destination=France,France"], "boDest=France"),
        (["Cost>=500", "Cost<=700"], "Cost=500..700"),
        (["Destination!=France", "Destination!=Germany"], "Destination!=France,Germany"),
    ],
)
def test_two_ways_to_write_a_condition_count_the_same(run: Run, conditions: list[str], same: str) -> None:
    words = [word for each in conditions for word in ("--where", each)]
    found = run("count", "Bookings", *words)
    assert found == run("count", "--where", same)
    assert 0 < int(found) < 20_000


def test_conditions_on_one_table_hold_for_the_same_record(run: Run, session: Any) -> None:
    import apteco_api as aa

    both = (aa.where("Destination") == "France") & (aa.where("Cost") >= 2000)
    found = run("count", "People", "--where", "Destination=France", "--where", "Cost>=2000")
    assert int(found) == session.count(both, table="People")
    apart = session.count(both.operands[0].on("People") & both.operands[1].on("People"))
    assert int(found) < apart


def test_texts_dates_and_missing_values_can_be_asked_for(run: Run, session: Any) -> None:
    import apteco_api as aa

    for text, condition in {
        "Surname~smi": aa.where("Surname").contains("smi", ignore_case=True),
        "Booking Date=2020-01-01..2020-12-31": aa.where("Booking Date").between("2020-01-01", "2020-12-31"),
        "Booking Date<2018-01-01": aa.where("Booking Date") < "2018-01-01",
        "Cost=": aa.where("Cost").is_missing(),
        "Cost!=": ~aa.where("Cost").is_missing(),
        "Booking Date=last 12 years": aa.where("Booking Date").last(12, "years"),
        "Booking Date=LastYear,this year": aa.where("Booking Date").during("LastYear", "ThisYear"),
        "Booking Date!=LastYear": ~aa.where("Booking Date").during("LastYear"),
    }.items():
        assert int(run("count", "--where", text)) == session.count(condition), text


def test_values_come_from_a_local_file_at_the_prompt_only(run: Run, session: Any, tmp_path: Path) -> None:
    keys = session.export("Bookings", ["boURN"], limit=7)["Booking URN"]
    for name, values, variable in (("urns", keys, "Booking URN"), ("costs", ["92.35", "183.42"], "Cost")):
        path = tmp_path / f"{name}.txt"
        path.write_text("\r\n".join([*map(str, values), ""]), "utf-8")
        found = run("count", "Bookings", "--where", f"{variable}=@{path}")
        assert found == run("count", "Bookings", "--where", f"{variable}={','.join(map(str, values))}")
        others = run("count", "Bookings", "--where", f"{variable}!=@{path}")
        assert int(found) + int(others) == 20_000
    assert "none.txt" in run("count", "Bookings", "--where", "boURN=@none.txt", status=1)
    assert run("count", "People", "--where", "Surname=@Smith", status=1)
    assert run("count", "People", "--where", r"Surname=\@Smith") == "0\n"
    _, at = read_condition("Surname=@Smith", session.catalogue)  # the MCP server reads no files, so @ is text
    assert session.count(at) == 0


def test_the_tables_above_are_counted_as_well(run: Run) -> None:
    found = records(run("count", "Bookings", "--where", "Cost>2000", "--ancestors"))
    assert [each["table"] for each in found] == ["Bookings", "People", "Households"]


def test_a_query_comes_from_a_file_or_from_the_server(run: Run, session: Any, tmp_path: Path) -> None:
    import apteco_api as aa

    query = (aa.where("Destination") == "France").to_query(session.catalogue)
    path = tmp_path / "query.json"
    path.write_bytes(encode(query))
    assert run("count", "--query", str(path)) == "4803\n"
    saved = "Private/Bookings to France or Germany.xml"
    assert run("count", "--query-file", saved) == run("count", "--where", "Destination=France,Germany")


EXPORT = ("export", "Bookings", "boURN", "Destination", "Cost", "Booking Date", "--where", "Cost>2000")


def test_an_export_is_the_same_in_every_form(run: Run, tmp_path: Path) -> None:
    import pyarrow.parquet as parquet

    by_csv = records(run(*EXPORT))
    by_json = json.loads(run(*EXPORT, "--format", "json"))
    assert run(*EXPORT, "--output", str(tmp_path / "rows.parquet")) == ""
    by_parquet = parquet.read_table(tmp_path / "rows.parquet").to_pylist()
    assert len(by_csv) == len(by_json) == len(by_parquet) > 20
    for one, two, three in zip(by_csv, by_json, by_parquet, strict=True):
        assert one["Destination"] == two["Destination"] == three["Destination"]
        assert float(one["Cost"]) == two["Cost"] == three["Cost"]
        assert one["Booking Date"] == two["Booking Date"] == three["Booking Date"].isoformat()


def test_an_export_goes_into_files_of_every_kind(run: Run, tmp_path: Path) -> None:
    expected = run(*EXPORT, "--limit", "3")
    run(*EXPORT, "--limit", "3", "--output", str(tmp_path / "rows.csv"))
    assert (tmp_path / "rows.csv").read_text("utf-8") == expected
    codes = records(run(*EXPORT, "--limit", "3", "--codes"))
    assert all(len(each["Destination"]) == 2 for each in codes)


def test_an_export_goes_behind_a_url_and_into_a_dataset(run: Run, tmp_path: Path) -> None:
    import fsspec
    import pandas as pd

    expected = run(*EXPORT, "--limit", "3")
    assert run(*EXPORT, "--limit", "3", "--output", "memory://cli/rows.csv") == ""
    assert fsspec.filesystem("memory").cat("/cli/rows.csv").decode() == expected
    folder = tmp_path / "parts"
    run(*EXPORT, "--partition-by", "Destination", "--output", str(folder))
    assert len(pd.read_parquet(folder)) == len(records(run(*EXPORT)))
    assert all(each.name.startswith("Destination=") for each in folder.iterdir())
    assert "needs --output FOLDER" in run(*EXPORT, "--partition-by", "Destination", status=2)
    for words in (("--format", "csv"), ("--codes",)):
        assert words[0] in run(*EXPORT, *words, "--output", "memory://cli/other.csv", status=2)
    assert not fsspec.filesystem("memory").exists("/cli/other.csv")


def test_a_table_of_an_export_is_short_unless_asked(run: Run) -> None:
    assert len(run("export", "Bookings", "boURN", "--format", "table").splitlines()) == 52
    assert len(run("export", "Bookings", "boURN", "--format", "table", "--limit", "60").splitlines()) == 62


def test_a_cube_has_one_row_for_each_combination(run: Run) -> None:
    found = records(run("cube", "Bookings", "Product", "Booking Date by Years", "--measure", "Count"))
    assert {each["Product"] for each in found} == {"Accommodation Only", "Flight Only", "Package Holiday"}
    whole = records(run("cube", "Bookings", "Product", "--totals", "--unclassified"))
    total = next(each for each in whole if each["Product"] == "TOTAL")
    assert total["Count"] == "20000" == str(sum(int(each["Count"]) for each in whole) - 20000)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["count", "Bokings"], 4),
        (["codes", "Destinaton"], 4),
        (["count", "Bookings", "--where", "Cost>dear"], 2),
        (["count", "Bookings", "--where", "nothing"], 2),
        (["count"], 2),
        (["count", "--where", "Cost>1", "--query-file", "x"], 2),
        (["export", "Bookings", "boURN", "--output", "rows.xyz"], 2),
        (["count", "--query", "/nowhere/at/all.json"], 1),
        (["count", "--query-file", "Private/none.xml"], 4),
        (["count", "Bookings", "--profile", "none"], 3),
        (["count", "Bookings", "--user", "nobody"], 3),
        (["count", "Bookings", "--host", "http://127.0.0.1:9/OrbitAPI"], 3),  # password of another host
        (["call", "no_such_operation"], 4),
        (["codes", "Cost"], 2),
        (["find", "term", "[", "--regex"], 2),
        (["find", "tables", "Bokings"], 4),
        (["files", "ls", "Nowhere"], 4),
        (["audiences", "rm", "Nothing"], 4),
        (["cube", "Bookings", "Booking Date by Fortnight"], 2),
    ],
)
def test_a_script_can_tell_what_went_wrong(run: Run, words: list[str], status: int) -> None:
    message = run(*words, status=status)
    assert message.startswith(f"apteco-api {words[0]}")
    assert "Traceback" not in message
    assert len(message.splitlines()) == 1
    assert status in STATUSES


def test_a_server_that_does_not_answer_has_its_own_exit_status(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APTECO_API_HOST", "http://127.0.0.1:9/OrbitAPI")
    assert run("count", "Bookings", status=7).startswith("apteco-api count: ")


@pytest.mark.parametrize(
    ("name", "value", "status", "said"),
    [
        ("PASSWORD", "wrong", 3, "401 Unauthorized: Username or password is wrong.* Check user, password"),
        ("HOST", "without the path", 4, "The API is below /OrbitAPI. Check the data view, and the host"),
        ("HOST", "ftp://server/OrbitAPI", 2, "must be a URL such as https://server/api"),
        ("HOST", "http://127.0.0.1:9/OrbitAPI", 7, "Connection refused. Check host, network, proxy"),
        ("DATA_VIEW", "nosuch", 4, "There is no data view 'nosuch'. Check the data view"),
        ("TOKEN", "stale", 3, "The access token is wrong, or its session has ended"),
    ],
)
def test_a_login_that_fails_is_one_line_with_what_to_check(
    run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str, value: str, status: int, said: str
) -> None:
    given = box.url.removesuffix("/OrbitAPI") if value == "without the path" else value
    monkeypatch.setenv(f"APTECO_API_{name}", given)
    if name == "TOKEN":  # with the user's password at hand, the session logs in again
        assert run("count", "Bookings") != ""
        monkeypatch.delenv("APTECO_API_PASSWORD")
    message = run("count", "Bookings", status=status)
    assert re.fullmatch(f"apteco-api count: .*{said}.*\n", message), message
    assert "{" not in message


def test_the_error_for_a_file_without_a_query_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    message = run("count", "--query", str(tmp_path / "notes.txt"), status=2)
    said = f"{tmp_path / 'notes.txt'} does not hold a Query: the answer is not JSON"
    assert message == f"apteco-api count: {said}\n"


def test_what_fails_before_its_first_row_leaves_no_heading_and_no_file(run: Run, tmp_path: Path) -> None:
    run("files", "ls", "Nowhere", "--output", str(tmp_path / "list.csv"), status=4)
    assert list(tmp_path.glob("list*")) == []


def test_a_cube_in_parquet_has_the_types_of_the_frame(run: Run, session: Any, tmp_path: Path) -> None:
    from pyarrow import parquet

    path = tmp_path / "cube.parquet"
    run("cube", "Bookings", "Product", "--measure", "Sum(Cost)", "--output", str(path))
    frame = session.cube("Bookings", ["Product"], ["Sum(Cost)"])
    assert parquet.read_table(path).to_pylist() == frame.to_arrow(unclassified=False).to_pylist()
    assert parquet.read_table(path).schema == frame.to_arrow().schema


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cuont", "Bookings"], "did you mean 'count'"),
        (["files", "gte"], "did you mean 'get'"),
        (["audiences", "sahre", "x"], "did you mean 'share'"),
        (["count", "--were", "x"], "did you mean '--where'"),
        (["tables", "--format", "excel"], "choose from table, csv, json, parquet, xlsx"),
        (["help", "exprot"], "did you mean 'export'"),
        (["help", "files", "lss"], "did you mean 'ls'"),
        (["zzzz"], "choose from login"),
    ],
)
def test_the_error_for_a_misspelled_word_names_the_nearest(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        show_help(parse(words))
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert said in error, error
    assert error.startswith("usage: apteco-api")


def test_the_error_for_a_misspelled_operation_names_the_nearest(run: Run) -> None:
    message = run("call", "queries_perform_query_count_synchronuosly", status=4)
    assert "did you mean 'queries_perform_query_count_synchronously'" in message


@pytest.mark.parametrize("words", [[], ["files"], ["audiences"], ["queries"], ["jobs"], ["find"], ["clone"]])
def test_a_command_without_its_words_shows_its_help(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 0
    assert "example:" in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_printed(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([flag])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"apteco-api {aa.__version__}\n")


def test_the_help_command_prints_the_help_of_the_command(run: Run, capfd: Any) -> None:
    for words in ("count", "files get", "files", "call", ""):
        shown = run("help", *words.split())
        with pytest.raises(SystemExit):
            parse([*words.split(), "--help"])
        assert capfd.readouterr().out == shown, words
    assert "--table-name" in run("help", "call", "fast_stats_systems_get_fast_stats_table")


@pytest.mark.parametrize(("sort", "order"), [("records", 1), ("-records", -1), ("table", 1), ("-Table", -1)])
def test_a_listing_is_sorted_and_cut_to_columns(run: Run, sort: str, order: int) -> None:
    found = records(run("tables", "--sort", sort, "--columns", "records,table"))
    assert list(found[0]) == ["records", "table"]
    name = sort.strip("-").lower()
    keys = [int(each[name]) if name == "records" else each[name].casefold() for each in found]
    assert keys == sorted(keys, reverse=order < 0)  # type: ignore[type-var]


def test_the_error_for_an_unknown_column_names_the_nearest(run: Run) -> None:
    assert "did you mean 'records'" in run("tables", "--sort", "record", status=2)
    assert "did you mean 'parent'" in run("tables", "--columns", "table,parnt", status=2)


def test_an_export_is_sorted_by_its_columns(run: Run, session: aa.Session) -> None:
    words = ("export", "Bookings", "boURN", "Cost", "--where", "Cost>2000", "--limit", "5", "--sort", "-Cost")
    found = [each["Cost"] for each in records(run(*words))]
    right = session.export(aa.where("Cost") > 2000, ["boURN", "Cost"], order_by="-Cost", limit=5)["Cost"]
    assert [float(cost) for cost in found] == right


@pytest.mark.parametrize(
    "words",
    [
        ("export", "Bookings", "boURN", "Cost", "Booking Date", "--limit", "20"),
        ("export", "Bookings", "boURN", "Cost", "--limit", "20", "--sort", "Cost"),
        ("cube", "Bookings", "Product", "--measure", "Sum(Cost)"),
        ("tables",),
        ("files", "ls", "Private"),
    ],
)
def test_every_command_writes_excel(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "found.xlsx"
    assert run(*words, "--output", str(path)) == ""
    rows = list(openpyxl.load_workbook(path).active.values)
    text = list(csv.reader(io.StringIO(run(*words))))
    assert [str(cell) for cell in rows[0]] == text[0]
    assert len(rows) == len(text)
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".toml")] == ["found.xlsx"]


def test_a_command_starts_without_loading_what_it_does_not_need() -> None:
    code = (
        "import sys; from apteco_api.cli.parser import parse; parse(['tables']); "
        "heavy = {'urllib3', 'msgspec', 'rich', 'pandas', 'pyarrow', 'matplotlib', 'duckdb', 'starlette'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_an_interrupt_while_the_program_starts_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupting:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "apteco_api.cli.parser":
                raise KeyboardInterrupt

    from apteco_api.cli.__main__ import main

    monkeypatch.delitem(sys.modules, "apteco_api.cli.parser", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting, *sys.meta_path])
    assert main(["tables"]) == 130


def test_a_dash_is_standard_output(run: Run) -> None:
    plain = run("export", "Bookings", "Cost", "--limit", "2")
    assert run("export", "Bookings", "Cost", "--limit", "2", "--output", "-") == plain
    assert run("cube", "Bookings", "Product", "--output", "-", "--format", "json") == run(
        "cube", "Bookings", "Product", "--format", "json"
    )

"""The four terminal commands."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tonalytica_client import TonalyticaAPIClient
from tonalytica_client.cli import clone_dashboard, export_queries, find_tables, gdpr_scrub
from tonalytica_client.cli.find_tables import extract_table_names
from tonalytica_client.sandbox import USER_KEY, Sandbox

PROJECT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT f FROM t0 LEFT JOIN t1 ON t0.f = t1.f", ["t0", "t1"]),
        ("select f from t0 as a left join t1 as b on a.f = b.f", ["t0", "t1"]),
        ("SELECT f FROM t0 a LEFT JOIN t1 b ON a.f = b.f", ["t0", "t1"]),
        ("SELECT f FROM s.t0 a LEFT JOIN s.t1 b ON a.f = b.f", ["s.t0", "s.t1"]),
        ("SELECT f\nFROM\n    t0\nLEFT JOIN\n    t1\n", ["t0", "t1"]),
        ("SELECT f FROM t1,t2, t3 ,t4 , t5\n  , t6\nWHERE t0.f = 1", ["t1", "t2", "t3", "t4", "t5", "t6"]),
        ("SELECT f FROM [t0] LEFT JOIN [t 1] ON [t0].f = 1", ["[t0]", "[t 1]"]),
        ("SELECT f FROM t1 AS a, t2 AS b, t3 c, t4 d WHERE a.f = 'v'", ["t1", "t2", "t3", "t4"]),
        (
            "SELECT f FROM t1 AS a, t2 AS b, t3 c, t4 d\nLEFT JOIN t5 ON a.f = t5.f WHERE b.f = c.f",
            ["t1", "t2", "t3", "t4", "t5"],
        ),
        ("SELECT * FROM (SELECT * FROM t1 WHERE x IN (SELECT y FROM t2)) AS sub, t3", ["t1", "t2", "t3"]),
        (
            "WITH a AS (SELECT 1 FROM t1), b (x) AS (SELECT 2 FROM a) SELECT * FROM b JOIN t2 USING (x)",
            ["t1", "t2"],
        ),
        ("SELECT 'FROM t1' -- FROM t2\n/* JOIN t3 */ FROM t4", ["t4"]),
        ("SELECT extract(year FROM made_at) FROM t1", ["t1"]),
        ("SELECT 1 FROM t1 UNION SELECT 2 FROM t1", ["t1"]),
        ('SELECT 1 FROM "My Schema"."T", {{ table }}', ['"My Schema"."T"', "{{ table }}"]),
        ("SELECT * FROM generate_series(1, 10) AS g, t1", ["t1"]),
        ("SELECT 1", []),
    ],
)
def test_the_tables_of_a_text(sql: str, tables: list[str]) -> None:
    assert extract_table_names(sql) == tables


def test_find_tables_counts_queries_and_keeps_to_the_schema(
    client: TonalyticaAPIClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.create_query(1, "Other", "SELECT 1 FROM main.transfers, nowhere", with_results=False)
    assert find_tables.main([client.host, USER_KEY, "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "         table | number of queries"
    assert lines[1] == "-" * 14 + " | " + "-" * 17
    assert sorted(" ".join(line.split()) for line in lines[2:]) == [
        "accounts | 2",
        "holdings | 1",
        "jettons | 1",
        "main.transfers | 1",
        "transfers | 2",
    ]


def test_find_tables_without_any_query(
    client: TonalyticaAPIClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for row in client.queries()["results"]:
        client.archive_query(row["id"])
    assert find_tables.main([client.host, USER_KEY, "1"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "table | number of queries"


def test_gdpr_scrub_looks_into_names_texts_tags_results_and_widgets(
    client: TonalyticaAPIClient, redash: str, capsys: pytest.CaptureFixture[str]
) -> None:
    richest = client.run_query(2).rows[0]["email"]
    client.update_query(1, {"tags": ["Ärger"]})
    client.update_dashboard(1, {"name": "Chain Ärger"})
    host = client.tonalytica_url
    board = {"9": "dashboard/chain-overview", "current": "dashboards/1-chain-rger"}[redash]
    for term, found in {
        richest.upper(): ["queries/2"],
        "ärger": ["queries/1", board],
        "richest": ["queries/2"],
        "questions:": [board],
        "nobody": [],
    }.items():
        assert gdpr_scrub.main([f"{host}/", term, "--api-key", USER_KEY]) == 0
        assert capsys.readouterr().out.splitlines() == [f"{host}/{path}" for path in found], term


def test_clone_dashboard_copies_queries_and_visualizations(client: TonalyticaAPIClient) -> None:
    client.create_visualization(1, "line", "Twin A", x_axis="day", y_axis=[{"name": "ton"}])
    twin = client.create_visualization(1, "line", "Twin B", x_axis="day", y_axis=[{"name": "ton"}])
    client.add_widget(1, vs_id=twin["id"])
    original = client.get_dashboard(1)
    copy = clone_dashboard.clone(client, "chain-overview", "mine: ")
    assert copy["tags"] == original["tags"]
    assert len(copy["widgets"]) == 4
    for mine, theirs in zip(copy["widgets"], original["widgets"], strict=True):
        assert (mine["text"], mine["options"]) == (theirs["text"], theirs["options"])
        if "visualization" in theirs:
            mine, theirs = mine["visualization"], theirs["visualization"]
            assert mine["id"] != theirs["id"]
            assert (mine["name"], mine["type"]) == (theirs["name"], theirs["type"])
            assert mine["query"]["name"] == f"mine: {theirs['query']['name']}"
    assert {row["name"] for row in client.queries()["results"]} >= {
        "mine: Transfers by day",
        "mine: Richest accounts",
    }


def test_export_queries_writes_a_header_that_a_name_cannot_end(
    client: TonalyticaAPIClient, tmp_path: Path
) -> None:
    client.update_query(1, {"name": "Ends */ DROP TABLE"})
    assert export_queries.main([client.host, "--api-key", USER_KEY, "--directory", str(tmp_path)]) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"query_{n}.sql" for n in (1, 2, 3, 4)]
    query = client.get_query(1)
    assert (tmp_path / "query_1.sql").read_text(encoding="utf-8") == (
        "/*\nName: Ends * / DROP TABLE\nData source: 1\nCreated By: Ada Admin\n"
        f"Last Updated At: {query['updated_at']}\n*/\n{query['query']}"
    )


def test_the_key_is_asked_for(
    client: TonalyticaAPIClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("TONALYTICA_API_KEY", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{USER_KEY}\n"))
    assert export_queries.main([client.host, "--directory", str(tmp_path)]) == 0
    assert capsys.readouterr().err.startswith("API Key: ")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(SystemExit, match="no API key"):
        export_queries.main([client.host])


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        (gdpr_scrub, ["x"]),
        (clone_dashboard, ["chain-overview", "p"]),
        (export_queries, []),
    ],
)
def test_errors_are_one_line(
    server: Sandbox, capsys: pytest.CaptureFixture[str], module: object, arguments: list[str]
) -> None:
    main = module.main  # type: ignore[attr-defined]
    assert main([server.url, *arguments, "--api-key", "wrong-4711"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[-1].startswith("error: [GET] /api/")
    assert "Please login" in printed.err
    assert "4711" not in printed.err


@pytest.mark.parametrize("name", ["gdpr_scrub", "find_tables", "clone_dashboard", "export_queries"])
def test_help_ends_with_an_example(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", f"tonalytica_client.cli.{name}", "--help"],
        env={**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "100"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout.strip().splitlines()[-1].startswith("example: ")

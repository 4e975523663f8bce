"""`--cli`: a package has a command line of its operations. The end of a run counts what was skipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from generator.__main__ import main

from .conftest import Server, get, spec

BOOK = {"type": "object", "properties": {"title": {"type": "string"}}}
KEY = {"name": "isbn", "in": "path", "required": True, "schema": {"type": "string"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    book = get({"$ref": "#/components/schemas/Book"}, id="getBook", parameters=[KEY])
    lost = get({"$ref": "#/components/schemas/Nowhere"}, id="getLost")
    paths = {
        "/books/{isbn}": book,
        "/lost": lost,
        "/lost/again": {"get": {**lost["get"], "operationId": "again"}},
    }
    (tmp_path / "shop.json").write_text(json.dumps(spec(paths, {"Book": BOOK})))
    return tmp_path


def run(folder: Path, server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shop", *arguments], cwd=folder, capture_output=True, text=True, timeout=120,
        env={**os.environ, "SHOP_HOST": server.url},
    )  # fmt: skip


def test_a_made_command_line_lists_and_calls_operations_and_refuses_unknown_ones(
    folder: Path, server: Server
) -> None:
    assert main([str(folder / "shop.json"), "--as", "shop", "--out", str(folder), "--cli"]) == 0
    listed = run(folder, server, "list")
    assert listed.returncode == 0, listed.stderr
    assert "get_book" in listed.stdout
    server.answers({"title": "Emma"})
    called = run(folder, server, "call", "get_book", "--isbn", "1/2")
    assert (called.returncode, json.loads(called.stdout)) == (0, {"title": "Emma"}), called.stderr
    assert server.last.target == "/books/1%2F2"
    wrong = run(folder, server, "call", "get_bok")
    assert wrong.returncode != 0
    assert "'get_bok'" in wrong.stderr


def test_without_the_option_there_is_no_command_line(folder: Path, server: Server) -> None:
    assert main([str(folder / "shop.json"), "--as", "shop", "--out", str(folder)]) == 0
    assert not (folder / "shop" / "__main__.py").exists()


def test_a_run_ends_with_how_many_operations_were_skipped(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder / "shop.json"), "--as", "shop", "--out", str(folder)]) == 0
    shown = capsys.readouterr()
    (line,) = (each for each in shown.out.splitlines() if each.startswith("skipped:"))
    assert line.startswith("skipped: 2 operations;")
    assert shown.err.count(": skipped: ") == 2

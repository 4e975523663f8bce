"""The documents of the command line, the notebook, the table of features: up to date, and true."""

from __future__ import annotations

import argparse
import importlib.util
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import apteco_api as aa
from apteco_api.cli.__main__ import main
from apteco_api.cli.parser import make_parser
from apteco_api.cli.table import COMMANDS
from apteco_api.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDE = (DOCS / "cli.md").read_text("utf-8")
MAKER = DOCS / "internals" / "make_cli_reference.py"


def module_of(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_document_is_what_the_commands_say() -> None:
    done = subprocess.run([sys.executable, str(MAKER), "--check"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"run `python {MAKER}` and commit the result\n{done.stderr}"


def test_every_command_is_documented_with_an_example() -> None:
    for command in COMMANDS:
        section = GUIDE.partition(f"### apteco-api {command.name}\n")[2].partition("\n### ")[0]
        assert f"example:\n  {command.example}\n" in section, command.name
        for each in command.args:
            assert each.flag in section or str(each.settings.get("metavar")) in section


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
def test_every_help_ends_with_its_example(
    command: argparse.Namespace, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.name.split(), "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.rstrip().endswith(f"example:\n  {command.example}")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
def test_every_example_can_be_parsed(command: argparse.Namespace) -> None:
    line = re.sub(r'^eval "\$\((.*)\)"$', r"\1", command.example)
    for part in line.split(" | "):
        first, *words = shlex.split(part)
        assert first == "apteco-api"
        made = make_parser().parse_args(words)
        if part == line:
            assert made.chosen.name == command.name


def test_a_mistake_in_the_line_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["cuont"], ["count", "--wher", "x"], ["files", "gte"], ["tables", "--format", "excell"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        assert "usage: apteco-api" in capsys.readouterr().err


def test_four_commands_go_from_login_to_picture(
    box: Sandbox, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    block = GUIDE.partition("```sh\n")[2].partition("```")[0]
    commands = [shlex.split(line) for line in block.splitlines()]
    assert len(commands) == 4
    for name in ("HOST", "DATA_VIEW", "SYSTEM", "USER", "PASSWORD"):
        monkeypatch.delenv(f"APTECO_API_{name}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{box.password}\n"))
    login = [box.url if word.startswith("https://") else word for word in commands[0][1:]]
    run(*login, "--password-stdin")
    printed = [run(*words[1:]) for words in commands[1:]]
    assert "boCost" in printed[0]
    assert printed[1] == "9117\n"
    assert Path("cost.png").read_bytes().startswith(b"\x89PNG")


def test_the_notebook_goes_from_login_to_plot_in_twelve_lines(
    session: aa.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    pictures = module_of(DOCS / "internals" / "make_pictures.py")
    lines = [line for source in pictures.code_cells() for line in source.splitlines() if line.strip()]
    assert len(lines) <= 12
    names = pictures.run_notebook()
    assert capsys.readouterr().out == "9117 of 20000\n"
    drawn = names["axes"].get_lines()
    assert [line.get_label() for line in drawn] == list(names["frame"].columns)
    total = session.cube("Bookings", ["Product"], ["Sum(Cost)"]).totals()[0]["Sum(Cost)"]
    assert sum(float(line.get_ydata().sum()) for line in drawn) == pytest.approx(total, rel=0.05)
    names["axes"].figure.clear()


def test_every_feature_names_a_test_that_exists() -> None:
    text = (DOCS / "internals" / "features.md").read_text("utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 35
    for row in rows:
        assert len(row) == 4
        file, _, name = row[3].strip().strip("`").partition("::")
        source = (ROOT / "test" / file).read_text("utf-8")
        assert f"def {name}(" in source, row[3]


def test_every_name_of_the_feature_table_exists(session: aa.Session) -> None:
    text = (DOCS / "internals" / "features.md").read_text("utf-8")
    names = re.findall(r"\baa\.(\w+)", text)
    assert len(names) > 10
    assert [name for name in names if not hasattr(aa, name)] == []
    parts = re.findall(r"\bsession\.(\w+)", text)
    assert [name for name in parts if not hasattr(session, name)] == []


def test_every_command_of_the_feature_table_exists() -> None:
    text = (DOCS / "internals" / "features.md").read_text("utf-8")
    known = {command.name for command in COMMANDS} | {command.name.split()[0] for command in COMMANDS}
    for found in re.findall(r"`apteco-api ([a-z-]+(?: [a-z]+)?)", text):
        assert found in known or found.split()[0] in known, found


def test_a_session_knows_its_user(box: Sandbox, session: aa.Session) -> None:
    assert session.user is not None
    assert session.user.username == box.username

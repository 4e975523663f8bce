"""Both type checkers read every function of the runtime: a mistake planted in any of them is found."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
MISTAKE = '"text" + 1, planted_name_that_nobody_defines'


def planted(source: str) -> tuple[str, list[int]]:
    """Return the source with the mistake as first statement of every function, and the lines of it."""
    lines = source.splitlines()
    places: list[tuple[int, int]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            if lines[first.lineno - 1][: first.col_offset].strip():  # def f() -> None: ...
                continue
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            place = (first.end_lineno or 0) if documented else first.lineno - 1
            decorators = getattr(first, "decorator_list", [])
            place = decorators[0].lineno - 1 if decorators and not documented else place
            places.append((place, first.col_offset))
    for place, indent in sorted(places, reverse=True):
        lines.insert(place, " " * indent + MISTAKE)
    return "\n".join(lines) + "\n", [n for n, line in enumerate(lines, 1) if line.strip() == MISTAKE]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[tuple[str, int]]]:
    """Return a copy of the runtime with the mistakes, and their places."""
    folder = tmp_path_factory.mktemp("planted") / "client"
    shutil.copytree(ROOT / "apteco_api/_runtime", folder / "_runtime")
    (folder / "__init__.py").write_text("")
    places: set[tuple[str, int]] = set()
    for path in sorted((folder / "_runtime").rglob("*.py")):
        text, lines = planted(path.read_text("utf-8"))
        path.write_text(text, "utf-8")
        places |= {(path.relative_to(folder).as_posix(), line) for line in lines}
    return folder, places


def found(output: str, folder: Path, *texts: str) -> dict[str, set[tuple[str, int]]]:
    """Return the places of each message in a checker's output."""
    places: dict[str, set[tuple[str, int]]] = {text: set() for text in texts}
    for line in output.splitlines():
        if match := re.search(r"(_runtime/[\w/]+\.py):(\d+)", line.replace("\\", "/")):
            for text in texts:
                if text in line:
                    places[text].add((match[1], int(match[2])))
    return places


CHECKERS = {
    "mypy": (["-m", "mypy", "--strict", "--no-incremental"], "Unsupported operand types", "is not defined"),
    "pyright": (
        ["-m", "pyright", "--pythonpath", sys.executable],
        'Operator "+" not supported',
        "is not defined",
    ),
}


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_planted_mistake_is_found_in_every_function(
    checker: str, copy: tuple[Path, set[tuple[str, int]]]
) -> None:
    folder, planted_places = copy
    command, *texts = CHECKERS[checker]
    ran = subprocess.run(
        [sys.executable, *command, "client"], cwd=folder.parent, capture_output=True, text=True, timeout=300
    )
    for text, places in found(ran.stdout, folder, *texts).items():
        assert sorted(planted_places - places) == [], text


def test_mistakes_are_planted_in_every_module_that_has_functions(
    copy: tuple[Path, set[tuple[str, int]]],
) -> None:
    folder, places = copy
    with_functions = {
        path.relative_to(folder).as_posix()
        for path in (folder / "_runtime").rglob("*.py")
        if re.search(r"^ *(async )?def ", path.read_text("utf-8"), re.MULTILINE)
    }
    assert {name for name, _ in places} == with_functions

"""mypy --strict and pyright strict agree: typical user code passes, marked mistakes are found."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GOOD, BAD = sorted(HERE.glob("good*.py")), sorted(HERE.glob("bad*.py"))


def mypy() -> set[tuple[str, int]]:
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary"]
    options = ["--cache-dir", str(ROOT / ".mypy_cache" / "typing"), "--hide-error-context"]
    done = subprocess.run(
        [*command, *options, *map(str, GOOD + BAD)], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    found = re.findall(r"^(.+?):(\d+): error: ", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return {(Path(name).name, int(line)) for name, line in found}


def pyright(tmp_path: Path) -> set[tuple[str, int]]:
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "extraPaths": [str(ROOT)],
        # some mistakes of this file are expressions whose value is not used
        "reportUnusedExpression": False,
        "reportUnusedCallResult": False,
    }
    project = tmp_path / "pyrightconfig.json"
    project.write_text(json.dumps(settings))
    for file in GOOD + BAD:
        shutil.copy(file, tmp_path)
    command = [
        sys.executable,
        "-m",
        "pyright",
        "--outputjson",
        "--pythonpath",
        sys.executable,
        "-p",
        str(project),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {
        (Path(item["file"]).name, item["range"]["start"]["line"] + 1)
        for item in found
        if item["severity"] == "error"
    }


def marked() -> set[tuple[str, int]]:
    return {
        (file.name, number)
        for file in BAD
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith("# WRONG")
    }


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_user_code_passes_and_marked_mistakes_are_found(checker: str, tmp_path: Path) -> None:
    found = mypy() if checker == "mypy" else pyright(tmp_path)
    assert len(marked()) == 17 + 18
    assert found == marked()

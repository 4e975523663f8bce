"""The README's examples run, and print what it says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from atomx import Atomx

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCK = re.compile(r"```python\n(.*?)```(?:\n```output\n(.*?)```)?", re.DOTALL)
EXAMPLES = BLOCK.findall(README.read_text(encoding="utf-8"))


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 120
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize(("code", "output"), EXAMPLES)
def test_an_example_of_the_readme_runs(code: str, output: str, atomx: Atomx) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {"atomx": atomx, "__name__": "example"})
    assert printed.getvalue() == output

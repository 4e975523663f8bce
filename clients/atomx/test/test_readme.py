"""The README's examples run, and print the output in the README."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCK = re.compile(r"```python\n(.*?)```(?:\n```output\n(.*?)```)?", re.DOTALL)
EXAMPLES = BLOCK.findall(README.read_text(encoding="utf-8"))


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 120
    assert len(EXAMPLES) == 4


def test_the_examples_of_the_readme_run_in_order_in_one_place() -> None:
    place: dict[str, object] = {"__name__": "example"}
    for code, output in EXAMPLES:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), place)
        if output:
            assert printed.getvalue() == output, code

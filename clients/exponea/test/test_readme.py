"""Every Python block of the README runs, in order, in one session against the sandbox."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from exponea_python_sdk.sandbox import Sandbox

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", README.read_text("utf-8"), re.DOTALL)


def test_the_readme_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 120


def test_every_example_prints_what_the_readme_shows(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(BLOCKS) >= 5
    session: dict[str, object] = {}
    for code, shown in BLOCKS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code.replace("http://127.0.0.1:8086", sandbox.url), str(README), "exec"), session)
        if shown:
            assert printed.getvalue() == shown, code

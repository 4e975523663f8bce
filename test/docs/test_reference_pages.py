"""The reference of the site: made of the spec when the site is built, complete, and written once."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apteco_api as aa

from .conftest import ROOT


def extension() -> Any:
    place = ROOT / "docs" / "_ext" / "reference_pages.py"
    spec = importlib.util.spec_from_file_location("reference_pages", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_page_a_section_and_a_model_and_an_index_are_written_once(tmp_path: Path) -> None:
    made = extension()
    folder = tmp_path / "reference"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "gone.md").write_text("a model of yesterday")
    made.write(SimpleNamespace(srcdir=str(tmp_path)))
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*.md")}
    text = "".join(path.read_text("utf-8") for path in written)
    assert (folder / "index.md") in written
    assert [name for name in aa.api.__all__ if f"\n# {name}\n" not in text] == []
    assert [name for name in aa.models.__all__ if f"\n# {name}\n" not in text] == []
    assert len(written) == 1 + len(aa.api.__all__) + len(aa.models.__all__)

    made.write(SimpleNamespace(srcdir=str(tmp_path)))
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.md")} == written

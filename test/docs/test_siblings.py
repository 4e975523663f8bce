"""The promises of the siblings, each with a test that exists, and the sizes in their READMEs."""

from __future__ import annotations

import glob
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "internals" / "siblings.md").read_text(encoding="utf-8")
SECTIONS = [("atomx", "atomx 1.7", 35), ("exponea", "exponea-python-sdk 0.2.0", 24)] + [
    ("tonalytica", f"tonalytica-client 0.1 on {version}", 14)
    for version in ("Redash 9", "the current Redash")
]
PACKAGES = {"atomx": "atomx", "exponea": "exponea_python_sdk", "tonalytica": "tonalytica_client"}


@pytest.mark.parametrize(("client", "title", "count"), SECTIONS, ids=lambda each: str(each))
def test_each_promise_has_a_test(client: str, title: str, count: int) -> None:
    section = PAGE.partition(f"## {title}: {count} of {count}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \|.*\| `(test_\w+)` \|$", section, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, count + 1))
    texts = [
        each.read_text(encoding="utf-8") for each in (ROOT / "clients" / client / "test").glob("test_*.py")
    ]
    for _, name in rows:
        assert any(f"def {name}(" in text for text in texts), name


@pytest.mark.parametrize("client", PACKAGES)
def test_the_readme_shows_how_large_the_package_is(client: str) -> None:
    folder = ROOT / "clients" / client / PACKAGES[client]
    lines = {"facade": 0, "generated": 0, "sandbox": 0}
    for name in glob.glob("**/*.py", root_dir=folder, recursive=True):  # the wheel has what a link leads to
        part = {"client": "generated", "sandbox": "sandbox"}.get(Path(name).parts[0], "facade")
        lines[part] += len((folder / name).read_text(encoding="utf-8").splitlines())
    readme = (ROOT / "clients" / client / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"facade ([\d,]+), generated client ([\d,]+), sandbox ([\d,]+) lines", readme)
    assert shown is not None
    for figure, part in zip(shown.groups(), ("facade", "generated", "sandbox"), strict=True):
        assert abs(int(figure.replace(",", "")) - lines[part]) <= 0.1 * lines[part], (part, lines)

"""The guide and the reference are complete and up to date."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api._runtime.settings import READERS as SETTINGS
from apteco_api.cli.__main__ import main
from apteco_api.sandbox import Sandbox
from apteco_api.session.credentials import ITEMS, PREFIX

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = DOCS / "day.md"


class Watched(dict[str, str]):
    """An environment that notes what this package's code asks it for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def _note(self, name: object) -> None:
        if sys._getframe(2).f_globals.get("__name__", "").startswith("apteco_api"):
            self.asked.add(str(name))

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> str:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)


def test_every_environment_variable_that_is_read_is_documented(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = Watched({"PATH": os.environ["PATH"], "HOME": str(tmp_path), "no_proxy": "127.0.0.1"})
    monkeypatch.setattr(os, "environ", given)
    with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as session:
        session.count("Bookings")
    given.update({f"{PREFIX}HOST": box.url, f"{PREFIX}DATA_VIEW": box.data_view})
    given.update({f"{PREFIX}USER": box.username, f"{PREFIX}PASSWORD": box.password})
    assert main(["tables"]) == 0
    documents = GUIDE.read_text("utf-8") + (DOCS / "settings.md").read_text("utf-8")
    asked = given.asked | {f"{PREFIX}{name.upper()}" for name in SETTINGS}
    assert len(asked) > 30
    assert sorted(name for name in asked if f"`{name.upper()}`" not in documents) == []


@pytest.mark.parametrize("item", [*(each.upper() for each in ITEMS), "PROFILE", "CONFIG"])
def test_every_environment_variable_of_a_login_is_in_the_guide(item: str) -> None:
    assert f"`{PREFIX}{item}`" in GUIDE.read_text("utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "aa.login",
        "aa.where",
        "aa.paginate",
        "aa.show_log",
        "aa.trace",
        "aa.aio.login",
        *(
            f"session.{name}"
            for name in ("count", "counts", "export", "export_to", "stream_export", "cube", "map", "job")
        ),
        *(
            f"session.{name}"
            for name in ("tables", "variables", "folders", "audiences", "files", "queries", "request")
        ),
        *(f".{name}(" for name in ("to_pandas", "to_polars", "to_arrow", "to_parquet", "to_csv", "totals")),
    ],
)
def test_the_guide_shows_what_a_day_needs(name: str) -> None:
    assert name in GUIDE.read_text("utf-8")


def test_every_job_of_tox_is_in_contributing() -> None:
    jobs = re.findall(r"^\[testenv:([\w-]+)", (DOCS.parent / "tox.ini").read_text("utf-8"), re.MULTILINE)
    page = (DOCS.parent / "CONTRIBUTING.md").read_text("utf-8")
    assert len(jobs) > 15
    assert [job for job in jobs if f"`tox -e {job}`" not in page and job != "check"] == []


def test_every_extra_is_on_the_page_of_the_installation_with_its_packages() -> None:
    needed = [each.partition(";") for each in requires("apteco-api") or ()]
    extras: dict[str, list[str]] = {}
    for package, _, marker in needed:
        for extra in re.findall(r'extra == "([a-z]+)"', marker):
            extras.setdefault(extra, []).append(re.split(r"[<>=!~ ]", package)[0])
    everything = sorted({each for names in extras.values() for each in names})
    assert sorted(extras.pop("all")) == everything
    page = (DOCS / "install.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z]+)` \| ([a-z0-9, -]+) \|", page, re.M))
    assert rows.pop("all") == "all of these"
    assert {extra: names.split(", ") for extra, names in rows.items()} == extras
    client = [package for package, _, marker in needed if not marker]
    assert [each for each in client if re.split(r"[<>=!~ ]", each)[0] not in page] == []

"""The pictures of the documents: one script makes all of them, and each is shown somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from .conftest import ROOT

PICTURES = ROOT / "docs" / "pictures"
MAKER = ROOT / "docs" / "internals" / "make_pictures.py"
SHOWN = re.compile(r"pictures/([\w-]+\.png)")


def test_the_script_makes_the_pictures_that_are_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(MAKER), str(tmp_path)], capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in PICTURES.iterdir()}
    assert made.keys() == kept.keys(), f"run `python {MAKER}` and commit the result"
    for name, picture in kept.items():
        assert picture.startswith(b"\x89PNG"), name
        assert len(picture) < 60_000, name
        # Bytes 16 to 24 are width and height.
        assert picture[16:24] == made[name][16:24], f"{name}: run `python {MAKER}` and commit the result"


def test_every_picture_is_shown_and_each_that_is_shown_is_there() -> None:
    written = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb"), ROOT / "README.md"]
    shown = {
        name
        for path in written
        if "_build" not in path.parts
        for name in SHOWN.findall(path.read_text("utf-8"))
    }
    light = {path.name for path in PICTURES.iterdir() if not path.stem.endswith("-dark")}
    assert light <= shown
    assert shown <= {path.name for path in PICTURES.iterdir()}


def test_every_picture_is_there_for_dark_screens_too() -> None:
    names = {path.stem for path in PICTURES.iterdir()}
    light = {name for name in names if not name.endswith("-dark")}
    assert names - light == {f"{name}-dark" for name in light}

"""What the command line writes: whole files only, old ones kept, links and devices respected."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve


@pytest.fixture(scope="module")
def breaking() -> Iterator[Sandbox]:
    """Yield a sandbox whose exports break off half-way."""
    with serve(scale=5_000, trouble="truncate on Exports_*", password="canary-5ecret") as server:
        yield server


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_an_export_that_breaks_off_leaves_the_old_file(
    ending: str, breaking: Sandbox, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APTECO_API_HOST", breaking.url)
    monkeypatch.setenv("APTECO_API_RETRIES", "0")
    monkeypatch.chdir(tmp_path)
    good = tmp_path / f"good.{ending}"
    good.write_bytes(b"as it was")
    for name in (f"good.{ending}", f"fresh.{ending}"):
        with pytest.raises(AssertionError):  # `run` expects status 0
            run("export", "Bookings", "boURN", "Cost", "--output", name)
    assert [each.name for each in tmp_path.iterdir()] == [good.name]
    assert good.read_bytes() == b"as it was"


@pytest.mark.parametrize("command", [["tables"], ["count", "Bookings"], ["cube", "Bookings", "Product"]])
def test_output_goes_through_a_link_and_keeps_the_mode(
    command: list[str], run: Callable[..., str], tmp_path: Path
) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old", "utf-8")
    real.chmod(0o640)
    link.symlink_to("real.csv")
    run(*command, "--output", str(link))
    assert link.is_symlink()
    assert real.read_text("utf-8") not in ("", "old")
    assert os.name != "posix" or real.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_does_not_exist_is_named(run: Callable[..., str], tmp_path: Path) -> None:
    said = run("tables", "--output", str(tmp_path / "no" / "a.csv"), status=1)
    assert "the folder does not exist" in said
    assert str(tmp_path / "no") in said


def test_a_download_into_a_folder_to_be_made(
    run: Callable[..., str], session: aa.Session, tmp_path: Path
) -> None:
    session.files.upload("Private/note of mine.txt", b"bonjour")
    run("files", "get", "Private/note of mine.txt", f"{tmp_path}/new/deep/")
    assert (tmp_path / "new" / "deep" / "note of mine.txt").read_bytes() == b"bonjour"
    assert (
        session.files.download("Private/note of mine.txt", f"{tmp_path}/other/").parent == tmp_path / "other"
    )
    session.files.remove("Private/note of mine.txt")


@pytest.mark.parametrize("codepage", ["cp437", "cp850", "cp1252"])
def test_a_console_of_any_code_page_shows_a_table(codepage: str, box: Sandbox, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONIOENCODING": codepage,
        "PYTHONUTF8": "0",
        "PYTHONPATH": str(Path(aa.__file__).parents[1]),
        "APTECO_API_HOST": box.url,
        "APTECO_API_DATA_VIEW": box.data_view,
        "APTECO_API_SYSTEM": box.system,
        "APTECO_API_USER": box.username,
        "APTECO_API_PASSWORD": box.password,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "apteco_api.cli", "codes", "Income", "--format", "table"],
        capture_output=True, env=environment, cwd=tmp_path, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.decode(codepage).splitlines()) > 3

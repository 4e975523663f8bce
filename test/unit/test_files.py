"""Writing files: a file is complete or unchanged, links and devices stay, modes never get wider."""

from __future__ import annotations

import errno
import os
import pickle
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api._runtime import files
from apteco_api._runtime.files import replacing, replacing_text, write_text

POSIX = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no FIFOs")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(
    error: type[BaseException], tmp_path: Path
) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old", "utf-8")
    with pytest.raises(error), replacing_text(target) as file:  # noqa: PT012 - it fails half-way
        file.write("half" * 100_000)
        raise error
    assert target.read_text("utf-8") == "old"
    assert names(tmp_path) == ["a.csv"]
    with pytest.raises(error), replacing(tmp_path / "new.csv") as out:  # noqa: PT012
        out.write(b"half")
        raise error
    assert names(tmp_path) == ["a.csv"]


def test_the_target_appears_at_once_and_not_before(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with replacing(target) as file:
        file.write(b"x" * 1_000_000)
        assert not target.exists()
    assert target.read_bytes() == b"x" * 1_000_000


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o604, 0o400])
def test_a_replaced_file_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old", "utf-8")
    target.chmod(mode)
    if not os.access(target, os.W_OK):
        with pytest.raises(aa.ApiWriteDenied, match="write-protected"):
            write_text(target, "new")
        return
    write_text(target, "new", private=True)
    assert (target.read_text("utf-8"), mode_of(target)) == ("new", mode)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_new_file_obeys_the_mask_and_a_private_one_is_its_owners(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("x", "utf-8")
    write_text(tmp_path / "a", "x")
    write_text(tmp_path / "b", "x", private=True)
    assert mode_of(tmp_path / "a") == mode_of(tmp_path / "usual")
    assert mode_of(tmp_path / "b") == 0o600


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_stays_and_its_target_is_replaced(dangling: bool, tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    real, first, second = tmp_path / "inside" / "real.csv", tmp_path / "first", tmp_path / "inside" / "second"
    if not dangling:
        real.write_text("old", "utf-8")
    second.symlink_to("real.csv")
    first.symlink_to(second)
    write_text(first, "new")
    assert first.is_symlink()
    assert second.is_symlink()
    assert real.read_text("utf-8") == "new"
    assert names(tmp_path / "inside") == ["real.csv", "second"]
    with replacing(first, follow=False) as file:
        file.write(b"own")
    assert not first.is_symlink()
    assert real.read_text("utf-8") == "new"


def test_a_link_to_itself_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(aa.ApiWriteError, match="round"):
        write_text(tmp_path / "round", "x")


@POSIX
@pytest.mark.parametrize("seekable", [False, True])
def test_a_fifo_is_written_in_place(seekable: bool, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()), daemon=True)
    reader.start()
    with replacing(fifo, seekable=seekable) as file:
        file.write(b"rows" * 1000)
    reader.join(10)
    assert got == [b"rows" * 1000]
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert names(tmp_path) == ["fifo"]


@POSIX
@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("to_file", [False, True])
def test_standard_output_is_written_after_what_has_been_printed(
    path: str, to_file: bool, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    code = (
        "from apteco_api._runtime.files import write_text\n"
        f"print('first'); write_text({path!r}, 'second\\n'); print('third')"
    )
    output = tmp_path / "out.txt"
    with output.open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, timeout=60, check=True,
            stdout=out if to_file else subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.getcwd()},
        )  # fmt: skip
    shown = output.read_bytes() if to_file else done.stdout
    assert shown == b"first\nsecond\nthird\n"


@pytest.mark.parametrize("name", ["n" * 250, "ü" * 125, "n" * 255])
def test_long_names_can_be_written(name: str, tmp_path: Path) -> None:
    write_text(tmp_path / name, "x")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("n" * 300, aa.ApiWriteError, "too long"),
        ("missing/a.csv", aa.ApiFolderNotFound, "the folder does not exist"),
        ("", aa.ApiWriteError, "folder"),
        ("a\0b", aa.ApiValueError, "name of a file"),
        ("\udcff\ud800", aa.ApiValueError, "name of a file"),
    ],
)
def test_names_that_can_not_be_are_refused_before_anything_is_written(
    name: str, error: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said), replacing(f"{tmp_path}/{name}"):
        raise AssertionError("the block was entered")
    assert names(tmp_path) == []


def test_a_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(aa.ApiWriteError, match=r"a\.csv"):
        write_text(tmp_path / "a.csv", "x")


@pytest.mark.parametrize("failing", ["replace", "write"])
def test_a_failure_of_the_system_is_an_own_error_and_the_old_file_is_whole(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "open in Excel.csv"
    target.write_text("old", "utf-8")

    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "used by another process")

    def full(self: Any, data: Any) -> int:
        files.fail(self._shown, OSError(errno.ENOSPC, "No space left on device"))

    if failing == "replace":
        monkeypatch.setattr(os, "replace", refuse)
    else:
        monkeypatch.setattr(files._Raw, "write", full)
    with pytest.raises(aa.ApiWriteError, match=r"open in Excel\.csv") as caught:
        write_text(target, "new" * 100_000)
    monkeypatch.undo()
    assert isinstance(caught.value, aa.OpenApiException | OSError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.errno, again.filename) == (str(caught.value), caught.value.errno, str(target))
    assert target.read_text("utf-8") == "old"
    assert names(tmp_path) == ["open in Excel.csv"]


def test_writers_of_one_path_never_mix(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    start = threading.Barrier(8)

    def write(letter: str) -> None:
        start.wait()
        with replacing_text(target) as file:
            for _ in range(200):
                file.write(letter * 1000)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcdefgh"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    content = target.read_text("utf-8")
    assert len(content) == 200_000
    assert len(set(content)) == 1
    assert names(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("name", ["con", "NUL.txt", "com1", "LPT².log", "aux .csv", "CLOCK$", "conout$"])
def test_names_that_windows_reserves_are_known(name: str) -> None:
    assert files.is_reserved(name)


@pytest.mark.parametrize("name", ["console.txt", "com.txt", "com10", "nullable", "a.con", "auxiliary", "lpt"])
def test_names_like_reserved_ones_are_free(name: str) -> None:
    assert not files.is_reserved(name)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the test locks with fcntl, which is POSIX")
def test_only_one_open_file_object_has_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "part"
    with path.open("wb") as first, path.open("wb") as second:
        assert files.lock(first.fileno())
        assert not files.lock(second.fileno())
    with path.open("wb") as third:
        assert files.lock(third.fileno())

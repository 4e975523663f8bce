"""The siblings' runtime: a link in the checkout, a copy where links can't be made, files in distributions."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator import clients, write
from generator.vendored import ORIGINAL, ROOM, Link, copies, runtime_files

SIBLINGS = {name: client for name, client in clients.read().items() if client.runtime == "link"}
KINDS = ("wheel", "wheel of the sdist", "editable")
RUNTIME = frozenset(path.removeprefix("x/") for path in copies("x"))
BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, "build_" + sys.argv[1])(sys.argv[2]))
"""
USE = """
import importlib, os, site, sys
site.addsitedir(sys.argv[1])
package = importlib.import_module(sys.argv[2])
client = package.ApiClient(package.Configuration(host="http://127.0.0.1:9"))
assert "apteco_api" not in sys.modules
inner = sys.modules[type(client).__module__]
print(type(client).__module__, os.path.realpath(inner.__file__))
"""


@pytest.fixture(scope="module", params=sorted(SIBLINGS))
def sibling(request: pytest.FixtureRequest) -> clients.Client:
    return SIBLINGS[request.param]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, sibling: clients.Client) -> Path:
    """Make the part of a checkout for one sibling: its project, and the runtime that its link leads to."""
    folder = tmp_path_factory.mktemp("checkout")
    project = Path(*Path(sibling.package).parts[:2])
    no_cache = shutil.ignore_patterns("__pycache__", "build", "*.egg-info", ".*_cache")
    shutil.copytree(clients.ROOT / project, folder / project, symlinks=True, ignore=no_cache)
    shutil.copytree(ORIGINAL, folder / "apteco_api" / ROOM, ignore=no_cache)
    return folder


def built(what: str, project: Path, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    run = [sys.executable, "-c", BUILD, what, str(out)]
    done = subprocess.run(run, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return out / done.stdout.split()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_built_of_a_sibling_has_the_runtime_and_works_anywhere(
    kind: str, sibling: clients.Client, checkout: Path, tmp_path: Path
) -> None:
    project = checkout / Path(*Path(sibling.package).parts[:2])
    if kind == "wheel of the sdist":
        with tarfile.open(built("sdist", project, tmp_path / "sdist")) as archive:
            assert not [each.name for each in archive if each.issym() or each.islnk()]
            archive.extractall(tmp_path / "unpacked", filter="data")
        (project,) = (tmp_path / "unpacked").iterdir()
    made = built("editable" if kind == "editable" else "wheel", project, tmp_path / "wheel")
    site = tmp_path / "site"
    with zipfile.ZipFile(made) as archive:
        archive.extractall(site)
    inside = site / sibling.import_name.replace(".", "/") / ROOM
    if kind == "editable":
        inside = checkout / "apteco_api" / ROOM
    else:
        found = {path.relative_to(inside).as_posix() for path in inside.rglob("*") if path.is_file()}
        assert found == RUNTIME
    run = [sys.executable, "-I", "-c", USE, str(site), sibling.import_name]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    module, file = done.stdout.split() or ("", done.stderr)
    assert (module, Path(file)) == (f"{sibling.import_name}.{ROOM}.client", inside / "client.py")


@pytest.mark.skipif(os.name == "nt", reason="a checkout on Windows may have no links")
def test_the_runtime_is_in_the_checkout_once(sibling: clients.Client) -> None:
    place = clients.ROOT / sibling.package / ROOM
    assert place.is_symlink()
    assert place.resolve() == ORIGINAL


@pytest.fixture
def tree(tmp_path: Path, sibling: clients.Client) -> Iterator[Path]:
    """Make a checkout without the sibling's generated part; tests never change the target of the link."""
    original = tmp_path / "apteco_api" / ROOM
    original.mkdir(parents=True)
    (original / "client.py").write_text("written by hand\n")
    (tmp_path / sibling.package).mkdir(parents=True)
    yield tmp_path
    assert (original / "client.py").read_text() == "written by hand\n"


def no_links(*_: object, **__: object) -> None:
    raise OSError("a required privilege is not held by the client")


def test_a_link_is_made_checked_and_made_again(tree: Path, sibling: clients.Client) -> None:
    files = runtime_files(sibling)
    (path,) = files
    place = tree / path
    missing = [f"{path} is missing"]
    wrong = [f"{path} is not a link to ../../../../apteco_api/_runtime"]
    assert write.differences(files, tree, sibling) == missing
    assert write.write(files, tree, sibling) == 1
    assert write.write(files, tree, sibling) == 0
    assert write.differences(files, tree, sibling) == []
    assert (place / "client.py").read_text() == "written by hand\n"

    place.unlink()
    place.symlink_to(tree)
    assert write.differences(files, tree, sibling) == wrong
    write.write(files, tree, sibling)
    assert write.differences(files, tree, sibling) == []

    place.unlink()
    write.write(copies(path), tree, dataclasses.replace(sibling, runtime="copy"))
    assert write.differences(files, tree, sibling) == wrong
    write.write(files, tree, sibling)
    assert place.is_symlink()


def test_where_links_can_not_be_made_the_runtime_is_copied_and_checked(
    tree: Path, sibling: clients.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "symlink", no_links)
    files = runtime_files(sibling)
    (path,) = files
    place = tree / path
    place.write_bytes(files[path])  # what git leaves in a checkout without links
    assert write.differences(files, tree, sibling) == [f"{path} is not a folder of copies"]
    write.write(files, tree, sibling)
    assert {each.relative_to(place).as_posix() for each in place.rglob("*") if each.is_file()} == RUNTIME
    assert write.differences(files, tree, sibling) == []

    (place / "client.py").write_text("edited\n")
    (place / "own.py").write_text("")
    assert write.differences(files, tree, sibling) == [
        f"{path}/client.py differs",
        f"{path}/own.py is not generated",
    ]
    assert write.write(files, tree, sibling) == 2


def test_a_client_with_a_runtime_of_its_own_does_not_write_through_a_link(
    tree: Path, sibling: clients.Client
) -> None:
    link = runtime_files(sibling)
    write.write(link, tree, sibling)
    own = dataclasses.replace(sibling, runtime="copy")
    files = runtime_files(own)
    (path,) = link
    assert write.differences(files, tree, own) == [f"{path} is not a folder of copies"]
    write.write(files, tree, own)
    assert not (tree / path).is_symlink()
    assert write.differences(files, tree, own) == []


def test_a_client_that_is_made_elsewhere_has_files_only() -> None:
    own = dataclasses.replace(next(iter(SIBLINGS.values())), runtime="copy")
    assert not any(isinstance(data, Link) for data in runtime_files(own).values())

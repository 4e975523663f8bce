"""The generator as a distribution: few dependencies, small, and a client made outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from generator.clients import ROOT

pytestmark = pytest.mark.slow

SHOP = """\
openapi: 3.1.0
info: {title: Book shop, version: '1'}
servers: [{url: https://books.example/v1}]
paths:
  /books/{isbn}:
    get:
      operationId: getBook
      tags: [books]
      parameters: [{name: isbn, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
components:
  schemas: {Book: {type: object, properties: {isbn: {type: string}}}}
"""
MOST_BYTES = 60 * 1024 * 1024


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return subprocess.run(
        [str(each) for each in command], cwd=cwd, env=clean, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of commands of a fresh environment that holds the generator only."""
    folder = tmp_path_factory.mktemp("installed")
    assert run(sys.executable, "-m", "venv", folder / "venv", cwd=folder).returncode == 0
    commands = folder / "venv" / "bin"
    done = run(commands / "pip", "install", "-q", ROOT / "generator", cwd=folder)
    assert done.returncode == 0, done.stderr
    return commands


def test_it_brings_few_packages_and_little_to_store(installed: Path) -> None:
    listed = json.loads(run(installed / "pip", "list", "--format", "json", cwd=installed).stdout)
    names = {entry["name"].lower() for entry in listed} - {"pip", "setuptools"}
    assert names == {"apteco-client-generator", "jinja2", "markupsafe", "pyyaml", "ruff"}
    site = next((installed.parent / "lib").glob("python3*")) / "site-packages"
    theirs = ("pip", "setuptools", "pkg_resources", "_distutils_hack")
    files = [
        path
        for place in (*site.iterdir(), installed / "ruff")
        if not place.name.startswith(theirs)
        for path in ([place] if place.is_file() else place.rglob("*"))
    ]
    assert sum(path.stat().st_size for path in files if path.is_file()) < MOST_BYTES


def test_its_build_leaves_nothing_in_the_checkout(installed: Path) -> None:
    assert not (ROOT / "generator" / "build").exists()
    assert not list((ROOT / "generator").glob("*.egg-info"))


def test_its_command_makes_a_client_that_the_checkout_makes_too(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    done = run(installed / "client-generator", "shop.yaml", "--as", "shop", "--out", "made", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("made:    shop in made: 1 section, 1 operation, 1 model, ")
    ours = tmp_path / "ours"
    command = (sys.executable, "-m", "generator", tmp_path / "shop.yaml", "--as", "shop", "--out", ours)
    assert run(*command, cwd=ROOT).returncode == 0
    made = {path.relative_to(ours): path.read_bytes() for path in ours.rglob("*") if path.is_file()}
    assert made == {
        path.relative_to(tmp_path / "made"): path.read_bytes()
        for path in (tmp_path / "made").rglob("*")
        if path.is_file()
    }


def test_its_client_can_be_imported_and_its_command_checks_it(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    command = (installed / "client-generator", "shop.yaml", "--as", "shop", "--out", "made")
    assert run(*command, cwd=tmp_path).returncode == 0
    assert run(*command, "--check", cwd=tmp_path).returncode == 0
    code = "import shop; print(shop.Book(isbn='1').isbn, shop.BooksApi.get_book.__name__)"
    done = run(sys.executable, "-c", code, cwd=tmp_path / "made")
    assert (done.stdout, done.stderr) == ("1 get_book\n", "")


def test_its_import_name_is_its_own(installed: Path, tmp_path: Path) -> None:
    code = "import client_generator.build, importlib.util; print(importlib.util.find_spec('generator'))"
    done = run(installed / "python", "-c", code, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("None\n", "")


def test_without_arguments_it_says_what_it_needs(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "client-generator", cwd=tmp_path)
    assert done.returncode == 2
    assert "give DOCUMENT --as NAME, or --config FILE" in done.stderr


def test_without_ruff_it_makes_the_client_and_says_so(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    code = (
        "import importlib.util as u, sys\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'ruff' else find(name, *more)\n"
        "from client_generator.__main__ import main\n"
        "sys.exit(main(['shop.yaml', '--as', 'shop', '--out', 'made']))\n"
    )
    done = run(installed / "python", "-c", code, cwd=tmp_path)
    assert done.returncode == 0
    assert "ruff is not installed, so the code is not formatted" in done.stderr
    assert "Traceback" not in done.stderr
    done = run(sys.executable, "-c", "import shop; print(shop.Book(isbn='1').isbn)", cwd=tmp_path / "made")
    assert done.stdout == "1\n"


def test_its_version_is_that_of_the_package_whose_runtime_it_carries() -> None:
    project = tomllib.loads((ROOT / "generator" / "pyproject.toml").read_text())["project"]
    clients = tomllib.loads((ROOT / "generator" / "clients.toml").read_text())
    assert project["version"] == clients["apteco"]["version"]

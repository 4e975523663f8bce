"""The config file and the files beside a package: entries take effect, and errors name invalid entries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from generator import __main__ as command

from .conftest import get, spec

TEXT = {"type": "string"}
SHOP: dict[str, Any] = spec(
    {
        "/books/{id}": get(
            {"$ref": "#/components/schemas/Book"},
            id="getBook",
            tags=["Books"],
            parameters=[
                {"name": "id", "in": "path", "required": True, "schema": TEXT},
                {"name": "since", "in": "query", "required": True, "schema": {**TEXT, "format": "date"}},
            ],
        ),
        "/books": {"post": {"tags": ["Books"], "requestBody": {"required": True, "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}},
            "responses": {"204": {"description": "Done."}}}},
    },
    {"Book": {"type": "object", "properties": {"id": TEXT, "tags": {"type": "array", "items": TEXT}}}},
    security=[{"key": []}],
    components={"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
)  # fmt: skip


def make(folder: Path, text: str, *more: str, document: Any = SHOP) -> int:
    (folder / "shop.json").write_text(json.dumps(document))
    (folder / "client.toml").write_text('spec = "shop.json"\npackage = "shop"\n' + text)
    return command.main(["--config", str(folder / "client.toml"), *more])


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=clean | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_names_of_schemas_fields_and_operations(tmp_path: Path) -> None:
    names = """
[names]
getBook = "book"
"post /books" = "add"
"#/components/schemas/Book" = "Volume"
"#/components/schemas/Book/properties/id" = "isbn"
"""
    assert make(tmp_path, names) == 0
    code = "from shop import *; print(BooksApi.book.__name__, BooksApi.add.__name__, Volume(isbn='1').isbn)"
    done = run(tmp_path, "-c", code)
    assert (done.stdout, done.stderr) == ("book add 1\n", "")


def test_facts_of_the_project(tmp_path: Path) -> None:
    project = """
[project]
distribution = "acme-shop"
version = "2.1.0"
description = "Books."
license = "MIT"
authors = ["Ann Author <ann@example.com>", "Ben"]
keywords = ["books"]
homepage = "https://books.example"
env_prefix = "ACME"
"""
    assert make(tmp_path, project) == 0
    made = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    assert (made["name"], made["version"], made["description"]) == ("acme-shop", "2.1.0", "Books.")
    assert made["authors"] == [{"name": "Ann Author", "email": "ann@example.com"}, {"name": "Ben"}]
    assert made["urls"] == {"Homepage": "https://books.example"}
    code = "import shop; print(shop.__version__, shop.Configuration().host)"
    assert run(tmp_path, "-c", code, ACME_HOST="http://here").stdout == "2.1.0 http://here\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 1", "colour is not an entry"),
        ("tests = 1", "tests must be true or false, not 1"),
        ("overlays = 'x'", "overlays must be a list of texts"),
        ("[project]\nname = 'x'", "project.name is not an entry"),
        ("[names]\ngetBook = 3", "'getBook' must be a text"),
        ("[paging.getBook]\nstyle = 1", "paging.getBook.style must be a text"),
        ("[jobs]\nexport = 1", "jobs.export must be a table"),
        ("[jobs.export]\nstart = 'x'", "jobs.export.start is not an entry"),
        ("[names]\nabsent = 'x'", "the config's names names 'absent', which the document does not have"),
        ("[jobs.export]\ncreate = 'absent'", "the config's jobs.export names 'absent'"),
        ("[names]\n'#/components/schemas/No' = 'x'", "points to nothing"),
        ("spec = ", "can't be read"),
    ],
)
def test_a_mistake_in_the_file_is_named(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(tmp_path, text) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "shop").exists()


def test_options_win_over_the_file(tmp_path: Path) -> None:
    assert make(tmp_path, "", "--as", "store", "--out", str(tmp_path / "there")) == 0
    assert (tmp_path / "there/store/__init__.py").exists()
    assert not (tmp_path / "shop").exists()


def test_check_finds_a_client_made_by_the_file_up_to_date(tmp_path: Path) -> None:
    text = 'cli = true\ndocs = true\ntests = true\n[names]\ngetBook = "book"\n'
    assert make(tmp_path, text) == 0
    assert make(tmp_path, text, "--check") == 0
    (tmp_path / "docs/reference/index.md").write_text("edited")
    assert make(tmp_path, text, "--check") == 1


def test_a_run_ends_with_what_was_made_and_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert make(tmp_path, "tests = true\n") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("made:    shop in .: 1 section, 2 operations, 1 model, ")
    assert lines[1] == "beside:  README.md, pyproject.toml, tests/test_calls.py (made once, yours to edit)"
    assert lines[2] == "skipped: nothing"
    assert lines[3:5] == ["next:    pip install .", "         pytest ./tests"]
    assert lines[5].endswith("--check")
    for name in ("README.md", "pyproject.toml", "tests/test_calls.py", "shop/__init__.py"):
        assert "by `client-generator`" in (tmp_path / name).read_text().splitlines()[0]
    assert make(tmp_path, "tests = true\n") == 0


@pytest.mark.slow
def test_its_tests_pass_and_its_readme_and_types_hold(tmp_path: Path) -> None:
    assert make(tmp_path, "tests = true\n") == 0
    done = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "tests")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    readme = (tmp_path / "README.md").read_text()
    assert "api.get_book('id', datetime.date(2024, 1, 31))" in readme
    assert "`shop.Configuration(api_key={'X-Key': '…'})`" in readme
    given = "api_key={'X-Key': 'your-secret'}"
    assert readme.count(f"config = shop.Configuration(host='http://localhost', {given})") == 2
    done = run(
        tmp_path, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}/c", "tests", "shop"
    )
    assert done.returncode == 0, done.stdout
    (tmp_path / "first_call.py").write_text(readme.split("```python\n")[2].split("```")[0])
    done = run(tmp_path, "first_call.py", SHOP_TIMEOUT="0.2", SHOP_RETRIES="0")
    assert "shop._runtime.exceptions.Api" in done.stderr  # the script got as far as the network


def test_what_is_beside_the_package_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine\n")
    assert make(tmp_path, "tests = true\n") == 0
    (tmp_path / "tests/test_calls.py").write_text("mine\n")
    assert make(tmp_path, "tests = true\n") == 0
    assert (tmp_path / "README.md").read_text() == (tmp_path / "tests/test_calls.py").read_text() == "mine\n"


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "a | b `c` \n# d", "```\nimport os", "[x](javascript:1)"]
)
def test_texts_of_a_document_stay_texts_in_the_readme(text: str, tmp_path: Path) -> None:
    document = json.loads(json.dumps(SHOP))
    document["info"]["title"] = text
    document["tags"] = [{"name": "Books", "description": text}]
    document["components"]["securitySchemes"] = {text: {"type": "apiKey", "in": "query", "name": text}}
    document["security"] = [{text: []}]
    assert make(tmp_path, "", document=document) == 0
    lines = (tmp_path / "README.md").read_text().splitlines()
    outside = "\n".join(lines).replace("```", "\0").split("`")[::2]
    assert not any(
        "<script" in part.replace("\\<", "") or "](javascript" in part.replace("\\]", "") for part in outside
    )
    assert sum(line.startswith("```") for line in lines) == 6
    assert not any(line.startswith("# d") for line in lines)

"""The wheel in a fresh environment: pyright resolves, shows and checks it in a user's own file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
USER = """import apteco_api as aa

session = aa.login("http://127.0.0.1:9/OrbitAPI", "holidays", "u", "p")
number: int = session.count(aa.where("Cost") > 5)
columns: list[str] = [table.name for table in session.tables]
model = aa.Fraction(1, 2)
"""
MISTAKES = """wrong: str = session.count("Bookings")
session.cuont("Bookings")
aa.login(hostt="x")
"""
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of a user's, with an environment that has the wheel."""
    folder = tmp_path_factory.mktemp("user")
    source = folder / "source"
    source.mkdir()
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    shutil.copytree(ROOT / "apteco_api", source / "apteco_api", ignore=shutil.ignore_patterns("__pycache__"))
    wheel = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*wheel, "-w", str(folder), str(source)], check=True, env=CLEAN, timeout=200)
    shutil.rmtree(source)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "fresh")], check=True, timeout=100)
    install = [python_of(folder), "-m", "pip", "install", "-q", *map(str, folder.glob("*.whl"))]
    subprocess.run(install, check=True, env=CLEAN, timeout=200)
    (folder / "mine").mkdir()
    (folder / "mine" / "good.py").write_text(USER, "utf-8")
    (folder / "mine" / "planted.py").write_text(USER + MISTAKES, "utf-8")
    return folder


def python_of(folder: Path) -> str:
    return str(folder / "fresh" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def checked(place: Path, name: str) -> list[tuple[int, str]]:
    """Return the line and the rule of each error."""
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", python_of(place), name]
    done = subprocess.run(
        command, cwd=place / "mine", capture_output=True, text=True, env=CLEAN, timeout=200, check=False
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [(each["range"]["start"]["line"] + 1, each.get("rule", "")) for each in found]


def test_pyright_resolves_the_package_and_finds_no_error_in_a_right_file(place: Path) -> None:
    assert checked(place, "good.py") == []


def test_pyright_finds_each_planted_mistake(place: Path) -> None:
    first = len(USER.splitlines()) + 1
    assert checked(place, "planted.py") == [
        (first, "reportAssignmentType"),
        (first + 1, "reportAttributeAccessIssue"),
        (first + 2, "reportCallIssue"),
    ]


class Editor:
    """A language client of the smallest kind: one file, questions about places in it."""

    def __init__(self, place: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=place / "mine", env=CLEAN,
        )  # fmt: skip
        self.python = python_of(place)
        self.number = 0
        root = (place / "mine").as_uri()
        asked = {"processId": os.getpid(), "capabilities": {"workspace": {"configuration": True}}}
        self.ask("initialize", **asked, rootUri=root, workspaceFolders=[{"uri": root, "name": "mine"}])
        self.tell("initialized")
        self.uri = (place / "mine" / "good.py").as_uri()
        self.tell(
            "textDocument/didOpen",
            textDocument={"uri": self.uri, "languageId": "python", "version": 1, "text": USER},
        )

    def _send(self, **message: Any) -> None:
        assert self.process.stdin is not None
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.process.stdin.flush()

    def tell(self, method: str, **params: Any) -> None:
        self._send(method=method, params=params)

    def ask(self, method: str, **params: Any) -> Any:
        """Ask, answer the server's own questions in between, and return its answer."""
        self.number += 1
        self._send(id=self.number, method=method, params=params)
        while True:
            message = self._received()
            if "method" in message and "id" in message:
                settings = {"pythonPath": self.python, "analysis": {}}
                items = message["params"].get("items", ()) if message.get("params") else ()
                answers = [settings if each.get("section") == "python" else {} for each in items]
                self._send(id=message["id"], result=answers if items else None)
            elif message.get("id") == self.number:
                return message["result"]

    def _received(self) -> dict[str, Any]:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while (line := stream.readline().strip()) or not length:
            if not line and self.process.poll() is not None:
                raise AssertionError("the language server has ended")
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(stream.read(length))
        return message

    def hover(self, word: str) -> str:
        """Return what an editor shows when the mouse rests on the first place of a word."""
        line, text = next((number, text) for number, text in enumerate(USER.splitlines()) if word in text)
        place = {"line": line, "character": text.index(word) + 1}
        found = self.ask("textDocument/hover", textDocument={"uri": self.uri}, position=place)
        return str(found["contents"]["value"]) if found else ""

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def editor(place: Path) -> Iterator[Editor]:
    made = Editor(place)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("login", "-> Session"),
        ("count", "-> RecordCount"),
        ("where", "-> Where"),
        ("tables", "SystemTable"),
        ("Fraction", "class Fraction"),
    ],
)
def test_an_editor_shows_what_a_name_is(word: str, shown: str, editor: Editor) -> None:
    assert shown in editor.hover(word)

"""No module of the packages needs a system other than Windows: a linter of our own holds it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.windows import MODULES, NAMES

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("apteco_api", "generator", "clients/atomx/atomx", "clients/exponea/exponea_python_sdk",
                   "clients/tonalytica/tonalytica_client")
    for path in (ROOT / folder).rglob("*.py")
    if not ({"api", "models", "aio"} & set(path.parts))
)  # fmt: skip


class Linter(ast.NodeVisitor):
    """Collects what Windows does not have, unless a `try` or a condition says that it may be missing."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._guarded = 0
        self._conditions: list[str] = []

    def visit_Try(self, node: ast.Try) -> None:
        names = {
            part.id
            for handler in node.handlers
            if handler.type
            for part in ast.walk(handler.type)
            if isinstance(part, ast.Name)
        }
        guarded = bool(names & {"ImportError", "ModuleNotFoundError", "AttributeError"})
        self._guarded += guarded
        for part in node.body:
            self.visit(part)
        self._guarded -= guarded
        for part in [*node.handlers, *node.orelse, *node.finalbody]:
            self.visit(part)

    def visit_If(self, node: ast.If) -> None:
        self._conditions.append(ast.unparse(node.test))
        for part in node.body:
            self.visit(part)
        self._conditions.pop()
        for part in node.orelse:
            self.visit(part)

    def _note(self, node: ast.AST, what: str) -> None:
        asked = any("hasattr" in each and repr(what.rpartition(".")[2]) in each for each in self._conditions)
        if not self._guarded and not asked:
            self.found.append(f"{getattr(node, 'lineno', 0)}: {what}")

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            if name.name.partition(".")[0] in MODULES:
                self._note(node, name.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if not node.level and module.partition(".")[0] in MODULES:
            self._note(node, module)
        for name in node.names if not node.level else ():
            if name.name in NAMES.get(module, ()):
                self._note(node, f"{module}.{name.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.attr in NAMES.get(node.value.id, ()):
            self._note(node, f"{node.value.id}.{node.attr}")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = {word.arg for word in node.keywords}
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if isinstance(node.func, ast.Name) and called == "open" and "encoding" not in words:
            modes = [
                *texts[1:],
                *(
                    w.value.value
                    for w in node.keywords
                    if w.arg == "mode" and isinstance(w.value, ast.Constant)
                ),
            ]
            modes += texts if not isinstance(node.args[0], ast.Constant) else []
            if not any("b" in str(mode) for mode in modes):
                self._note(node, "open without an encoding")
        if called in ("read_text", "write_text") and isinstance(node.func, ast.Attribute):
            at = 0 if called == "read_text" else 1
            if "encoding" not in words and len(node.args) <= at:
                self._note(node, f"{called} without an encoding")
        self.generic_visit(node)


def findings(source: str) -> list[str]:
    linter = Linter()
    linter.visit(ast.parse(source))
    return linter.found


def everything() -> Iterator[str]:
    for path in FILES:
        for finding in findings(path.read_text("utf-8")):
            yield f"{path.relative_to(ROOT)}:{finding}"


def test_nothing_needs_what_windows_does_not_have() -> None:
    assert len(FILES) > 200
    assert list(everything()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import resource",
        "from fcntl import flock",
        "import os\nos.fork()",
        "from signal import SIGKILL",
        "import socket\nsocket.AF_UNIX",
        "def f():\n    import pwd",
        "try:\n    import grp\nexcept ValueError:\n    pass",
        "import os\nif os.name == 'posix':\n    os.getuid()",
        "open('x')",
        "from pathlib import Path\nPath('x').write_text('y')",
    ],
)
def test_the_linter_finds(source: str) -> None:
    assert len(findings(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import fcntl\nexcept ImportError:\n    fcntl = None",
        "import os\nif hasattr(os, 'fork'):\n    os.fork()",
        "import os\ngetattr(os, 'O_NOFOLLOW', 0)",
        "open('x', 'rb')",
        "open('x', encoding='utf-8')",
        "from pathlib import Path\nPath('x').read_text('utf-8')",
    ],
)
def test_the_linter_lets_pass(source: str) -> None:
    assert findings(source) == []

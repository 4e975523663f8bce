"""The compared generators: their versions, environments, commands and operations."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = "ours"
OPERATION = re.compile(r"""\bid=("[^"]*"|'[^']*'),\s*method="([A-Z]+)",\s*path=("[^"]*"|'[^']*')""")


@dataclass(frozen=True)
class Tool:
    """One generator.

    Args:
        name: the name in the tables.
        requirements: packages in its environment: the generator, and the dependencies of its clients.
        endings: endings of the names of methods that are a second form of another method.
    """

    name: str
    requirements: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()

    def prepare(self, folder: Path) -> Path:
        """Return the interpreter of the generator's environment; make the environment if it does not exist."""
        if self.name == OURS:
            return Path(sys.executable)
        place = folder / self.name
        python = place / "bin" / "python"
        if not (place / "ready").is_file():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
            mypy = f"mypy=={importlib.metadata.version('mypy')}"
            command = [str(python), "-m", "pip", "install", "-q", mypy, *self.requirements]
            subprocess.run(command, check=True)
            (place / "ready").touch()
        return python

    def version(self) -> str:
        """Return the measured version: a release, or a digest of this repository's generator and runtime."""
        if self.name != OURS:
            return self.requirements[0].partition("==")[2]
        total = hashlib.sha256()
        for folder in ("generator", "apteco_api/_runtime"):
            for path in sorted((ROOT / folder).rglob("*")):
                if path.suffix in (".py", ".pyi", ".jinja"):
                    total.update(path.read_bytes())
        return total.hexdigest()[:12]

    def command(self, python: Path, document: Path, out: Path) -> list[str]:
        """Return the command that makes the package `made` of a document."""
        if self.name == OURS:
            return [str(python), "-m", "generator", str(document), "--as", "made", "--out", str(out)]
        program = python.parent
        if self.name == "openapi-python-client":
            settings = out.parent / "settings.json"
            settings.write_text(json.dumps({"package_name_override": "made", "post_hooks": []}))
            return [
                str(program / "openapi-python-client"), "generate", "--path", str(document),
                "--output-path", str(out), "--config", str(settings), "--overwrite",
            ]  # fmt: skip
        return [
            str(program / "openapi-generator-cli"), "generate", "-g", "python", "-i", str(document),
            "-o", str(out), "--package-name", "made",
        ]  # fmt: skip

    def operations(self, package: Path) -> int:
        """Return how many operations a package offers; a second method for a stream does not count."""
        if self.name == "openapi-python-client":
            return sum(path.name != "__init__.py" for path in (package / "api").glob("*/*.py"))
        if self.name == OURS:  # the stream method of an operation has the same id
            texts = [path.read_text("utf-8") for path in (package / "api").glob("*_api.py")]
            return sum(len(set(OPERATION.findall(text))) for text in texts)
        found = 0
        for path in (package / "api").glob("*_api.py"):
            try:
                tree = ast.parse(path.read_text("utf-8"))
            except SyntaxError:  # such a module offers no operation
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    names = [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
                    plain = [
                        each for each in names if not each.startswith("_") and not each.endswith(self.endings)
                    ]
                    found += len(plain)
        return found


TOOLS = (
    Tool(OURS, (), ("_with_http_info",)),
    Tool(
        "openapi-python-client",
        ("openapi-python-client==0.29.1", "python-dateutil", "types-python-dateutil"),
    ),
    Tool(
        "openapi-generator",
        (
            "openapi-generator-cli==7.26.0", "pydantic>=2", "urllib3>=2", "python-dateutil", "typing-extensions",
            "lazy-imports", "types-python-dateutil",
        ),
        ("_with_http_info", "_without_preload_content"),
    ),
)  # fmt: skip

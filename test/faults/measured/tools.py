"""Cases 34 to 36, without a server: the generators on hostile specs, and the dependencies of each package."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support import lab
from support.lab import answer

from .case import Result

ROOT = Path(__file__).parents[3]
CANARY = "canary-was-here"
CODE = f"__import__('pathlib').Path('{CANARY}').touch()"
HOSTILE = {
    "docstring": f'"""\n{CODE}\n"""',
    "quotes": f"'); {CODE}; ('",
    "line": f"a\r\n{CODE}\r\n#",
    "template": "{{7*7}}{% for x in y %}" + CODE,
    "bidi": "\u202e reversed \u2066",
    "keyword": "class",
    "10,000 characters": "x" * 10_000,
    "folders": "../../outside/",
}
IMPORTS = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not found.name.endswith(".__main__"):  # to import it is to run it
        importlib.import_module(found.name)
"""


def document(text: str) -> dict[str, Any]:
    """Return a spec with a text wherever a text may be."""
    field = {"type": "string", "description": text, "enum": [text, "b"], "default": text}
    schema = {"type": "object", "description": text, "properties": {text: field}}
    parameter = {
        "name": text,
        "in": "query",
        "description": text,
        "schema": {"type": "string", "default": text},
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    operation = {
        "operationId": text, "tags": [text], "summary": text, "description": text, "parameters": [parameter],
        "responses": {"200": {"description": text, "content": content}},
    }  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {"title": text, "version": "1", "description": text},
        "tags": [{"name": text, "description": text}],
        "servers": [{"url": "http://localhost", "description": text}],
        "paths": {"/x": {"get": operation}},
        "components": {"schemas": {"Thing": schema}},
    }


peaks: list[float] = []
"""Peak memory of each process since a case began, in MB."""


def execute(command: list[str], folder: Path) -> tuple[int, str]:
    """Run a command; return its exit code and output. Record its peak memory and that of its children."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
        timer = threading.Timer(120, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        peaks.append(usage.ru_maxrss / 1024)
        output.seek(0)
        return process.returncode, output.read()


def generate(client: str, python: str, spec: Path, out: Path) -> tuple[int, str]:
    """Run a client's generator; return the exit code and the import name of the package."""
    if client == "ours":
        options = ["--strict", "--spec", str(spec), "--out", str(out)]
        command, name = [python, "-m", "generator", *options], "apteco_api"
    else:
        tool, name = Path(python).parent / "openapi-generator-cli", "made_client"
        options = ["-g", "python", "--package-name", name, "-i", str(spec), "-o", str(out)]
        command = [str(tool), "generate", *options]
    return execute(command, ROOT)[0], name


def judged(client: str, variants: dict[str, Callable[[Path], bool]]) -> Result:
    """Try each variant in its own folder."""
    if client == "old":
        return Result("– has no generator", None)
    peaks.clear()
    started, wrong = time.monotonic(), []
    for name, right in variants.items():
        with tempfile.TemporaryDirectory() as folder:
            if not right(Path(folder)):
                wrong.append(name)
    good = len(variants) - len(wrong)
    text = f"{good} of {len(variants)}" + (f"; not: {', '.join(wrong)}" if wrong else "")
    return Result(text, not wrong, time.monotonic() - started, max(peaks))


def harmless(client: str, python: str, text: str, folder: Path) -> bool:
    """Return whether a spec full of a text is refused, or makes a package whose import runs nothing else."""
    spec, out, work = folder / "in" / "spec.json", folder / "a" / "b" / "out", folder / "work"
    for each in (spec.parent, out, work):
        each.mkdir(parents=True)
    spec.write_text(json.dumps(document(text)))
    code, name = generate(client, python, spec, out)
    files = [path for path in folder.rglob("*") if path.is_file() and path != spec]
    if any(out not in path.parents for path in files):
        return False
    if code:
        return True
    command = [python, "-c", f"import sys; sys.path.insert(0, {str(out)!r})\n{IMPORTS}", name]
    return execute(command, work)[0] == 0 and not list(folder.rglob(CANARY))


def hostile_texts(client: str, python: str) -> Result:
    """Measure case 34: hostile texts in a spec."""

    def variant(text: str) -> Callable[[Path], bool]:
        return lambda folder: harmless(client, python, text, folder)

    return judged(client, {name: variant(text) for name, text in HOSTILE.items()})


def with_reference(reference: str, **schemas: Any) -> str:
    """Return a spec with a schema that is a reference."""
    made = document("plain")
    made["components"]["schemas"] = {"Thing": {"$ref": reference}, **schemas}
    return json.dumps(made)


def bomb(_: str, __: Path) -> str:
    """Return a YAML document of a few hundred bytes that expands to 9^12 texts."""
    lines = ["a: &a [x]"]
    for index in range(12):
        this, before = chr(98 + index), chr(97 + index)
        lines.append(f"{this}: &{this} [{', '.join([f'*{before}'] * 9)}]")
    body = "".join(f"{json.dumps(key)}: {json.dumps(value)}\n" for key, value in document("plain").items())
    return "\n".join(lines) + "\n" + body


REFERENCES: dict[str, Callable[[str, Path], str]] = {
    "alias bomb": bomb,
    "circle": lambda url, folder: with_reference(
        "#/components/schemas/Other", Other={"$ref": "#/components/schemas/Thing"}
    ),
    "http:": lambda url, folder: with_reference(f"{url}/x.json"),
    "file": lambda url, folder: with_reference(str(folder / "secret.json")),
    "file:": lambda url, folder: with_reference((folder / "secret.json").as_uri()),
    "relative file": lambda url, folder: with_reference("../secret.json"),
}


def refused(client: str, python: str, kind: str, folder: Path) -> bool:
    """Return whether a spec with references is refused before their targets are read."""
    taken = {"type": "object", "properties": {"takenFromElsewhere": {"type": "string"}}}
    with lab.Server(lambda *_: answer(body=taken)) as server:
        spec, out = folder / "document" / "spec.yaml", folder / "out"  # the spec may read its own folder
        spec.parent.mkdir()
        out.mkdir()
        (folder / "secret.json").write_text(json.dumps(taken))
        spec.write_text(REFERENCES[kind](f"http://127.0.0.1:{server.port}", folder))
        code, _ = generate(client, python, spec, out)
        texts = (path.read_text(errors="replace") for path in out.rglob("*") if path.is_file())
        return code != 0 and not server.requests and not any("takenFromElsewhere" in text for text in texts)


def hostile_references(client: str, python: str) -> Result:
    """Measure case 35: references that leave the spec."""

    def variant(kind: str) -> Callable[[Path], bool]:
        return lambda folder: refused(client, python, kind, folder)

    return judged(client, {kind: variant(kind) for kind in REFERENCES})


# The first releases without the vulnerabilities that were published by the end of 2025. urllib3: cookies and
# bodies that follow redirects, decompression without a limit. certifi: roots that are no longer trusted.
SAFE = {"urllib3": (2, 6, 0), "certifi": (2024, 7, 4)}


def dependencies(client: str, python: str) -> Result:
    """Measure case 36: the dependencies of a package."""
    started = time.monotonic()
    asked, hashes = requirements(client, python)
    without = [
        name for name, specifiers in asked.items() if ">=" not in specifiers and "==" not in specifiers
    ]
    holes = [name for name, safe in SAFE.items() if name in asked and floor(asked[name]) < safe]
    findings = [f"{len(asked)} packages"]
    findings += [f"no floor: {', '.join(without)}"] if without else []
    findings += [f"floor with known vulnerabilities: {', '.join(holes)}"] if holes else []
    findings.append("hashes of the pins" if hashes else "no hashes")
    return Result("; ".join(findings), not without and not holes and hashes, time.monotonic() - started)


def requirements(client: str, python: str) -> tuple[dict[str, str], bool]:
    """Return a package's requirements by name, and whether it comes with hashes of the tested versions."""
    if client == "ours":
        text = (ROOT / "setup.py").read_text("utf-8")
        lines = re.findall(r'"([^"]+)"', text[text.index("install_requires") :].partition("]")[0])
        lock = (ROOT / "requirements.lock").read_text("utf-8")
        return parsed(lines), all(f"{name}==" in lock for name in parsed(lines)) and "--hash=sha256:" in lock
    if client == "old":
        code = "import importlib.metadata as m; print('\\n'.join(m.requires('apteco-api')))"
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
        return parsed(done.stdout.splitlines()), False
    return parsed((Path(python).parents[1] / "made" / "requirements.txt").read_text().splitlines()), False


def parsed(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        match = re.match(r"([A-Za-z0-9_.-]+)\s*(.*)", line.partition(";")[0].strip())
        if match:
            found[match[1].lower()] = match[2].strip("() ")
    return found


def floor(specifiers: str) -> tuple[int, ...]:
    match = re.search(r">=\s*([\d.]+)", specifiers)
    return tuple(int(part) for part in match[1].split(".") if part) if match else (0,)

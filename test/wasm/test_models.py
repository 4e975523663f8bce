"""Python 3.14 in Node (Pyodide): the package imports without a warning, and every model works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.values import Values

import apteco_api as aa
from generator import clients
from generator.__main__ import effective

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYODIDE = "pyodide@314.0.7"  # Python 3.14
PLATFORM = "pyemscripten_2026_0_wasm32"
PURE = ["certifi", "platformdirs", "python-dateutil", "six", "tzdata", "urllib3"]


class Spec:
    """Our spec, as `Values` reads it."""

    def __init__(self) -> None:
        self.value: Any = effective(clients.read()["apteco"]).value
        self.schemas: dict[str, Any] = self.value["components"]["schemas"]

    def resolve(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            node = self.schemas[node["$ref"].rpartition("/")[2]]
        return node


def command(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pyodide, and the wheels that are unpacked into it: ours as it is built, msgspec for WebAssembly."""
    command("node")
    made = tmp_path_factory.mktemp("wasm")
    npm = [command("npm"), "install", "--no-audit", "--no-fund", "--prefix", str(made), PYODIDE]
    subprocess.run(npm, check=True, capture_output=True, timeout=300)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary",
        ":all:",
        "-d",
        str(made / "wheels"),
    ]
    subprocess.run([*pip, *PURE], check=True, timeout=300)
    target = ["--platform", PLATFORM, "--python-version", "3.14", "--implementation", "cp"]
    subprocess.run([*pip, *target, "msgspec"], check=True, timeout=300)
    source = made / "source"
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "apteco_api"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        source.mkdir(exist_ok=True)
        copy(ROOT / name, source / name)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(made / "wheels"),
    ]
    subprocess.run([*build, str(source)], check=True, timeout=300)
    return made


def test_every_model_is_built_encoded_decoded_and_pickled_on_python_3_14(folder: Path) -> None:
    spec = Spec()
    values = {
        name: Values(spec, full=True).of(schema)
        for name, schema in spec.schemas.items()
        if name in aa.models.__all__
    }
    file = folder / "values.json"
    file.write_text(json.dumps(values), "utf-8")
    run = [command("node"), str(HERE / "run.mjs"), str(folder / "node_modules" / "pyodide")]
    done = subprocess.run(
        [*run, str(folder / "wheels"), str(HERE / "inside.py"), str(file)],
        capture_output=True, text=True, timeout=300, check=False, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["python"] == [3, 14]
    assert found["checked"] == len(values) > 250
    assert found["wrong"] == {}

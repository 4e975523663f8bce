"""The environments of the compared clients: made once, in a cache folder, with the ordinary package installer."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

PUBLISHED = "apteco-api==0.3.2"
GENERATOR = "openapi-generator-cli==7.26.0"
ATTRS = "openapi-python-client==0.29.1"


def prepare(cache: Path, root: Path, document: Path) -> dict[str, list[str]]:
    """Make missing environments; return the command that runs Python for each client.

    Args:
        cache: folder for the environments.
        root: the repository, for our own client.
        document: the effective OpenAPI document, for the generated peers.
    """
    ours = [sys.executable]
    pythons = dict.fromkeys(("ours", "bare", "json", "structs", "urllib3", "orjson"), ours)
    pythons["published"] = [str(published(cache))]
    pythons["oag"] = [str(_generated(cache / "oag", document))]
    pythons["opc"] = [str(_attrs(cache / "opc", document))]
    return pythons


def published(cache: Path) -> Path:
    """Return the interpreter of an environment with the published package."""
    return _environment(cache / "published", PUBLISHED, "setuptools<81")


def versions(pythons: dict[str, list[str]]) -> dict[str, str]:
    """Return the versions of the packages that the figures depend on."""
    asked = {
        "ours": ("urllib3", "msgspec", "duckdb", "orjson"),
        "published": ("apteco-api",),
        "oag": ("openapi-generator-cli", "pydantic"),
        "opc": ("openapi-python-client", "httpx"),
    }
    found: dict[str, str] = {}
    for client, names in asked.items():
        for name in names:
            code = f"import importlib.metadata as m; print(m.version({name!r}))"
            # -P: the metadata of a checkout in the current folder is not the peer's
            done = subprocess.run([*pythons[client], "-P", "-c", code], capture_output=True, text=True)
            found[name] = done.stdout.strip() or "not installed"
    return found


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(
            f"{' '.join(str(part) for part in command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )


def _environment(folder: Path, *requirements: str) -> Path:
    python = folder / "bin" / "python"
    if not (folder / ".done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        _run(python, "-m", "pip", "install", "-q", *requirements)
        (folder / ".done").touch()
    return python


def _packages(python: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(
        subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    )


def _generated(folder: Path, document: Path) -> Path:
    """Return the Python that has a client made by OpenAPI Generator; its tool needs a Java runtime."""
    python = _environment(
        folder, GENERATOR, "urllib3", "python-dateutil", "pydantic", "typing-extensions", "lazy-imports"
    )
    if not (folder / ".generated").exists():
        tool = folder / "bin" / "openapi-generator-cli"
        made = folder / "made"
        options = ("-g", "python", "--package-name", "oag_client", "--skip-validate-spec")
        _run(tool, "generate", *options, "-i", document, "-o", made)
        if (made / "requirements.txt").exists():
            _run(python, "-m", "pip", "install", "-q", "-r", made / "requirements.txt")
        shutil.copytree(made / "oag_client", _packages(python) / "oag_client", dirs_exist_ok=True)
        (folder / ".generated").touch()
    return python


def _attrs(folder: Path, document: Path) -> Path:
    """Return the Python that has a client made by openapi-python-client."""
    python = _environment(folder, ATTRS, "httpx", "attrs", "python-dateutil")
    if not (folder / ".generated").exists():
        made = folder / "made"
        tool = folder / "bin" / "openapi-python-client"
        # The exit status says nothing: it is 0 or 1 when the tool left out some parts. Without a client, the copy fails.
        subprocess.run(
            [tool, "generate", "--path", document, "--output-path", made, "--meta", "none", "--overwrite"],
            capture_output=True,
        )
        shutil.copytree(made, _packages(python) / "opc_client", dirs_exist_ok=True)
        (folder / ".generated").touch()
    return python

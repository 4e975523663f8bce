"""Format generated code with ruff, if it is installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path


def can_format() -> bool:
    """Return whether ruff is installed."""
    return importlib.util.find_spec("ruff") is not None


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    """Return `files` formatted by one run of `ruff format`; unchanged if ruff is not installed."""
    if not can_format():
        return dict(files)
    with tempfile.TemporaryDirectory() as folder:
        endings = {path: ".pyi" if path.endswith(".pyi") else ".py" for path in files}
        names = {path: os.path.join(folder, f"{index}{endings[path]}") for index, path in enumerate(files)}
        for path, text in files.items():
            Path(names[path]).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache"]
        options = ["--line-length", "110", "--target-version", "py311", folder]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"ruff could not format the generated code: {done.stderr.strip()[:2000]}")
        return {path: Path(name).read_text(encoding="utf-8") for path, name in names.items()}

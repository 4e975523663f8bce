"""Where PyInstaller finds the hook of this package; the entry point `pyinstaller40` names `hook_dirs`."""

from __future__ import annotations

from pathlib import Path


def hook_dirs() -> list[str]:
    """Return the folder with the hook."""
    return [str(Path(__file__).parent)]

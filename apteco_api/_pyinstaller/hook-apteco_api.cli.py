"""The command line: a command's module loads when the command is called."""

from __future__ import annotations

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("apteco_api.cli")

"""The command line: a command's module loads when the command is called."""

# PyInstaller has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportMissingModuleSource=false
# pyright: reportMissingImports=false, reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("apteco_api.cli")

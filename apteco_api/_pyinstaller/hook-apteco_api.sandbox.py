"""The sandbox: handlers and compilers that load by name, the spec, and the API page."""

# PyInstaller has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportMissingModuleSource=false
# pyright: reportMissingImports=false, reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

hiddenimports = collect_submodules("apteco_api.sandbox")
datas = collect_data_files("apteco_api.sandbox")
excludedimports = ["pytest"]

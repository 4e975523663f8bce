"""What PyInstaller can't see in this package: modules that load by name on first use.

Libraries of the extras are frozen where the user's own script imports them. The sandbox and the command line
have hooks of their own, which PyInstaller runs only if the script imports them.
"""

# PyInstaller has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportMissingModuleSource=false
# pyright: reportMissingImports=false, reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from PyInstaller.utils.hooks import collect_submodules

_APART = ("apteco_api.cli", "apteco_api.sandbox", "apteco_api._pyinstaller")

hiddenimports = collect_submodules("apteco_api", filter=lambda name: not name.startswith(_APART))
hiddenimports += ["dateutil.parser", "dateutil.tz", "platformdirs"]
excludedimports = [
    "IPython", "aiohttp", "keyring", "matplotlib", "opentelemetry", "pandas", "polars", "pyarrow", "rich",
]  # fmt: skip

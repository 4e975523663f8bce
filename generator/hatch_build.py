"""Build hook of the distribution `apteco-client-generator`: include the runtime.

The generator copies the runtime into every client, so an installed generator needs a copy. In a checkout the
original is `apteco_api/_runtime`; a source distribution has a copy, `_runtime`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RuntimeHook(BuildHookInterface[Any]):
    """Hook that adds the runtime's Python files to the wheel and to the source distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to include, before hatchling collects them.

        Raises:
            FileNotFoundError: neither place holds the runtime.
        """
        root = Path(self.root)
        places = (root / "_runtime", root.parent / "apteco_api" / "_runtime")
        original = next((place for place in places if (place / "client.py").is_file()), None)
        if original is None:
            raise FileNotFoundError(f"the runtime is in neither of {', '.join(map(str, places))}")
        for path in sorted(original.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                build_data["force_include"][str(path)] = f"_runtime/{path.relative_to(original).as_posix()}"

"""The files that the import of a client reads do not depend on the size of its spec."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from generator.write import write

LOADED = """
import sys
before = set(sys.modules)
import {name}
for module in sorted(set(sys.modules) - before):
    with open(sys.modules[module].__file__, "rb") as file:
        print(module, len(file.read()))
"""


def document(times: int) -> dict[str, Any]:
    """Return a document with three operations and schemas, repeated."""
    names = [f"{kind}{number}" for number in range(times) for kind in ("Car", "Bus", "Van")]
    paths = {}
    for name in names:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        answers = {"200": {"description": "Done.", "content": content}}
        paths[f"/{name}"] = {"get": {"operationId": f"{name}_Get", "tags": [name], "responses": answers}}
    schemas = {name: {"type": "object", "properties": {"size": {"type": "number"}}} for name in names}
    info = {"title": "Small", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def test_the_same_is_read_for_ten_times_the_operations_and_schemas(workshop: Any, tmp_path: Path) -> None:
    read: list[str] = []
    for times in (1, 10):
        folder = tmp_path / str(times)
        files = workshop.files(document(times), "made_flat")
        assert sum(path.startswith("made_flat/models/") for path in files) == 3 * times + 2
        write(files, folder, workshop.client("made_flat"))
        code = LOADED.format(name="made_flat")
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
        )
        read.append(done.stdout)
    assert read[0] == read[1]
    assert read[0].split()[0::2] == ["made_flat"]

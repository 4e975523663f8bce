"""Make docs/pictures/: what the notebook and the command line draw, against a sandbox.

python docs/internals/make_pictures.py
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
PICTURES = HERE / "pictures"
NOTEBOOK = HERE / "notebooks" / "day.ipynb"
sys.path.insert(0, str(HERE.parent))


def code_cells(path: Path = NOTEBOOK) -> list[str]:
    """The code of a notebook, cell by cell."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_notebook(path: Path = NOTEBOOK) -> dict[str, Any]:
    """Run a notebook's cells from top to bottom; what they leave behind."""
    import matplotlib

    matplotlib.use("agg")
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(code_cells(path)):
        exec(compile(source, f"{path.name}[{number}]", "exec"), names)  # noqa: S102 - our own notebook
    return names


def main() -> int:
    """Make both pictures."""
    from apteco_api.cli.__main__ import main as command
    from apteco_api.sandbox import serve

    PICTURES.mkdir(exist_ok=True)
    run_notebook()["axes"].figure.savefig(PICTURES / "day-notebook.png", dpi=80, bbox_inches="tight")
    with serve(scale=20_000) as server:
        given = {"HOST": server.url, "DATA_VIEW": server.data_view, "SYSTEM": server.system}
        for name, value in {**given, "USER": server.username, "PASSWORD": server.password}.items():
            os.environ[f"APTECO_API_{name}"] = value
        words = ["cube", "Bookings", "Product", "Booking Date by Years", "--measure", "Sum(Cost)"]
        return command([*words, "--plot", str(PICTURES / "cost.png")])


if __name__ == "__main__":
    sys.exit(main())

"""Make docs/pictures/: plots of the command line, of `rows.plot()` and of the notebook, light and dark.

python docs/internals/make_pictures.py [FOLDER]
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

SCHEMES: dict[str, list[Any]] = {
    "": ["default"],
    "-dark": ["dark_background", {"figure.facecolor": "#131416", "axes.facecolor": "#131416"}],
}
"""Ending of a picture's name -> Matplotlib's styles; the dark background is that of the site."""
COST = ("cube", "Bookings", "Product", "Booking Date by Years", "--measure", "Sum(Cost)", "--plot")
"""The command of the README and of docs/cli.md."""


def code_cells(path: Path = NOTEBOOK) -> list[str]:
    """Return the code of a notebook, cell by cell."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_notebook(path: Path = NOTEBOOK) -> dict[str, Any]:
    """Run a notebook's cells from top to bottom and return the names that they define."""
    import matplotlib

    matplotlib.use("agg")
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(code_cells(path)):
        exec(compile(source, f"{path.name}[{number}]", "exec"), names)  # noqa: S102 - our own notebook
    return names


def make(folder: Path) -> None:
    """Draw each picture in each scheme.

    Raises:
        SystemExit: the command has failed.
    """
    import matplotlib
    from matplotlib import pyplot

    import apteco_api as aa
    from apteco_api.cli.__main__ import main as command
    from apteco_api.sandbox import serve

    matplotlib.use("agg")
    folder.mkdir(exist_ok=True)
    with serve(scale=20_000) as server:
        given = {"HOST": server.url, "DATA_VIEW": server.data_view, "SYSTEM": server.system}
        for name, value in {**given, "USER": server.username, "PASSWORD": server.password}.items():
            os.environ[f"APTECO_API_{name}"] = value
        for ending, styles in SCHEMES.items():
            with pyplot.style.context(styles):
                if status := command([*COST, str(folder / f"cost{ending}.png")]):
                    raise SystemExit(status)
                with aa.login() as session:
                    rows = session.export(aa.where("Cost") < 5_000, ["Cost"], table="Bookings")
                    rows.plot("Cost", path=folder / f"rows{ending}.png")
                axes = run_notebook()["axes"]
                axes.figure.savefig(folder / f"day-notebook{ending}.png", dpi=80, bbox_inches="tight")
                pyplot.close("all")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)

"""In a real Jupyter kernel: the notebook of the documents, progress bars, cards, completion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox

pytest.importorskip("ipykernel", reason="a kernel needs ipykernel")
manager = pytest.importorskip("jupyter_client.manager", reason="a kernel needs ipykernel")

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "day.ipynb"


class Kernel:
    """A kernel that talks through files in a folder: over TCP it warns that others could listen."""

    def __init__(self, folder: Path) -> None:
        self.manager = manager.KernelManager(transport="ipc", connection_file=str(folder / "kernel.json"))
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str) -> list[dict[str, Any]]:
        """Run a cell, and return its output: the content and the type of each message."""
        found: list[dict[str, Any]] = []

        def keep(message: dict[str, Any]) -> None:
            if message["msg_type"] not in ("status", "execute_input"):
                found.append({"type": message["msg_type"], **message["content"]})

        reply = self.client.execute_interactive(code, output_hook=keep, timeout=120)
        assert reply["content"]["status"] == "ok", reply["content"]
        return found

    def completions(self, code: str) -> list[str]:
        """Return what the tabulator key offers after some code."""
        reply = self.client.complete(code, len(code), reply=True, timeout=60)
        matches: list[str] = reply["content"]["matches"]
        return matches

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Yield a kernel with a session that is logged in to the sandbox."""
    made = Kernel(tmp_path_factory.mktemp("kernel"))
    who = (box.url, box.data_view, box.username, box.password)
    made.run(f"import apteco_api as aa; session = aa.login(*{who!r}, system={box.system!r})")
    yield made
    made.close()


@pytest.mark.slow
def test_the_notebook_of_the_documents_runs_from_login_to_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    cells = [cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    code = ["".join(cell["source"]) for cell in cells]
    assert len([line for each in code for line in each.splitlines() if line.strip()]) <= 12
    kernel = Kernel(tmp_path)
    try:
        outputs = [output for each in code for output in kernel.run(each)]
    finally:
        kernel.close()
    assert [each["text"] for each in outputs if each["type"] == "stream"] == ["9117 of 20000\n"]
    shown = [each["data"] for each in outputs if each["type"] in ("display_data", "execute_result")]
    assert any("Cost (boCost)" in each.get("text/html", "") for each in shown)
    assert [kind for each in shown for kind in each if kind.startswith("image/")] == ["image/png"]


@pytest.mark.parametrize(
    "code",
    [
        'session.audiences.create("Bar", aa.where("Destination") == "France").calculate();',
        'session.map(session.count, ["Bookings"] * 5);',
    ],
    ids=["job", "batch"],
)
def test_a_progress_bar_is_one_output_that_fills(kernel: Kernel, code: str) -> None:
    first, *updates = kernel.run(code)
    assert first["type"] == "display_data"
    assert "<progress " in first["data"]["text/html"]
    assert {each["type"] for each in updates} == {"update_display_data"}
    places = {each["transient"]["display_id"] for each in (first, *updates)}
    assert len(places) == 1
    assert "value='1.00'" in updates[-1]["data"]["text/html"]


@pytest.mark.parametrize(
    ("code", "plain", "card"),
    [
        ("session", "<Session of Administrator at ", "Holidays"),
        ("len(session.tables); session.tables", "<9 tables: Households, ", "<td>Bookings</td>"),
        ('session.variables["Cost"]', "<variable boCost: Cost (numeric, Bookings)>", "Cost (boCost)"),
        ('session.variables["boDest"].codes', "codes", "France"),
        ("session.folders", "<folder />", "Bookings"),
        ('session.export("Bookings", ["Cost"], limit=3)', "<Rows: 3 rows of Cost>", "3 rows"),
        ('session.cube("Bookings", ["Product"])', "<CubeFrame: Product (5); Count>", "Package Holiday"),
    ],
)
def test_what_a_cell_ends_with_shows_as_text_and_as_a_card(
    kernel: Kernel, code: str, plain: str, card: str
) -> None:
    (shown,) = kernel.run(code)
    assert plain in shown["data"]["text/plain"]
    assert card in shown["data"]["text/html"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("session.exp", ["export", "export_to", "exports"]),
        ("session.quer", ["queries", "query"]),
        ('session.tables["Bo', ["Booking", "Bookings"]),
        ('session.variables["Destin', ["Destination"]),
        ('session.files["Pr', ["Private"]),
        ('session.folders.folders["Boo', ["Bookings"]),
        ("variable.co", ["codes", "contains"]),
        ("variable.kin", ["kind"]),
        ('variable.codes["Fra', ["France"]),
        ("session.audiences.crea", ["create"]),
        ('session.export("Bookings", ["Cost"]).to_pa', ["to_pandas", "to_parquet"]),
    ],
)
def test_the_tabulator_key_completes_names_and_keys(kernel: Kernel, code: str, expected: list[str]) -> None:
    kernel.run('variable = session.variables["boDest"]')
    assert kernel.completions(code) == expected

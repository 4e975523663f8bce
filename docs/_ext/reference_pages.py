"""Make the reference, one page a section and a model, of the spec before Sphinx looks for its sources.

The pages are in `docs/reference`, which git ignores. Only what has changed is written, so that a second build
reads no page again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator import clients
from generator.__main__ import effective
from generator.build import build
from generator.render import Files, render_reference
from generator.write import update

FOLDER = "reference"


def pages() -> Files:
    """Return every page of the reference by its path below the folder of the documents."""
    client = clients.read()["apteco"]
    made = render_reference(build(effective(client)), client, client.spec)
    return {f"{FOLDER}/{name}": data for name, data in made.items()}


def write(app: Any) -> None:
    """Write the pages among the sources of the site."""
    source = Path(app.srcdir)
    update(pages(), source, [source / FOLDER])


def setup(app: Any) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

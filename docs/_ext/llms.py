"""Write `llms.txt` and `llms-full.txt` beside the built pages: the site as plain text, for language models.

`llms.txt` lists the pages with their titles. `llms-full.txt` holds the guides and the docstrings of the
Python API. Both are made of the sources that the pages are made of.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from pkgutil import resolve_name
from types import FunctionType
from typing import Any

LISTED = re.compile(r"^   apteco_api\.(\S+)$", re.M)
WHOLE = ("install", "tutorial/", "getting-started", "words", "guides/", "day", "cli", "sandbox", "settings")
"""The pages that `llms-full.txt` holds, by how their names begin."""


def text_of(path: Path) -> str:
    """Return the Markdown of a page; a notebook's cells become paragraphs and Python blocks."""
    if path.suffix != ".ipynb":
        return path.read_text("utf-8")
    parts: list[str] = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    return "\n\n".join(parts)


def docstrings(index: Path) -> str:
    """Return the docstrings of the names that the index of the Python API lists, and of their methods."""
    parts: list[str] = []
    for name in LISTED.findall(index.read_text("utf-8")):
        thing = resolve_name(f"apteco_api.{name}")
        parts.append(f"## apteco_api.{name}\n\n{inspect.getdoc(thing) or ''}")
        for member, value in members(thing).items():
            function = getattr(value, "__func__", value)  # of a class method
            if isinstance(function, FunctionType | property):
                arguments = inspect.signature(function) if isinstance(function, FunctionType) else ""
                parts.append(f"### {name}.{member}{arguments}\n\n{inspect.getdoc(function) or ''}")
    return "\n\n".join(parts)


def members(thing: Any) -> dict[str, Any]:
    """Return the public members of a class, those of its bases in this package included."""
    bases = thing.__mro__ if inspect.isclass(thing) else ()
    own = [base for base in bases if base.__module__.startswith("apteco_api.")]
    found = {name: value for base in reversed(own) for name, value in vars(base).items()}
    return {name: value for name, value in found.items() if not name.startswith("_")}


def write(app: Any, exception: Exception | None) -> None:
    """Write both files when an HTML build has succeeded."""
    if exception is not None or app.builder.format != "html":
        return
    source, out = Path(app.srcdir), Path(app.outdir)
    left_out = ("python/names/", "reference/models/")
    pages = [page for page in sorted(app.env.found_docs) if not page.startswith(left_out)]
    titles = {page: app.env.titles[page].astext() for page in pages}
    lines = [f"- [{titles[page]}]({page}.html)" for page in pages]
    summary = "The Python client of the Apteco (Orbit) API, with a local sandbox server."
    (out / "llms.txt").write_text(f"# apteco-api\n\n> {summary}\n\n" + "\n".join(lines) + "\n", "utf-8")
    paths = [next(source.glob(f"{page}.*")) for page in pages if page.startswith(WHOLE)]
    whole = [*map(text_of, paths), "# The Python API", docstrings(source / "python" / "index.rst")]
    (out / "llms-full.txt").write_text("\n\n".join(whole) + "\n", "utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

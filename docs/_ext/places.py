"""Give names that people search for one place of their own, which the search finds first.

- A row of a table on the settings page is the place of the environment variables in its cells.
- Several classes have a `to_pandas`: the classes of `FIRST` are the place of their methods' names.

Both become main entries of the index, which the search puts before everything else.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes

SETTINGS = "settings"
FIRST = ("Session", "Where", "Rows")
CLASS_PAGE = "python/names/apteco_api."
VARIABLE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")


def mark(app: Any, doctree: nodes.document) -> None:
    """Mark the places of a page."""
    page = app.env.docname
    if page == SETTINGS:
        mark_variables(doctree)
    elif page.removeprefix(CLASS_PAGE) in FIRST:
        mark_methods(doctree)


def mark_variables(doctree: nodes.document) -> None:
    """Mark each row by the variables in it."""
    for row in list(doctree.findall(nodes.row)):
        names = [each.astext() for each in row.findall(nodes.literal)]
        for name in filter(VARIABLE.fullmatch, names):
            if name in doctree.ids:
                continue
            paragraph = next(iter(row.findall(nodes.paragraph)))
            paragraph["ids"].append(name)
            doctree.ids[name] = paragraph
            paragraph.parent.insert(0, entry(name, name))


def mark_methods(doctree: nodes.document) -> None:
    """Mark each method by its name alone."""
    for signature in list(doctree.findall(addnodes.desc_signature)):
        for place in signature["ids"]:
            doctree.append(entry(place.rpartition(".")[2], place))


def entry(name: str, place: str) -> nodes.Node:
    """Return a main entry of the index: a name, and the id that it leads to."""
    return addnodes.index(entries=[("single", name, place, "main", None)])


def setup(app: Any) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("doctree-read", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

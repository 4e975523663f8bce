"""Give each environment variable of the settings page a place of its own, which the search finds first.

A row of a table there is the place of the variables in its cells: it gets an id and an entry in the index.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes

PAGE = "settings"
VARIABLE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")


def mark(app: Any, doctree: nodes.document) -> None:
    """Mark the variables of the settings page."""
    if app.env.docname != PAGE:
        return
    for row in list(doctree.findall(nodes.row)):
        names = [each.astext() for each in row.findall(nodes.literal)]
        for name in filter(VARIABLE.fullmatch, names):
            if name in doctree.ids:
                continue
            paragraph = next(iter(row.findall(nodes.paragraph)))
            paragraph["ids"].append(name)
            doctree.ids[name] = paragraph
            entry = addnodes.index(entries=[("single", name, name, "main", None)])
            paragraph.parent.insert(0, entry)


def setup(app: Any) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("doctree-read", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

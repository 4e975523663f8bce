"""Give what people search for one place of its own, which the search finds first.

- A word of `WORDS` has the section that explains it.
- A row of a table on the settings page is the place of the environment variables in its cells.
- Several classes have a `to_pandas`: the classes of `FIRST` are the place of their methods' names.

All become main entries of the index, which the search puts before everything else.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.errors import ExtensionError

SETTINGS = "settings"
FIRST = ("Session", "Where", "Rows")
CLASS_PAGE = "python/names/apteco_api."
WORDS = {
    "install#install": ("install", "extras"),
    "install#what-it-runs-on": ("windows", "macos"),
    "day#every-operation": ("paging", "pagination"),
    "day#seeing-what-happens": ("logging", "debug"),
    "guides/dashboards#dashboards": ("dashboard",),
    "guides/errors#retry-what-is-sent-again": ("retry", "502", "503", "504"),
    "guides/errors#what-a-403-means": ("403",),
    "guides/exports#export-to-a-bucket-or-as-a-partitioned-dataset": ("s3", "bucket"),
    "guides/exports#write-a-file": ("xlsx", "csv"),
    "guides/generator#clear-a-field-or-leave-it-alone": ("unset",),
    "guides/generator#make-a-client-of-your-own-api": ("generator", "openapi"),
    "guides/notebooks#notebooks-cards-completion-progress-bars-plots": ("jupyter",),
    "guides/offline#frozen-programs": ("pyinstaller",),
    "guides/proxies#a-certificate-authority-of-your-company": ("ca",),
    "guides/proxies#a-proxy": ("proxy",),
    "guides/sessions#hand-a-session-to-another-process": ("token",),
    "guides/sessions#keep-credentials-out-of-your-scripts": ("password", "profile", "keyring"),
    "guides/sessions#log-in-with-a-second-factor": ("mfa", "2fa", "totp"),
    "guides/sessions#sessions-and-credentials": ("login",),
    "guides/tasks#audiences": ("share",),
    "guides/troubleshooting#connections": ("407",),
    "guides/troubleshooting#what-the-server-answers": ("401", "404", "429"),
    "sandbox#start-it": ("docker", "container"),
    "settings#the-time-limit-of-a-call": ("timeout",),
}
"""The section of each word: page and id."""
VARIABLE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")


def mark(app: Any, doctree: nodes.document) -> None:
    """Mark the places of a page."""
    page = app.env.docname
    for place, words in WORDS.items():
        if place.partition("#")[0] == page:
            mark_words(doctree, place.partition("#")[2], words)
    if page == SETTINGS:
        mark_variables(doctree)
    elif page.removeprefix(CLASS_PAGE) in FIRST:
        mark_methods(doctree)


def mark_words(doctree: nodes.document, place: str, words: tuple[str, ...]) -> None:
    """Mark a section by the words that it explains."""
    if place not in doctree.ids:
        raise ExtensionError(f"{doctree['source']} has no section {place!r}: correct WORDS in {__file__}")
    for word in words:
        doctree.append(entry(word, place))


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

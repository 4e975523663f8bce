"""Write the entries of a config file into the document, as `x-` fields.

`names` renames schemas, properties, parameters and operations (`x-name`). `paging` says how to get the next
page of a list (`x-paging`). `jobs` says which operations form one long-running job (`x-job`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from .clients import Client
from .diagnostics import SpecError
from .document import Document, Node
from .jsonvalues import is_object

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
STEPS = ("create", "poll", "cancel", "results")


def annotated(document: Document, client: Client) -> Document:
    """Return a document with the names, paging and jobs of a client's config written into it.

    Raises:
        SpecError: an entry names an operation or a place that the document does not have.
    """
    if not (client.names or client.paging or client.jobs):
        return document
    result = Document(copy.deepcopy(document.value), document.source, document.problems)
    operations = dict(_operations(result.root))
    for place, name in client.names.items():
        node = _at(result, operations, place, "names")
        node.mapping["x-name"] = name
    for place, rule in client.paging.items():
        _at(result, operations, place, "paging").mapping["x-paging"] = dict(rule)
    for family, job in client.jobs.items():
        more = {key: value for key, value in job.items() if key not in STEPS}
        for step in STEPS:
            if step in job:
                node = _at(result, operations, job[step], f"jobs.{family}")
                node.mapping["x-job"] = {"family": family, "step": step, **more}
    return result


def _operations(root: Node) -> Iterator[tuple[str, Node]]:
    for path, item in root.entries("paths"):
        if not is_object(item.value):
            continue
        for verb, node in item.entries():
            if verb in VERBS and is_object(node.value):
                yield str(node.value.get("operationId") or f"{verb} {path}"), node


def _at(document: Document, operations: dict[str, Node], place: str, entry: str) -> Node:
    """Return the node that a config file names: by operationId, by `verb /path`, or by JSON pointer."""
    if place in operations:
        return operations[place]
    if place.startswith("#/"):
        return document.at(place, "")
    for name, node in operations.items():  # "GET /books" also finds an operation that has an operationId
        verb, _, path = place.partition(" ")
        if path and node.pointer == f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{verb.lower()}":
            return operations[name]
    raise _unknown(document, place, entry)


def _unknown(document: Document, place: str, entry: str) -> SpecError:
    return document.fail(
        "", "unknown-place", f"the config's {entry} names {place!r}, which the document does not have",
        "name an operation by its operationId or as `get /path`, anything else by its pointer: #/…",
    )  # fmt: skip

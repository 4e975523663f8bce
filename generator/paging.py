"""`x-paging`: how to get the next page of a list, checked against the operation and its answer.

`x-paging: true` stands for the parameters `offset` and `count`, and an answer with a `list`. Any other rule
is an object:

    x-paging: {style: cursor, cursor: after, next: $.meta.next, items: $.data, size: limit}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .document import Document, Node
from .ir import Method, Model, Package, PageRule
from .jsonvalues import is_object
from .naming import ClassName, Identifier
from .pytypes import Type

STYLES: Mapping[str, tuple[str, ...]] = {
    "offset": ("offset",),
    "page": ("page",),
    "cursor": ("cursor", "next"),
    "link": (),
}
"""Each style with the entries that it needs."""
ARGUMENTS = ("offset", "page", "size", "cursor")
PATHS = ("next", "more", "items", "total", "pages")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(-?\d+)\]")


def read(node: Node) -> bool | PageRule:
    """Return the rule in an operation's `x-paging`, with the names of the document.

    Raises:
        SpecError: an entry is unknown or missing.
    """
    child = node.get("x-paging")
    if child is None or not is_object(child.value):
        return node.flag("x-paging")
    style = child.text("style")
    if style not in STYLES:
        raise child.fail("bad-paging", f"the style of paging {style!r} is not one of {', '.join(STYLES)}")
    known = {"style", "first", *ARGUMENTS, *PATHS}
    if unknown := sorted(set(child.mapping) - known):
        raise child.fail("bad-paging", f"unknown entries of x-paging: {', '.join(unknown)}")
    if missing := [name for name in STYLES[style] if not child.text(name)]:
        raise child.fail("bad-paging", f"paging by {style} needs {' and '.join(missing)}")
    first = child.mapping.get("first", 1)
    if not isinstance(first, int) or isinstance(first, bool):
        raise child.fail("bad-paging", f"the number of the first page is {first!r}, not a whole number")
    texts = {name: child.text(name) for name in (*ARGUMENTS, *PATHS)}
    for name in PATHS:
        if texts[name] and not _is_path(texts[name]):
            text = f"{name} is {texts[name]!r}, which is not a path"
            raise child.fail("bad-paging", text, "write a path such as $.data or header:X-Next")
    return PageRule(style=style, first=first, **{**texts, "items": texts["items"] or "$"})


def _is_path(text: str) -> bool:
    if text.startswith("header:"):
        return len(text) > len("header:")
    return text.startswith("$") and "".join(match[0] for match in _STEP.finditer(text)) == text[1:]


def resolved(package: Package, document: Document) -> Package:
    """Return a package with Python names in its page rules, and with the type of the items in its pages.

    A rule that does not fit its operation is reported, and the operation is not paged.
    """
    models = {model.name: model for model in package.models}
    items: dict[ClassName, Type] = {}

    def of(method: Method) -> Method:
        if not isinstance(method.paging, PageRule):
            return method
        rule = _named(method, method.paging, document)
        if rule is not None:
            kind = _items(method, rule, models, document)
            if kind is None:
                rule = None
            elif method.returned[0].kind == "model" and kind.kind != "any":
                items.setdefault(method.returned[0].name, kind)
        return replace(method, paging=rule or False)

    sections = tuple(
        replace(section, methods=tuple(map(of, section.methods))) for section in package.sections
    )
    found = tuple(replace(model, page_items=items.get(model.name)) for model in package.models)
    return replace(package, sections=sections, models=found if items else package.models)


def _fault(method: Method, document: Document, text: str) -> None:
    document.problems.error(document.place(method.pointer), "bad-paging", text, "correct its x-paging")


def _named(method: Method, rule: PageRule, document: Document) -> PageRule | None:
    """Return a rule with the Python names of its arguments; None if the operation lacks one."""
    names: dict[str, Identifier] = {each.wire: each.name for each in method.parameters if each.wire}
    changes: dict[str, Any] = {}
    for entry in ARGUMENTS:
        wire: str = getattr(rule, entry)
        in_body = entry == "cursor" and wire.startswith("body.")
        if not wire or (in_body and any(each.location == "body" for each in method.parameters)):
            continue
        if wire not in names:
            _fault(
                method, document, f"{entry} names the parameter {wire!r}, which {method.id!r} does not have"
            )
            return None
        changes[entry] = str(names[wire])
    return rule._replace(**changes)


def _items(
    method: Method, rule: PageRule, models: Mapping[ClassName, Model], document: Document
) -> Type | None:
    """Return the type of the items that a rule finds in an answer; None if there is no list."""
    kind = method.returned[0] if method.returned else Type("str")
    for match in _STEP.finditer(rule.items):
        if kind.kind in ("any", "object"):
            return Type("any")
        field = next(
            (each for each in models[kind.name].fields if each.wire == match[1])
            if kind.kind == "model" else iter(()), None,
        )  # fmt: skip
        if field is None:
            _fault(method, document, f"items are at {rule.items!r}, but the answer has no {match[0]!r} there")
            return None
        kind = field.type
    if kind.kind in ("any", "object"):
        return Type("any")
    if kind.kind != "list":
        _fault(method, document, f"the value at {rule.items!r} in the answer of {method.id!r} is not a list")
        return None
    return kind.items[0]

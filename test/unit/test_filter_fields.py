"""The fields that `filter` and `orderBy` take are in docstrings, and editors offer them for the order."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from support.newer import ROOT, SPEC

import apteco_api as aa

LISTS: dict[str, Any] = {
    node["operationId"]: node
    for item in SPEC["paths"].values()
    for node in item.values()
    if "x-fields" in node
}
METHODS = {
    operation.id: getattr(getattr(aa, controller), name)
    for controller in aa.api.__all__
    for name, operation in getattr(aa, controller).operations.items()
}
STUB = (ROOT / "apteco_api" / "api" / "_orders.pyi").read_text("utf-8")
OFFERED = {
    name: re.findall(r'"([^"]+)"', values)
    for name, values in re.findall(r"(OrderBy\d+): TypeAlias = str \| Literal\[([^\]]+)\]", STUB)
}


def test_all_lists_of_the_vendor_are_there() -> None:
    assert len(LISTS) == 87
    assert sum("x-since" not in node for node in LISTS.values()) == 58


@pytest.mark.parametrize("id", LISTS)
def test_the_fields_are_in_the_docstring_and_offered_for_the_order(id: str) -> None:
    fields = LISTS[id]["x-fields"]
    method = METHODS[id]
    text = " ".join((inspect.getdoc(method) or "").split())
    assert f"Fields: {', '.join(f'`{name}`' for name in fields)}." in text
    assert "Fields: those of `filter`." in text
    for version, names in LISTS[id].get("x-fields-since", {}).items():
        assert f"Since servers of {version}: {', '.join(f'`{name}`' for name in names)}." in text
    kind = inspect.signature(method).parameters["order_by"].annotation
    assert OFFERED[kind.removesuffix(" | None")] == [sign + name for name in fields for sign in ("", "-")]


def test_the_grammar_is_in_the_docstring_of_each_list() -> None:
    text = " ".join((inspect.getdoc(aa.AboutApi.about_get_data_views) or "").split())
    for word in ("eq", "neq", "gt", "lt", "like", "and", "or", "quotes"):
        assert re.search(rf"\b{word}\b", text), word

"""Free query parameters: a map whose members become parameters of their own."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Workshop, get, spec


def document(location: str = "query", **more: Any) -> dict[str, Any]:
    filters = {
        "name": "filters",
        "in": location,
        "description": "Any filters.",
        "schema": {"type": "object", "x-free-form": True, "additionalProperties": True},
        **more,
    }
    return spec({"/things": get({"type": "object"}, parameters=[filters])})


def test_a_free_map_in_the_query_is_an_argument(workshop: Workshop) -> None:
    (section,) = workshop.load(document()).sections
    (parameter,) = section.methods[0].parameters
    assert (parameter.name, parameter.location, parameter.type.kind) == ("filters", "query", "object")


@pytest.mark.parametrize("more", [{"explode": False}, {"style": "pipeDelimited"}])
def test_a_map_that_would_have_to_fit_into_one_value_is_refused(
    workshop: Workshop, more: dict[str, Any]
) -> None:
    (found,) = workshop.findings(document(**more))
    assert found.code == "unsupported"


def test_a_map_in_a_header_is_refused(workshop: Workshop) -> None:
    (found,) = workshop.findings(document("header"))
    assert found.code == "unsupported"

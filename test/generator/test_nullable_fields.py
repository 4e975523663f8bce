"""None in a required nullable property is sent as null; None in an optional property is left out."""

from __future__ import annotations

import json
from importlib import import_module
from types import ModuleType
from typing import Any

from .conftest import Workshop, spec

SCHEMAS = {
    "Event": {
        "type": "object",
        "required": ["name", "time", "nullable"],
        "properties": {
            "name": {"type": "string"},
            "time": {"type": ["number", "null"]},
            "nullable": {"type": ["string", "null"]},
            "note": {"type": ["string", "null"]},
        },
    }
}


def test_a_required_nullable_field_is_sent_as_null(workshop: Workshop) -> None:
    made = workshop.made(spec({}, SCHEMAS))
    event = made.Event("visit")
    assert (event.time, event.nullable, event.note) == (None, None, None)
    assert encode(made, event) == {
        "name": "visit",
        "time": None,
        "nullable": None,
    }


def test_an_answer_is_sent_back_with_its_nulls(workshop: Workshop) -> None:
    made = workshop.made(spec({}, SCHEMAS))
    event = import_module(f"{made.__name__}._runtime.codec.decode").decode(
        b'{"name": "visit", "time": null}', "Event"
    )
    assert encode(made, event) == {
        "name": "visit",
        "time": None,
        "nullable": None,
    }
    assert event == made.Event("visit")


def encode(made: ModuleType, value: Any) -> Any:
    return json.loads(import_module(f"{made.__name__}._runtime.codec.encode").encode(value))

"""Null and "not given" are two things: in models and bodies, sent and received, and to type checkers."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import subprocess
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from .conftest import Server, Workshop, spec

TEXT, NULL_TEXT = {"type": "string"}, {"type": ["string", "null"]}
SCHEMAS: dict[str, Any] = {
    "Note": {
        "type": "object",
        "required": ["name", "must"],
        "properties": {
            "name": TEXT,
            "must": NULL_TEXT,
            "note": NULL_TEXT,
            "kind": {"type": ["string", "null"], "enum": ["a", "b", None]},
            "tags": {"type": ["array", "null"], "items": TEXT},
            "plain": TEXT,
            "born": {"type": ["string", "null"], "format": "date"},
            "next": {"oneOf": [{"$ref": "#/components/schemas/Note"}, {"type": "null"}]},
        },
    },
    "Open": {"type": "object", "properties": {"note": NULL_TEXT}, "additionalProperties": TEXT},
}
REF = {"$ref": "#/components/schemas/Note"}


def document(body: Any = REF, required: bool = True) -> dict[str, Any]:
    content = {"application/json": {"schema": body}}
    return spec(
        {
            "/notes/{id}": {
                "patch": {
                    "operationId": "patch",
                    "tags": ["Things"],
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                    "requestBody": {"required": required, "content": content},
                    "responses": {
                        "200": {"description": "It.", "content": {"application/json": {"schema": REF}}}
                    },
                }
            }
        },
        SCHEMAS,
    )


@pytest.fixture
def made(workshop: Workshop) -> ModuleType:
    workshop.options["unset"] = True
    return workshop.made(document())


def unset(package: ModuleType) -> Any:
    return import_module(f"{package.__name__}._runtime.unset").UNSET


def sent(package: ModuleType, server: Server, *arguments: Any, **named: Any) -> bytes:
    """Call `patch` in plain and in async code; return the body that both sent."""
    server.answers({"name": "x", "must": None})
    config = package.Configuration(host=server.url)

    async def awaited() -> None:
        async with package.aio.AsyncApiClient(config) as client:
            await package.aio.ThingsApi(client).patch("1", *arguments, **named)

    with package.ApiClient(config) as client:
        package.ThingsApi(client).patch("1", *arguments, **named)
    plain = server.last.body
    asyncio.run(awaited())
    assert server.last.body == plain
    return plain


def test_what_is_not_given_is_left_out_and_none_is_null(made: ModuleType, server: Server) -> None:
    note = made.Note("x", must=None)
    assert json.loads(sent(made, server, note)) == {"name": "x", "must": None}
    note = made.Note("x", must=None, note=None, kind=None, tags=None, born=None, next=None)
    nulls = dict.fromkeys(("must", "note", "kind", "tags", "born", "next"))
    assert json.loads(sent(made, server, note)) == {"name": "x", **nulls}
    inner = made.Note("y", must="m", note="text", kind="b", tags=[])
    assert json.loads(sent(made, server, made.Note("x", must="z", next=inner))) == {
        "name": "x", "must": "z",
        "next": {"name": "y", "must": "m", "note": "text", "kind": "b", "tags": []},
    }  # fmt: skip


def test_none_of_a_field_that_is_never_null_is_still_left_out(made: ModuleType, server: Server) -> None:
    assert json.loads(sent(made, server, made.Note("x", must="y", plain=None))) == {"name": "x", "must": "y"}


def test_a_field_is_cleared_and_left_alone_by_assigning(made: ModuleType, server: Server) -> None:
    note = made.Note("x", must="y", note="z", kind="a")
    note.note, note.kind = None, unset(made)
    assert json.loads(sent(made, server, note)) == {"name": "x", "must": "y", "note": None}


@pytest.mark.parametrize("extra", [{}, {"plain": 5}])  # the slow path decodes the second
def test_an_answer_tells_null_from_missing(made: ModuleType, server: Server, extra: dict[str, Any]) -> None:
    server.answers({"name": "x", "must": None, "note": None, "tags": ["t"], **extra})
    with made.ApiClient(made.Configuration(host=server.url)) as client:
        note = made.ThingsApi(client).patch("1", made.Note("x", must="y"))
    assert (note.must, note.note, note.tags) == (None, None, ["t"])
    assert note.kind is note.born is note.next is unset(made)
    assert not note.kind
    assert note.plain == (str(extra["plain"]) if extra else None)


def test_what_came_goes_back_as_it_came(made: ModuleType) -> None:
    codec = f"{made.__name__}._runtime.codec"
    data = b'{"name":"x","must":null,"note":null,"next":{"name":"y","must":"m"}}'
    note = import_module(f"{codec}.decode").decode(data, "Note")
    assert import_module(f"{codec}.encode").encode(note) == data
    assert import_module(f"{codec}.encode").sanitize(note) == json.loads(data)
    open_one = import_module(f"{codec}.decode").decode(b'{"else":"e"}', "Open")
    assert json.loads(import_module(f"{codec}.encode").encode(open_one)) == {"else": "e"}


def test_models_are_copied_compared_pickled_and_shown(made: ModuleType) -> None:
    note = made.Note("x", must="y", note=None)
    for other in (copy.copy(note), copy.deepcopy(note), pickle.loads(pickle.dumps(note))):
        assert other == note
        assert other.note is None
        assert other.kind is unset(made)
    assert made.Note("x", must="y") != note
    assert note.to_dict() == {"name": "x", "must": "y", "note": None, "plain": None}
    assert "UNSET" not in repr(note)
    assert made.Note.openapi_types["tags"] == "list[str]"
    assert made.Note.openapi_types["born"] == "date"


def test_enums_and_required_fields_are_checked_as_ever(made: ModuleType) -> None:
    with pytest.raises(ValueError, match="`name`, must not be `None`"):
        made.Note(None, must="y")
    with pytest.raises(ValueError, match="name"):
        made.Note(must="y")


NULLABLE = {"oneOf": [REF, {"type": "null"}]}


def test_a_body_that_may_be_null_is_sent_as_null(workshop: Workshop, server: Server) -> None:
    workshop.options["unset"] = True
    package = workshop.made(document(NULLABLE))
    assert sent(package, server, None) == b"null"
    assert server.last.headers["content-type"] == "application/json"
    assert json.loads(sent(package, server, package.Note("x", must=None))) == {"name": "x", "must": None}


def test_an_optional_body_that_may_be_null_is_sent_only_when_given(
    workshop: Workshop, server: Server
) -> None:
    workshop.options["unset"] = True
    package = workshop.made(document(NULLABLE, required=False))
    assert sent(package, server) == b""
    assert sent(package, server, body=unset(package)) == b""
    assert sent(package, server, body=None) == b"null"


def test_unset_in_another_place_is_refused_by_name(made: ModuleType, server: Server) -> None:
    with made.ApiClient(made.Configuration(host=server.url)) as client:
        with pytest.raises(made.ApiTypeError, match="`id` is UNSET"):
            made.ThingsApi(client).patch(unset(made), made.Note("x", must="y"))
    assert not server.requests


def test_without_the_switch_none_is_left_out_as_published(workshop: Workshop, server: Server) -> None:
    package = workshop.made(document())
    assert json.loads(sent(package, server, package.Note("x", must="y", note=None))) == {
        "name": "x",
        "must": "y",
    }
    assert package.Note("x", must="y").note is None


@pytest.mark.slow
def test_types_tell_them_apart(workshop: Workshop) -> None:
    workshop.options["unset"] = True
    package = workshop.made(document(NULLABLE, required=False))
    name = package.__name__
    (workshop.folder / "use.py").write_text(f"""
from {name} import Note, ThingsApi
from {name}._runtime.unset import UNSET

def use(api: ThingsApi, note: Note) -> None:
    api.patch("1", body=None)
    api.patch("1", body=UNSET)
    api.patch("1", body=Note("x", must=None, note=UNSET, kind=None))
    wrong: str | None = note.note  # WRONG
    if note.note is not UNSET:
        right: str | None = note.note
    Note("x", must=None, plain=UNSET)  # WRONG
""")
    for checker in (
        ["mypy", "--strict", "--config-file=", "--cache-dir=c", "use.py"],
        ["pyright", "--pythonpath", sys.executable, "use.py"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *checker], cwd=workshop.folder, capture_output=True, text=True, timeout=300
        )
        lines = [line for line in done.stdout.splitlines() if "use.py:" in line]
        assert sorted({line.split(":")[1] for line in lines}) == ["12", "9"], done.stdout

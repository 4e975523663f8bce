"""Small documents, one for each kind of schema: a client is made and reads an answer without loss."""

from __future__ import annotations

import datetime as dt
import decimal
import importlib
import json
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from .conftest import Server, Workshop, get, spec

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def kind(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def one(*options: Any, **more: Any) -> dict[str, Any]:
    return {"oneOf": list(options), **more}


def many(item: Any) -> dict[str, Any]:
    return {"type": "array", "items": item}


def name_of(value: Any) -> str:
    return type(value).__name__


class Case(NamedTuple):
    """An answer's schema, the other schemas, the answer, and its values in Python."""

    schema: Any
    schemas: dict[str, Any]
    answer: Any
    look: Callable[[Any], Any]
    seen: Any
    lossless: bool = True


BOOK, FILM = thing("pages", pages=WHOLE), thing("minutes", minutes=WHOLE)
SHELF = {"Book": BOOK, "Film": FILM, "Item": one(ref("Book"), ref("Film"))}
TREE = {
    "Leaf": thing("kind", kind=kind("leaf"), x=WHOLE),
    "Node": thing("kind", kind=kind("node"), kids=many(ref("Tree"))),
    "Tree": one(ref("Leaf"), ref("Node"), discriminator={"propertyName": "kind"}),
}
PETS = {
    "Pet": {**thing("kind", kind=TEXT, name=TEXT), "discriminator": {"propertyName": "kind"}},
    "Cat": {"allOf": [ref("Pet"), thing(lives=WHOLE)]},
    "Dog": {"allOf": [ref("Pet"), thing(tricks=many(TEXT))]},
}
AB = {"A": thing(t=TEXT, a=WHOLE), "B": thing(t=TEXT, b=WHOLE)}

CASES: dict[str, Case] = {
    # --- unions of objects
    "told by a required property": Case(ref("Item"), SHELF, {"minutes": 5}, name_of, "Film"),
    "the first of two that fit": Case(
        ref("Item"),
        SHELF,
        {"minutes": 5, "pages": 3},
        name_of,
        "Book",
        False,
    ),
    "told by the names of optional properties": Case(
        one(ref("A"), ref("B")), {"A": thing(a=TEXT), "B": thing(b=TEXT, c=TEXT)}, {"c": "x"}, name_of, "B"
    ),
    "told by a constant": Case(
        one(ref("A"), ref("B")),
        {"A": thing(v={"const": "a"}, x=TEXT), "B": thing(v={"const": "b"}, x=TEXT)},
        {"v": "b", "x": "y"},
        name_of,
        "B",
    ),
    "told by a constant number": Case(
        one(ref("A"), ref("B")),
        {"A": thing(v={"type": "integer", "enum": [1]}, x=TEXT), "B": thing(v={"const": 2}, x=TEXT)},
        {"v": 2, "x": "y"},
        name_of,
        "B",
    ),
    "told by what is inside": Case(
        one(ref("A"), ref("B")),
        {"A": thing(x=thing(a=WHOLE)), "B": thing(x=thing(b=WHOLE))},
        {"x": {"b": 1}},
        name_of,
        "B",
    ),
    "told by the type of a property": Case(
        one(ref("A"), ref("B")), {"A": thing(x=WHOLE), "B": thing(x=many(TEXT))}, {"x": ["y"]}, name_of, "B"
    ),
    "told by the type deep inside a list": Case(
        one(ref("A"), ref("B")),
        {"A": thing(x=many(thing(y=WHOLE))), "B": thing(x=many(thing(y=TEXT)))},
        {"x": [{"y": "z"}]},
        name_of,
        "B",
    ),
    "anyOf of two objects": Case(
        {"anyOf": [ref("Book"), ref("Film")]},
        SHELF,
        {"pages": 1},
        name_of,
        "Book",
    ),
    "an object or a map": Case(
        one(ref("Book"), {"type": "object", "additionalProperties": TEXT}),
        SHELF,
        {"k": "v"},
        lambda found: found,
        {"k": "v"},
    ),
    "an object or any object": Case(
        one(ref("Book"), {"type": "object"}),
        SHELF,
        {"k": 1},
        dict,
        {"k": 1},
    ),
    "an object, or null": Case(
        one(ref("Book"), {"type": "null"}),
        SHELF,
        None,
        lambda found: found,
        None,
    ),
    "one of two inline objects": Case(
        one(BOOK, FILM),
        {},
        {"minutes": 1},
        name_of,
        "ThingsGetAnswer200Option2",
    ),
    "an inline object inside a property": Case(
        ref("A"),
        {"A": thing(x=one(BOOK, FILM))},
        {"x": {"minutes": 1}},
        lambda found: name_of(found.x),
        "AXOption2",
    ),
    "an object or a text": Case(one(ref("Book"), TEXT), SHELF, "x", str, "x"),
    "an object or a list of it": Case(
        one(ref("Book"), many(ref("Book"))), SHELF, [{"pages": 1}], lambda found: found[0].pages, 1
    ),
    "one of two lists": Case(one(many(TEXT), many(WHOLE)), {}, [1, 2], list, [1, 2]),
    "one of two lists of objects": Case(
        one(many(ref("Book")), many(ref("Film"))), SHELF, [{"minutes": 1}], lambda f: name_of(f[0]), "Film"
    ),
    "a list of a union": Case(
        many(ref("Item")),
        SHELF,
        [{"minutes": 1}, {"pages": 2}],
        lambda f: [*map(name_of, f)],
        ["Film", "Book"],
    ),
    "a map of a union": Case(
        {"type": "object", "additionalProperties": ref("Item")},
        SHELF,
        {"k": {"pages": 2}},
        lambda found: name_of(found["k"]),
        "Book",
    ),
    "a union inside a union": Case(
        one(ref("Item"), ref("C")), {**SHELF, "C": thing("c", c=TEXT)}, {"minutes": 1}, name_of, "Film"
    ),
    # --- discriminators
    "a discriminator without mapping, with constants": Case(
        ref("Tree"),
        TREE,
        {"kind": "node", "kids": [{"kind": "leaf", "x": 1}]},
        lambda found: (name_of(found), found.kids[0].x),
        ("Node", 1),
    ),
    "a discriminator that means the schema's name": Case(
        one(ref("A"), ref("B"), discriminator={"propertyName": "t"}), AB, {"t": "B", "b": 1}, name_of, "B"
    ),
    "a discriminator with a mapping": Case(
        one(
            ref("A"),
            ref("B"),
            discriminator={
                "propertyName": "t",
                "mapping": {"first": "#/components/schemas/A", "second": "B"},
            },
        ),
        AB,
        {"t": "second", "b": 1},
        name_of,
        "B",
    ),
    "two values of a discriminator for one schema": Case(
        one(
            ref("A"),
            ref("B"),
            discriminator={"propertyName": "t", "mapping": {"a1": "A", "a2": "A", "b": "B"}},
        ),
        AB,
        {"t": "a2", "a": 1},
        lambda found: (name_of(found), found.t),
        ("A", "a2"),
    ),
    "a schema that two discriminators call by two names": Case(
        ref("C"),
        {
            **AB,
            "C": thing(
                c=one(ref("A"), ref("B"), discriminator={"propertyName": "t"}),
                d=one(
                    ref("A"), ref("B"), discriminator={"propertyName": "t", "mapping": {"x": "A", "y": "B"}}
                ),
            ),
        },
        {"c": {"t": "A", "a": 1}, "d": {"t": "y", "b": 2}},
        lambda found: (name_of(found.c), name_of(found.d), found.d.t),
        ("A", "B", "y"),
    ),
    "a parent with a discriminator": Case(
        ref("Pet"), PETS, {"kind": "Dog", "name": "x", "tricks": ["y"]}, name_of, "Dog"
    ),
    "a parent that lists its kinds": Case(
        ref("Pet"),
        {**PETS, "Pet": {**PETS["Pet"], "oneOf": [ref("Cat"), ref("Dog")]}},
        {"kind": "Cat", "lives": 9},
        name_of,
        "Cat",
    ),
    # --- recursive types
    "a union that comes back through an object": Case(
        ref("Call"),
        {
            "Call": thing("arg", arg=ref("Expr")),
            "Expr": one({"type": "number"}, ref("Neg")),
            "Neg": thing("neg", neg=ref("Expr")),
        },
        {"arg": {"neg": {"neg": 1.5}}},
        lambda found: found.arg.neg.neg,
        1.5,
    ),
    "the same, declared the other way round": Case(
        ref("Call"),
        {
            "Neg": thing("neg", neg=ref("Expr")),
            "Expr": one(ref("Neg"), {"type": "number"}),
            "Call": thing("arg", arg=ref("Expr")),
        },
        {"arg": {"neg": 2.5}},
        lambda found: found.arg.neg,
        2.5,
    ),
    "a list of itself": Case(ref("L"), {"L": many(ref("L"))}, [[], [[]]], list, [[], [[]]]),
    "a text or a list of itself": Case(
        ref("N"), {"N": one(TEXT, many(ref("N")))}, ["a", ["b", []]], list, ["a", ["b", []]]
    ),
    "a map of itself": Case(
        ref("M"),
        {"M": {"type": "object", "additionalProperties": ref("M")}},
        {"a": {"b": {}}},
        dict,
        {"a": {"b": {}}},
    ),
    "any JSON value, spelled out": Case(
        ref("J"),
        {
            "J": one(TEXT, {"type": "number"}, {"type": "boolean"}, {"type": "null"}, ref("Js"), ref("Jo")),
            "Js": many(ref("J")),
            "Jo": {"type": "object", "additionalProperties": ref("J")},
        },
        {"a": [1.5, "x", {"b": None}, True]},
        dict,
        {"a": [1.5, "x", {"b": None}, True]},
    ),
    # --- allOf, and variants beside properties
    "allOf that declares a property again": Case(
        ref("B"),
        {"A": thing(m=TEXT, n=TEXT), "B": {"allOf": [ref("A"), thing(m={**TEXT, "description": "M."})]}},
        {"m": "x", "n": "y"},
        lambda found: (found.m, found.n),
        ("x", "y"),
    ),
    "allOf that narrows a property": Case(
        ref("B"),
        {"A": thing(m={}), "B": {"allOf": [ref("A"), thing(m=ref("C"))]}, "C": thing(x=WHOLE)},
        {"m": {"x": 1}},
        lambda found: found.m.x,
        1,
    ),
    "allOf of two halves of an inner object": Case(
        ref("B"),
        {"B": {"allOf": [thing(m=thing(x=WHOLE)), thing(m=thing(y=WHOLE))]}},
        {"m": {"x": 1, "y": 2}},
        lambda found: (found.m.x, found.m.y),
        (1, 2),
    ),
    "oneOf in a part of allOf": Case(
        ref("H"),
        {"A": thing("id", id=TEXT), "H": {"allOf": [ref("A"), one(thing(p=WHOLE), thing(m=WHOLE))]}},
        {"id": "x", "m": 1},
        lambda found: (found.id, found.m),
        ("x", 1),
    ),
    "anyOf beside properties": Case(
        ref("H"),
        {"H": {**thing(id=TEXT), "anyOf": [thing(p=WHOLE), thing(p=TEXT, q=WHOLE)]}},
        {"id": "x", "p": "y", "q": 1},
        lambda found: (found.id, found.p, found.q),
        ("x", "y", 1),
    ),
    "anyOf that only asks for properties": Case(
        ref("H"),
        {"H": {**thing(a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}},
        {"b": "x"},
        lambda found: (found.a, found.b),
        (None, "x"),
    ),
    "an inline part of allOf, alone": Case(
        ref("A"), {"A": {"allOf": [thing(x=TEXT)]}, "B": {"allOf": [thing(y=TEXT)]}}, {"x": "1"}, name_of, "A"
    ),
    "inline items of two named lists": Case(
        ref("As"),
        {"As": many(thing(x=TEXT)), "Bs": many(thing(y=TEXT))},
        [{"x": "1"}],
        lambda f: name_of(f[0]),
        "AsItem",
    ),
    "if, then and else": Case(
        ref("A"),
        {"A": {**thing(k=TEXT), "if": {"required": ["k"]}, "then": thing(x=WHOLE), "else": thing(y=WHOLE)}},
        {"k": "v", "x": 1},
        lambda found: found.x,
        1,
    ),
    # --- values
    "a text or one of some": Case(
        ref("A"),
        {"A": thing(m={"anyOf": [TEXT, kind("a", "b")]})},
        {"m": "c"},
        lambda f: f.m,
        "c",
    ),
    "a text or one of some, beside one of the same": Case(
        ref("A"),
        {
            "A": thing(
                m=kind("c", "d"),
                n={"anyOf": [TEXT, kind("c", "d")]},
                o={"anyOf": [TEXT, kind("c", "d"), {"type": "null"}]},
                p={"type": "object", "additionalProperties": {"anyOf": [TEXT, kind("c", "d")]}},
                q={"anyOf": [WHOLE, kind("c", "d")]},
            )
        },
        {"m": "c", "n": "x", "o": "y", "p": {"k": "z"}, "q": 5},
        lambda f: (f.m, f.n, f.o, f.p, f.q),
        ("c", "x", "y", {"k": "z"}, 5),
    ),
    "a number or one of some texts": Case(
        ref("A"),
        {"A": thing(m=one(WHOLE, kind("auto")))},
        {"m": 5},
        lambda f: f.m,
        5,
    ),
    "one of two enums": Case(
        ref("A"),
        {"A": thing(m=one(kind("a"), kind("b")))},
        {"m": "b"},
        lambda f: f.m,
        "b",
    ),
    "an enum of numbers": Case(
        ref("A"),
        {"A": thing(v={"type": "number", "enum": [1.0, 1.5]})},
        {"v": 1.5},
        lambda f: f.v,
        1.5,
    ),
    "an enum of objects": Case(
        ref("A"),
        {"A": thing(p={"type": "object", "additionalProperties": {"type": "object", "enum": [{}]}})},
        {"p": {"80/tcp": {}}},
        lambda found: found.p,
        {"80/tcp": {}},
    ),
    "an enum of lists": Case(
        ref("A"),
        {"A": thing(p={"enum": [["a"], []]})},
        {"p": ["a"]},
        lambda f: f.p,
        ["a"],
    ),
    "an enum of true": Case(
        ref("A"),
        {"A": thing(ok={"type": "boolean", "enum": [True]})},
        {"ok": True},
        lambda f: f.ok,
        True,
    ),
    "an enum of truths that are texts": Case(
        ref("A"),
        {"A": thing(ok={"type": "string", "enum": [True, False]})},
        {"ok": "true"},
        lambda f: f.ok,
        "true",
    ),
    "places of a list": Case(
        ref("A"),
        {"A": thing(p={"type": "array", "prefixItems": [TEXT, WHOLE], "items": False})},
        {"p": ["a", 1]},
        lambda found: list(found.p),
        ["a", 1],
    ),
    "places of a list, and more": Case(
        {"prefixItems": [TEXT, ref("Book")], "items": WHOLE},
        SHELF,
        ["a", {"pages": 1}, 7],
        lambda f: f[1].pages,
        1,
    ),
    "items as a list": Case(
        ref("A"),
        {"A": thing(p={"type": "array", "items": [TEXT, WHOLE]})},
        {"p": ["a", 1]},
        lambda f: f.p,
        ["a", 1],
    ),
    "properties by pattern": Case(
        {"type": "object", "patternProperties": {"^x-": TEXT}},
        {},
        {"x-a": "b"},
        dict,
        {"x-a": "b"},
    ),
    "properties by pattern beside others": Case(
        ref("A"),
        {"A": {**thing(a=TEXT), "patternProperties": {"^x-": WHOLE}}},
        {"a": "b", "x-1": 2},
        lambda found: dict(found.additional_properties),
        {"x-1": 2},
    ),
    "what must not be": Case(
        ref("A"),
        {"A": thing(p={**TEXT, "not": {"const": "a"}})},
        {"p": "b"},
        lambda f: f.p,
        "b",
    ),
    "a named object that may be null": Case(
        ref("A"),
        {"A": thing(b=ref("B")), "B": {**thing(x=TEXT), "type": ["object", "null"]}},
        {"b": None},
        lambda found: found.b,
        None,
        False,
    ),
    "an object or a list, by a list of types": Case(
        {"type": ["object", "array"], "properties": {"x": WHOLE}, "items": TEXT}, {}, ["a"], list, ["a"]
    ),
    "a reference with properties beside it": Case(
        ref("A"),
        {"A": {"$ref": "#/components/schemas/B", "properties": {"y": WHOLE}}, "B": thing(x=TEXT)},
        {"x": "a", "y": 1},
        lambda found: (found.x, found.y),
        ("a", 1),
        False,
    ),
    "a reference that others may redirect": Case(
        ref("A"),
        {"A": {"$dynamicAnchor": "node", **thing(kids=many({"$dynamicRef": "#node"}))}},
        {"kids": [{"kids": []}]},
        lambda found: name_of(found.kids[0]),
        "A",
    ),
    "a recursive reference": Case(
        ref("A"),
        {"A": {"$recursiveAnchor": True, **thing(kid={"$recursiveRef": "#"})}},
        {"kid": {"kid": {}}},
        lambda found: name_of(found.kid),
        "A",
    ),
    "names with a sign": Case(
        ref("R"),
        {"R": thing(**{"+1": WHOLE, "-1": WHOLE})},
        {"+1": 1, "-1": 2},
        lambda f: (f.plus_1, f.minus_1),
        (1, 2),
    ),
    "a wrong name of a type": Case(
        ref("A"),
        {"A": thing(x={"type": "int"})},
        {"x": 1},
        lambda f: f.x,
        1,
    ),
    # --- formats
    "a uuid": Case(
        ref("A"),
        {"A": thing(x={**TEXT, "format": "uuid"})},
        {"x": str(uuid.UUID(int=5))},
        lambda f: f.x,
        uuid.UUID(int=5),
    ),
    "bytes in a text": Case(
        ref("A"),
        {"A": thing(x={**TEXT, "format": "byte"})},
        {"x": "QUI="},
        lambda f: f.x,
        b"AB",
    ),
    "a time": Case(
        ref("A"),
        {"A": thing(x={**TEXT, "format": "time"})},
        {"x": "10:30:00"},
        lambda f: f.x,
        dt.time(10, 30),
    ),
    "a duration": Case(
        ref("A"),
        {"A": thing(x={**TEXT, "format": "duration"})},
        {"x": "PT5M"},
        lambda f: f.x,
        dt.timedelta(minutes=5),
        False,
    ),
    "a decimal": Case(
        ref("A"),
        {"A": thing(x={**TEXT, "format": "decimal"})},
        {"x": "1.10"},
        lambda f: f.x,
        decimal.Decimal("1.10"),
    ),
    "a uuid or another text": Case(
        ref("A"), {"A": thing(x=one({**TEXT, "format": "uuid"}, TEXT))}, {"x": "me"}, lambda f: f.x, "me"
    ),
}


def document(case: Case) -> dict[str, Any]:
    return spec({"/x": get(case.schema)}, case.schemas)


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_read_as_the_schema_says(workshop: Workshop, server: Server, name: str) -> None:
    case = CASES[name]
    package = workshop.made(document(case), strict=False, formats=True)
    server.answers(case.answer)
    client = workshop.opening(package)(package.Configuration(host=server.url))
    found = package.ThingsApi(client).things_get()
    assert case.look(found) == case.seen
    assert client.last_response.drift == [] or case.answer is None
    if case.lossless and case.answer is not None:
        encode = importlib.import_module(f"{package.__name__}._runtime.codec.encode").encode
        assert json.loads(encode(found)) == case.answer


@pytest.mark.parametrize(
    "name", ["told by a required property", "a list of itself", "any JSON value, spelled out"]
)
def test_the_order_of_the_schemas_makes_no_difference(workshop: Workshop, server: Server, name: str) -> None:
    case = CASES[name]
    turned = case._replace(schemas=dict(reversed(case.schemas.items())))
    package = workshop.made(document(turned), strict=False, formats=True)
    server.answers(case.answer)
    found = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get()
    assert case.look(found) == case.seen


def test_a_value_that_no_member_fits_is_kept_and_listed(workshop: Workshop, server: Server) -> None:
    package = workshop.made(document(Case(ref("A"), {**SHELF, "A": thing(x=ref("Item"))}, None, str, "")))
    server.answers({"x": [1]})
    client = workshop.opening(package)(package.Configuration(host=server.url))
    assert package.ThingsApi(client).things_get().x == [1]
    assert [difference.path for difference in client.last_response.drift] == ["$.x"]


WRITTEN = {
    "uuid": str(uuid.UUID(int=5)), "byte": "aGVsbG8=", "time": "07:08:09", "duration": "P1DT2H",
    "decimal": "12.50", "date": "2024-05-06", "date-time": "2024-05-06T07:08:09Z",
}  # fmt: skip


def test_one_difference_leaves_the_formats_of_all_other_values_alone(
    workshop: Workshop, server: Server
) -> None:
    fields: dict[str, Any] = {name: {"type": ["string", "null"], "format": name} for name in WRITTEN}
    fields |= {"amount": {"type": "number", "format": "decimal"}, "wrong": WHOLE}
    fields["either"] = one(WHOLE, {**TEXT, "format": "duration"})
    fields["list"] = {"type": "array", "items": {**TEXT, "format": "uuid"}}
    package = workshop.made(document(Case(ref("A"), {"A": thing(**fields)}, None, bool, None)), formats=True)
    client = workshop.opening(package)(package.Configuration(host=server.url))
    answer = {**WRITTEN, "amount": 1.5, "either": "PT1S", "list": [WRITTEN["uuid"]]}
    found: list[dict[str, tuple[type, Any]]] = []
    for wrong in (1, "one"):
        server.answers({**answer, "wrong": wrong})
        made = package.ThingsApi(client).things_get()
        values = {name: getattr(made, name) for name in made.attribute_map if name != "wrong"}
        found.append({name: (type(value), value) for name, value in values.items()})
        assert isinstance(made.byte, bytes)
        assert isinstance(made.list[0], uuid.UUID)
    assert [each.path for each in client.last_response.drift] == ["$.wrong"]
    assert found[0] == found[1]


def test_deep_values_of_members_that_look_alike_are_read_in_linear_time(
    workshop: Workshop, server: Server
) -> None:
    schemas = {
        name: thing(**{"left": ref("E"), "right": ref("E"), name.lower(): WHOLE}) for name in ("A", "B")
    }
    schemas["E"] = one(ref("A"), ref("B"))
    package = workshop.made(document(Case(ref("E"), schemas, None, str, "")))
    value: dict[str, Any] = {"left": {"b": 1}, "right": {"unknown": 1}}
    for _ in range(60):  # 2 ** 60 ways to read it
        value = {"left": value}
    server.answers(value)
    found = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get()
    for _ in range(61):
        found = found.left
    assert name_of(found) == "B"


@pytest.mark.parametrize("unset", [False, True])
def test_an_enum_beside_a_text_or_one_of_the_same_still_tells_of_other_values(
    workshop: Workshop, server: Server, unset: bool
) -> None:
    workshop.options["unset"] = unset
    either = {"anyOf": [TEXT, kind("e", "f"), {"type": "null"}]}
    schemas = {"A": thing(a=either, b={**kind("e", "f"), "nullable": True}, c=either, d=kind("e", "f"))}
    package = workshop.made(document(Case(ref("A"), schemas, None, bool, None)), strict=False, formats=True)
    client = workshop.opening(package)(package.Configuration(host=server.url))
    for answer, paths in (
        ({"a": "x", "b": "e", "c": None, "d": "f"}, []),
        ({"a": "x", "b": "x", "c": "x", "d": "x"}, ["$.b", "$.d"]),
    ):
        server.answers(answer)
        package.ThingsApi(client).things_get()
        assert [each.path for each in client.last_response.drift] == paths


@pytest.mark.parametrize("wrap", [lambda kind: kind, lambda kind: {"type": "array", "items": kind}])
@pytest.mark.parametrize("told", ["dog", "bird"])
def test_an_answer_of_another_kind_is_listed_as_a_difference(
    workshop: Workshop, server: Server, wrap: Any, told: str
) -> None:
    text = {"type": "string"}
    mapping = {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}
    schemas = {
        "Pet": {
            "type": "object",
            "properties": {"kind": text},
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        },
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"meow": text}}]},
        "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"bark": text}}]},
    }
    paths = {
        "/x": get(wrap({"$ref": "#/components/schemas/Cat"})),
        "/any": get({"$ref": "#/components/schemas/Pet"}, id="any"),
    }
    package = workshop.made(spec(paths, schemas))
    client = workshop.opening(package)(package.Configuration(host=server.url))
    found = {"kind": told, "meow": "soft"}
    many = "items" in wrap({})
    server.answers([found] if many else found)
    answer = package.ThingsApi(client).things_get()
    assert (answer[0] if many else answer).meow == "soft"
    (difference,) = client.last_response.drift
    assert (difference.path, difference.expected, difference.got) == (
        "$[0].kind" if many else "$.kind", "'cat'", repr(told),
    )  # fmt: skip

"""Case 40 by properties: any models, queries, arguments and specs, and only our errors."""

from __future__ import annotations

import ast
import json
import pickle
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from measured.tools import document
from support import lab
from support.lab import Answered, answer

import apteco_api as aa
from generator.build import build
from generator.clients import read
from generator.diagnostics import SpecError
from generator.load import load
from generator.render import render

RELAXED = settings(
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MODELS = sorted(name for name in aa.models.__all__ if name != "__all__")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
OURS = (aa.ApiException, aa.ApiValueError, aa.ApiTypeError)


@pytest.fixture(scope="module")
def offline() -> Iterator[aa.ApiClient]:
    with aa.ApiClient(aa.Configuration(host="http://127.0.0.1:1/OrbitAPI")) as client:
        yield client


@pytest.fixture(scope="module")
def echoing() -> Iterator[tuple[aa.ApiClient, lab.Server]]:
    """Return a client, and a server that sends back the body that it gets."""
    with lab.Server(lambda request, number: answer(body=request.body or b"{}")) as server:
        config = aa.Configuration(host=server.url, trust_env=False)
        with aa.ApiClient(config) as client:
            yield client, server


# ---- models


def answers_for(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Make objects with the members of a model, and any values."""
    wires = sorted(getattr(aa, name).attribute_map.values())
    return st.dictionaries(st.sampled_from(wires) | TEXTS if wires else TEXTS, VALUES, max_size=8)


@RELAXED
@given(st.sampled_from(MODELS).flatmap(lambda name: st.tuples(st.just(name), answers_for(name))))
def test_40_any_object_becomes_a_model_or_our_error(offline: aa.ApiClient, case: tuple[str, Any]) -> None:
    name, value = case
    try:
        found = offline.deserialize(Answered(json.dumps(value).encode()), name)
    except aa.ApiDecodeError:
        return
    assert type(found).__name__ == name
    # an open schema keeps the members that it does not name
    more = set(getattr(found, "additional_properties", None) or ())
    assert more <= set(value) - set(type(found).attribute_map.values())
    assert set(found.to_dict()) == {*type(found).attribute_map, *more}
    assert pickle.loads(pickle.dumps(found)) == found
    assert repr(found)


@RELAXED
@given(st.data())
def test_40_any_values_make_a_model_or_our_error_and_what_is_made_can_be_sent_or_refused(
    offline: aa.ApiClient, data: st.DataObject
) -> None:
    model = getattr(aa, data.draw(st.sampled_from(MODELS)))
    names = sorted(model.attribute_map)
    given_values = data.draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=8)) if names else {}
    try:
        made = model(**given_values)
    except (ValueError, TypeError):  # the published client raises the same here
        return
    for name, value in given_values.items():
        assert getattr(made, name) == value
    plain = offline.sanitize_for_serialization(made)
    again = json.loads(json.dumps(plain))
    assert all(
        again[model.attribute_map[name]] == value for name, value in given_values.items() if value is not None
    )


# ---- queries

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
CRITERIA = st.builds(
    aa.Criteria,
    variable_name=NAMES,
    include=st.booleans(),
    logic=st.sampled_from(["OR", "AND"]),
    ignore_case=st.booleans(),
    table_name=NAMES,
    value_rules=st.lists(
        st.builds(aa.ValueRule, list_rule=st.builds(aa.ListRule, list=NAMES)), min_size=1, max_size=3
    ),
)
CLAUSES = st.recursive(
    st.builds(aa.Clause, criteria=CRITERIA),
    lambda inner: st.builds(
        aa.Clause,
        logic=st.builds(
            aa.Logic,
            operation=st.sampled_from(["OR", "AND", "NOT"]),
            operands=st.lists(inner, min_size=1, max_size=3),
            table_name=NAMES,
        ),
    ),
    max_leaves=20,
)
QUERIES = st.builds(
    aa.Query,
    selection=st.builds(
        aa.Selection,
        table_name=NAMES,
        ancestor_counts=st.booleans(),
        rule=st.none() | st.builds(aa.Rule, clause=CLAUSES),
        limits=st.none() | st.builds(aa.Limits, stop_at_limit=st.booleans(), total=st.integers(0, 2**31)),
    ),
    today_at=st.none() | st.just("2026-01-02T03:04:05"),
)


@RELAXED
@given(QUERIES)
def test_40_any_query_comes_back_as_it_was_sent(
    echoing: tuple[aa.ApiClient, lab.Server], query: aa.Query
) -> None:
    client, server = echoing
    server.requests.clear()
    found, _, _ = client.call_api("/echo", "POST", body=query, response_type="Query")
    assert found == query
    assert client.last_response.drift == []
    json.loads(server.requests[0].body)
    assert server.requests[0].body.isascii()


@RELAXED
@given(st.dictionaries(NAMES, st.text(max_size=30) | st.lists(TEXTS, min_size=1, max_size=3), max_size=4))
def test_40_any_query_values_arrive_as_they_were_given(
    echoing: tuple[aa.ApiClient, lab.Server], values: dict[str, Any]
) -> None:
    client, server = echoing
    server.requests.clear()
    formats = {name: "multi" for name, value in values.items() if isinstance(value, list)}
    try:
        client.call_api("/x", "GET", query_params=values, collection_formats=formats, response_type="object")
    except aa.ApiValueError:
        texts = [
            part for value in values.values() for part in (value if isinstance(value, list) else [value])
        ]
        assert any("\ud800" <= char <= "\udfff" for text in texts for char in text)
        return
    found = parse_qs(urlsplit(server.requests[0].target).query, keep_blank_values=True)
    assert found == {name: value if isinstance(value, list) else [value] for name, value in values.items()}


@RELAXED
@given(st.lists(st.text(max_size=30) | VALUES, min_size=3, max_size=3), st.text(max_size=30))
def test_40_any_arguments_make_one_request_or_our_error(
    echoing: tuple[aa.ApiClient, lab.Server], path: list[Any], condition: str
) -> None:
    client, server = echoing
    server.requests.clear()
    systems = aa.FastStatsSystemsApi(client)
    try:
        systems.fast_stats_systems_get_fast_stats_variable_codes(*path, filter=condition)
    except OURS:
        assert len(server.requests) <= 1
    if server.requests:
        # Each of the three values is one segment of the path, and none adds a parameter.
        assert len(urlsplit(server.requests[0].target).path.split("/")) == 8
        assert list(parse_qs(urlsplit(server.requests[0].target).query)) in (["filter"], [])


# ---- specs

BASE = document("plain")
THING = {"$ref": "#/components/schemas/Thing"}
EXTRA = [
    THING, {"type": ["string", "null"]}, {"allOf": [{"type": "object"}]}, {"enum": [1, None, "a"]},
    {"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "array"}, {"const": 1}, {"x-job": {}},
    {"type": "array", "items": {"type": "array", "items": THING}}, {"not": {}},
    {"type": "object", "additionalProperties": True}, "#/", [], {}, 0, "", True, None, "x" * 300,
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield every place below a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield (*path, key)
        yield from places(member, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = changed(value[path[0]], path[1:], new)
    return copied


@st.composite
def specs(draw: st.DrawFn) -> Any:
    """Make a spec with some of its parts replaced by others, or by anything."""
    spec: Any = BASE
    for _ in range(draw(st.integers(0, 3))):
        where = list(places(spec))
        if not where:
            break
        spec = changed(spec, draw(st.sampled_from(where)), draw(st.sampled_from(EXTRA) | VALUES))
    return spec


@settings(RELAXED, max_examples=400)
@given(specs())
def test_40_any_spec_is_built_or_refused_with_its_place(tmp_path_factory: Any, spec: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "any-spec.json"
    path.write_text(json.dumps(spec))
    try:
        package = build(load(str(path), name="spec.json"))
    except SpecError as error:
        places = [item.place for item in error.diagnostics]
    else:
        places = [f"spec.json#{method.pointer}" for section in package.sections for method in section.methods]
    assert all(place.startswith("spec.json#/") or place.endswith("#") for place in places), places


@settings(RELAXED, max_examples=25)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=3))
def test_40_any_texts_of_a_spec_make_python_or_are_refused(tmp_path_factory: Any, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any-texts.json"
    path.write_text(json.dumps(document("\n".join(texts))))
    try:
        package = build(load(str(path), name="spec.json"))
    except SpecError:
        return
    for name, data in render(package, read()["apteco"], "spec.json").items():
        if name.endswith((".py", ".pyi")) and "/_runtime/" not in name:
            ast.parse(data)

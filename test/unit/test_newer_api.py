"""Every fact about servers after 1.9.19 is in the spec, or in a list with the reason why it is not.

`test/data/newer_api.json` holds the facts that public evidence shows (verbs, paths, fields, types, values,
since when); `test/data/newer_api_left_out.json` the reasons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from support.newer import DATA, FACTS, SCHEMAS, SPEC

LEFT_OUT: list[dict[str, str]] = json.loads((DATA / "newer_api_left_out.json").read_text("utf-8"))
SCALARS = {
    **{"string": ("string", ""), "bool": ("boolean", ""), "int": ("integer", "int32")},
    **{"long": ("integer", "int64"), "double": ("number", "double"), "DateTime": ("string", "date-time")},
    **{"Guid": ("string", "uuid"), "byte[]": ("string", "binary"), "array of tabs": ("array", "")},
}


def resolved(node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        at: Any = SPEC
        for part in node["$ref"].removeprefix("#/").split("/"):
            at = at[part]
        node = at
    return node


def since(fact: dict[str, Any]) -> str:
    text = fact.get("since_or_before", "")
    return "1.10.25" if "1.10.25 (" in text else "2022-12" if text else "2026"


def covers(node: Any, kind: str) -> bool:
    """Return whether a schema takes every value of a type of the facts."""
    kind = kind.removesuffix("?")
    if kind == "Object" or node.get("x-free-form"):
        return True
    if match := re.fullmatch(r"List<(.*)>", kind):
        return node.get("type") == "array" and covers(node["items"], match[1])
    if match := re.fullmatch(r"Dictionary<string,(.*)>", kind):
        return covers(node["additionalProperties"], match[1])
    if (known := SCALARS.get(kind)) is not None:
        node = resolved(node)
        types = node["type"] if isinstance(node.get("type"), list) else [node.get("type")]
        return known[0] in types and node.get("format", "") in ("", known[1])
    if node.get("$ref", "").endswith(f"/{kind}"):
        return True
    theirs = SCHEMAS.get(kind, {}).get("properties", {})
    ours = resolved(node).get("properties", {})
    return bool(theirs) and all(name in ours and _alike(ours[name], each) for name, each in theirs.items())


def _alike(ours: Any, theirs: Any) -> bool:
    """Return whether two declarations of a member take the same values, texts aside."""
    if theirs.get("type") == "array":
        return ours.get("type") == "array" and _alike(ours["items"], theirs["items"])
    if "$ref" in theirs:
        return covers(ours, theirs["$ref"].rpartition("/")[2])
    return all(ours.get(key) == theirs.get(key) for key in ("type", "format", "enum"))


def operation(fact: dict[str, Any]) -> Any:
    """Return the operation that a fact is about; names of path parameters may differ."""

    def shape(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path)

    for path, item in SPEC["paths"].items():
        if shape(path) == shape(fact["path"]) and fact["verb"].lower() in item:
            return item[fact["verb"].lower()]
    raise AssertionError("no such operation")


def query(node: Any) -> dict[str, Any]:
    return {each["name"]: each for each in map(resolved, node.get("parameters", ())) if each["in"] == "query"}


def answered(node: Any) -> Any:
    """Return the schema of the first success that has a body."""
    for status, named in sorted(node["responses"].items()):
        response = resolved(named)
        if status < "300" and "content" in response:
            return next(iter(response["content"].values()))["schema"]
    return None


def form(node: Any) -> dict[str, Any]:
    content = node["requestBody"]["content"]
    return next(each["schema"] for media, each in content.items() if "form" in media)["properties"]


def of_operation(fact: dict[str, Any]) -> Iterator[bool]:
    node = operation(fact)
    if fact["vs_spec"] == "same":
        return
    if fact["vs_spec"].startswith("in spec"):
        yield node["x-until"] == "1.9.19"
        yield ("x-evidence" in node) is (fact["confidence"] == "medium")
        return
    yield node["x-since"] <= since(fact) if since(fact) == "2026" else node["x-since"] == since(fact)
    if "body" not in fact and "query" not in fact and "auth" not in fact:
        return
    kind, answer = fact["type"], answered(node)
    yield kind == "Object" if answer is None else covers(answer, kind)
    if fact.get("body"):
        yield covers(next(iter(node["requestBody"]["content"].values()))["schema"], fact["body"])
    for each in fact.get("query", ()):
        yield covers(query(node)[each["name"]]["schema"], each["type"])
    for each in fact.get("form", ()):
        yield covers(form(node)[each["name"]], each["type"])
    yield bool(node.get("security", True)) is fact["auth"]
    for flag in fact.get("flags", ()):
        word, _, value = flag.partition(" ")
        if word == "role":
            yield node["x-role"] == value
        elif word == "licence":
            yield node["x-licence"]["flags"] == value
        else:
            yield node["x-stability"] in (flag.replace(" ", "-"), "under-development")


def of_fields(fact: dict[str, Any]) -> Iterator[bool]:
    node = operation(fact)
    former = [each for group in node.get("x-fields-until", {}).values() for each in group]
    yield [each for each in node["x-fields"] if each not in former] == fact["values"]
    yield set(fact.get("gone_since_1_9_19", ())) == set(former)
    later = {each for group in node.get("x-fields-since", {}).values() for each in group}
    yield set(fact.get("new_since_1_9_19", ())) == later
    yield fact["name"] in query(node)


def of_query_parameter(fact: dict[str, Any]) -> Iterator[bool]:
    node = operation(fact)
    for name in fact["name"].split(","):
        yield query(node)[name].get("x-since") == since(fact) or node.get("x-since") == since(fact)


def of_form_field(fact: dict[str, Any]) -> Iterator[bool]:
    field = form(operation(fact))[fact["name"]]
    yield field["x-until"] == "1.9.19" if "absent" in fact["vs_spec"] else field["x-since"] == since(fact)


def member(node: Any, fact: dict[str, Any], required: bool) -> Iterator[bool]:
    yield covers(node, fact["type"])
    values = fact.get("enum") or fact.get("values") or ()
    target = node["items"] if node.get("type") == "array" else node
    yield not values or set(values) <= set(target.get("enum", ()))
    yield required or not fact.get("required") or "x-since" in node


def of_schema(fact: dict[str, Any]) -> Iterator[bool]:
    if fact["name"] == "ResponseStatisticsPerResponseTypeStatisticsMap":
        node = SCHEMAS["ResponseStatistics"]["properties"]["perResponseTypeStatisticsMap"]
    else:
        node = SCHEMAS[fact["name"]]
        mark = ("x-since", since(fact)) if fact["vs_spec"] == "missing" else ("x-until", "1.9.19")
        yield node[mark[0]] == mark[1]
    for name, each in fact.get("fields", {}).items():
        yield from member(node["properties"][name], each, name in node.get("required", ()))
    order = [name for name in node.get("properties", {}) if name in fact.get("fields", {})]
    yield sorted(order) == sorted(fact.get("fields", {}))


def of_field(fact: dict[str, Any]) -> Iterator[bool]:
    for schema in fact["path"].split(" (")[0].split(" / "):
        properties = SCHEMAS[schema]["properties"]
        for name in fact["name"].split(", "):
            schema_, _, name_ = name.rpartition(".")
            node = (SCHEMAS[schema_]["properties"] if schema_ else properties)[name_]
            if fact["vs_spec"].startswith("in spec"):
                yield node["x-until"] == "1.9.19"
                continue
            yield node["x-since"] <= since(fact)
            if fact["type"] in ("string or number", "enum All|None, bool, string") or "tabs" in fact["type"]:
                continue
            yield from member(node, fact, False)
            old = [each for each in properties if "x-since" not in properties[each]]
            yield list(properties)[: len(old)] == old


def of_enum(fact: dict[str, Any]) -> Iterator[bool]:
    node = SCHEMAS[fact["path"]]["properties"][fact["name"]]
    target = node["items"] if node.get("type") == "array" else node
    yield set(fact["values"]) <= set(target["enum"])
    key, version = (
        ("x-values-until", "1.9.19") if "absent" in fact["vs_spec"] else ("x-values-since", since(fact))
    )
    yield list(node[key][version]) == fact["values"]


def of_field_type(fact: dict[str, Any]) -> Iterator[bool]:
    node = SCHEMAS[fact["path"]]["properties"][fact["name"]]
    if fact["type"] == "ResponseStatisticsPerResponseTypeStatisticsMap":
        yield "EmailOpen" in node["properties"]
    else:
        yield covers(node, fact["type"])
    if isinstance(fact["values"], str) and fact["values"] != "Object":
        yield covers(node, fact["values"])


def of_required(fact: dict[str, Any]) -> Iterator[bool]:
    yield SCHEMAS[fact["path"]]["properties"][fact["name"]]["x-optional-since"] == since(fact)


def of_return_type(fact: dict[str, Any]) -> Iterator[bool]:
    yield covers(answered(operation(fact)), fact["type"])


CHECKS: dict[str, Callable[[dict[str, Any]], Iterator[bool]]] = {
    **{"operation": of_operation, "filter_fields": of_fields, "orderBy_fields": of_fields},
    **{"query_parameter": of_query_parameter, "form_field": of_form_field, "schema": of_schema},
    **{"field": of_field, "enum": of_enum, "field_type": of_field_type, "required": of_required},
    **{"return_type": of_return_type},
}


def left_out(fact: dict[str, Any]) -> str:
    """Return the reason why a fact is not in the spec; empty if none is listed."""
    for entry in LEFT_OUT:
        if all(fact.get(key) == value for key, value in entry.items() if key != "reason"):
            return entry["reason"]
    return ""


def test_every_fact_is_in_the_spec_or_left_out_for_a_reason() -> None:
    wrong: list[str] = []
    for fact in FACTS:
        if left_out(fact):
            continue
        where = " ".join(str(fact[key]) for key in ("kind", "verb", "path", "name") if key in fact)
        try:
            said = list(CHECKS[fact["kind"]](fact))
            if not all(said):
                wrong.append(f"{where}: {said}")
        except (KeyError, AssertionError) as error:
            wrong.append(f"{where}: {error!r}")
    assert wrong == []
    assert len(FACTS) == 1080


def test_nothing_is_left_out_in_vain_or_without_a_reason() -> None:
    for entry in LEFT_OUT:
        keys = {key: value for key, value in entry.items() if key != "reason"}
        assert "kind" in keys, f"it would leave out facts of every kind: {entry}"
        assert any(all(fact.get(key) == value for key, value in keys.items()) for fact in FACTS), keys
        assert len(entry["reason"]) > 30, keys

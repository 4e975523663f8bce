"""JSON or YAML bytes to plain values, refusing what could exhaust the machine."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from .diagnostics import Diagnostic, SpecError
from .document import escape_pointer
from .jsonvalues import Json, is_list, is_object

MAX_DEPTH = 100
MAX_NODES = 500_000


def parse(data: bytes, source: str) -> Any:
    """The value in ``data``: at most 100 levels deep, at most 500,000 values (what a YAML alias stands for
    counts each time), no key twice, JSON's types only."""
    try:
        text = data.decode("utf-8-sig")
        if text.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(text, object_pairs_hook=_unique)
            except json.JSONDecodeError:
                value = _parse_yaml(text)
        else:
            value = _parse_yaml(text)
        return _Tree(source).copy(value, "", 0)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise SpecError([Diagnostic(f"{source}#", "unparsable", f"not JSON or YAML: {reason}")]) from error


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    result: Json = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"the key {key!r} is there twice")
        result[key] = value
    return result


class _Loader(yaml.CSafeLoader):
    """YAML as OpenAPI means it: JSON's types only (no dates, no yes/no), string keys, no key twice."""


_untyped: Any = yaml  # the stubs of PyYAML leave most of what is used here untyped
_loader: Any = _Loader
_loader.yaml_implicit_resolvers = {}
for _name, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    _loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(_pattern), list(_first))


def _integer(loader: Any, node: Any) -> int:
    return int(loader.construct_scalar(node))


def _mapping(loader: Any, node: Any) -> Any:
    result: Json = {}
    yield result
    for key_node, value_node in node.value:
        problem = ""
        if not isinstance(key_node, yaml.ScalarNode):
            problem = "a key must be a text"
        elif key_node.value in result:
            problem = f"the key {key_node.value!r} is there twice"
        if problem:
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        result[str(key_node.value)] = loader.construct_object(value_node, deep=False)


_loader.add_constructor("tag:yaml.org,2002:int", _integer)
_loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _parse_yaml(text: str) -> Any:
    # libyaml refuses more than 1,000 levels, so that building the nodes can't exhaust the stack
    return _untyped.load(text, Loader=_Loader)


class _Tree:
    """Copies a value so that nothing in it is shared, counting as it goes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.left = MAX_NODES

    def copy(self, value: object, pointer: str, depth: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise self.error("", "too-big", f"more than {MAX_NODES} values", "are there nested aliases?")
        if depth > MAX_DEPTH:
            raise self.error("", "too-deep", f"nested more than {MAX_DEPTH} levels deep")
        if is_object(value):
            return {
                key: self.copy(item, f"{pointer}/{escape_pointer(key)}", depth + 1)
                for key, item in value.items()
            }
        if is_list(value):
            return [self.copy(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)]
        if value is not None and not isinstance(value, (str, bool, int, float)):
            raise self.error(pointer, "wrong-kind", f"{type(value).__name__} is not a JSON value")
        return value

    def error(self, pointer: str, code: str, message: str, hint: str = "") -> SpecError:
        return SpecError([Diagnostic(f"{self.source}#{pointer}", code, message, hint)])

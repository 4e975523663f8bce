"""Turn JSON or YAML bytes into plain values; refuse documents that could exhaust the machine."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from .diagnostics import Diagnostic, Problems, SpecError
from .document import escape_pointer
from .jsonvalues import Json, is_list, is_object

MAX_DEPTH = 100
MAX_NODES = 1_500_000


def parse(data: bytes, source: str, problems: Problems | None = None) -> Any:
    """Return the value in ``data``, which may hold JSON's types only.

    At most 100 levels and 1,500,000 values are read; each use of a YAML alias counts all its values.
    Duplicate keys, and numbers that JSON can't write, are reported to ``problems``; without it, they raise.

    Raises:
        SpecError: the data can't be parsed, or exceed a limit.
    """
    found = problems if problems is not None else Problems()
    try:
        text = data.decode("utf-8-sig")
        if text.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(text, object_pairs_hook=_Pairs(source, found))
            except json.JSONDecodeError:
                value = _Yaml(text, source, found).value()
        else:
            value = _Yaml(text, source, found).value()
        value = _Tree(source, found).copy(value, "", 0)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise SpecError([Diagnostic(f"{source}#", "unparsable", f"not JSON or YAML: {reason}")]) from error
    if problems is None:
        found.stop_if_errors()
    return value


def _twice(problems: Problems, source: str, key: str, line: int | None = None) -> None:
    where = "" if line is None else f" (line {line})"
    problems.error(
        f"{source}#", "duplicate-key", f"the key {key!r} is there twice{where}; the last one counts"
    )


class _Pairs:
    """Hook of `json.loads` that makes objects, and reports duplicate keys."""

    def __init__(self, source: str, problems: Problems) -> None:
        self.source = source
        self.problems = problems

    def __call__(self, pairs: list[tuple[str, Any]]) -> Json:
        result = dict(pairs)
        if len(result) < len(pairs):
            names = [name for name, _ in pairs]
            for name in result:
                if names.count(name) > 1:
                    _twice(self.problems, self.source, name)
        return result


_untyped: Any = yaml  # the stubs of PyYAML leave most of what is used here untyped
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TAGS = {f"tag:yaml.org,2002:{name}": name for name in ("str", "int", "float", "bool", "null", "map", "seq")}


class _Yaml:
    """Builder of values from the events of libyaml: JSON's types only (no dates, no yes/no), string keys.

    Values are counted while they are read, so that a document that is too big costs no memory. libyaml
    refuses more than 1,000 levels.
    """

    def __init__(self, text: str, source: str, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.events: Iterator[Any] = _untyped.parse(text, Loader=yaml.CSafeLoader)
        self.anchors: dict[str, Any] = {}
        self.left = MAX_NODES

    def value(self) -> Any:
        """Return the value of the one document in the text."""
        result: Any = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ValueError("more than one YAML document in the file")
                result = self.node(next(self.events))
        return result

    def node(self, event: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise _too_big(self.source)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise ValueError(f"the alias {event.anchor!r} has no anchor")
            return self.anchors[event.anchor]
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!" and tag not in _TAGS:
            raise ValueError(f"the tag {tag!r} is not supported")
        if isinstance(event, yaml.ScalarEvent):
            return self.kept(event, self.scalar(event))
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = self.kept(event, [])
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(event))
            return items
        members: Json = self.kept(event, {})
        merged: Json = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise ValueError(f"a key must be a text (line {_line(event)})")
            key = str(event.value)
            value = self.node(next(self.events))
            if key == "<<" and event.implicit[0]:  # YAML's merge key: defaults for this object
                for defaults in value if is_list(value) else [value]:
                    if is_object(defaults):
                        merged |= {name: item for name, item in defaults.items() if name not in merged}
                continue
            if key in members:
                _twice(self.problems, self.source, key, _line(event))
            self.kept(event, key)
            members[key] = value
        for name, item in merged.items():
            members.setdefault(name, item)
        return members

    def kept(self, event: Any, value: Any) -> Any:
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        kind = _TAGS.get(event.tag or "", "str" if event.tag == "!" else "")
        if kind == "str" or (not kind and not event.implicit[0]):
            return text
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if _NOT_FINITE.fullmatch(text):
            return math.nan
        return text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _too_big(source: str) -> SpecError:
    message = f"more than {MAX_NODES} values"
    return SpecError([Diagnostic(f"{source}#", "too-big", message, "are there nested aliases?")])


class _Tree:
    """Deep copier of a value that counts levels and values, and shares nothing (YAML aliases do)."""

    def __init__(self, source: str, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.left = MAX_NODES

    def copy(self, value: object, pointer: str, depth: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise _too_big(self.source)
        if depth > MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels deep"
            raise SpecError([Diagnostic(f"{self.source}#", "too-deep", message)])
        if is_object(value):
            return {
                key: self.copy(item, f"{pointer}/{escape_pointer(key)}", depth + 1)
                for key, item in value.items()
            }
        if is_list(value):
            return [self.copy(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)]
        if isinstance(value, float) and not math.isfinite(value):
            message = "JSON can't write this number; it is left out"
            self.problems.error(f"{self.source}#{pointer}", "not-finite", message)
            return None
        return value

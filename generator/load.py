"""File or URL to effective document: parsed within limits, upgraded to OpenAPI 3.1, corrected by overlays."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, cast

import yaml

from . import openapi30, overlay, swagger2
from .diagnostics import Diagnostic, Problems, SpecError
from .document import Document, escape_pointer

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 2_000_000
FETCH_SECONDS = 30.0


def load(
    source: str, overlays: tuple[Path, ...] = (), *, strict_overlay: bool = True, name: str | None = None
) -> Document:
    """The effective document of ``source`` (a path, or an http(s) URL).

    ``overlays`` are applied in order, after the upgrade to 3.1. With ``strict_overlay`` an action whose
    target is not there is an error; otherwise, for a document that a server published, a note.
    """
    shown = name or source
    problems = Problems()
    value = parse(read(source), shown)
    if not isinstance(value, dict):
        raise problems.fatal(f"{shown}#", "wrong-kind", "the document must be an object")
    document = Document(upgrade(cast("dict[str, Any]", value), shown), shown, problems)
    for path in overlays:
        actions = parse(read(str(path)), path.name)
        document = overlay.apply(document, Document(actions, path.name, problems), strict=strict_overlay)
    problems.stop_if_errors()
    return document


def upgrade(value: dict[str, Any], source: str) -> dict[str, Any]:
    """``value`` as OpenAPI 3.1, whatever version it declares."""
    version = str(value.get("openapi") or value.get("swagger") or "")
    if version.startswith("3.1"):
        return value
    if version.startswith("3.0"):
        return openapi30.upgrade(value)
    if version.startswith("2."):
        return openapi30.upgrade(swagger2.upgrade(value, source))
    raise SpecError(
        [
            Diagnostic(
                f"{source}#",
                "unknown-version",
                f"the document declares version {version!r}",
                "Swagger 2.0, OpenAPI 3.0 and OpenAPI 3.1 are read",
            )
        ]
    )


def read(source: str) -> bytes:
    """The bytes of a file or of an http(s) URL, at most 32 MiB."""
    try:
        if re.match(r"https?://", source):
            request = urllib.request.Request(source, headers={"Accept": "application/json, */*;q=0.5"})  # noqa: S310
            with urllib.request.urlopen(request, timeout=FETCH_SECONDS) as answer:  # noqa: S310
                data: bytes = answer.read(MAX_BYTES + 1)
        else:
            with open(source, "rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise SpecError([Diagnostic(f"{source}#", "unreadable", f"can't be read: {error}")]) from error
    if len(data) > MAX_BYTES:
        raise SpecError([Diagnostic(f"{source}#", "too-big", f"larger than {MAX_BYTES} bytes")])
    return data


def parse(data: bytes, source: str) -> Any:
    """JSON or YAML bytes as plain values, refusing what could exhaust the machine.

    At most 100 levels and two million values (aliases counted as often as they are used); no key twice.
    """
    try:
        text = data.decode("utf-8-sig")
        if text.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(text, object_pairs_hook=_unique)
            except json.JSONDecodeError:
                value = _parse_yaml(text)
        else:
            value = _parse_yaml(text)
        return _checked(value, source)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise SpecError([Diagnostic(f"{source}#", "unparsable", f"not JSON or YAML: {reason}")]) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"the key {twice!r} is there twice")
    return result


class _Loader(yaml.CSafeLoader):
    """YAML as OpenAPI means it: the JSON types only (no dates, no yes/no), string keys, no key twice."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def _integer(loader: _Loader, node: Any) -> int:
    return int(loader.construct_scalar(node))


def _mapping(loader: _Loader, node: Any) -> Any:
    result: dict[str, Any] = {}
    yield result
    pairs = cast("list[tuple[Any, Any]]", node.value)
    for key_node, value_node in pairs:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a text", key_node.start_mark)
        key = str(key_node.value)
        if key in result:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is there twice", key_node.start_mark
            )
        result[key] = loader.construct_object(value_node, deep=False)


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _parse_yaml(text: str) -> Any:
    depth = 0
    # the event stream is read iteratively, so that the depth is known before anything recurses
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with fewer types


def _checked(root: Any, source: str) -> Any:
    """``root`` as a tree (aliases copied), after counting its values and levels."""
    budget = MAX_NODES

    def copy(value: Any, pointer: str, depth: int) -> Any:
        nonlocal budget
        budget -= 1
        if budget < 0:
            raise SpecError(
                [Diagnostic(f"{source}#", "too-big", f"more than {MAX_NODES} values", "are there nested aliases?")]
            )
        if depth > MAX_DEPTH:
            raise SpecError([Diagnostic(f"{source}#", "too-deep", f"nested more than {MAX_DEPTH} levels deep")])
        if isinstance(value, dict):
            entries = cast("dict[Any, Any]", value).items()
            return {
                str(key): copy(item, f"{pointer}/{escape_pointer(str(key))}", depth + 1) for key, item in entries
            }
        if isinstance(value, list):
            items = cast("list[Any]", value)
            return [copy(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(items)]
        if value is not None and not isinstance(value, (str, bool, int, float)):
            kind = type(cast("object", value)).__name__
            raise SpecError([Diagnostic(f"{source}#{pointer}", "wrong-kind", f"{kind} is not a JSON value")])
        return value

    return copy(root, "", 0)

"""The server versions that a sandbox can imitate, and the part of the API that each of them has.

The document marks operations, parameters and properties that are newer than 1.9.19 with `x-since`, and such
enumerated values with `x-values-since`. A newer version has everything that an older one has, so that scripts
for 1.9.19 work with every version.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from .schema import Json, is_list, is_object

VERSIONS = ("1.9.19", "1.10.25", "2022-12", "2026")
"""The versions, from the oldest to the newest. The vendor's newer documents are named by their dates."""
OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]
_MARK = "x-since"


def rank(since: str) -> int:
    """Return the index of a version in `VERSIONS`; a version that is not listed counts as the newest."""
    return VERSIONS.index(since) if since in VERSIONS else len(VERSIONS) - 1


def reported(document: Json, version: str) -> str:
    """Return the version number that a server of a version reports in `About/Version`."""
    number: str = document["info"].get("x-server-version", "")
    return number if version == OLDEST else version


def as_of(document: Json, version: str) -> Json:
    """Return the document as a server of a version would publish it."""
    if version == NEWEST:
        return document
    shared: Json = document["components"].get("parameters", {})
    later = {name for name, each in shared.items() if _is_newer(each, version)}
    kept: Json = _without(document, version, {f"#/components/parameters/{name}" for name in later})
    kept["paths"] = {path: item for path, item in kept["paths"].items() if _has_operation(item)}
    return kept


def _without(value: Any, version: str, later: Set[str]) -> Any:
    """Return a copy of a part of the document, without newer parts.

    ``later`` are the references to shared parameters that are newer.
    """
    if is_list(value):
        return [_without(each, version, later) for each in value if not _is_newer(each, version, later)]
    if not is_object(value):
        return value
    kept = {
        name: _without(each, version, later)
        for name, each in value.items()
        if not _is_newer(each, version, later)
    }
    marks: dict[str, list[Any]] = kept.get("x-values-since") or {}
    added = {value for since, values in marks.items() if rank(since) > rank(version) for value in values}
    if added and is_list(kept.get("enum")):
        kept["enum"] = [each for each in kept["enum"] if each not in added]
    required, properties = kept.get("required"), kept.get("properties")
    if is_list(required) and is_object(properties):
        kept["required"] = [name for name in required if name in properties]
    return kept


def _is_newer(value: Any, version: str, later: Set[str] = frozenset()) -> bool:
    if not is_object(value):
        return False
    since = value.get(_MARK)
    return value.get("$ref") in later or (isinstance(since, str) and rank(since) > rank(version))


def _has_operation(item: Json) -> bool:
    return any(is_object(each) and "operationId" in each for each in item.values())

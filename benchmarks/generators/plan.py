"""The plan of the calls: each operation of a document with its arguments, its body and its answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generator.load import load

from .samples import MISSING, Json, Samples

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
EVENTS = ("text/event-stream",)
LINES = ("application/x-ndjson", "application/jsonl", "application/stream+json", "application/json-seq")


def operations_in(document: Path) -> int:
    """Return how many operations a document has."""
    value = load(str(document), strict=False).value
    items = [item for item in (value.get("paths") or {}).values() if isinstance(item, dict)]
    return sum(verb.lower() in VERBS for item in items for verb in item)


def plan(document: Path) -> Json:
    """Return the operations of a document to call, and the names of its API keys, as plain JSON values."""
    value = load(str(document), strict=False).value
    samples = Samples(value)
    found: list[Json] = []
    for path, entry in (value.get("paths") or {}).items():
        item = samples.at(entry)
        for verb, reference in item.items() if isinstance(item, dict) else ():
            operation = samples.at(reference)
            if verb.lower() in VERBS and isinstance(operation, dict):
                found.append(_operation(samples, verb.lower(), path, item, operation))
    schemes = (value.get("components") or {}).get("securitySchemes") or {}
    keys = [
        name
        for key, scheme in schemes.items()
        if isinstance(scheme, dict)
        for name in (key, scheme.get("name"))
    ]
    return {"operations": found, "keys": [key for key in keys if isinstance(key, str)]}


def _operation(samples: Samples, verb: str, path: str, item: Json, operation: Json) -> Json:
    given: Json = {}
    for reference in (*(item.get("parameters") or ()), *(operation.get("parameters") or ())):
        parameter = samples.at(reference)
        if isinstance(parameter, dict) and "name" in parameter:
            holder = (
                parameter
                if "schema" in parameter
                else next(iter((parameter.get("content") or {}).values()), {})
            )
            value = samples.value(holder.get("schema", {}), "readOnly")
            if value is not MISSING:
                given[parameter["name"]] = value
    media, body = _body(samples, operation)
    status, answered, answer = _answer(samples, operation)
    if verb == "head":
        answered, answer = "", None
    return {
        "id": operation.get("operationId") or "",
        "verb": verb, "path": path.partition("#")[0], "given": given, "media": media, "body": body,
        "status": status, "answered": answered, "answer": answer,
        "declared": bool(answered) or any(str(each)[:1] == "2" for each in operation.get("responses") or ()),
    }  # fmt: skip


def _body(samples: Samples, operation: Json) -> tuple[str, Any]:
    content = _object(samples, (samples.at(operation.get("requestBody")) or {}).get("content"))
    for media in sorted(content, key=lambda each: (not is_json(each), each not in FORMS)):
        value = samples.value(_object(samples, content[media]).get("schema", {}), "readOnly")
        return (media, value) if value is not MISSING else ("", None)
    return "", None


def _answer(samples: Samples, operation: Json) -> tuple[int, str, Any]:
    responses = operation.get("responses") or {}
    good = sorted(str(status) for status in responses if str(status)[:1] == "2")
    # if a redirect is declared, `default` describes errors
    others = any(str(status)[:1] == "3" for status in responses)
    chosen = good[0] if good else "default" if "default" in responses and not others else ""
    status = 200 if chosen in ("", "default") or not chosen.isdigit() else int(chosen)
    if not chosen:
        return 204, "", None  # the document does not describe a success
    response = samples.at(responses.get(chosen, responses.get(int(chosen) if chosen.isdigit() else ""))) or {}
    content = _object(samples, response.get("content"))
    for media in sorted(content, key=lambda each: (not is_json(each), each in EVENTS + LINES)):
        holder = _object(samples, content[media])
        value = samples.value(holder.get("itemSchema") or holder.get("schema", {}), "writeOnly")
        return (status, media, value) if value is not MISSING else (status, "", None)
    return status, "", None


def _object(samples: Samples, value: Any) -> Json:
    found = samples.at(value)
    return found if isinstance(found, dict) else {}


def is_json(media: str) -> bool:
    """Return whether a media type is JSON."""
    return media.split(";")[0].strip().lower().endswith(("/json", "+json")) and media not in LINES


def write(document: Path, place: Path) -> None:
    """Write the plan of a document to a file."""
    place.write_text(json.dumps(plan(document)), encoding="utf-8")

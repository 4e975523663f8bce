"""Compare the plan of a call with the request that the server got, and with the object that the client returned.

`calls.py` imports this module in the environment of a generator, so it uses only the standard library.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
ENVELOPE = {"data", "event", "id", "retry", "comment"}
"""Properties of a schema that describes an event itself, not its data."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def normal(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def lost(given: Any, got: Any, place: str = "$") -> str:
    """Return the first place where `got` lacks a value of `given` or differs; an empty text if it has all."""
    if isinstance(given, dict):
        if not isinstance(got, dict):
            return place
        for key, value in given.items():
            if key not in got:
                if value is None:
                    continue  # a property that is null may be left out
                return f"{place}.{key}"
            if found := lost(value, got[key], f"{place}.{key}"):
                return found
        return ""
    if isinstance(given, list):
        if not isinstance(got, list) or len(given) != len(got):
            return place
        return next(
            (
                found
                for at, pair in enumerate(zip(given, got, strict=True))
                if (found := lost(*pair, f"{place}[{at}]"))
            ),
            "",
        )
    return "" if _same(given, got) else place


def _same(given: Any, got: Any) -> bool:
    if given == got and isinstance(given, bool) == isinstance(got, bool):
        return True
    if isinstance(given, str) and isinstance(got, str):  # dates, durations and ids may be written in two ways
        return (
            (DAY.match(given) and given[:10] == got[:10])
            or given.lower() == got.lower()
            or given[:1] == got[:1] == "P"
        )
    return isinstance(given, (int, float)) and isinstance(got, (int, float, str)) and str(given) == str(got)


def body_of(operation: dict[str, Any]) -> tuple[str, bytes]:
    media, value = operation["answered"], operation["answer"]
    if not media or value is None:
        return media, b"null" if media.endswith("json") else b""
    text = json.dumps(value)
    if media == "text/event-stream":
        fields = value if isinstance(value, dict) and value.keys() <= ENVELOPE else {"data": value}
        lines = [
            f"{key}: {each if isinstance(each, str) else json.dumps(each)}" for key, each in fields.items()
        ]
        return media, ("\n".join(lines) + "\n\n").encode()
    if "json" in media.split(";")[0] or media == "*/*":
        return ("application/json" if media == "*/*" else media), text.encode() + b"\n"
    return media, value.encode() if isinstance(value, str) else text.encode()


def answer_lost(operation: dict[str, Any], plain: Any, data: bytes) -> str:
    media, value = operation["answered"], operation["answer"]
    if not media or value is None or operation["status"] in (204, 304):
        return ""
    if isinstance(plain, str) and len(plain) < 200 and Path(plain).is_file():
        return "" if Path(plain).read_bytes() in (data, data.strip()) else "the saved file"
    if isinstance(plain, bytes):
        return "" if plain.strip() == data.strip() else "the bytes"
    if media == "text/event-stream" or "x-ndjson" in media or "jsonl" in media:
        if media == "text/event-stream" and isinstance(value, dict) and value.keys() <= ENVELOPE:
            value = value.get("data")
        return lost([value], plain if isinstance(plain, list) else None)
    if "json" not in media and media != "*/*":
        return "" if isinstance(plain, str) and plain.strip() == data.decode().strip() else "the text"
    return lost(value, plain)


def sent_lost(operation: dict[str, Any], came_as: str, body: bytes) -> str:
    media, value = operation["media"], operation["body"]
    if value is None or not media:
        return ""
    if came_as.split(";")[0] in FORMS and isinstance(value, dict):
        text = body.decode("latin-1")
        return next((f"$.{key}" for key in value if normal(key) not in normal(text)), "")
    if media.split(";")[0].endswith("json") and "stream" not in media:
        try:
            return lost(value, json.loads(body))
        except ValueError:
            return "$"
    return "" if body else "$"

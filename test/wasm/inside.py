"""Run in Python 3.14 in Node: build, encode, decode and pickle every model, and print what went wrong."""

from __future__ import annotations

import json
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("error")

import apteco_api as aa  # noqa: E402
from apteco_api._runtime.codec.encode import encode  # noqa: E402


class Answered:
    """What `ApiClient.deserialize` takes."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def problems(client: aa.ApiClient, name: str, value: Any) -> list[str]:
    """Return what is wrong with one model, for a whole JSON value of its schema."""
    model = getattr(aa, name)
    data = json.dumps(value).encode()
    decoded = client.deserialize(Answered(data), name)
    if not isinstance(decoded, model):
        return [f"decoded as {type(decoded).__name__}"]
    fields = {field: getattr(decoded, field) for field in model.attribute_map}
    built = model(**fields)
    checks = {
        "built like the decoded one": built == decoded,
        "encoded": client.deserialize(Answered(encode(built)), name) == decoded,
        "pickled": pickle.loads(pickle.dumps(built)) == built,
        "shown": bool(repr(built)) and built.to_dict() is not None,
        "annotated": len(model.openapi_types) == len(model.attribute_map),
    }
    return [f"not {what}" for what, right in checks.items() if not right]


SUBCLASS = """
import apteco_api as aa
class Own(aa.Selection):
    note: str | None = None
"""
"""A user's module: 3.14 keeps its annotations in another place than 3.13 did."""


def subclass_problems() -> list[str]:
    """Return what is wrong with a user's subclass of a model."""
    module: dict[str, Any] = {"__name__": "own"}
    exec(SUBCLASS, module)
    made = module["Own"](table_name="People", ancestor_counts=True, note="kept")
    return [] if made.note == "kept" else ["a field of a subclass is lost"]


def main(path: str) -> None:
    """Check the values of a JSON file, schema name to value; print the result as JSON."""
    values = json.loads(Path(path).read_text("utf-8"))
    found: dict[str, list[str]] = {}
    with aa.ApiClient(aa.Configuration(host="http://127.0.0.1:1")) as client:
        for name, value in values.items():
            try:
                wrong = problems(client, name, value)
            except Exception as error:
                wrong = [f"{type(error).__name__}: {error}"]
            if wrong:
                found[name] = wrong
    try:
        wrong = subclass_problems()
    except Exception as error:
        wrong = [f"{type(error).__name__}: {error}"]
    if wrong:
        found["subclass"] = wrong
    print(json.dumps({"python": list(sys.version_info[:2]), "checked": len(values), "wrong": found}))


if __name__ == "__main__":
    main(sys.argv[1])

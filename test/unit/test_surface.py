"""Everything that apteco-api 0.3.2 offers is here: same names, same parameters, same order, same fields.

`test/data/published_surface.json` holds the published names; `test/data/surface_differences.json` lists what
differs on purpose, each with its reason. Nothing else may differ, and nothing may be listed in vain.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import apteco_api as aa

DATA = Path(__file__).resolve().parent.parent / "data"
PUBLISHED: dict[str, Any] = json.loads((DATA / "published_surface.json").read_text(encoding="utf-8"))
LISTED: list[dict[str, str]] = json.loads((DATA / "surface_differences.json").read_text(encoding="utf-8"))
CONTROLLERS: dict[str, Any] = PUBLISHED["controllers"]
MODELS: dict[str, Any] = PUBLISHED["models"]


def compared(place: str, published: Any, ours: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the place and both sides, when they differ."""
    if published != ours:
        yield place, published, ours


def exports() -> Iterator[tuple[str, Any, Any]]:
    for name, module in PUBLISHED["exports"].items():
        value = getattr(aa, name, None)
        yield from compared(f"export {name}", True, value is not None)
        if inspect.isclass(value):
            yield from compared(f"module {module}.{name}", True, has(module, name))


def has(module: str, name: str) -> bool:
    try:
        return getattr(importlib.import_module(module), name, None) is getattr(aa, name)
    except ImportError:
        return False


def methods() -> Iterator[tuple[str, Any, Any]]:
    for controller, published in CONTROLLERS.items():
        made = getattr(aa, controller)
        yield from compared(f"module of {controller}", published["module"], made.__module__)
        for name, (positional, keyword, returns) in published["methods"].items():
            for twin in (name, f"{name}_with_http_info"):
                parameters = list(inspect.signature(getattr(made, twin)).parameters.values())
                kinds = [
                    [p.name for p in parameters if p.kind is kind and p.name != "self"]
                    for kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
                ]
                kinds[1] = kinds[1][: len(keyword)]  # parameters of later servers are keyword-only
                yield from compared(f"{controller}.{twin} parameters", [positional, keyword], kinds)
            operation = made.operations[name]
            yield from compared(f"{controller}.{name} returns", returns or "", operation.result_type)
            order = [parameter.name for parameter in operation.parameters]
            ours = order[: len(positional + keyword)]
            yield from compared(f"{controller}.{name} order", positional + keyword, ours)
            later = {parameter.name for parameter in operation.parameters[len(ours) :] if parameter.required}
            yield from compared(f"{controller}.{name} asks for more", set(), later)


def fields() -> Iterator[tuple[str, Any, Any]]:
    for name, published in MODELS.items():
        model = getattr(aa, name)
        yield from compared(f"module of {name}", published["module"], model.__module__)
        wire, types = model.attribute_map, model.openapi_types
        order = [field[0] for field in published["fields"]]
        yield from compared(f"{name} order", order, list(wire)[: len(order)])
        signature = inspect.get_annotations(model)
        for field, json_name, kind, required, allowed in published["fields"]:
            place = f"{name}.{field}"
            yield from compared(f"{place} type", kind, types.get(field))
            yield from compared(f"{place} JSON name", json_name, wire.get(field))
            yield from compared(f"{place} required", required, refuses(model, field, None))
            if allowed:
                value = ["no such value"] if kind.startswith("list") else "no such value"
                yield from compared(f"{place} checked", True, refuses(model, field, value))
                for value in allowed:
                    good = [value] if kind.startswith("list") else value
                    yield from compared(f"{place}={value}", False, refuses(model, field, good))
                assert "Literal[" in signature[field]


def refuses(model: Any, field: str, value: Any) -> bool:
    """Return whether a model refuses a value for a field (other required fields hold something)."""
    published = MODELS[model.__name__]["fields"]
    filled = {
        name: ([allowed[0]] if kind.startswith("list") else allowed[0]) if allowed else "x"
        for name, _, kind, required, allowed in published
        if required
    }
    try:
        model(**{**filled, field: value})
    except ValueError as error:
        return f"`{field}`" in str(error)
    return False


def members() -> Iterator[tuple[str, Any, Any]]:
    for place, published in PUBLISHED["core"].items():
        if place.startswith("apteco_api."):
            module, _, name = place.rpartition(".")
            made = getattr(importlib.import_module(module), name)
            for base in published["bases"]:
                yield from compared(f"{place} is a {base}", True, base in [b.__name__ for b in made.__mro__])
            found = dir(made)
        elif place.endswith("_module"):
            found = dir(importlib.import_module("apteco_api." + place.removesuffix("_module")))
        elif place == "ApiClient.instance":
            found = dir(aa.ApiClient())
        else:
            continue
        names = published if isinstance(published, list) else published["members"]
        for name in names:
            if not name.startswith("_") or name.startswith("__"):
                yield from compared(f"{place}.{name}", True, name in found)


@pytest.mark.parametrize("part", [exports, methods, fields, members], ids=lambda part: part.__name__)
def test_the_published_surface_is_there(part: Any) -> None:
    known = {item["place"] for item in LISTED if item["part"] == part.__name__}
    found = {place: (published, ours) for place, published, ours in part()}
    unexpected = {place: sides for place, sides in found.items() if place not in known}
    assert not unexpected, f"{len(unexpected)} differences that are not listed"
    assert not known - set(found), "listed differences that do not exist"


def test_every_listed_difference_has_a_reason() -> None:
    assert all(len(item["reason"]) > 20 for item in LISTED)


def test_the_whole_surface_is_compared() -> None:
    counts = [len(published["methods"]) for published in CONTROLLERS.values()]
    assert (len(CONTROLLERS), sum(counts)) == (33, 253)
    assert (len(MODELS), sum(len(model["fields"]) for model in MODELS.values())) == (309, 1593)


def test_positional_construction_follows_the_published_order() -> None:
    for name, published in MODELS.items():
        values = [allowed[0] if allowed else index for index, (*_, allowed) in enumerate(published["fields"])]
        if any(kind.startswith("list") and allowed for _, _, kind, _, allowed in published["fields"]):
            continue
        made = getattr(aa, name)(*values)
        found = list(made.to_dict().values())
        assert found[: len(values)] == values, name
        assert set(found[len(values) :]) <= {None}, name


def test_an_unknown_field_is_refused_with_its_class_and_the_nearest_field() -> None:
    for name in aa.models.__all__:
        made = getattr(aa.models, name)
        for field in [*made.attribute_map][:1]:
            with pytest.raises(TypeError) as caught:
                made(**{f"{field}_": 1})
            assert str(caught.value) == f"{name} has no field '{field}_'; did you mean '{field}'?"
            assert isinstance(caught.value, aa.ApiException)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: aa.Column(id="0", column_header="x", tittle="y"), "Column has no field 'tittle'"),
        (lambda: aa.Column("0", None, None, "x", valueformat=1), "did you mean 'value_format'"),
        (lambda: aa.Column(*range(12)), "Column() takes from 0 to 9 positional arguments but 12 were"),
        (lambda: aa.Count("Bookings", 1, table_name="x"), "Count() got multiple values for argument"),
    ],
)  # fmt: skip
def test_wrong_arguments_of_a_model_name_its_class(given: Any, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        given()
    assert said in str(caught.value)


def test_checks_of_a_model_see_each_way_to_give_a_field() -> None:
    for field in ("value_format", "unclassified_format"):  # the first is keyword-only, the second positional
        with pytest.raises(ValueError, match=f"Invalid value for `{field}`"):
            aa.Column("0", column_header="x", **{field: "loud"})
    with pytest.raises(ValueError, match="`column_header`, must not be `None`"):
        aa.Column("0", browsable=True)
    off = aa.Configuration(client_side_validation=False)
    assert aa.Column("0", browsable=True, local_vars_configuration=off).column_header is None


def test_nothing_heavy_is_loaded_by_the_import() -> None:
    script = (
        "import sys; import apteco_api; "
        "heavy = set('typing msgspec urllib3 dataclasses inspect ssl json certifi importlib'.split()); "
        "print(sorted(heavy & set(sys.modules)))"
    )
    import subprocess
    import sys

    bare = [
        sys.executable,
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(DATA.parent.parent)!r}); {script}",
    ]
    done = subprocess.run(bare, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_all_and_dir_list_what_can_be_had() -> None:
    assert set(aa.__all__) <= set(dir(aa))
    for name in aa.__all__:
        assert getattr(aa, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        aa.Nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", ["ApiClient", "Column", "ExportsApi", "Configuration", "rest"])
def test_names_of_the_package_can_be_patched_and_come_back(name: str) -> None:
    with mock.patch(f"apteco_api.{name}") as double:
        assert getattr(aa, name) is double
    first = getattr(aa, name)
    assert not isinstance(first, mock.Mock)
    with mock.patch.object(aa, name) as double:
        assert getattr(aa, name) is double
    assert getattr(aa, name) is first

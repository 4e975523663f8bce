"""The names of the published package exist, with the same parameters, order and defaults."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tonalytica_client
from tonalytica_client import date_ranges

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "published_names.json").read_text())
METHODS: dict[str, list[Any]] = PUBLISHED["tonalytica_client.client.TonalyticaAPIClient"]


def check(function: Callable[..., Any], published: list[Any]) -> None:
    """Compare the published parameters with ours; additional ones must be keyword-only."""
    ours = [each for each in inspect.signature(function).parameters.values() if each.name != "self"]
    positional = [each for each in ours if each.kind is each.POSITIONAL_OR_KEYWORD]
    wanted = [each for each in published if not (isinstance(each, str) and each.startswith("**"))]
    names = [each if isinstance(each, str) else each[0] for each in wanted]
    assert [each.name for each in positional] == names
    for mine, theirs in zip(positional, wanted, strict=True):
        default = inspect.Parameter.empty if isinstance(theirs, str) else theirs[1]
        assert mine.default == default, mine.name
    rest = [each for each in ours if each not in positional]
    assert all(each.kind in (each.KEYWORD_ONLY, each.VAR_KEYWORD) for each in rest)


@pytest.mark.parametrize("name", METHODS)
def test_each_method_has_its_published_parameters(name: str) -> None:
    check(getattr(tonalytica_client.TonalyticaAPIClient, name), METHODS[name])


@pytest.mark.parametrize("name", PUBLISHED["tonalytica_client"]["names"])
def test_each_name_of_the_package_is_there(name: str) -> None:
    assert hasattr(tonalytica_client, name)


def test_the_constant_name() -> None:
    assert tonalytica_client.name == PUBLISHED["tonalytica_client"]["name"]


def test_the_class_is_found_at_its_published_module() -> None:
    module = importlib.import_module("tonalytica_client.client")
    assert module.TonalyticaAPIClient is tonalytica_client.TonalyticaAPIClient


@pytest.mark.parametrize("name", PUBLISHED["tonalytica_client.date_ranges"])
def test_each_function_of_date_ranges(name: str) -> None:
    check(getattr(date_ranges, name), PUBLISHED["tonalytica_client.date_ranges"][name])


def test_the_fields_of_the_date_ranges_come_first_and_in_order() -> None:
    values = date_ranges.get_frontend_vals()
    assert list(values._fields[: len(PUBLISHED["Values"])]) == PUBLISHED["Values"]
    assert list(values.d_this_week._fields) == PUBLISHED["DateRange"]


def test_the_attributes_of_a_client() -> None:
    client = tonalytica_client.TonalyticaAPIClient("k", "http://localhost:1/", check=False)
    assert (client.api_key, client.host) == ("k", "http://localhost:1/")
    assert client.s.headers["Authorization"] == "Key k"
    assert client.tonalytica_url == "http://localhost:1"
    assert (client._get, client._post, client._delete) == (client.get, client.post, client.delete)

"""The package has everything of the published package 0.2.0, with the same names and parameters."""

from __future__ import annotations

import inspect
import json
import logging
import pickle
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pytest

PUBLISHED: dict[str, dict[str, str | list[str]]] = json.loads(
    Path(__file__).with_name("published.json").read_text("utf-8")
)
NAMES = [(module, name, form) for module, names in PUBLISHED.items() for name, form in names.items()]


@pytest.mark.parametrize(
    ("module", "name", "form"), NAMES, ids=lambda each: each if isinstance(each, str) else ""
)
def test_published_name_exists_with_the_same_parameters(
    module: str, name: str, form: str | list[str]
) -> None:
    found = attrgetter(name)(import_module(module))
    if form == "class":
        assert inspect.isclass(found)
    if isinstance(form, list):
        positional = [
            parameter
            for parameter in inspect.signature(found).parameters.values()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        ]
        # Where the published default is a shared empty list, ours is an empty tuple.
        assert [_written(parameter).replace("()", "[]") for parameter in positional] == form


def test_what_was_added_is_by_keyword_only_and_optional() -> None:
    for module, name, form in NAMES:
        if isinstance(form, list):
            signature = inspect.signature(attrgetter(name)(import_module(module)))
            added = [each for each in signature.parameters.values() if each.kind is each.KEYWORD_ONLY]
            assert all(each.default is not each.empty for each in added), name


def test_constants_have_the_published_values() -> None:
    from exponea_python_sdk import Exponea, client, name
    from exponea_python_sdk.analyses import ANALYSIS_TYPES, AnalysisType

    assert name == "exponea_python_sdk"
    assert client.DEFAULT_URL == "https://api.exponea.com"
    assert client.DEFAULT_TIMEOUT == 10
    assert client.DEFAULT_LOGGER is logging.getLogger("exponea-python-sdk")
    assert client.Exponea is Exponea
    assert {"funnel", "report", "segmentation"} == ANALYSIS_TYPES
    assert (AnalysisType.FUNNEL, AnalysisType.REPORT, AnalysisType.SEGMENTATION) == (
        "funnel",
        "report",
        "segmentation",
    )


def test_defaults_that_are_assigned_count(monkeypatch: pytest.MonkeyPatch) -> None:
    from exponea_python_sdk import Exponea, client

    monkeypatch.setenv("EXPONEA_HOST", "http://127.0.0.1:7")
    assert Exponea("t").url == "http://127.0.0.1:7"
    logger = logging.getLogger("mine")
    monkeypatch.setattr(client, "DEFAULT_URL", "http://127.0.0.1:8")
    monkeypatch.setattr(client, "DEFAULT_TIMEOUT", 3)
    monkeypatch.setattr(client, "DEFAULT_LOGGER", logger)
    exponea = Exponea("t")
    assert (exponea.url, exponea.request_timeout, exponea.logger) == ("http://127.0.0.1:8", 3, logger)
    assert exponea.customer.logger is logger
    assert exponea.connection.configuration.host == "http://127.0.0.1:8"
    given = Exponea("t", url="http://127.0.0.1:9", request_timeout=4)
    assert (given.url, given.request_timeout) == ("http://127.0.0.1:9", 4)
    monkeypatch.undo()
    assert Exponea("t").url == "https://api.exponea.com"


def test_a_new_client_has_the_published_attributes() -> None:
    from exponea_python_sdk import Exponea

    exponea = Exponea("token", "name", "word")
    assert (exponea.project_token, exponea.username, exponea.password) == ("token", "name", "word")
    assert (exponea.url, exponea.request_timeout) == ("https://api.exponea.com", 10)
    assert exponea.logger.name == "exponea-python-sdk"
    for group in (exponea.analyses, exponea.catalog, exponea.customer, exponea.tracking):
        assert group.client is exponea
    assert exponea.customer.logger is exponea.logger
    assert exponea.analyses.endpoint_base == "/data/v2/projects/token/analyses"
    assert exponea.catalog.endpoint_base == "/data/v2/projects/token/catalogs"
    assert exponea.customer.endpoint_base == "/data/v2/projects/token/customers"
    assert exponea.tracking.endpoint_base == "/track/v2/projects/token"


def test_the_exception_takes_one_argument_as_before() -> None:
    from exponea_python_sdk.exceptions import APIException

    error = APIException(["one", "two"])
    assert error.args == (["one", "two"],)
    assert (error.status, error.body, error.errors, error.headers) == (None, None, None, None)
    assert APIException.__mro__[1] is Exception


def test_the_exception_survives_pickling_with_all_it_knows() -> None:
    from exponea_python_sdk.exceptions import APIException

    error = APIException("no", status=403, body="{}", errors=["no"], headers={"A": "b"}, retry_after=2.0)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.args, again.__dict__) == (APIException, error.args, error.__dict__)


def _written(parameter: inspect.Parameter) -> str:
    return (
        parameter.name if parameter.default is parameter.empty else f"{parameter.name}={parameter.default!r}"
    )

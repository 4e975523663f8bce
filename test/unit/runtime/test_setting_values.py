"""A setting refuses a value of another type or unit where it is assigned, by its name."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api._runtime.settings import KINDS, OPTIONAL, READERS

WRONG: dict[str, tuple[Any, ...]] = {
    "a number of seconds": ("soon", "5", True, None, [1], Decimal(3), float("nan"), -1, 10**400 * -1),
    "a whole number of bytes": ("64MB", "1000", 1.5, 64e6, True, None, float("nan"), -1),
    "a whole number": ("3", 1.5, True, [3], -1),
    "True or False": ("false", "no", 2, 0.5, [], None, object()),
    "a path": (5, True, ["a"], b"x"),
    "text": (5, True, ["http://a"], object()),
    "a mapping of names to texts": ("token", ["token"], 5, True),
    "a host name, True or False": (5, 1.5, ["h"]),
}


def wrong_values() -> list[tuple[str, Any]]:
    return [
        (name, value)
        for name, kind in KINDS.items()
        for value in WRONG[kind.words]
        if not (value is None and name in OPTIONAL)
    ]


@pytest.mark.parametrize(("name", "value"), wrong_values(), ids=lambda item: repr(item)[:20])
def test_a_wrong_value_is_refused_by_name_however_it_is_given(name: str, value: Any) -> None:
    config = aa.Configuration()
    before = getattr(config, name, None)
    with pytest.raises((aa.ApiTypeError, aa.ApiValueError), match=f"^{name} must be "):
        setattr(config, name, value)
    assert getattr(config, name, None) == before
    if value is not None or name not in ("host", "api_key", "api_key_prefix"):
        with pytest.raises((aa.ApiTypeError, aa.ApiValueError), match=f"^{name} must be "):
            aa.Configuration(**{name: value})


@pytest.mark.parametrize("name", ["timeout", "connect_timeout", "read_timeout"])
@pytest.mark.parametrize("value", [0, 0.0, float("inf"), -0.1])
def test_a_time_ends_and_is_more_than_nothing(name: str, value: float) -> None:
    with pytest.raises(aa.ApiValueError, match=f"^{name} must be a number of seconds"):
        setattr(aa.Configuration(), name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", 1), ("timeout", 1e10), ("read_timeout", None), ("max_retry_after", float("inf")),
        ("backoff", 0),
        ("max_body_size", 0), ("connection_pool_maxsize", None), ("verify_ssl", 0), ("trust_env", 1),
        ("ssl_ca_cert", Path("a.pem")), ("temp_folder_path", None), ("key_password", b"x"),
        ("assert_hostname", False),
        ("api_key", {"a": "b"}), ("proxy_headers", None), ("logger_file", None), ("password", None),
    ],
)  # fmt: skip
def test_usual_values_are_taken(name: str, value: Any) -> None:
    config = aa.Configuration()
    setattr(config, name, value)
    assert getattr(config, name) == value
    assert getattr(copy.deepcopy(config), name) == value


@pytest.mark.parametrize("name", ["host", "password", "access_token", "key_password", "proxy", "api_key"])
def test_a_refusal_never_shows_what_may_be_a_credential(name: str) -> None:
    with pytest.raises(aa.ApiTypeError) as caught:
        setattr(aa.Configuration(), name, ["c4nary-secret"])
    assert "c4nary" not in str(caught.value)


def test_a_huge_value_is_shown_in_few_characters() -> None:
    for value in ("x" * 10_000, -(10**5000)):
        with pytest.raises((aa.ApiTypeError, aa.ApiValueError)) as caught:
            aa.Configuration().max_body_size = value
        assert len(str(caught.value)) < 200


def test_every_setting_of_the_environment_has_a_kind() -> None:
    assert set(READERS) - {"retries"} <= set(KINDS)
    assert set(KINDS) >= OPTIONAL


def test_a_pool_without_a_size_has_the_usual_one(serve: Any, client: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    made = client(serve(head + b'{"version":"1"}'), connection_pool_maxsize=None)
    assert aa.AboutApi(made).about_get_version().version == "1"

"""The twins of a section's methods: what they call, what they say of themselves, what mocks make of them."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any
from unittest.mock import AsyncMock, create_autospec

import pytest

import apteco_api as aa
from apteco_api.api.about_api import AboutApi
from apteco_api.api.queries_api import QueriesApi

METHOD = "queries_perform_query_count_synchronously"


class Told(QueriesApi):
    """A section that returns what it would hand to the client."""

    def __init__(self) -> None:
        pass

    def _call(self, name: str, values: Any, options: Any) -> Any:
        return name, tuple(values), dict(options)


class ToldLater(aa.aio.QueriesApi):
    def __init__(self) -> None:
        pass

    async def _call(self, name: str, values: Any, options: Any) -> Any:
        return name, tuple(values), dict(options)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        (("v", "s"), {}),
        (("v",), {"system_name": "s", "timeout_in_seconds": 3}),
        ((), {"data_view_name": "v", "system_name": "s", "_retries": 0}),
    ],
)
def test_the_awaited_twin_calls_with_the_arguments_of_the_method(
    args: tuple[str, ...], kwargs: dict[str, Any]
) -> None:
    plain = getattr(Told(), METHOD)(*args, **kwargs)
    assert asyncio.run(getattr(ToldLater(), METHOD)(*args, **kwargs)) == plain
    assert plain[0] == METHOD


def test_the_twin_with_http_info_asks_for_data_status_and_headers_unless_told_otherwise() -> None:
    twin = getattr(Told(), f"{METHOD}_with_http_info")
    assert twin("v", "s")[2] == {"_return_http_data_only": False}
    assert twin("v", "s", _return_http_data_only=True)[2] == {"_return_http_data_only": True}
    assert twin("v", "s", _retries=1)[0] == METHOD


@pytest.mark.parametrize("args", [(), ("v",), ("v", "s", "too much")])
def test_wrong_arguments_are_refused_by_all_three(args: tuple[str, ...]) -> None:
    with pytest.raises(TypeError, match=METHOD):
        getattr(Told(), METHOD)(*args)
    with pytest.raises(TypeError, match=METHOD):
        getattr(Told(), f"{METHOD}_with_http_info")(*args)
    with pytest.raises(TypeError, match=METHOD):
        asyncio.run(getattr(ToldLater(), METHOD)(*args))


def test_a_twin_says_what_it_is() -> None:
    plain, twin = QueriesApi.__dict__[METHOD], QueriesApi.__dict__[f"{METHOD}_with_http_info"]
    awaited = aa.aio.QueriesApi.__dict__[METHOD]
    assert inspect.signature(twin) == inspect.signature(awaited) == inspect.signature(plain)
    assert twin.__qualname__ == f"QueriesApi.{METHOD}_with_http_info"
    assert twin.__doc__ == f"`{METHOD}`, returning `(data, status, headers)`."
    assert (awaited.__module__, awaited.__qualname__) == (
        "apteco_api.aio.queries_api",
        f"QueriesApi.{METHOD}",
    )
    assert inspect.iscoroutinefunction(awaited)
    assert not inspect.iscoroutinefunction(twin)


def test_a_mock_of_an_async_section_is_awaited() -> None:
    mock = create_autospec(aa.aio.AboutApi, instance=True)
    assert isinstance(mock.about_get_version, AsyncMock)
    assert not isinstance(create_autospec(AboutApi, instance=True).about_get_version, AsyncMock)


def test_the_example_of_a_twin_awaits_it_and_the_rest_of_its_text_is_the_same() -> None:
    plain = (AboutApi.about_get_version.__doc__ or "").splitlines()
    awaited = (aa.aio.AboutApi.about_get_version.__doc__ or "").splitlines()
    changed = {old.strip(): new.strip() for old, new in zip(plain, awaited, strict=True) if old != new}
    assert changed == {
        ">>> api = aa.AboutApi(client)": ">>> api = aa.aio.AboutApi(client)",
        ">>> api.about_get_version()": ">>> await api.about_get_version()",
    }

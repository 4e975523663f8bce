"""Attributes that may hold a credential. They are slots, which `vars()` and debuggers do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class HiddenSettings:
    """The hidden attributes of a `Configuration`."""

    __slots__ = (
        "access_token", "api_key", "api_key_prefix", "host", "key_password", "password", "proxy",
        "proxy_headers",
    )  # fmt: skip

    host: str
    api_key: dict[str, Any]
    api_key_prefix: dict[str, str]
    access_token: str | None
    proxy_headers: Mapping[str, str] | None


class HiddenHeaders:
    """The hidden attributes of an `ApiClient`."""

    __slots__ = ("cookie", "default_headers")

    default_headers: dict[str, str]
    cookie: str | None

    def __getstate__(self) -> tuple[dict[str, Any], dict[str, Any]]:
        # A copy, perhaps in another process, has threads of its own.
        return {**self.__dict__, "_pool": None}, {name: getattr(self, name) for name in self.__slots__}


class HiddenManagers:
    """Pool managers of a transport, known by the URL of their proxy."""

    __slots__ = ("_managers",)

"""The types and ranges of all settings, and the parsing of environment variables.

`Configuration` calls `check` before it stores a value, so a wrong value is an error where it is assigned, not
during a later call. `read` converts the text of an environment variable to a value.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from .exceptions import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from .configuration import Configuration

_SWITCHES = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
# Looking up an unset variable in `os.environ` takes a microsecond, and there are two dozen variables.
ENVIRONMENT: Mapping[Any, Any] = getattr(os.environ, "_data", os.environ)
# Bound here, as programs and tests may replace `os.environ` later.
_KEY: Callable[[str], object] = os.environ.encodekey if ENVIRONMENT is not os.environ else str


class Kind(NamedTuple):
    """The common rules for the values of some settings.

    Args:
        words: a description of the values, for messages.
        types: the types of the values.
        low: the lower limit, and whether the limit itself is too small.
        high: the upper limit, which itself is too large.
        read: converts the text of an environment variable; None: there is no such variable.
        secret: whether values must not be shown.
    """

    words: str
    types: tuple[type, ...]
    low: tuple[float, bool] | None = None
    high: float | None = None
    read: Callable[[str], object] | None = None
    secret: bool = False


def _switch(text: str) -> bool:
    return _SWITCHES[text.strip().lower()]


_INFINITE = float("inf")
_TIME = Kind("a number of seconds", (int, float), (0.0, True), _INFINITE, float)
_WAIT = Kind("a number of seconds", (int, float), (0.0, False), None, float)
_BYTES = Kind("a whole number of bytes", (int,), (0.0, False), None, int)
_COUNT = Kind("a whole number", (int,), (0.0, False), None, int)
_SWITCH = Kind("True or False", (bool,), read=_switch)
_PATH = Kind("a path", (str, os.PathLike))
_TEXT = Kind("text", (str,), secret=True)
_KEYS = Kind("a mapping of names to texts", (Mapping,), secret=True)

KINDS: dict[str, Kind] = {
    name: kind
    for kind, names in (
        (_TIME, "timeout connect_timeout read_timeout"),
        (_WAIT, "backoff max_backoff max_retry_after"),
        (_BYTES, "max_body_size max_download_size"),
        (_COUNT, "max_redirects max_pages connection_pool_maxsize"),
        (_SWITCH, "cross_origin_redirects strict_responses client_side_validation connection_pool_block"),
        (_SWITCH, "verify_ssl system_ca trust_env"),
        (_PATH._replace(read=str), "ssl_ca_cert temp_folder_path"),
        (_PATH, "cert_file key_file logger_file"),
        (_TEXT._replace(read=str), "proxy"),
        (_TEXT._replace(types=(str, bytes)), "key_password"),
        (_TEXT, "host username password access_token safe_chars_for_path_param logger_format"),
        (_KEYS, "api_key api_key_prefix proxy_headers"),
        (Kind("a host name, True or False", (str, bool)), "assert_hostname"),
    )
    for name in names.split()
}
OPTIONAL = frozenset(
    (
        "read_timeout", "connection_pool_maxsize", "ssl_ca_cert", "temp_folder_path", "cert_file", "key_file",
        "logger_file", "proxy", "key_password", "username", "password", "access_token", "proxy_headers",
        "assert_hostname",
    )
)  # fmt: skip
"""Settings that may be None."""
READERS: dict[str, Callable[[str], object]] = {
    **{name: kind.read for name, kind in KINDS.items() if kind.read is not None},
    "retries": int,
}
"""The settings that the environment may give, and how their texts are read."""


def check(name: str, value: object) -> None:
    """Refuse a value that a setting can't have.

    Raises:
        ApiTypeError: the value is of another type.
        ApiValueError: the value is outside the range.
    """
    kind = KINDS.get(name)
    if kind is None or (value is None and name in OPTIONAL):
        return
    text = f"{name} must be {kind.words}"
    number = isinstance(value, bool | int) and (value == 0 or value == 1)
    if bool in kind.types and number:  # 0 and 1 are accepted as switches, as published
        return
    if not isinstance(value, kind.types) or (isinstance(value, bool) and bool not in kind.types):
        raise ApiTypeError(f"{text}, not {_shown(value, kind)}")
    if kind.low is not None and isinstance(value, int | float):
        low, open_end = kind.low
        if not (value > low if open_end else value >= low):
            end = "more than 0" if open_end else "0 or more"
            raise ApiValueError(f"{text}, {end}, not {_shown(value, kind)}")
        if kind.high is not None and value >= kind.high:
            raise ApiValueError(f"{text} that ends, not {_shown(value, kind)}")


def _shown(value: object, kind: Kind) -> str:
    """Return a value for a message: a number or a short text itself, anything else by its type."""
    if not kind.secret and isinstance(value, int | float | str):
        text = f"{value!r}" if isinstance(value, float | str) or value.bit_length() < 200 else "a huge number"
        return text if len(text) <= 60 else f"{text[:57]}..."
    return f"a {type(value).__name__}" if value is not None else "None"


def pool_size(config: Configuration) -> int:
    """Return how many idle connections are kept for a server; by default five for each processor."""
    size = config.connection_pool_maxsize
    return (os.cpu_count() or 1) * 5 if size is None else size


@cache
def variables(prefix: str) -> list[tuple[str, str, object]]:
    """Return each setting with its variable's name, as text and as a key of the environment."""
    names = [(name, f"{prefix}_{name.upper()}") for name in READERS]
    return [(name, variable, _KEY(variable)) for name, variable in names]


def read(name: str, variable: str) -> object:
    """Return the value of a setting from its environment variable.

    Raises:
        ApiValueError: the text of the variable does not fit.
    """
    text = os.environ[variable]
    try:
        value = READERS[name](text)
        if isinstance(value, int | float) and not 0 <= value < _INFINITE:
            raise ValueError
    except (ValueError, KeyError):
        kinds: dict[object, str] = {
            float: "a number", int: "a whole number", _switch: "a switch (1 or 0)"
        }  # fmt: skip
        words = kinds.get(READERS[name], "a text")
        raise ApiValueError(f"{variable}={text!r} is not {words}") from None
    return value

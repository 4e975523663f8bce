"""Make texts for users and logs safe: mask secrets, then escape control characters, then shorten.

The order matters, as a secret that was cut or escaped would no longer be found.
"""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .codec.shapes import is_dict, is_list, is_tuple
from .codec.texts import printable, shortened
from .headers import PLAIN
from .proxies import proxy_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .configuration import Configuration
    from .exceptions import ApiException
    from .request import Request

MASK = "***"
SHORTEST = 6
"""Fewest characters of a secret that is masked; shorter texts occur by chance."""
MAX_BODY = 1024 * 1024
"""Bytes of the largest request body that is searched for secrets."""
MAX_LINE = 1000
"""Most characters of each text of an error, except its body."""

# A pattern as text, compiled on first use.
_HIDDEN_NAME = r"(?i:pass|pwd|secret|token|credential|api.?key)"


class Mask:
    """A function that masks the secrets of one call.

    Args:
        secrets: texts to mask, in all forms in which a server may send them back.
    """

    __slots__ = ("_forms", "_pattern")

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for text in secrets for form in _forms(text) if len(form) >= SHORTEST}
        # Header names and hosts may come back in another case.
        self._forms = {form.lower() for form in forms}
        found = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self._pattern = re.compile(found, re.IGNORECASE) if found else None

    def __call__(self, text: str) -> str:
        """Return a text with its secrets masked."""
        if self._pattern is None:
            return text
        lower = text.lower()  # the pattern is slow on long texts and rarely matches
        return self._pattern.sub(MASK, text) if any(form in lower for form in self._forms) else text


def mask_for(config: Configuration, request: Request | None, sent: Iterable[str] = ()) -> Mask:
    """Return the mask for all credentials of a configuration and of a request, and others that were sent."""
    return Mask([*_configured(config), *sent, *(() if request is None else _of_request(request))])


def conceal(error: ApiException, mask: Mask) -> None:
    """Mask, escape and shorten every text of an error. Its body is only masked, as programs parse it."""
    for name, value in list(vars(error).items()):
        if name == "body":
            clean: Any = mask(value) if isinstance(value, str) else value
        elif name == "headers":
            clean = _concealed_headers(value, mask)
        else:
            clean = _concealed(value, mask)
        setattr(error, name, clean)
    error.args = tuple(_concealed(value, mask) for value in error.args)


def _concealed(value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        return shortened(printable(mask(value)), MAX_LINE)
    if is_tuple(value):
        return tuple(_concealed(item, mask) for item in value)
    return value


def _concealed_headers(headers: Any, mask: Mask) -> Any:
    if not headers:
        return headers
    from urllib3 import HTTPHeaderDict

    clean = HTTPHeaderDict()
    for name, value in headers.items() if not hasattr(headers, "iteritems") else headers.iteritems():
        clean.add(mask(name), mask(value))
    return clean


def _configured(config: Configuration) -> Iterator[str]:
    yield from _texts([*config.api_key.values(), config.password, config.access_token, config.key_password])
    for name, key in config.api_key.items():
        yield f"{config.api_key_prefix.get(name)} {key}"
    if config.username or config.password:
        yield config.get_basic_auth_token().partition(" ")[2]
    yield from _texts((config.proxy_headers or {}).values())
    for proxy in proxy_texts(config):
        if "@" in proxy:
            yield from _of_proxy(proxy)


def _of_proxy(proxy: str) -> Iterator[str]:
    from urllib.parse import unquote

    pair = proxy.rpartition("@")[0].rpartition("//")[2]
    yield pair.partition(":")[2]
    yield unquote(pair.partition(":")[2])
    yield base64.b64encode(unquote(pair).encode("utf-8", "replace")).decode()


def _of_request(request: Request) -> Iterator[str]:
    for name, value in request.headers.items():
        if name.lower() not in PLAIN:
            yield value
            yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
            scheme, _, credential = value.partition(" ")
            yield credential
            if scheme.lower() == "basic":
                with suppress(ValueError):
                    yield base64.b64decode(credential).decode("utf-8", "replace").partition(":")[2]
    if isinstance(request.body, bytes) and len(request.body) <= MAX_BODY:
        yield from _in_body(request.body, request.headers.get("Content-Type", ""))


def _in_body(body: bytes, media_type: str) -> Iterator[str]:
    """Yield the values of fields of a form or of JSON whose names suggest a secret."""
    if media_type.startswith("application/x-www-form-urlencoded"):
        from urllib.parse import parse_qsl

        for name, value in parse_qsl(body.decode("ascii", "replace")):
            if re.search(_HIDDEN_NAME, name):
                yield value
    elif "json" in media_type and re.search(_HIDDEN_NAME, body.decode("utf-8", "replace")):
        import msgspec

        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield from _in_json(msgspec.json.decode(body))


def _in_json(value: Any) -> Iterator[str]:
    if is_dict(value):
        for name, item in value.items():
            if isinstance(item, str):
                if re.search(_HIDDEN_NAME, name):
                    yield item
            else:
                yield from _in_json(item)
    elif is_list(value):
        for item in value:
            yield from _in_json(item)


def _texts(values: Iterable[object]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


def _forms(text: str) -> Iterator[str]:
    """Yield a text unchanged, and in the forms that it has in URLs, in JSON and in base64."""
    from json import dumps
    from urllib.parse import quote, quote_plus

    yield text
    yield dumps(text)[1:-1]
    yield dumps(text, ensure_ascii=False)[1:-1]
    raw = text.encode("utf-8", "surrogatepass")
    yield quote(raw, safe="")
    yield quote(raw)
    yield quote_plus(raw)
    yield base64.b64encode(raw).decode()
    yield base64.urlsafe_b64encode(raw).decode()

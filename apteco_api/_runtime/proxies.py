"""Find the proxy for a request."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from .exceptions import ApiSettingError
from .headers import sendable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .configuration import Configuration
    from .origin import Origin


class Proxy(NamedTuple):
    """A proxy that can be used.

    Args:
        url: URL of the proxy, without credentials.
        headers: headers with the proxy's credentials.
    """

    url: str
    headers: dict[str, str]

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return self.url.partition("://")[2]


def parse_proxy(text: str, source: str) -> Proxy:
    """Parse the text of a proxy setting.

    Args:
        text: `http://user:password@host:port`, or without the scheme.
        source: the setting or variable with this text, for messages.

    Raises:
        ApiSettingError: the text is not the URL of an HTTP proxy. The message does not show the text.
    """
    import base64
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
        if not host.isprintable() or " " in host or not host:
            raise ValueError(source)
    except ValueError:
        wrong = f"{source} is not the URL of a proxy, such as http://proxy.example:8080"
        raise ApiSettingError(0, wrong) from None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        text = f"{source} names a proxy of the kind {scheme[:20]!a}: use one of http:// or https://"
        raise ApiSettingError(0, text)
    name = f"[{host}]" if ":" in host else host
    headers: dict[str, str] = {}
    user, at, _ = parts.netloc.rpartition("@")
    if at:
        pair = unquote(user).encode("utf-8", "surrogateescape")
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(pair).decode()
    return Proxy(f"{scheme}://{name}:{port or (443 if scheme == 'https' else 80)}", headers)


def proxy_for(origin: Origin, settings: Configuration) -> Proxy | None:
    """Return the proxy for an origin: the setting, else the environment's, else None.

    Raises:
        ApiSettingError: the proxy that is set can't be used.
    """
    if settings.proxy:
        return parse_proxy(settings.proxy, "the setting `proxy`")
    if not settings.trust_env:
        return None
    names = _variables(origin.scheme)
    found = next((name for name in names if os.environ.get(name)), None)
    rules = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if found is None or bypassed(origin.host, origin.port, rules):
        return None
    return parse_proxy(os.environ[found], f"the environment variable {found}")


def proxy_headers(proxy: Proxy | None, settings: Configuration) -> dict[str, str]:
    """Return the headers for a proxy: its credentials, and those of the settings.

    Raises:
        ApiTypeError, ApiValueError: a name or a value can't be sent.
    """
    return sendable({**(proxy.headers if proxy else {}), **(settings.proxy_headers or {})})


def proxy_texts(settings: Configuration) -> Iterator[str]:
    """Yield the texts of all proxy settings and variables, including passwords."""
    if settings.proxy:
        yield settings.proxy
    for scheme in ("http", "https"):
        yield from filter(None, map(os.environ.get, _variables(scheme)))


def _variables(scheme: str) -> tuple[str, ...]:
    names: tuple[str, ...] = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    if scheme == "http" and "REQUEST_METHOD" in os.environ:
        names = (names[0], *names[2:])  # in a CGI script, a request header can set HTTP_PROXY
    return names


def bypassed(host: str, port: int, rules: str) -> bool:
    """Return whether NO_PROXY names a host.

    Args:
        host: a name (IDNA-encoded) or an address.
        port: port of the server.
        rules: `*`, `name`, `.domain`, `host:port`, addresses or CIDR blocks, separated by commas or blanks.
    """
    import ipaddress

    host = _plain(host)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for rule in filter(None, re.split(r"[,;\s]+", rules)):
        if rule == "*":
            return True
        if address is not None and "/" in rule:
            try:
                if address in ipaddress.ip_network(rule.strip("[]"), strict=False):
                    return True
            except ValueError:
                pass
            continue
        name, colon, number = rule.rpartition(":")
        if colon and number.isdecimal() and (":" not in name or name.endswith("]")):
            if int(number[:6]) != port:
                continue
            rule = name
        rule = _plain(rule.strip("[]").lstrip("*").lstrip("."))
        if address is not None:
            try:
                if ipaddress.ip_address(rule) == address:
                    return True
            except ValueError:
                pass
        elif rule and (host == rule or host.endswith("." + rule)):
            return True
    return False


def _plain(host: str) -> str:
    """Normalise a host for comparison: lower case, without a final dot, IDNA-encoded."""
    host = host.lower().rstrip(".")
    if not host.isascii():
        try:
            return host.encode("idna").decode()
        except UnicodeError:
            pass
    return host

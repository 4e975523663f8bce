"""The origin of a server: scheme, host and port."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from .exceptions import ApiValueError

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin:
    """Scheme, host and port of a server, from its URL. Made once for each URL.

    Attributes:
        base: the path that every target starts with, without a slash at its end.
        host: name or address to connect to, with the zone of a link-local IPv6 address.
        authority: value of the Host header, without the zone, which has a meaning only on this machine.
        netloc: host and port as in a URL.
    """

    __slots__ = ("authority", "base", "host", "netloc", "port", "scheme")

    def __init__(self, url: str) -> None:
        if "://" not in url:  # http by default, as published
            url = f"http://{url}"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ApiValueError("the host setting is not a URL") from None
        if (
            parts.scheme.lower() not in _DEFAULT_PORTS
            or not parts.hostname
            or _CONTROL.search(url)
            or " " in url
        ):
            raise ApiValueError("the host setting must be a URL such as https://server/api")
        if parts.username or parts.password:
            raise ApiValueError("the host setting contains a user or password; give credentials as settings")
        self.scheme = parts.scheme.lower()
        try:
            self.host = (
                parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
            )
        except UnicodeError:
            raise ApiValueError("the host setting is not a valid host name") from None
        self.port = port or _DEFAULT_PORTS[self.scheme]
        ending = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        self.authority = self.netloc = f"{self.host}{ending}"
        if ":" in self.host:
            address, mark, zone = self.host.partition("%")
            if zone[:2] == "25" and len(zone) > 2:  # RFC 6874 writes % as %25
                zone = zone[2:]
            self.host = f"{address}{mark}{zone}"
            self.authority = f"[{address}]{ending}"
            self.netloc = f"[{address}%25{zone}]{ending}" if mark else self.authority
        self.base = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> tuple[str, str, int]:
        """Scheme, host and port; equal for equal origins."""
        return self.scheme, self.host, self.port

    def pool_of(self, manager: Any) -> Any:
        """Return the pool of one of urllib3's managers for this origin."""
        from urllib3.exceptions import LocationValueError

        # The manager accepts an IPv6 address with a zone only in the form of a URL.
        host = f"{self.netloc.partition(']')[0]}]" if "%" in self.host else self.host
        try:
            return manager.connection_from_host(host, self.port, self.scheme)
        except LocationValueError:
            raise ApiValueError(f"the host setting is not a valid host name: {self.host!r}") from None


_origins: dict[str, Origin] = {}


def origin_of(url: str) -> Origin:
    """Return the origin of a URL; origins are cached, as a process uses few."""
    found = _origins.get(url)
    if found is None:
        found = Origin(url)
        if len(_origins) < 1000:
            _origins[url] = found
    return found

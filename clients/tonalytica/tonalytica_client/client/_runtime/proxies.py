"""Which proxy a request goes through."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .configuration import Configuration
    from .origin import Origin


def split_proxy(proxy: str) -> tuple[str, dict[str, str]]:
    """Return a proxy's URL without credentials, and the header that carries them."""
    import base64
    from urllib.parse import unquote

    scheme, mark, rest = proxy.partition("://")
    if not mark:
        scheme, rest = "http", proxy
    user, _, address = rest.rpartition("@")
    headers: dict[str, str] = {}
    if user:
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(unquote(user).encode()).decode()
    return f"{scheme}://{address}", headers


def proxy_for(origin: Origin, settings: Configuration) -> str | None:
    """Return the proxy for an origin: the setting, else the environment's, else None."""
    if settings.proxy:
        return settings.proxy
    if not settings.trust_env:
        return None
    scheme = origin.scheme
    names: tuple[str, ...] = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    if origin.scheme == "http" and "REQUEST_METHOD" in os.environ:
        names = (names[0], *names[2:])  # a CGI script's HTTP_PROXY may come from its caller
    found = next((os.environ[name] for name in names if os.environ.get(name)), None)
    if found is None or bypassed(
        origin.host, origin.port, os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    ):
        return None
    return found


def bypassed(host: str, port: int, rules: str) -> bool:
    """True if NO_PROXY names a host: `*`, `name`, `.domain`, `host:port`, an address or a CIDR block."""
    import ipaddress

    host = host.lower().rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for rule in (part.strip().lower() for part in rules.split(",")):
        if rule == "*":
            return True
        if not rule:
            continue
        if address is not None and "/" in rule:
            try:
                if address in ipaddress.ip_network(rule, strict=False):
                    return True
            except ValueError:
                pass
            continue
        name, colon, number = rule.rpartition(":")
        if colon and number.isdigit() and name.count(":") == 0:
            if int(number) != port:
                continue
            rule = name
        rule = rule.lstrip("*").lstrip(".").strip("[]")
        if host == rule or (address is None and host.endswith("." + rule)):
            return True
    return False

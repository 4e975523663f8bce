"""``client.s``: the part of the former HTTP session that scripts used, built on the client's own calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .results import Result
from .wire import Timeout, Wire


class Session:
    """Requests to full addresses of this server.

    Attributes:
        headers: sent with every call of the client; scripts may add some.
    """

    def __init__(self, wire: Wire, host: str, headers: dict[str, str]) -> None:
        self._wire = wire
        self._base = f"{host.rstrip('/')}/api/"
        self.headers = headers

    def get(self, url: str, **options: Any) -> Result:
        """GET an address below this server's ``/api/``. Options: params, headers, timeout."""
        return self.request("GET", url, **options)

    def post(self, url: str, data: object = None, json: object = None, **options: Any) -> Result:
        """POST to an address below this server's ``/api/``. Options: params, headers, timeout.

        Args:
            url: the full address.
            data: the body as text or bytes; sent unchanged.
            json: the body as an object.
            options: see above.
        """
        body: object = data.encode() if isinstance(data, str) else data
        if json is not None or body is None:
            body = json or {}
        return self.request("POST", url, body=body, **options)

    def delete(self, url: str, **options: Any) -> Result:
        """DELETE an address below this server's ``/api/``. Options: params, headers, timeout."""
        return self.request("DELETE", url, **options)

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout = None,
    ) -> Result:
        """Send any request to this server.

        Raises:
            ValueError: the address belongs to another server; the key is for this one only.
        """
        plain = url.replace("//api/", "/api/", 1) if "//api/" in url.partition("://")[2] else url
        if not plain.startswith(self._base):
            raise ValueError(f"this key is only for addresses below {self._base}")
        return self._wire.request(
            method.upper(), plain.removeprefix(self._base), params, body, headers, timeout
        )

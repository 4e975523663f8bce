"""The client: one project of Exponea, with its four groups of calls."""

from __future__ import annotations

import copy
import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

from . import client
from .analyses import Analyses
from .catalog import Catalog
from .client._runtime.adhoc import adhoc_operation
from .client._runtime.configuration import Configuration
from .client._runtime.controller import Controller
from .connection import Connection, LastResort
from .customer import Customer
from .tracking import Tracking

if TYPE_CHECKING:
    from urllib3 import Retry

S = TypeVar("S", bound=Controller)

DEFAULT_URL = "https://api.exponea.com"
DEFAULT_TIMEOUT = 10
DEFAULT_LOGGER = logging.getLogger("exponea-python-sdk")
DEFAULT_LOGGER.addHandler(LastResort())

REFUSALS = 6
"""Default number of repeats of a call that the server refuses for the moment."""

Seconds = float | tuple[float, float]


class Exponea:
    """One project of Exponea. Safe to share between threads; use it in a `with`, or close it.

    Args:
        project_token: the project's token.
        username: id of a private access key; needed for everything but tracking.
        password: secret of that key.
        url: the instance's address. The default is `exponea_python_sdk.client.DEFAULT_URL`, which you may
            assign; as long as you don't, the variable EXPONEA_HOST may name another address.
        request_timeout: time limit in seconds to connect, and to wait for the next bytes; a pair sets both
            separately; `exponea_python_sdk.client.DEFAULT_TIMEOUT`, 10, by default.
        access_token: a public access token, enough for tracking.
        retries: how often a call is sent again: any call, also a POST, that the server refused for the moment
            (429, 503), and calls that are safe to repeat after a gateway error (502, 504); 6 by default. An
            event without a time is sent again with the time of its first attempt. After a broken connection,
            a call is sent again once if nothing was sent before; after a timeout, never.
        configuration: further settings: TLS, proxies, limits.

    Attributes:
        analyses, catalog, customer, tracking: the four groups of calls.
        logger: the logger `exponea-python-sdk`.

    All arguments but the last two are also attributes; a call uses their values at that time.
    """

    def __init__(
        self,
        project_token: str,
        username: str = "",
        password: str = "",
        url: str | None = None,
        request_timeout: Seconds | None = None,
        *,
        access_token: str = "",
        retries: int | None = None,
        configuration: Configuration | None = None,
    ) -> None:
        self._settings = Configuration() if configuration is None else copy.deepcopy(configuration)
        if retries is not None or self._settings.retries is None:
            self._settings.retries = _rule(REFUSALS if retries is None else retries)
        self.project_token = project_token
        self.username = username
        self.password = password
        self.access_token = access_token
        assigned = _default("DEFAULT_URL")
        self.url: str = url or (self._settings.host if assigned == DEFAULT_URL else assigned)
        self.request_timeout: Seconds = request_timeout or _default("DEFAULT_TIMEOUT")
        self.logger: logging.Logger = _default("DEFAULT_LOGGER")
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._connected_as: tuple[object, ...] = ()
        self.analyses = Analyses(self)
        self.catalog = Catalog(self)
        self.customer = Customer(self)
        self.tracking = Tracking(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Exponea project {self.project_token!r} at {self.url!r}>"

    def __getstate__(self) -> dict[str, Any]:
        # Connections and locks stay in their process.
        return {**self.__dict__, "_lock": None, "_connection": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def configure(
        self,
        project_token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        url: str | None = None,
        request_timeout: Seconds | None = None,
    ) -> Self:
        """Change settings, also for the four groups.

        Args:
            project_token: as for the class; None leaves it unchanged.
            username: the same.
            password: the same.
            url: the same.
            request_timeout: the same.

        Returns:
            This client.
        """
        given = {
            "project_token": project_token,
            "username": username,
            "password": password,
            "url": url,
            "request_timeout": request_timeout,
        }
        for name, value in given.items():
            if value is not None:
                setattr(self, name, value)
        return self

    def api(self, section: type[S]) -> S:
        """Return a section of the generated client, with this client's address and credentials.

        Args:
            section: `AnalysesApi`, `CatalogsApi`, `CustomersApi` or `TrackingApi` of
                `exponea_python_sdk.client`. Its calls take the project token themselves and raise
                `APIException` like the four groups.
        """
        return section(self.connection)

    @property
    def connection(self) -> Connection:
        """The generated client: made on first use, and again when address or credentials change."""
        now = (self.url, self.username, self.password, self.access_token, self.request_timeout)
        with self._lock:
            if self._connection is None or now != self._connected_as:
                if self._connection is not None:
                    self._connection.close()
                self._connection = Connection(self._configuration(), self.request_timeout, self.logger)
                self._connected_as = now
            return self._connection

    def _configuration(self) -> Configuration:
        made = copy.deepcopy(self._settings)
        made.host = self.url
        made.username, made.password = self.username, self.password
        if self.access_token:
            made.api_key = {**made.api_key, "Authorization": self.access_token}
            made.api_key_prefix = {**made.api_key_prefix, "Authorization": "Token"}
        seconds = self.request_timeout
        made.connect_timeout, made.read_timeout = (
            seconds if isinstance(seconds, tuple) else (seconds, seconds)
        )
        # A whole call, with the waits after refusals, may take longer than one wait for bytes.
        made.timeout = max(made.timeout, made.connect_timeout + made.read_timeout)
        return made

    # --- low level

    def request(self, method: str, path: str, payload: object = None) -> dict[str, Any]:
        """Send a request of your own.

        Args:
            method: `GET`, `POST`, `PUT` or `DELETE`.
            path: begins with a slash and follows the address; may hold a query.
            payload: the body, sent as JSON; none for None.

        Returns:
            The reply.

        Raises:
            APIException: the call failed, or the reply's `success` is not true.
            ValueError: the path does not begin with a slash.
        """
        if not path.startswith("/"):
            raise ValueError("the path must begin with a slash")
        operation, values = adhoc_operation(
            method,
            quote(path, safe="!#$%&'()*+,/:;=?@[]~"),
            {"body": [] if payload is None else [("payload", payload)]},
            id=method.upper(),
            result="object",
            produces=("application/json",),
            security=("privateAccess", "publicAccess") if path.startswith("/track/") else ("privateAccess",),
        )
        reply: dict[str, Any] = self.connection.call(operation, values)
        return reply

    def get(self, path: str) -> dict[str, Any]:
        """Send a GET request; see `request`."""
        return self.request("GET", path)

    def post(self, path: str, payload: object = None) -> dict[str, Any]:
        """Send a POST request; see `request`."""
        return self.request("POST", path, payload)

    def delete(self, path: str, payload: object = None) -> dict[str, Any]:
        """Send a DELETE request; see `request`."""
        return self.request("DELETE", path, payload)

    def put(self, path: str, payload: object = None) -> dict[str, Any]:
        """Send a PUT request; see `request`."""
        return self.request("PUT", path, payload)


def _default(name: str) -> Any:
    """Return the current value of a default: users of 0.2.0 assign those of `exponea_python_sdk.client`."""
    return getattr(client, name)


def _rule(retries: int) -> Retry:
    from urllib3 import Retry

    return Retry(
        total=retries,
        connect=min(1, retries),
        # Never repeat a call after a timeout: the caller chose request_timeout as the wait.
        read=0,
        status=retries,
        status_forcelist=(429, 502, 503, 504),
        backoff_factor=1,
    )

"""``TonalyticaAPIClient``, made of the parts."""

from __future__ import annotations

import copy
from typing import Any

from .basics import log
from .client._runtime.configuration import Configuration
from .dashboards import Dashboards
from .others import Others
from .queries import Queries
from .session import Session
from .wire import Connection, Wire

_CONNECTED = ("api_client", "_wire", "s")
DEFAULT_HOST = "https://tonalytica.redoubt.online/"


class TonalyticaAPIClient(Queries, Dashboards, Others):
    """A client of a TONalytica (Redash) server.

        tonalytica = TonalyticaAPIClient(API_KEY)
        for row in tonalytica.run_query(12, {"day": "2020-01-01"}).rows:
            ...

    Threads may share a client. It can be used in a ``with`` statement, copied and pickled; a pickle contains
    the key.

    Args:
        api_key: key of a user, which may do what the user may; or key of a query, which opens that query and
            its results only.
        host: address of the server; followed by the slug of the organisation if the server has several.
        check: ask the server at once whether it answers, and whether the key is a user's. Another key is
            accepted with a warning in the log, as it may be a query's: the server does not say.
        settings: any setting of ``client.Configuration``: ``timeout`` (seconds for a whole call,
            120), ``retries``, ``proxy``, ``verify_ssl``, ``ssl_ca_cert``…

    Attributes:
        api_key, host: as given.
        tonalytica_url: the host without a slash at its end.
        api_client: the runtime's client, for the typed sections: ``QueriesApi(client.api_client)``.
        s: requests to full addresses of this server; ``s.headers`` are sent with every call.

    Raises:
        NoAnswerError: no server answers at the address (only with ``check``).
        ServerError: the server answers with a failure (only with ``check``).
        ValueError: the host is not an address.
    """

    def __init__(
        self, api_key: str, host: str = DEFAULT_HOST, *, check: bool = True, **settings: Any
    ) -> None:
        self.api_key = api_key
        self.host = host
        self.tonalytica_url = host.rstrip("/")
        configuration = Configuration(
            host=self.tonalytica_url,
            api_key={"Authorization": api_key},
            api_key_prefix={"Authorization": "Key"},
            **settings,
        )
        self._connect(configuration, {"Authorization": f"Key {api_key}"})
        if check and not self.test_credentials():
            log.warning("the key is not a user's: it opens one query at most (or nothing, if it is wrong)")

    def _connect(self, configuration: Configuration, headers: dict[str, str]) -> None:
        self.api_client = Connection(configuration)
        self._wire = Wire(self.api_client, headers)
        self.s = Session(self._wire, self.host, headers)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for copies and other processes: with the key, without connections."""
        own = {name: value for name, value in self.__dict__.items() if name not in _CONNECTED}
        return {
            **own,
            "configuration": copy.deepcopy(self.api_client.configuration),
            "headers": dict(self.s.headers),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        configuration, headers = state.pop("configuration"), state.pop("headers")
        self.__dict__.update(state)
        self._connect(configuration, headers)

    def close(self) -> None:
        """Close the connections. The client can't be used afterwards."""
        self.api_client.close()

    def __enter__(self) -> TonalyticaAPIClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<TonalyticaAPIClient {self.tonalytica_url}>"

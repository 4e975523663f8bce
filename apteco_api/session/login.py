"""The life of a session: logging in and out, tokens, pickles, and calls of every kind.

`apteco_api.session.session` builds on it what an analyst does all day.
"""

from __future__ import annotations

import copy
import json
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .. import models
from .._runtime.client import ApiClient
from .._runtime.configuration import Configuration, safe_url
from .._runtime.exceptions import ApiNotFound, ApiStatusError, ApiUnauthorized, ApiValueError
from .credentials import Login, resolve
from .sections import Sections, section_class

if TYPE_CHECKING:
    from .._runtime.budget import Call
    from .._runtime.policies import Onward, Steps
    from .._runtime.request import Request
    from .._runtime.rest import RESTResponse
    from .batch import Batch

T = TypeVar("T")
R = TypeVar("R")

AUTHORIZATION = "Authorization"
ENDED = "the session has ended: log in for a new one"
_shared: dict[tuple[type[Any], str], Any] = {}
_sharing = threading.Lock()


def found_again(login: Login) -> Login:
    """The same login with its secrets, from environment, profile or keyring. Raises `CredentialsError`."""
    return resolve(login.host, login.data_view, login.user or None, system=login.system)


def token_of_login(login: Login, configuration: Configuration) -> str:
    """A live session as JSON text."""
    fields = {"host": login.host, "data_view": login.data_view, "system": login.system, "user": login.user}
    token = str(configuration.api_key[AUTHORIZATION])
    return json.dumps({"kind": "apteco-api session", "version": 1, **fields, "token": token})


def login_of_token(text: str) -> Login:
    """What the text of `to_token` says. Raises `ValueError` if it is no such text."""
    try:
        fields = json.loads(text)
        if fields.pop("kind") != "apteco-api session" or fields.pop("version") != 1:
            raise ValueError
        if not all(isinstance(value, str) for value in fields.values()):
            raise ValueError
        login = Login(**fields)
        if not login.token or not login.host.startswith(("http://", "https://")):
            raise ValueError
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise ApiValueError("this is no token of a session") from None
    return login


def settings_for(login: Login, configuration: Configuration | None) -> Configuration:
    """Settings of one session's own: two sessions that shared them would act with each other's token."""
    config = Configuration.get_default_copy() if configuration is None else copy.deepcopy(configuration)
    config.host = login.host
    config.api_key.pop(AUTHORIZATION, None)  # of whoever logged in with these settings before
    config.api_key_prefix[AUTHORIZATION] = "Bearer"
    config.refresh_access_token = None
    if "opentelemetry.trace" in sys.modules:  # the program traces: so do its sessions
        from .observability import trace_if_used

        trace_if_used()
    return config


@contextmanager
def explained() -> Generator[None]:
    """An error of a login says what to check: that of any other call speaks of sessions and items."""
    try:
        yield
    except ApiStatusError as error:
        if isinstance(error, ApiUnauthorized):
            error.hint = "Check user, password and data view."
        elif isinstance(error, ApiNotFound) or error.status == 405:  # what a web server says elsewhere
            error.hint = "Check the data view, and the host: a URL with the API's path, such as https://server/OrbitAPI."
        raise


def ended(call: Call, request: Request, onward: Onward) -> Steps:
    """Policy of a session that has ended: raise instead of sending."""
    raise ApiValueError(ENDED)


def refuse_calls(client: ApiClient) -> None:
    """Make every further call of a client raise "the session has ended"."""
    client.policies = (ended, *client.policies)


class Connection(Sections):
    """One user's work with one system of one data view. Safe to share between threads.

    A pickled session holds no secret: unpickled, it finds its credentials anew (environment, profile,
    keyring) when it is first used. `to_token` and `from_token` carry a live session to another process.

    Args:
        login: where to log in and as whom.
        configuration: settings for the client, which gets a copy.
    """

    def __init__(self, login: Login, configuration: Configuration | None = None) -> None:
        self._login = login
        self._configuration = configuration
        self._lock = threading.RLock()
        self._client: ApiClient | None = None
        self._details: models.SessionDetails | None = None
        self._session_id = ""
        self._closed = False
        self._borrowed = False

    @classmethod
    def over(cls, login: Login, client: ApiClient) -> Self:
        """A session that works through a client of somebody else, who logs in, logs out and closes it."""
        made = cls(login, client.configuration)
        made._client, made._borrowed = client, True
        return made

    # ---- life

    @property
    def data_view(self) -> str:
        """The data view."""
        return self._login.data_view

    @property
    def system_name(self) -> str:
        """The name of the FastStats system."""
        return self._login.system

    @property
    def client(self) -> ApiClient:
        """The client that makes the calls; logs in if that has not happened yet."""
        if self._client is None:
            self.connect()
        assert self._client is not None
        return self._client

    @property
    def user(self) -> models.UserDisplayDetails | None:
        """The user, as the login answered; None for a session from a token."""
        return self._details.user if self._details is not None else None

    @property
    def user_name(self) -> str:
        """The name of the user; empty for a session from a bare token."""
        return self._details.user.username if self._details is not None else self._login.user

    def connect(self) -> None:
        """Log in, unless that has happened. Called by `login` and by the first use of an unpickled
        session.
        """
        with self._lock:
            if self._closed:
                raise ApiValueError(ENDED)
            if self._client is not None:
                return
            found = self._login
            if not found.token and not found.password:  # unpickled: secrets did not travel with it
                found = self._login = found_again(found)
            config = settings_for(found, self._configuration)
            client = ApiClient(config)
            try:
                if found.token:
                    config.api_key[AUTHORIZATION] = found.token
                else:
                    self._authenticate(client)
                    config.refresh_access_token = self._renew
            except BaseException:
                client.close()
                raise
            self._client = client

    def _authenticate(self, client: ApiClient) -> None:
        from ..api.sessions_api import SessionsApi

        login = self._login
        with explained():
            details = SessionsApi(client).sessions_create_session_simple(
                login.data_view, user_login=login.user, password=login.password
            )
        self._details, self._session_id = details, details.session_id
        client.configuration.api_key[AUTHORIZATION] = details.access_token

    def _renew(self, configuration: Configuration) -> bool:
        """Log in again after the server has ended the session: the client's hook."""
        assert self._client is not None
        self._authenticate(self._client)
        return True

    def logout(self) -> None:
        """End the session on the server, and close. Only a session that logged in itself does so; once is
        enough.
        """
        with self._lock:
            client, session_id = self._client, self._session_id
            self._session_id = ""
            try:
                if client is not None and session_id and not self._closed:
                    client.configuration.refresh_access_token = (
                        None  # a session that has ended needs no new one
                    )
                    self.sessions.sessions_logout_session(session_id)
            finally:
                self.close()

    def close(self) -> None:
        """Close the connections, without a logout; no call works after it. May be called more than once."""
        with self._lock:
            self._closed = True
            if self._client is not None and not self._borrowed:
                refuse_calls(self._client)
                self._client.close()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.logout()
        except Exception as failed:
            if kind is None:
                raise
            # The error that ended the block is the one to report.
            self.client.configuration.logger["package_logger"].warning(
                "logout failed: %s", type(failed).__name__
            )

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open" if self._client is not None else "not logged in"
        who = self._login.user or "a token"
        where = f"{safe_url(self._login.host)}: {self.data_view}/{self.system_name}"
        return f"<Session of {who} at {where}, {state}>"

    def _repr_html_(self) -> str:
        from ..frames.html import html_card

        facts = [("data view", self.data_view), ("system", self.system_name), ("user", self._login.user)]
        return html_card(f"Session at {safe_url(self._login.host)}", facts)

    def __reduce__(self) -> tuple[Any, ...]:
        login = self._login._replace(password="", token="")
        return type(self), (login,)

    def to_token(self) -> str:
        """The live session as JSON text, for another process (`from_token`).

        The text holds the access token: keep it as you would a password. It ends with this session's logout.
        """
        return token_of_login(self._login, self.client.configuration)

    @classmethod
    def from_token(cls, text: str, configuration: Configuration | None = None) -> Self:
        """A session from the text of `to_token`. It does not log out at its end: the session is another's.

        Raises:
            ValueError: the text is no such token.
        """
        session = cls(login_of_token(text), configuration)
        session.connect()
        return session

    @classmethod
    def shared(cls, token: str) -> Self:
        """The session of a token that this process keeps: for workers that get many small tasks (Dask).

        Args:
            token: from `to_token`. The first task logs nothing in: it takes the session over.
        """
        with _sharing:
            key = (cls, token)
            if key not in _shared:
                _shared[key] = cls.from_token(token)
            kept: Self = _shared[key]
            return kept

    # ---- any call

    def _section(self, section_class: type[Any]) -> Any:
        controller = section_class.api_class(self.client)
        return section_class(controller, self.filled)

    def _plain(self, name: str) -> Any:
        """A section as it is generated, for the classes that add to it."""
        return self._section(section_class("api", name))

    @property
    def filled(self) -> Mapping[str, str]:
        """The arguments that sections fill in."""
        return {"data_view_name": self.data_view, "system_name": self.system_name}

    @property
    def last_response(self) -> RESTResponse:
        """The last answer: status, headers, `elapsed`, `attempts`, `drift`."""
        return self.client.last_response

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        json: Any = None,
        returns: str = "object",
        **values: Any,
    ) -> Any:
        """Call a path that the spec does not know, with the session's token, retries, limits and errors.

        Args:
            method: HTTP verb.
            path: below the host, with names in braces: `/{dataViewName}/Things/{id}`.
            query: query fields; a list repeats its field.
            params: another name of `query`.
            body: sent as JSON: a model, a dictionary, a list.
            json: another name of `body`.
            returns: type of the answer: `object` (plain values), a model's name, `list[Table]`, or `""` for
                none.
            values: for the names in the path; `dataViewName` and `systemName` are filled in.

        Raises:
            TypeError: an argument that is neither one of these nor a name in the path, or one given twice.
            ApiValueError: a value for the path is missing or can't be sent.
            ApiException: as for any call.
        """
        from .raw_call import one_of, raw_operation

        known = {"dataViewName": self.data_view, "systemName": self.system_name}
        fields, sent = one_of(query=query, params=params), one_of(body=body, json=json)
        operation, given = raw_operation(method, path, fields or {}, sent, returns, known, values)
        return self.client.call(operation, given)

    def warn(self, text: str) -> None:
        """Write one line about something that was left out to the client's log."""
        self.client.configuration.logger["package_logger"].warning("%s", text)

    def map(
        self,
        function: Callable[[T], R],
        items: Iterable[T],
        *,
        workers: int = 8,
        progress: bool | None = None,
        stop_on_error: bool = False,
    ) -> Batch[T, R]:
        """Call a function for many items at once: `session.map(session.count, queries)`.

        The results keep the order of the items, and an error stays with its item; see `Batch`.

        Args:
            function: called with one item.
            items: what to call it with; a generator is taken from as needed.
            workers: calls at once.
            progress: None shows a bar where somebody can see it.
            stop_on_error: raise the first error instead of keeping it.
        """
        from .batch import run_batch

        title = getattr(function, "__name__", "batch")
        return run_batch(
            function, items, workers=workers, title=title, progress=progress, stop_on_error=stop_on_error
        )

"""The life of a session: logging in and out, tokens, pickles, and calls of every kind.

`apteco_api.session.session` adds counts, exports and cubes.
"""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .. import models
from .._runtime.client import ApiClient
from .._runtime.configuration import Configuration, safe_url
from .._runtime.exceptions import ApiForbidden, ApiNotFound, ApiUnauthorized, ApiValueError
from .authentication import Authentication, drive
from .credentials import Login
from .mfa import TotpSetup, checked, confirming
from .sections import Sections, section_class
from .temporary import TemporaryToken, path_of, token_of
from .tokens import AUTHORIZATION, login_of_token, token_of_login
from .versions import ServerVersion

if TYPE_CHECKING:
    from .._runtime.budget import Call
    from .._runtime.policies import Onward, Steps
    from .._runtime.request import Request
    from .._runtime.rest import RESTResponse
    from .batch import Batch
    from .mfa import Mfa

T = TypeVar("T")
R = TypeVar("R")

ENDED = "the session has ended: log in for a new one"
_shared: dict[tuple[type[Any], str], Any] = {}
_sharing = threading.Lock()


def settings_for(login: Login, configuration: Configuration | None) -> Configuration:
    """Copy the settings for one session, as two sessions with the same settings would share a token."""
    config = Configuration.get_default_copy() if configuration is None else copy.deepcopy(configuration)
    config.host = login.host
    config.api_key.pop(AUTHORIZATION, None)  # the token of an earlier login with these settings
    config.api_key_prefix[AUTHORIZATION] = "Bearer"
    config.refresh_access_token = None
    if "opentelemetry.trace" in sys.modules:  # a program that traces also gets spans of its sessions
        from .observability import trace_if_used

        trace_if_used()
    return config


def ended(call: Call, request: Request, onward: Onward) -> Steps:
    """Raise instead of sending: the policy of a session that has ended."""
    raise ApiValueError(ENDED)


def refuse_calls(client: ApiClient) -> None:
    """Make every further call of a client raise "the session has ended"."""
    client.policies = (ended, *client.policies)


class Connection(Sections):
    """One user's work with one system of one data view. Safe to share between threads.

    A pickled session contains no secret. When it is used after unpickling, it looks its credentials up again
    (environment, profile, keyring). `to_token` and `from_token` pass a live session to another process.

    Args:
        login: where to log in and as whom.
        configuration: settings for the client, which gets a copy.
        mfa: the second factor, if the server asks for one; see `login`.
    """

    def __init__(
        self, login: Login, configuration: Configuration | None = None, *, mfa: Mfa | None = None
    ) -> None:
        self._authentication = Authentication(login, mfa)
        self._version = ServerVersion()
        self._configuration = configuration
        self._lock = threading.RLock()
        self._client: ApiClient | None = None
        self._closed = False
        self._borrowed = False

    @classmethod
    def over(cls, authentication: Authentication, client: ApiClient, version: ServerVersion) -> Self:
        """Return a session that uses another session's client. The other session logs in and out."""
        made = cls(authentication.login, client.configuration)
        made._authentication, made._client, made._version = authentication, client, version
        made._borrowed = True
        return made

    # ---- life

    @property
    def _login(self) -> Login:
        return self._authentication.login

    @property
    def _session_id(self) -> str:
        return self._authentication.session_id

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
        """The client that makes the calls; the first use logs in."""
        if self._client is None:
            self.connect()
        assert self._client is not None
        return self._client

    @property
    def user(self) -> models.UserDisplayDetails | None:
        """The user from the answer to the login; None for a session from a token."""
        details = self._authentication.details
        return details.user if details is not None else None

    @property
    def user_name(self) -> str:
        """The name of the user; empty if a bare token does not name the user."""
        return self._authentication.user_name

    @property
    def server_version(self) -> str:
        """The server's version, such as `1.9.19.6190`; asked for once."""
        if not self._version.text:
            self._version.text = self.about.about_get_version().version
        return self._version.text

    def connect(self) -> None:
        """Log in if not logged in yet. `login` and the first use of an unpickled session call this."""
        with self._lock:
            if self._closed:
                raise ApiValueError(ENDED)
            if self._client is not None:
                return
            authentication = self._authentication
            config = settings_for(self._login, self._configuration)
            authentication.client = client = ApiClient(config)
            client.policies = (self._version.policy, *client.policies)
            try:
                drive(authentication.begin(config), authentication)
            except BaseException:
                client.close()
                raise
            self._client = client

    def logout(self) -> None:
        """End the session on the server if this object has logged in, and close. Repeating does nothing."""
        with self._lock:
            session_id = ""
            if not self._borrowed:
                session_id, self._authentication.session_id = self._session_id, ""
            try:
                if self._client is not None and session_id and not self._closed:
                    # a session that has ended needs no new token
                    self._client.configuration.refresh_access_token = None
                    with suppress(ApiUnauthorized, ApiNotFound):  # session or token has ended already
                        self.sessions.sessions_logout_session(session_id)
            finally:
                self.close()

    def close(self) -> None:
        """Close the connections without a logout. Later calls raise an error; closing again does nothing."""
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
            if kind is None and not isinstance(failed, ApiForbidden):
                raise
            # report the error that ended the block
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
        """Return the live session as JSON text, for another process (`from_token`).

        The text holds the access token: keep it as you would a password. The token ends with this session's
        logout.
        """
        return token_of_login(self._login, self.client.configuration)

    @classmethod
    def from_token(cls, text: str, configuration: Configuration | None = None) -> Self:
        """Return a session from the text of `to_token`. It never logs out, as another session has logged in.

        Raises:
            ValueError: the text does not come from `to_token`.
        """
        session = cls(login_of_token(text), configuration)
        session.connect()
        return session

    @classmethod
    def shared(cls, token: str) -> Self:
        """Return this process's session for a token, the same each time: for workers with many tasks (Dask).

        Args:
            token: from `to_token`. The first task does not log in: it uses the live session.
        """
        with _sharing:
            key = (cls, token)
            if key not in _shared:
                _shared[key] = cls.from_token(token)
            kept: Self = _shared[key]
            return kept

    # ---- more ways in

    def temporary_token(self, resource_path: str) -> TemporaryToken:
        """Return a token that opens one resource for some minutes, for a person who has no login.

        Args:
            resource_path: the path of the resource, below the host: `/{dataViewName}/TemporaryFiles/report`.
                The names of data view and system are filled in.

        Raises:
            ApiValueError: `resource_path` is not a path.
        """
        path = path_of(resource_path, self._names)
        made = self.temporary_access_tokens.temporary_access_tokens_create_temporary_token(
            create_temporary_access_token_request=models.CreateTemporaryAccessTokenRequest(resource_path=path)
        )
        return token_of(made, self._login.host, path)

    def set_up_totp(self) -> TotpSetup:
        """Begin to set up an authenticator as this user's second factor.

        Show `uri` of the returned object as a QR code, or `secret` as text. Then call `confirm_totp` with the
        first code that the authenticator shows.
        """
        return TotpSetup(self.sessions.sessions_create_totp_setup(setup={}))

    def confirm_totp(self, code: str) -> None:
        """Turn the new authenticator on as this user's second factor. The session stays logged in.

        Args:
            code: the code that the authenticator shows.

        Raises:
            ApiBadRequest, ApiUnauthorized: the server refuses the code; try again with another code.
        """
        sent = checked(code)
        with confirming(sent):
            details = self.sessions.sessions_verify_totp_setup(verification={"code": sent.value})
        self._authentication.confirm(details, self.client.configuration)

    # ---- any call

    @property
    def _names(self) -> Mapping[str, str]:
        return {"dataViewName": self.data_view, "systemName": self.system_name}

    def _section(self, section_class: type[Any]) -> Any:
        controller = section_class.api_class(self.client)
        return section_class(controller, self.filled)

    def _plain(self, name: str) -> Any:
        """Return the plain section, for the classes that add to it."""
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
        host: str | None = None,
        **values: Any,
    ) -> Any:
        """Call a path that is not in the spec, with the session's token, retries, limits and errors.

        Args:
            method: HTTP verb.
            path: below the host, with names in braces: `/{dataViewName}/Things/{id}`.
            query: query fields; a list repeats its field.
            params: another name of `query`.
            body: sent as JSON: a model, a dictionary, a list.
            json: another name of `body`.
            returns: type of the answer: `object` (plain values), a model's name, `list[Table]`, or `""` for
                an empty answer.
            host: address of another service that takes the session's token, such as OrbitConnect, or its path
                on the session's server (`/OrbitConnect`); None for the session's host.
            values: for the names in the path; `dataViewName` and `systemName` are filled in.

        Raises:
            TypeError: an argument is neither one of these nor a name in the path, or is given twice.
            ApiValueError: a value for the path is missing or can't be sent.
            ApiException: as for any call.
        """
        from .raw_call import one_of, raw_operation, service

        fields, sent = one_of(query=query, params=params), one_of(body=body, json=json)
        operation, given = raw_operation(method, path, fields or {}, sent, returns, self._names, values)
        return self.client.call(service(operation, host, self.client.configuration.host), given)

    def warn(self, text: str) -> None:
        """Write one line to the client's log about something that was left out."""
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

        The results are in the order of the items. An error is stored with its item; see `Batch`.

        Args:
            function: called with one item.
            items: the arguments, one for each call; a generator is read as needed.
            workers: number of calls at the same time.
            progress: None shows a bar in a terminal or notebook.
            stop_on_error: raise the first error instead of storing it.
        """
        from .batch import run_batch

        title = getattr(function, "__name__", "batch")
        return run_batch(
            function, items, workers=workers, title=title, progress=progress, stop_on_error=stop_on_error
        )

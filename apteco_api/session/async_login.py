"""The life of an asynchronous session: logging in and out, tokens, and calls of every kind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from contextlib import suppress
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from .. import models
from .._runtime.async_client import AsyncApiClient
from .._runtime.configuration import Configuration, safe_url
from .._runtime.exceptions import ApiNotFound, ApiUnauthorized, ApiValueError
from .authentication import Authentication, drive_async
from .batch import Batch, await_batch
from .credentials import Login
from .login import ENDED, refuse_calls, settings_for
from .mfa import TotpSetup, checked, confirming
from .raw_call import one_of, raw_operation, service
from .sections import AsyncSections
from .temporary import TemporaryToken, path_of, token_of
from .tokens import AUTHORIZATION, login_of_token, token_of_login
from .versions import ServerVersion

if TYPE_CHECKING:
    from .._runtime.rest import RESTResponse
    from .mfa import Mfa
    from .session import Session

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


class AsyncConnection(AsyncSections):
    """One user's work with one system of one data view, in one event loop.

    A pickled session holds no secret; see `Connection`.

    Args:
        login: where to log in and as whom.
        configuration: settings for the client, which gets a copy.
        engine: the engine that sends requests, `threads` or `aiohttp`.
        mfa: the second factor, if the server asks for one; see `apteco_api.login`.
    """

    def __init__(
        self,
        login: Login,
        configuration: Configuration | None = None,
        *,
        engine: str = "threads",
        mfa: Mfa | None = None,
    ) -> None:
        self._authentication = Authentication(login, mfa)
        self.client = AsyncApiClient(settings_for(login, configuration), engine=engine)
        """The client that makes the calls."""
        self._authentication.client = self.client.sync
        self._version = ServerVersion()
        self.client.sync.policies = (self._version.policy, *self.client.sync.policies)
        self._closed = False

    # ---- life

    @property
    def _login(self) -> Login:
        return self._authentication.login

    @property
    def data_view(self) -> str:
        """The data view."""
        return self._login.data_view

    @property
    def system_name(self) -> str:
        """The name of the FastStats system."""
        return self._login.system

    @property
    def user(self) -> models.UserDisplayDetails | None:
        """The user from the answer to the login; None for a session from a token."""
        details = self._authentication.details
        return details.user if details is not None else None

    @property
    def user_name(self) -> str:
        """The name of the user; empty if a bare token does not name the user."""
        return self._authentication.user_name

    async def server_version(self) -> str:
        """Return the server's version, such as `1.9.19.6190`; asked for once."""
        if not self._version.text:
            self._version.text = (await self.about.about_get_version()).version
        return self._version.text

    async def connect(self) -> None:
        """Log in if not logged in yet."""
        if self._closed:
            raise ApiValueError(ENDED)
        config, authentication = self.client.configuration, self._authentication
        if AUTHORIZATION in config.api_key:
            return
        authentication.loop = asyncio.get_running_loop()
        await drive_async(authentication.begin(config), authentication, self.client)

    async def logout(self) -> None:
        """End the session on the server if this object has logged in, and close. Repeating does nothing."""
        authentication = self._authentication
        session_id, authentication.session_id = authentication.session_id, ""
        try:
            if session_id:
                self.client.configuration.refresh_access_token = None
                with suppress(ApiUnauthorized, ApiNotFound):  # session or token has ended already
                    await self.sessions.sessions_logout_session(session_id)
        finally:
            self._closed = True
            refuse_calls(self.client.sync)
            await self.client.close()

    def to_token(self) -> str:
        """Return the live session as JSON text, for another process; see `Session.to_token`."""
        return token_of_login(self._login, self.client.configuration)

    @classmethod
    def from_token(
        cls, text: str, configuration: Configuration | None = None, *, engine: str = "threads"
    ) -> Self:
        """Return a session from the text of `to_token`, of an async or a plain session. It never logs out.

        Raises:
            ValueError: the text does not come from `to_token`.
        """
        return cls(login_of_token(text), configuration, engine=engine)

    def __await__(self) -> Generator[Any, None, Self]:
        yield from self.connect().__await__()
        return self

    async def __aenter__(self) -> Self:
        try:
            await self.connect()
        except BaseException:
            await self.client.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.logout()
        except Exception as failed:
            if kind is None:
                raise
            logger = self.client.configuration.logger["package_logger"]
            logger.warning("logout failed: %s", type(failed).__name__)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._login._replace(password="", token=""),)

    def __repr__(self) -> str:
        where = f"{safe_url(self._login.host)}: {self._login.data_view}/{self._login.system}"
        return f"<AsyncSession of {self._login.user or 'a token'} at {where}>"

    # ---- more ways in

    async def temporary_token(self, resource_path: str) -> TemporaryToken:
        """Return a token that opens one resource for some minutes; see `Session.temporary_token`."""
        path = path_of(resource_path, self._names)
        made = await self.temporary_access_tokens.temporary_access_tokens_create_temporary_token(
            create_temporary_access_token_request=models.CreateTemporaryAccessTokenRequest(resource_path=path)
        )
        return token_of(made, self._login.host, path)

    async def set_up_totp(self) -> TotpSetup:
        """Begin to set up an authenticator as this user's second factor; see `Session.set_up_totp`."""
        return TotpSetup(await self.sessions.sessions_create_totp_setup(setup={}))

    async def confirm_totp(self, code: str) -> None:
        """Turn the new authenticator on as this user's second factor; see `Session.confirm_totp`."""
        sent = checked(code)
        with confirming(sent):
            details = await self.sessions.sessions_verify_totp_setup(verification={"code": sent.value})
        self._authentication.confirm(details, self.client.configuration)

    # ---- any call

    @property
    def _names(self) -> Mapping[str, str]:
        return {"dataViewName": self._login.data_view, "systemName": self._login.system}

    def _section(self, section_class: type[Any]) -> Any:
        return section_class(section_class.api_class(self.client), self.filled)

    @property
    def filled(self) -> Mapping[str, str]:
        """The arguments that sections fill in."""
        return {"data_view_name": self._login.data_view, "system_name": self._login.system}

    @property
    def last_response(self) -> RESTResponse:
        """The last answer that this task got."""
        return self.client.last_response

    async def request(
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
        """Call a path that is not in the spec; see `Session.request`."""
        fields, sent = one_of(query=query, params=params), one_of(body=body, json=json)
        operation, given = raw_operation(method, path, fields or {}, sent, returns, self._names, values)
        return await self.client.call(service(operation, host, self.client.configuration.host), given)

    async def map(
        self,
        function: Callable[[T], Awaitable[R]],
        items: Iterable[T],
        *,
        workers: int = 8,
        progress: bool | None = None,
        stop_on_error: bool = False,
    ) -> Batch[T, R]:
        """Await a function for many items, some at a time: `await session.map(session.count, queries)`.

        The results are in the order of the items. An error is stored with its item; see `Batch`.

        Args:
            function: called with one item.
            items: the arguments, one for each call; a generator is read as needed.
            workers: number of calls at the same time.
            progress: None shows a bar in a terminal or notebook.
            stop_on_error: end the other calls and raise the first error instead of storing it.
        """
        title = getattr(function, "__name__", "batch")
        return await await_batch(
            function, items, workers=workers, title=title, progress=progress, stop_on_error=stop_on_error
        )

    @cached_property
    def _plain(self) -> Session:
        from .session import Session

        return Session.over(self._authentication, self.client.sync, self._version)

    async def run(
        self, function: Callable[Concatenate[Session, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Call a function with a plain session in a thread, for features that can't be awaited.

        The plain session shares this session's login and connections, and gives access to folders, audiences
        and files as objects: `await session.run(lambda plain: plain.audiences["Students"].count)`. A
        cancelled task does not wait for the function, which runs to its end.

        Args:
            function: called with a `Session`, which it must not close, and the arguments.
        """
        found: R = await self._in_thread(partial(function, self._plain, *args, **kwargs))
        return found

    async def _in_thread(self, work: Callable[[], R]) -> R:
        await self.connect()
        found: R = await self.client.in_thread(work)
        return found

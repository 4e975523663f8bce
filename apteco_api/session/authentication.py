"""Log in and stay logged in: the calls to send, and what the answers mean.

The steps of a login are a generator, as the client's policies are. So the sync and the async session share
them.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import models
from .._runtime.client import ApiClient
from .._runtime.codec.decode import decode
from .._runtime.configuration import Configuration
from .._runtime.exceptions import (
    ApiException,
    ApiNotFound,
    ApiRateLimited,
    ApiServerError,
    ApiStatusError,
    ApiTransportError,
    ApiTypeError,
    ApiUnauthorized,
)
from .._runtime.masking import Mask, conceal
from .credentials import CredentialsError, Login, resolve
from .mfa import (
    HINT,
    REFUSALS,
    Challenge,
    Mfa,
    MfaRequired,
    SecondFactor,
    Secret,
    challenge_in,
    checked,
    second_step,
)
from .temporary import TemporaryToken, sending
from .tokens import AUTHORIZATION, Life, life_of, user_in

if TYPE_CHECKING:
    from .._runtime.async_client import AsyncApiClient
    from .._runtime.rest import RESTResponse

SIMPLE, CONVERT = "sessions_create_session_simple", "sessions_convert_session_to_access_token"
PAUSE = 10.0
"""Seconds before the next attempt after a login that failed by a passing fault, not by a refusal."""


class Call(NamedTuple):
    """A call of the section `sessions` that is a step of a login. Its arguments are secret.

    Args:
        method: name of the method.
        arguments: keywords for it, without the data view.
    """

    method: str
    arguments: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<call of {self.method}>"


class Answer(NamedTuple):
    """The server's answer to a login: the session, and the whole body. Both hold the access token."""

    details: models.SessionDetails
    body: str

    def __repr__(self) -> str:
        return "<answer to a login>"


class Ask(NamedTuple):
    """A step of a login: ask the user, or the user's program, for a code."""

    source: Callable[[], Any]


Steps = Generator[Call | Ask, Any, None]


class Authentication:
    """One user's login: token, session and user of the last login, and how to log in again.

    An instance is the `refresh_access_token` of the session's configuration. The client calls it before the
    token ends (`due`) and when the server refuses the token, once for all threads.

    Args:
        login: where to log in and as whom.
        mfa: the second factor, or None.

    Attributes:
        details: the answer to the last login; None if the caller gave a token.
        session_id: the session that a logout ends; empty if the caller gave a token.
        client: makes the calls of a renewal.
        loop: the event loop that awaits an async second factor.
        failure: what the client raises if an early renewal fails: None, as the token is still valid.
    """

    failure: ApiException | None = None

    def __init__(self, login: Login, mfa: Mfa | None = None) -> None:
        self.login = login
        self.details: models.SessionDetails | None = None
        self.session_id = ""
        self.client: ApiClient | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._second = SecondFactor(mfa)
        self._needs_second = False
        self._life = Life()

    def __repr__(self) -> str:
        return f"<Authentication of {self.login!r}>"

    @property
    def user_name(self) -> str:
        """The name of the user; empty if neither the login nor the token names the user."""
        if self.details is not None:
            return self.details.user.username
        return self.login.user or user_in(self.login.token)

    # ---- logging in

    def begin(self, config: Configuration) -> Steps:
        """Use the token that the login has, or log in with user and password."""
        login = self.login
        if not login.token and not login.password:  # unpickled: a pickle holds no secrets
            login = self.login = found_again(login)
        if not login.token:
            yield from self._log_in(config)
            return
        if isinstance(login.token, TemporaryToken):
            assert self.client is not None
            *before, log = self.client.policies  # after the redirects, as a hop may lead to another server
            self.client.policies = (*before, sending(login.token), log)
            return
        config.api_key[AUTHORIZATION] = login.token
        self._life = life_of(login.token, fresh=False)
        if login.user:  # without a user, no password could be looked up when the token ends
            config.refresh_access_token = self

    def _log_in(self, config: Configuration) -> Steps:
        with explained():
            challenge = yield from self._first_step(config)
        if challenge is not None:
            self._needs_second = True
            yield from self._second_step(challenge, config)

    def _first_step(self, config: Configuration) -> Generator[Call | Ask, Any, Challenge | None]:
        """Send user and password. Return the server's challenge, or None if it opened the session."""
        user, password = self.login.user, Secret(self.login.password)
        try:
            answer: Answer = yield Call(SIMPLE, {"user_login": user, "password": password.value})
        except ApiException as error:
            if (challenge := challenge_in(error.body or "")) is None:
                raise
            return challenge
        if (challenge := challenge_in(answer.body)) is None:
            self.accept(answer.details, config)
        return challenge

    def _second_step(self, challenge: Challenge, config: Configuration) -> Steps:
        """Send a code of the second factor."""
        code: Secret[str] = yield Ask(self._second.source)
        try:
            answer: Answer = yield Call(*second_step(challenge, code))
        except ApiException as error:
            conceal(error, Mask([code.value, challenge.token, *challenge.tokens.values()]))
            if isinstance(error, REFUSALS):
                error.hint = HINT
            raise
        self.accept(answer.details, config)

    def accept(self, details: models.SessionDetails, config: Configuration) -> None:
        """Use a session that the server has opened."""
        self.details, self.session_id = details, details.session_id
        self._life = life_of(details.access_token, fresh=True)
        config.api_key[AUTHORIZATION] = details.access_token
        config.refresh_access_token = self

    def confirm(self, details: models.SessionDetails, config: Configuration) -> None:
        """Use the session that the server may have opened after a second factor was set up."""
        self._needs_second = True
        if details.access_token and details.session_id:
            self.accept(details, config)

    # ---- staying logged in

    def due(self, config: Configuration) -> bool:
        """Return whether the session's token ends soon; False for a token that is not the session's."""
        life = self._life
        return time.monotonic() >= life.due and config.api_key.get(AUTHORIZATION) == life.token

    def __call__(self, config: Configuration) -> bool:
        """Log in again and store the new token. The client calls this hook.

        Raises:
            MfaRequired: the server asks for a second factor, and no unused code is available.
            ApiException: the login failed.
        """
        assert self.client is not None
        early = self._life.due <= time.monotonic() < self._life.ends
        try:
            drive(self._again(config), self)
        except CredentialsError as error:
            lacks_code = isinstance(error, MfaRequired)
            self._life = self._life._replace(due=self._life.ends if early and lacks_code else math.inf)
            if lacks_code and not early:
                raise
            return False
        except ApiException as error:
            passing = isinstance(error, (ApiTransportError, ApiServerError, ApiRateLimited))
            # a refusal will not change, and each further attempt may lock the account
            self._life = self._life._replace(due=time.monotonic() + PAUSE if passing else math.inf)
            raise
        return True

    def _again(self, config: Configuration) -> Steps:
        login = self.login
        if not login.password:
            found = found_again(login)
            if not found.password:
                raise CredentialsError("no password was found for logging in again", ("password",))
            self.login = login._replace(password=found.password)
        if self._needs_second and self.session_id:  # the session id may count for both factors
            try:
                answer: Answer = yield Call(CONVERT, {"session_id": self.session_id})
            except ApiStatusError:
                pass
            else:
                self.accept(answer.details, config)
                return
        yield from self._log_in(config)


def found_again(login: Login) -> Login:
    """Return the same login with its secrets, from environment, profile or keyring.

    Raises `CredentialsError` if the secrets are not found.
    """
    return resolve(login.host, login.data_view, login.user or None, system=login.system)


@contextmanager
def explained() -> Generator[None]:
    """Give login errors hints about credentials instead of the general hints."""
    try:
        yield
    except ApiStatusError as error:
        if isinstance(error, ApiUnauthorized):
            error.hint = "Check user, password and data view."
        elif isinstance(error, ApiNotFound) or error.status == 405:  # a web server's answer outside the API
            error.hint = "Check the data view, and the host: a URL with the API's path, such as https://server/OrbitAPI."
        raise


# ---- running the steps. The frames of these functions hold passwords and codes, so errors drop the frames.


def drive(steps: Steps, of: Authentication) -> None:
    """Run the steps of a login, call by call."""
    from ..api.sessions_api import SessionsApi

    client = of.client
    assert client is not None
    section = SessionsApi(client)
    try:
        step = next(steps)
        while True:
            try:
                if isinstance(step, Ask):
                    outcome: Any = checked(_waited_for(_asked(step.source), of.loop))
                else:
                    details = getattr(section, step.method)(of.login.data_view, **step.arguments)
                    outcome = answer_of(details, client.last_response)
            except ApiException as error:
                step = steps.throw(error.with_traceback(None))
            else:
                step = steps.send(outcome)
    except StopIteration:
        return


async def drive_async(steps: Steps, of: Authentication, client: AsyncApiClient) -> None:
    """Run the steps of a login without blocking the event loop."""
    from ..aio.sessions_api import SessionsApi

    section = SessionsApi(client)
    try:
        step = next(steps)
        while True:
            try:
                if isinstance(step, Ask):
                    outcome: Any = await _asked_async(step.source, client)
                else:
                    details = await getattr(section, step.method)(of.login.data_view, **step.arguments)
                    outcome = answer_of(details, client.last_response)
            except ApiException as error:
                step = steps.throw(error.with_traceback(None))
            else:
                step = steps.send(outcome)
    except StopIteration:
        return


def answer_of(details: Any, response: RESTResponse) -> Answer:
    """Return the answer to a login, with the session typed, whatever type the operation declares."""
    text = str(response.data)
    if isinstance(details, models.SessionDetails):
        return Answer(details, text)
    session: models.SessionDetails = decode(text.encode(), "SessionDetails")
    return Answer(session, text)


def _asked(source: Callable[[], Any]) -> Any:
    """Return the code from a function."""
    try:
        return source()
    except StopIteration:  # from `iter(codes).__next__`; it would end the generator of steps
        raise MfaRequired("the function given as mfa has no more codes") from None


async def _asked_async(source: Callable[[], Any], client: AsyncApiClient) -> Secret[str]:
    code = await client.in_thread(partial(_asked, source))
    return checked(await code if inspect.isawaitable(code) else code)


def _waited_for(code: Any, loop: asyncio.AbstractEventLoop | None) -> Any:
    """Return a code; await an awaitable one in the loop of the session whose token is renewed."""
    if not inspect.isawaitable(code):
        return code
    if loop is None:
        if inspect.iscoroutine(code):
            code.close()
        raise ApiTypeError("mfa is an async function: a plain session needs a plain function")
    return asyncio.run_coroutine_threadsafe(_awaited(code), loop).result()


async def _awaited(code: Awaitable[Any]) -> Any:
    return await code

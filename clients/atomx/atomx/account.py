"""The account of a session: login and logout, the token, and its connection."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Self, cast

from .client import Configuration
from .client.models import LoginRequest, TotpRequest
from .exceptions import APIError, InvalidCredentials, LoggedOutError, TOTPRequired
from .model import as_models
from .shapes import is_dict
from .wire import LOGGED_OUT, Reply, Wire, error_text

if TYPE_CHECKING:
    from .session import Atomx


class Account:
    """The part of a session that handles the login. `atomx.Atomx` is the whole session.

    Args:
        settings: settings of the connection, with the address of the API.
        save_response: keep the metadata of the last answer in `last_response`.
        lazy: fetch attributes of models when they are read.
        relogin: log in again, once, when the token has expired.
    """

    def __init__(self, settings: Configuration, save_response: bool, lazy: bool, relogin: bool) -> None:
        self.save_response = save_response
        self.lazy = lazy
        self.relogin = relogin
        self.user: Any = None
        self.last_response: dict[str, Any] | None = None
        self._again: Callable[[], None] | None = None
        self._connect(settings)

    def _connect(self, settings: Configuration) -> None:
        settings.host = settings.host.rstrip("/")
        settings.refresh_access_token = self._refresh
        self._wire = Wire(settings)

    def _refresh(self, configuration: Configuration) -> bool:
        """Log in again because the token has expired; the runtime calls this once for all waiting threads."""
        if not self.relogin or self._again is None or configuration.access_token is None:
            return False
        self._again()
        return True

    # --- login

    @property
    def api_endpoint(self) -> str:
        """Address of the API, with a slash at the end."""
        return f"{self._wire.configuration.host}/"

    @api_endpoint.setter
    def api_endpoint(self, value: str) -> None:
        self._wire.configuration.host = value.rstrip("/")

    @property
    def auth_token(self) -> str | None:
        """The token of the session; None when logged out."""
        return self._wire.configuration.access_token

    @auth_token.setter
    def auth_token(self, value: str | None) -> None:
        self._wire.configuration.access_token = value

    @property
    def _auth_header(self) -> dict[str, str] | None:
        token = self.auth_token
        return {"Authorization": f"Bearer {token}"} if token else None

    def login(
        self,
        email: str,
        password: str,
        totp: str | Callable[[], str] | None = None,
        expiration: int | None = None,
    ) -> None:
        """Get a new token. The constructor does this already.

        Args:
            email: email address of the user.
            password: the user's password.
            totp: six-digit code of the second factor, or a function that returns one if the API asks for it.
            expiration: seconds for which the token is valid.

        Raises:
            InvalidCredentials: email, password or code is wrong.
            TOTPRequired: the account needs a code.
            APIError: the API refuses for another reason.
        """
        code = None if callable(totp) else totp
        request = LoginRequest(
            email=email, password=password, totp=str(code) if code else None, expiration=expiration or None
        )
        envelope = self._sign_in(self._wire.session.login_with_http_info, request)
        if envelope.get("totp_required"):
            answer = totp() if callable(totp) else code
            if not answer:
                raise TOTPRequired("this account needs a one-time code: pass totp=…")
            before = self.auth_token
            self.auth_token = str(envelope["auth_token"])  # valid for the second step only
            try:
                self._sign_in(self._wire.session.totp_with_http_info, TotpRequest(totp=str(answer)))
            except BaseException:
                self.auth_token = before
                raise
        # a code works once: only a login without a code, or with a function that returns one, can be repeated
        self._again = None if code else partial(self.login, email, password, totp, expiration)

    def _sign_in(self, method: Callable[..., Any], request: Any) -> dict[str, Any]:
        """Do one step of a login: keep the token and the user of its answer."""
        try:
            envelope, headers = self._wire.attempt(method, request)
        except APIError as problem:
            if problem.status == 401:
                raise InvalidCredentials(f"the API refuses the login: {problem}") from problem
            raise
        if envelope.get("success") is False or not envelope.get("auth_token"):
            raise APIError(error_text(envelope, "the answer to the login has no token"), 200)
        if not envelope.get("totp_required"):
            self.auth_token = str(envelope["auth_token"])
            user = envelope.get("user")
            self.user = as_models("User", user, cast("Atomx", self)) if is_dict(user) else None
        meta = {name: value for name, value in envelope.items() if name not in {"auth_token", "user"}}
        self._remember(Reply("user", None, {**meta, "_headers": headers}))
        return envelope

    def logout(self) -> None:
        """Forget the token and the user. No request is sent."""
        self._again = None
        self.auth_token = None
        self.user = None

    def check_login(self) -> None:
        """Check that the session has a token; models and reports call this before they send anything.

        Raises:
            LoggedOutError: the session has logged out.
        """
        if not self.auth_token:
            raise LoggedOutError(LOGGED_OUT)

    def close(self) -> None:
        """Close the connections."""
        self._wire.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.logout()
        self.close()

    def __repr__(self) -> str:
        return f"<Atomx {self.api_endpoint}{'' if self.auth_token else ' logged out'}>"

    def __getstate__(self) -> dict[str, Any]:
        """Return what other processes need: address and token, never the password."""
        settings = self._wire.configuration
        kept = {name: self.__dict__[name] for name in ("save_response", "lazy", "relogin", "user")}
        return {**kept, "host": settings.host, "token": settings.access_token}

    def __setstate__(self, state: dict[str, Any]) -> None:
        settings = Configuration(host=state.pop("host"))
        settings.access_token = state.pop("token")
        self.__dict__.update(state, last_response=None, _again=None)
        self._connect(settings)
        if self.user is not None:
            self.user.session = self

    def _remember(self, reply: Reply) -> Reply:
        if self.save_response:
            self.last_response = reply.meta
        return reply

"""OAuth 2.0 without a user present: client credentials, and a refresh token from a login.

    config = your_api.Configuration(refresh_access_token=your_api.ClientCredentials("id", "secret"))

The token is requested before the first call that needs one. It is renewed before it expires, or when the
server refuses it: once for all calls and clients of the configuration that wait for it.
"""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus, urljoin, urlsplit

from .exceptions import ApiDecodeError, ApiException, ApiValueError
from .operation import Operation, Parameter
from .package import package_info
from .renewal import renewal_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .configuration import Configuration
    from .operation import OAuthFlow


class TokenSource:
    """A source of access tokens from a token endpoint; a value for `Configuration.refresh_access_token`.

    Args:
        client_id, client_secret: the credentials that the API's owner has issued for this program.
        token_url: address of the token endpoint; None: the address in the API's document.
        scopes: scopes of the token; None: the server's default.
        in_body: send id and secret as fields of the form, for servers that refuse HTTP basic authentication.
        extra: more fields of the form, such as `audience`.
    """

    flows: tuple[str, ...] = ()
    grant = ""

    def __init__(
        self,
        client_id: str,
        client_secret: str = "",
        *,
        token_url: str | None = None,
        scopes: Iterable[str] | None = None,
        in_body: bool = False,
        **extra: str,
    ) -> None:
        self.client_id = client_id
        self._secret: Callable[[], str] = lambda: client_secret
        self.token_url = token_url
        self.scopes = None if scopes is None else tuple(scopes)
        self.in_body = in_body
        self.extra = extra
        self.failure: ApiException | None = None
        self._ends: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.client_id!r}>"

    def due(self, config: Configuration) -> bool:
        """Return whether a new token is needed now; a token that the caller has set counts as valid."""
        token = config.access_token
        return not token or self._ends.get(token, float("inf")) <= time.monotonic()

    def __call__(self, config: Configuration) -> bool:
        """Get a token and store it in a configuration.

        Raises:
            ApiException: the token endpoint did not return a token.
            ApiValueError: the address of the token endpoint is not known, or not safe.
        """
        self.failure = None
        try:
            answer = self._ask(config)
        except ApiException as error:
            error.hint = "This is the token endpoint's answer: check client id, secret and scopes."
            self.failure = error
            raise
        token, life = answer["access_token"], answer.get("expires_in")
        self._ends = {}
        if isinstance(life, int | float | str) and str(life).replace(".", "", 1).isdigit():
            self._ends[token] = renewal_time(float(life))
        self.received(answer)
        config.access_token = token
        return True

    def received(self, answer: dict[str, Any]) -> None:
        """Store the parts of a token endpoint's answer that the next request needs."""

    def fields(self) -> dict[str, str]:
        """Return the fields of the form for this way of getting a token."""
        return {}

    def _ask(self, config: Configuration) -> dict[str, Any]:
        url = self._url(config)
        parts = urlsplit(url)
        form = {"grant_type": self.grant, **self.fields(), **self.extra}
        if self.scopes is not None:
            form["scope"] = " ".join(self.scopes)
        headers: dict[str, str] = {}
        secret = self._secret()
        if secret and not self.in_body:
            import base64

            pair = f"{quote_plus(self.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self.client_id, **({"client_secret": secret} if secret else {})}
        operation = Operation(
            "token endpoint", "POST", parts.path + (f"?{parts.query}" if parts.query else ""),
            parameters=tuple(Parameter(name, name, "form") for name in form),
            responses={2: "object"}, consumes=("application/x-www-form-urlencoded",),
            produces=("application/json",), idempotent=True,
        )  # fmt: skip
        own = copy.deepcopy(config)
        own.refresh_access_token = own.access_token = None
        from .client import ApiClient

        with ApiClient(own) as client:
            answer = client.call(
                operation, list(form.values()), {"_headers": headers}, host=f"{parts.scheme}://{parts.netloc}"
            )
        found = cast("dict[str, Any]", answer if isinstance(answer, dict) else {})
        if not isinstance(found.get("access_token"), str):
            raise ApiDecodeError(200, "the token endpoint's answer has no access_token")
        return found

    def _url(self, config: Configuration) -> str:
        url = self.token_url or self._declared()
        if not url:
            raise ApiValueError("the API's document names no token endpoint: give token_url")
        url = urljoin(config.host.rstrip("/") + "/", url)
        parts, host = urlsplit(url), urlsplit(config.host)
        local = (parts.hostname or "") in ("localhost", "::1") or (parts.hostname or "").startswith("127.")
        same = (parts.scheme, parts.netloc) == (host.scheme, host.netloc)
        if parts.scheme != "https" and not (parts.scheme == "http" and (local or same)):
            raise ApiValueError(
                f"the token endpoint is not an https address: {parts.scheme}://{parts.netloc}"
            )
        return url

    def _declared(self) -> str:
        """Return the address in the API's document for this way of getting a token."""
        for scheme in package_info().security.values():
            for flow in scheme.flows:
                if not self.flows or flow.name in self.flows:
                    return self.address(flow)
        return ""

    def address(self, flow: OAuthFlow) -> str:
        """Return the endpoint of a flow."""
        return flow.token_url


class ClientCredentials(TokenSource):
    """A source of tokens for a program that acts on its own behalf (RFC 6749, section 4.4)."""

    flows = ("clientCredentials",)
    grant = "client_credentials"


class RefreshToken(TokenSource):
    """A source of tokens from the refresh token of a user's login (RFC 6749, section 6).

    Args:
        refresh_token: the refresh token; the server may replace it.
        client_id, client_secret, token_url, scopes, in_body, extra: as for `TokenSource`.
        on_refresh_token: called with each new refresh token, to store it for the next run.
    """

    grant = "refresh_token"

    def __init__(
        self,
        refresh_token: str,
        client_id: str,
        client_secret: str = "",
        *,
        on_refresh_token: Callable[[str], object] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(client_id, client_secret, **more)
        self._token: Callable[[], str] = lambda: refresh_token
        self._told = on_refresh_token

    def fields(self) -> dict[str, str]:
        """Return the refresh token as a field of the form."""
        return {"refresh_token": self._token()}

    def received(self, answer: dict[str, Any]) -> None:
        """Store a new refresh token in place of the one that was sent."""
        found = answer.get("refresh_token")
        if isinstance(found, str) and found and found != self._token():
            self._token = lambda: found
            if self._told is not None:
                self._told(found)

    def address(self, flow: OAuthFlow) -> str:
        """Return the endpoint that renews tokens; it is the token endpoint if the flow names none."""
        return flow.refresh_url or flow.token_url

"""Temporary tokens: each opens one resource for some minutes, for a person who has no login.

token = session.temporary_token("/{dataViewName}/TemporaryFiles/report")
token.url                                         # for a browser
aa.login(host, data_view, token=token)            # for a program
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from .. import models
from .._runtime.exceptions import ApiValueError

if TYPE_CHECKING:
    from .._runtime.budget import Call
    from .._runtime.policies import Onward, Policy, Steps
    from .._runtime.request import Request

FIELD = "temporaryToken"
"""The field of the query that carries a temporary token."""


class TemporaryToken(str):
    """A temporary token, as text. It opens its resource for anyone, so it is not shown.

    Args:
        text: the token.
        host: base URL of the API.
        resource_path: the path of the resource, below the host.
        expires: when the token ends; None if that is not known.
    """

    host: str
    resource_path: str
    expires: dt.datetime | None

    def __new__(
        cls, text: str, *, host: str = "", resource_path: str = "", expires: dt.datetime | None = None
    ) -> Self:
        made = super().__new__(cls, text)
        made.host, made.resource_path, made.expires = host, resource_path, expires
        return made

    @property
    def url(self) -> str:
        """The address that opens the resource without a login. Keep it as you would a password.

        Raises:
            ValueError: the token was made from a bare text, without host and path.
        """
        if not self.host or not self.resource_path:
            raise ApiValueError("the token has no url: it was made without host and resource_path")
        path = quote(self.resource_path, safe="/")
        return f"{self.host.rstrip('/')}/{path.lstrip('/')}?{FIELD}={quote(self, safe='')}"

    def __repr__(self) -> str:
        ends = f", ends {self.expires:%Y-%m-%d %H:%M}" if self.expires else ""
        return f"<temporary token for {self.resource_path or 'one resource'}{ends}>"

    def __getnewargs_ex__(self) -> Any:
        more = {"host": self.host, "resource_path": self.resource_path, "expires": self.expires}
        return (str.__str__(self),), more


def path_of(resource_path: str, filled: Mapping[str, str]) -> str:
    """Return the path of a resource with data view and system filled in.

    Args:
        resource_path: the path, below the host.
        filled: the values of names in braces.

    Raises:
        ApiValueError: `resource_path` is not a path below the host.
    """
    path = resource_path
    for name, value in filled.items():
        path = path.replace(f"{{{name}}}", value)
    if not path.startswith("/") or path.startswith("//") or "{" in path or "?" in path:
        raise ApiValueError(
            f"a resource path begins with one slash and has no query: "
            f"/{{dataViewName}}/TemporaryFiles/ID, not {resource_path!r}"
        )
    return path


def token_of(made: models.TemporaryAccessToken, host: str, resource_path: str) -> TemporaryToken:
    """Return the token that a server has made."""
    path = made.resource_path or resource_path
    return TemporaryToken(made.access_token, host=host, resource_path=path, expires=made.expiry)


def sending(token: str) -> Policy:
    """Return the policy that sends a temporary token in place of an access token."""

    def policy(call: Call, request: Request, onward: Onward) -> Steps:
        if not request.secure:  # also after a redirect to another origin
            return (yield from onward(request))
        call.sent.append(token)
        mark = "&" if "?" in request.target else "?"
        target = f"{request.target}{mark}{FIELD}={quote(token, safe='')}"
        return (yield from onward(request.copy(target=target)))

    return policy

"""Read the claims of an access token, decide when to renew it, and write a live session as text.

Servers issue JSON Web Tokens that last for about five minutes. Their claims are read, never trusted: only the
server checks the signature. A token that can't be read counts as a token without an end.
"""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from .._runtime.configuration import Configuration
from .._runtime.exceptions import ApiValueError
from .._runtime.renewal import renewal_time
from .credentials import Login

AUTHORIZATION = "Authorization"
MAX_TOKEN = 64 * 1024
"""Characters of the longest token that is read."""


class Life(NamedTuple):
    """How long a token lasts, on the monotonic clock.

    Args:
        token: the token; not shown.
        due: when it should be renewed.
        ends: when the server stops accepting it.
    """

    token: str = ""
    due: float = math.inf
    ends: float = math.inf

    def __repr__(self) -> str:
        return f"<Life of a token: due {self.due:.0f}, ends {self.ends:.0f}>"


def claims_of(token: str) -> Mapping[str, Any]:
    """Return the claims of a JSON Web Token, unverified; an empty mapping if the text can't be read."""
    parts = token.split(".") if len(token) <= MAX_TOKEN else []
    if len(parts) != 3:
        return {}
    try:
        content: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):  # not base64, not UTF-8, not JSON, too deep, too many digits
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def life_of(token: str, *, fresh: bool) -> Life:
    """Return how long a token lasts.

    The clocks of server and client may differ. A token that was issued just now lasts for the time from `iat`
    (or `nbf`) to `exp`, or for the time to `exp` by the client's clock if that is shorter.

    Args:
        token: the token.
        fresh: whether the server has issued it just now.
    """
    claims = claims_of(token)
    end = _moment(claims, "exp")
    if end is None:
        return Life(token)
    begin = _moment(claims, "iat") or _moment(claims, "nbf")
    left = end - time.time()
    if fresh:
        lengths = [each for each in (left, end - begin if begin else 0.0) if each > 0]
        if not lengths:
            return Life(token)
        left = min(lengths)
    now = time.monotonic()
    return Life(token, renewal_time(max(left, 0.0)), now + max(left, 0.0))


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a claim that is a time, in seconds since 1970; None if it is not a time."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        moment = float(value)
    except OverflowError:
        return None
    return moment if math.isfinite(moment) and moment > 0 else None


def user_in(token: str) -> str:
    """Return the user that a token names; an empty text if it names none."""
    subject = claims_of(token).get("sub")
    return subject.rpartition("\\")[2] if isinstance(subject, str) else ""


def token_of_login(login: Login, configuration: Configuration) -> str:
    """Return a live session as JSON text.

    Raises:
        ApiValueError: the session has no access token.
    """
    if AUTHORIZATION not in configuration.api_key:
        raise ApiValueError("a session with a temporary token can't be handed on: hand on the token itself")
    fields = {"host": login.host, "data_view": login.data_view, "system": login.system, "user": login.user}
    token = str(configuration.api_key[AUTHORIZATION])
    return json.dumps({"kind": "apteco-api session", "version": 1, **fields, "token": token})


def login_of_token(text: str) -> Login:
    """Return the login that the text of `to_token` holds. Raises `ApiValueError` for any other text."""
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
        raise ApiValueError("the text is not a session token: it must come from to_token()") from None
    return login

"""ExternalLogin: log in through the identity provider, by SAML.

A browser goes to Login, from there to the provider's page, and then to the requested address, with a login
token in the parameter `token`. `Sessions_CreateSessionFromLoginToken` takes this token. A cookie ties the
login to the browser that began it, so that an attacker can't log a browser in with the answer to another
login.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from .. import clock, passwords
from ..call import Answer, Call, handles
from ..identity import pages, saml
from ..problem import Problem, refused
from ..settings import BASE_PATH
from ..store import Row

_PENDING = "saml-request"
_SECONDS = 600.0
_TOKEN_SECONDS = 60.0
_HOME = f"{BASE_PATH}/swagger/ui/index.html"
_PATH = f"{BASE_PATH}/ExternalLogin"
_LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")


@handles("ExternalLogin_Login")
def login(call: Call) -> Answer:
    """Send the browser to the identity provider."""
    target = call.query.get("returnUrl") or _HOME
    _require_local(target)
    moment, number, browser = clock.now(), saml.new_id(), secrets.token_urlsafe(24)
    with call.world.store.write() as writer:
        for old in call.world.store.rows(_PENDING, lambda row: row["expires"] <= moment):
            writer.delete(_PENDING, old["id"])
        row = {"id": number, "returnUrl": target, "browser": passwords.fingerprint(browser)}
        writer.put(_PENDING, {**row, "expires": clock.later(_SECONDS)})
    message = saml.authentication_request(number)
    where = f"{pages.SIGN_IN}?{saml.to_query(call.world.identity.secret, 'SAMLRequest', message)}"
    return _redirect(where, _cookie(number, browser, _SECONDS))


@handles("ExternalLogin_AssertionConsumerService")
def consume(call: Call) -> Answer:
    """Read the provider's answer about who has signed in, and send the browser back with a login token."""
    form = dict(parse_qsl(call.content.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        said = saml.read_login_response(saml.from_form(call.world.identity.secret, form))
    except saml.NotGenuine as error:
        raise refused(f"This is not an answer of the identity provider: {error}.") from None
    good = said.audience == saml.SERVICE and said.recipient == saml.CONSUMER and said.expires > clock.now()
    pending = _take(call, said.request) if good else None
    if pending is None:
        raise refused(
            "The answer is not to a login that this browser has begun in the last minutes, or has been used."
        )
    try:
        token = call.world.access.issue_login_token(said.username, _TOKEN_SECONDS)
    except ValueError as error:
        raise Problem(403, f"The login failed: {error}.") from None
    return _redirect(_with_token(pending["returnUrl"], token), _cookie(said.request, "", 0))


@handles("ExternalLogin_SingleLogoutService")
def logout(call: Call) -> Answer:
    """End the sessions of a user who has signed out at the provider; without a request, redirect there."""
    if "SAMLRequest" not in call.given:
        return _redirect(pages.SIGN_OUT)
    secret = call.world.identity.secret
    try:
        message = saml.from_query(secret, "SAMLRequest", call.given)
        user = call.world.access.user_named(saml.read_logout_request(message))
    except saml.NotGenuine as error:
        raise refused(f"This is not a request of the identity provider: {error}.") from None
    if user is not None:
        call.world.access.end_all(user["id"])
    return _redirect(
        f"{pages.SIGN_OUT}?{saml.to_query(secret, 'SAMLResponse', saml.logout_response(message))}"
    )


def _redirect(target: str, cookie: str = "") -> Answer:
    headers = {"Location": target, "Cache-Control": "no-store"}
    return Answer(status=302, headers={**headers, "Set-Cookie": cookie} if cookie else headers)


def _cookie(number: str, value: str, seconds: float) -> str:
    """Return the cookie of one login; a browser may have several logins at a time."""
    return f"sandbox-login{number}={value}; Max-Age={seconds:.0f}; Path={_PATH}; HttpOnly; SameSite=Lax"


def _require_local(target: str) -> None:
    # a login token must not be sent to another site whose link a user has followed
    try:
        parts = urlsplit(target)
        local = parts.hostname in _LOCAL_NAMES and parts.scheme in ("http", "https")
        # browsers read two or more slashes at the start as `//host`, and a backslash as a slash
        path = target.startswith("/") and not target.startswith("//") and "\\" not in target
        good = (local or path) and target.isprintable() and target.isascii() and " " not in target
    except ValueError:
        good = False
    if not good:
        raise refused("returnUrl is a path, or an http address on this machine.", returnUrl=target[:200])


def _take(call: Call, number: str) -> Row | None:
    """Remove and return the login with a request's id; None unless this browser began it."""
    browser = passwords.fingerprint(call.cookies.get(f"sandbox-login{number}", ""))
    with call.world.store.write() as writer:
        row = writer.get(_PENDING, number)
        if row is None or not hmac.compare_digest(row.get("browser", ""), browser):
            return None
        writer.delete(_PENDING, number)
    return row if row["expires"] > clock.now() else None


def _with_token(target: str, token: str) -> str:
    parts = urlsplit(target)
    query = "&".join(part for part in (parts.query, urlencode({"token": token})) if part)
    return urlunsplit(parts._replace(query=query))

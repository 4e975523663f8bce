"""The identity provider's pages for signing in and signing out."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import OrderedDict
from html import escape
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..access import Access
from ..store import Row
from . import saml

PREFIX = "/identity-provider/"
SIGN_IN, SIGN_OUT = f"{PREFIX}sign-in", f"{PREFIX}sign-out"

_COOKIE = "sandbox-identity"
_SIGNED_IN = 1000
_SUBMIT = "document.forms[0].submit()"
_HASH = base64.b64encode(hashlib.sha256(_SUBMIT.encode()).digest()).decode()
# browsers also check this against the redirect that answers the last form, to the page where the login began
_HOSTS = "'self' http://127.0.0.1:* http://localhost:* https://127.0.0.1:* https://localhost:*"
_POLICY = f"default-src 'none'; script-src 'sha256-{_HASH}'; form-action {_HOSTS}; frame-ancestors 'none'"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>{text}</p>
<form method="post" action="{action}">
{fields}
<button>{button}</button>
</form>
{script}
</body>
</html>
"""


class Provider:
    """An identity provider: it signs users in on its own pages, and tells the API who they are.

    Attributes:
        secret: the key that signs the messages between provider and API.
    """

    def __init__(self, access: Access) -> None:
        self.secret = secrets.token_bytes(32)
        self._access = access
        self._signed_in: OrderedDict[str, int] = OrderedDict()

    def respond(self, method: str, path: str, query: str, cookie: str, body: bytes) -> Response:
        """Return the answer to a browser."""
        given = dict(parse_qsl(query, keep_blank_values=True))
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        token = _token(cookie)
        if (method, path) == ("GET", SIGN_IN):
            return self._ask(given, self._user(token))
        if (method, path) == ("POST", SIGN_IN):
            return self._sign_in(form, token)
        if (method, path) == ("GET", SIGN_OUT):
            return self._signed_out(given, self._user(token))
        if (method, path) == ("POST", SIGN_OUT):
            return self._sign_out(token)
        return _page("Not found", "The identity provider has no such page.", SIGN_OUT, "Sign out", status=404)

    def _ask(self, given: dict[str, str], user: Row | None, text: str = "", status: int = 200) -> Response:
        try:
            saml.from_query(self.secret, "SAMLRequest", given)
        except saml.NotGenuine as error:
            return _page(
                "Sign in", f"This is not a request of the API: {error}.", SIGN_OUT, "Sign out", status=400
            )
        names = ("SAMLRequest", "RelayState", "SigAlg", "Signature")
        hidden = "\n".join(_hidden(name, given.get(name, "")) for name in names)
        if user:
            return _page("Sign in", f"Go on as {user['username']}?", SIGN_IN, "Go on", hidden)
        asked = [hidden, '<label>User <input name="username" autofocus required></label>']
        asked.append('<label>Password <input name="password" type="password" required></label>')
        text = text or "Use an account of the sandbox."
        return _page("Sign in", text, SIGN_IN, "Sign in", "\n".join(asked), status)

    def _sign_in(self, form: dict[str, str], token: str) -> Response:
        user = self._user(token)
        if user is None:
            user = self._access.user_with(form.get("username", ""), form.get("password", ""))
            if user is None:
                return self._ask(
                    form, None, "Username or password is wrong, or the account is disabled.", 401
                )
            token = secrets.token_urlsafe(24)
        try:
            request = saml.from_query(self.secret, "SAMLRequest", form)
        except saml.NotGenuine:
            return self._ask(form, user)
        self._signed_in[token] = user["id"]
        while len(self._signed_in) > _SIGNED_IN:
            self._signed_in.popitem(last=False)
        answer = saml.login_response(saml.message_id(request), user["username"])
        fields = saml.to_form(self.secret, answer, form.get("RelayState", ""))
        hidden = "\n".join(_hidden(name, value) for name, value in fields.items())
        page = _page("Signed in", "Back to where you came from.", saml.CONSUMER, "Go on", hidden, submit=True)
        page.set_cookie(_COOKIE, token, path=PREFIX, httponly=True, samesite="lax")
        return page

    def _signed_out(self, given: dict[str, str], user: Row | None) -> Response:
        if "SAMLResponse" in given or user is None:
            return _page("Signed out", "You are signed out, and so is the API.", SIGN_OUT, "Sign out again")
        return _page("Sign out", f"You are signed in as {user['username']}.", SIGN_OUT, "Sign out")

    def _sign_out(self, token: str) -> Response:
        user = self._user(token)
        self._signed_in.pop(token, None)
        if user is None:
            return self._signed_out({}, None)
        query = saml.to_query(self.secret, "SAMLRequest", saml.logout_request(user["username"]))
        response = RedirectResponse(f"/OrbitAPI/ExternalLogin/SingleLogoutService?{query}", 303)
        response.delete_cookie(_COOKIE, path=PREFIX)
        return response

    def _user(self, token: str) -> Row | None:
        return self._access.active_user(self._signed_in.get(token))


def _token(cookie: str) -> str:
    try:
        morsel = SimpleCookie(cookie).get(_COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _page(
    title: str,
    text: str,
    action: str,
    button: str,
    fields: str = "",
    status: int = 200,
    *,
    submit: bool = False,
) -> Response:
    script = f"<script>{_SUBMIT}</script>" if submit else ""
    values = {"title": title, "text": escape(text), "action": action, "button": button}
    body = _PAGE.format(**values, fields=fields, script=script)
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(body, status, headers)

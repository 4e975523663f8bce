"""Sessions: log in, look at sessions, log out."""

from __future__ import annotations

from typing import Any

from ..call import Answer, Call, handles
from ..free_form import find
from ..listing import page
from ..problem import forbidden, missing, refused
from ..store import Row


@handles("Sessions_CreateLoginParameters")
def login_parameters(call: Call) -> Row:
    """Return salts and hash method for a salted login."""
    return call.world.access.login_parameters(call.body.get("Username") or call.body.get("userName", ""))


@handles("Sessions_CreateSessionSalted")
def login_salted(call: Call) -> Row:
    """Log in with the answer to a login salt."""
    form = call.body
    access = call.world.access
    return access.login_salted(form["Username"], form["LoginSalt"], form["PasswordHash"], _client(call))


@handles("Sessions_CreateSessionSimple")
def login_simple(call: Call) -> Row:
    """Log in with username and password."""
    return call.world.access.login(call.body["UserLogin"], call.body["Password"], _client(call))


@handles("Sessions_CreateSessionFromLoginToken")
def login_token(call: Call) -> Row:
    """Log in with a login token."""
    return call.world.access.login_token(call.body["token"], call.body.get("clientType", ""))


@handles("Sessions_ConvertSessionToAccessToken")
def convert(call: Call) -> Row:
    """Open a session for a caller who has a session id."""
    return call.world.access.convert(call.body["SessionId"], _client(call))


@handles("Sessions_GetSessionDetailsList")
def sessions(call: Call) -> Answer:
    """List the open sessions."""
    return page(call, (_details(call, session) for session in call.world.access.open_sessions()))


@handles("Sessions_GetSessionDetails")
def session(call: Call) -> Row:
    """Return a session: the caller's own, or any for an administrator."""
    return _details(call, _visible(call))


@handles("Sessions_LogoutSession")
def logout(call: Call) -> None:
    """End a session."""
    call.world.access.end(_visible(call))


@handles("Sessions_ValidSession")
def is_valid(call: Call) -> None:
    """Answer 200 if the session with this id is open; 404 if it has ended."""
    _visible(call)


@handles("Sessions_VerifyTotp")
def verify_totp(call: Call) -> Row:
    """Exchange the session of a login and a code of the authenticator for a full session."""
    access, (session, user) = call.world.access, _login(call)
    right = access.second_factors.is_code(user, _code(call))
    return access.complete(session, user, right, "")


@handles("Sessions_VerifyRecoveryCode")
def verify_recovery_code(call: Call) -> Row:
    """Exchange the session of a login and a recovery code for a full session."""
    access, (session, user) = call.world.access, _login(call)
    right = access.second_factors.use_recovery_code(user, _code(call))
    return access.complete(session, user, right, "")


@handles("Sessions_CreateTotpSetup")
def set_up_totp(call: Call) -> Row:
    """Return a new secret for the caller's authenticator; it becomes valid when a code of it is verified."""
    if call.session["waits"]:
        raise forbidden("Verify a code of the present authenticator before you set up another.")
    return call.world.access.second_factors.begin(call.user, f"Apteco {call.world.settings.data_view}")


@handles("Sessions_VerifyTotpSetup")
def verify_totp_setup(call: Call) -> Row:
    """Make the new authenticator a requirement for logins, and return a full session."""
    access = call.world.access
    right = access.second_factors.confirm(call.user, _code(call))
    return access.complete(call.session, call.user, right, "")


def _login(call: Call) -> tuple[Row, Row]:
    """Return session and user of the login that a code completes.

    Its access token is in the Authorization header or, as `accessToken`, in the body.
    """
    token = find(call, "accessToken")
    authorization = call.authorization or (f"Bearer {token}" if isinstance(token, str) else "")
    return call.world.access.session_of(authorization, call.operation)


def _code(call: Call) -> str:
    """Return the code in the body. The vendor documents no name for it, so several names are accepted."""
    names = ("code", "totpCode", "totp", "recoveryCode", "verificationCode")
    code = find(call, *names)
    if not isinstance(code, str) or not code:
        raise refused('The body has no code; send {"code": "123456"}.', where="code")
    return code


def _visible(call: Call) -> Row:
    wanted: str = call.path["sessionId"]
    found = next((s for s in call.world.access.open_sessions() if s["id"] == wanted), None)
    if found is None or (found["userId"] != call.user["id"] and not call.is_administrator):
        raise missing("open session", wanted)
    return found


def _details(call: Call, session: Row) -> dict[str, Any]:
    return {"sessionId": session["id"], "user": call.find("user", session["userId"])}


def _client(call: Call) -> str:
    client: str = call.body.get("ClientType", "")
    return client

"""Logins: passwords, one-time codes and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import time

from .failure import Failure, unauthorized
from .seed import TOTP_SECRET
from .store import Row, Store

LIFETIME = 86400  # seconds that a token is valid by default
INTERIM_LIFETIME = 300  # time limit of the second step in seconds


def totp(secret: str = TOTP_SECRET, at: float | None = None) -> str:
    """Return the six-digit code of a moment (RFC 6238, 30 seconds a step); ``at`` is now by default."""
    step = int(time.time() if at is None else at) // 30
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    place = digest[-1] & 15
    return str((struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6).zfill(6)


def code_is_right(code: object) -> bool:
    """Return whether a code is the current or the previous one."""
    now = time.time()
    return any(hmac.compare_digest(str(code).encode(), totp(at=now - age).encode()) for age in (0, 30))


def login(store: Store, body: Row) -> Row:
    """Answer a login: a token and the user, or the request for a one-time code."""
    found = store.sql.execute(
        "SELECT user, password, totp FROM login WHERE email = ?", (str(body.get("email")),)
    ).fetchone()
    if found is None or not hmac.compare_digest(str(body.get("password")).encode(), str(found[1]).encode()):
        raise unauthorized()
    user, _, second = found
    if second == "login" and not code_is_right(body.get("totp")):
        raise unauthorized()
    lifetime = body.get("expiration") or LIFETIME
    if not isinstance(lifetime, int):
        raise Failure(400, "expiration must be a number of seconds")
    if second == "step":
        token = new_token(store, user, INTERIM_LIFETIME, interim=True)
        return {
            "auth_token": token,
            "resource": "auth_token",
            "totp_required": True,
            "message": "code needed",
        }
    return logged_in(store, user, lifetime)


def second_step(store: Store, token: str, body: Row) -> Row:
    """Answer the one-time code that follows a login."""
    user = user_of(store, token, interim=True)
    if user is None or not code_is_right(body.get("totp")):
        raise unauthorized()
    store.sql.execute("DELETE FROM token WHERE token = ?", (token,))
    return logged_in(store, user["id"], LIFETIME)


def logged_in(store: Store, user: int, lifetime: int) -> Row:
    """Return the answer to a login that succeeded."""
    row = store.one("user", user) or {}
    token = new_token(store, user, lifetime)
    return {
        "auth_token": token,
        "resource": "auth_token",
        "user": row,
        "totp_required": False,
        "message": "welcome",
    }


def new_token(store: Store, user: int, lifetime: int, interim: bool = False) -> str:
    """Make a token."""
    token = secrets.token_hex(20)
    store.sql.execute(
        "INSERT INTO token VALUES (?, ?, ?, ?)", (token, user, time.time() + lifetime, int(interim))
    )
    return token


def user_of(store: Store, token: str, interim: bool = False) -> Row | None:
    """Return the user of a valid token, or None."""
    found = store.sql.execute(
        "SELECT user FROM token WHERE token = ? AND expires > ? AND interim = ?",
        (token, time.time(), int(interim)),
    ).fetchone()
    return store.one("user", found[0]) if found else None

"""Identify the caller: logins, sessions and users."""

from __future__ import annotations

import base64
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from typing import Any

import msgspec

from . import clock, passwords
from .call import ADMINISTRATOR, Call
from .mfa import SecondFactors
from .problem import Problem, forbidden, refused
from .settings import Settings
from .spec import Operation
from .store import Row, Store, Writer

LICENCE = {
    "audienceSelection": True,
    "audiencePreview": True,
    "export": True,
    "advancedQuery": True,
    "cube": True,
    "profile": True,
    "dashboards": True,
    "dashboardsPareto": True,
}
_MORE_ROLES = ("PackageServiceLogs",)
"""Further roles of administrators, besides OrbitAdmin."""
_LOGIN_SALTS = 1000
_SALT_SECONDS = 300.0
_STEP_SECONDS = 300.0
"""Seconds for which the session of a login waits for its second factor."""
_MOST_WRONG_CODES = 5
_TEMPORARY_SECONDS = 300.0
_TOKEN_SECONDS = 300.0
"""The `exp` of an access token if the settings have no lifetime."""


class Access:
    """Logins and their sessions. Only a fingerprint of a session's token is stored."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.second_factors = SecondFactors(store)
        self._secret = _secret_of(store)
        # tokens are found by their fingerprints, so a new key after a restart ends no session
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._salts: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._tokens: dict[str, str] = {row["token"]: row["id"] for row in store.rows("session")}

    def user_named(self, username: str) -> Row | None:
        """Return the user with this name, in any case."""
        wanted = username.lower()
        return next((u for u in self._store.rows("user") if u["username"].lower() == wanted), None)

    def user_logging_in(self, name: str) -> Row | None:
        """Return the user with this name, or else the only one with this email address, in any case."""
        found = self.user_named(name)
        return self.user_with_email(name) if found is None and "@" in name else found

    def user_with_email(self, email: str) -> Row | None:
        """Return the only user with this email address, in any case."""
        wanted = email.lower()
        same = self._store.rows("user", lambda row: (row["emailAddress"] or "").lower() == wanted)
        return same[0] if len(same) == 1 else None

    def session_of(self, authorization: str | None, operation: Operation) -> tuple[Row, Row]:
        """Return session and user of an Authorization header; raise 401 if it does not allow `operation`."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorized("Log in first and send 'Authorization: Bearer' with the access token.")
        session = self._store.get("session", self._tokens.get(passwords.fingerprint(token.strip())))
        if session is None or session["expires"] <= clock.now():
            raise unauthorized("The access token is wrong, or its session has ended.")
        if (session.get("tokenExpires") or session["expires"]) <= clock.now():
            raise unauthorized("The access token has expired. Log in again, or convert the session's id.")
        if session.get("waits") and not operation.is_login_step:
            raise unauthorized(
                "The login lacks its second factor: send a code to Sessions/Mfa/Totp/Verify or"
                " Sessions/Mfa/RecoveryCode/Verify first.",
                mfa="required",
            )
        user = self._store.get("user", session["userId"])
        if user is None or user["userDisabledDate"]:
            raise unauthorized("The account behind the access token is disabled.")
        return session, user

    def active_user(self, user_id: int | None) -> Row | None:
        """Return the user with this id, None if it does not exist or the account is disabled."""
        user = self._store.get("user", user_id)
        return user if user and not user["userDisabledDate"] else None

    def user_with(self, username: str, password: str) -> Row | None:
        """Return the user with this name or email address and password; None for a disabled account."""
        user = self.user_logging_in(username)
        stored = self._store.get("credential", user["id"]) if user else None
        right = passwords.matches(stored, password)
        return self.active_user(user["id"]) if user and right else None

    def login(self, username: str, password: str, client: str) -> Row:
        """Return a new session for a username and a password."""
        return self._open(self.user_with(username, password), client)

    def login_parameters(self, username: str) -> dict[str, Any]:
        """Return the salts and the hash method for a salted login.

        A login salt is valid for one login and for five minutes.
        """
        user = self.user_logging_in(username)
        stored = self._store.get("credential", user["id"]) if user else None
        salt = secrets.token_hex(16)
        with self._lock:
            self._salts[salt] = (username.lower(), clock.later(_SALT_SECONDS))
            while len(self._salts) > _LOGIN_SALTS:
                self._salts.popitem(last=False)
        return {
            "loginSalt": salt,
            "saltPassword": True,
            "userSalt": stored["userSalt"] if stored else passwords.decoy_salt(self._secret, username),
            "usePasswordHashes": True,
            "hashAlgorithm": "SHA512",
        }

    def login_salted(self, username: str, login_salt: str, answer: str, client: str) -> Row:
        """Return a new session for the answer to a login salt."""
        with self._lock:
            asked_by, expires = self._salts.pop(login_salt, ("", ""))
        user = self.user_logging_in(username)
        stored = self._store.get("credential", user["id"]) if user else None
        good = asked_by == username.lower() and expires > clock.now()
        right = passwords.matches_salted(stored, login_salt, answer)
        return self._open(user if good and right else None, client)

    def issue_login_token(self, username: str, seconds: float = 300.0) -> str:
        """Return a token that opens one session for this user, as an identity provider would issue it."""
        user = self.user_named(username)
        if user is None:
            raise ValueError(f"the user {username!r} does not exist")
        token = secrets.token_urlsafe(24)
        row = {"id": passwords.fingerprint(token), "userId": user["id"], "expires": clock.later(seconds)}
        with self._store.write() as writer:
            writer.put("login-token", row)
        return token

    def login_token(self, token: str, client: str) -> Row:
        """Return a new session for a login token. A token works once."""
        key = passwords.fingerprint(token)
        with self._store.write() as writer:
            issued = writer.get("login-token", key)
            writer.delete("login-token", key)
        good = issued is not None and issued["expires"] > clock.now()
        user = self._store.get("user", issued["userId"]) if issued and good else None
        return self._open(user, client, proved=True)  # the identity provider checks a second factor

    def complete(self, session: Row, user: Row, right: bool, client: str) -> Row:
        """Return a full session in place of one that may wait for a second factor.

        A wrong code is a 400; in a login it is a 401, and after five wrong codes the login must start again.
        """
        with self._store.turn:
            if not right and not session.get("waits"):
                raise refused("The code is wrong, or it has expired or been used.", where="code")
            if not right:
                wrong = session.get("wrongCodes", 0) + 1
                with self._store.write() as writer:
                    writer.change("session", session, wrongCodes=wrong)
                if wrong >= _MOST_WRONG_CODES:
                    self.end(session)
                raise unauthorized("The code is wrong, or it has expired or been used.", mfa="required")
            self.end(session)
        return self._open(user, client or session.get("client", ""), proved=True)

    def issue_temporary_token(self, user: Row, path: str) -> Row:
        """Return a token that opens one resource for a user, for five minutes, without a session."""
        token, expiry = secrets.token_urlsafe(24), clock.later(_TEMPORARY_SECONDS)
        kept = {"userId": user["id"], "resourcePath": path, "expiry": expiry}
        with self._store.write() as writer:
            for old in self._store.rows("temporary-token", lambda row: row["expiry"] <= clock.now()):
                writer.delete("temporary-token", old["id"])
            writer.put("temporary-token", {"id": passwords.fingerprint(token), **kept})
        return {"accessToken": token, **kept}

    def user_with_temporary_token(self, token: str, path: str) -> Row:
        """Return the user for whom a temporary token opens the resource at a path; 401 if it does not."""
        row = self._store.get("temporary-token", passwords.fingerprint(token))
        if row is None or row["expiry"] <= clock.now() or not _same_path(row["resourcePath"], path):
            raise unauthorized("The temporary token is wrong or has expired, or it is for another resource.")
        user = self.active_user(row["userId"])
        if user is None:
            raise unauthorized("The account behind the temporary token is disabled.")
        return user

    def convert(self, session_id: str, client: str) -> Row:
        """Return a new session for a caller who has the id of an open session."""
        session = self._store.get("session", session_id)
        good = session is not None and session["expires"] > clock.now() and not session.get("waits")
        user = self._store.get("user", session["userId"]) if session and good else None
        return self._open(user, client, proved=True)

    def open_sessions(self) -> list[Row]:
        """Return all sessions that have neither ended nor expired."""
        moment = clock.now()
        return self._store.rows("session", lambda row: row["expires"] > moment and not row.get("waits"))

    def end(self, session: Row) -> None:
        """End a session: its token is refused from now on."""
        with self._store.write() as writer:
            writer.delete("session", session["id"])
        self._tokens.pop(session["token"], None)

    def end_all(self, user_id: int | None = None, *, but: str = "") -> None:
        """End the sessions of one user, or of all users, except the session with the id `but`."""
        with self._store.write() as writer:
            self._end_all(writer, user_id, but)

    def replace_password(self, writer: Writer, user_id: int, credential: Row, *, but: str = "") -> None:
        """Change a user's password and end the user's sessions, in a transaction.

        The session with the id `but` stays open.
        """
        writer.put("credential", {"id": user_id, **credential})
        self._end_all(writer, user_id, but)

    def _end_all(self, writer: Writer, user_id: int | None, but: str) -> None:
        for session in writer.rows("session"):
            if session["id"] != but and user_id in (None, session["userId"]):
                writer.delete("session", session["id"])
                self._tokens.pop(session["token"], None)

    def _access_token(self, session_id: str, user: Row, seconds: float, **more: str) -> str:
        """Return a JWT like those of the real service: scripts read the session's id from `jti`."""
        issued = int(time.time())
        claims = {
            "jti": session_id,
            "sub": user["username"],
            "iss": "apteco-api sandbox",
            "iat": issued,
            "nbf": issued,
            "exp": issued + int(seconds),
            **more,
        }
        parts = [_part(msgspec.json.encode(part)) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
        signature = hmac.digest(self._key, ".".join(parts).encode(), "sha256")
        return ".".join((*parts, _part(signature)))

    def _open(self, user: Row | None, client: str, *, proved: bool = False) -> Row:
        """Return a new session for a user. If a second factor is needed, it waits for it unless `proved`."""
        if user is None or user["userDisabledDate"]:
            raise unauthorized("Username or password is wrong, or the account is disabled.")
        number, moment = secrets.token_hex(16), clock.now()
        waits = self.second_factors.needed(user) and not proved
        lasts = min(self._settings.session_seconds, _STEP_SECONDS if waits else float("inf"))
        enforced = self._settings.token_seconds
        seconds = min(lasts, enforced or _TOKEN_SECONDS)
        token = self._access_token(number, user, seconds, **({"mfa": "required"} if waits else {}))
        previous = [row["timestamp"] for row in self._store.rows("login") if row["userId"] == user["id"]]
        session: Row = {
            "id": number,
            "userId": user["id"],
            "token": passwords.fingerprint(token),
            "expires": clock.later(lasts),
            "tokenExpires": clock.later(seconds if enforced else lasts),
            "waits": waits,
            "client": client,
        }
        with self._store.write() as writer:
            for old in self._store.rows("session", lambda row: row["expires"] <= moment):
                writer.delete("session", old["id"])
                self._tokens.pop(old["token"], None)
            writer.put("session", session)
            if not waits:
                login = {"userId": user["id"], "username": user["username"], "timestamp": moment}
                writer.put("login", {**login, "systemName": self._settings.system, "clientType": client})
        self._tokens[session["token"]] = session["id"]
        answer = {"accessToken": token, "sessionId": session["id"], "user": user, "licence": LICENCE}
        return {**answer, "lastLogin": previous[-1] if previous else None}


def _part(content: bytes) -> str:
    """Return a part of a JWT: base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _secret_of(store: Store) -> str:
    """Return the secret for decoy salts. It is stored, as a real user's salt also survives a restart."""
    kept = store.get("secret", "decoy")
    if kept is None:
        with store.write() as writer:
            kept = writer.put("secret", {"id": "decoy", "value": secrets.token_hex(16)})
    value: str = kept["value"]
    return value


def unauthorized(message: str, **parameters: object) -> Problem:
    """Return the 401."""
    return Problem(401, message, headers={"WWW-Authenticate": "Bearer"}, parameters=parameters)


def administrators_only(call: Call, what: str) -> None:
    """Raise 403 unless the caller is an administrator."""
    if not call.is_administrator:
        raise forbidden(f"Only an administrator may {what}.", role=ADMINISTRATOR)


def _same_path(one: str, other: str) -> bool:
    return one.strip("/").lower() == other.strip("/").lower()


def new_user(username: str, firstname: str, surname: str, email: str, *, administrator: bool = False) -> Row:
    """Return a user row without its id."""
    return {
        "username": username,
        "firstname": firstname,
        "surname": surname,
        "emailAddress": email,
        "groupId": 0,
        "teams": [],
        "userDisabledDate": None,
        "roles": [ADMINISTRATOR, *_MORE_ROLES] if administrator else [],
    }

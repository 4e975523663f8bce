"""A loopback server that logs in as today's servers do: short tokens, a second factor, its version."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qsl

import apteco_api as aa

from .lab import Seen, Server, answer

PASSWORD = "canary-5ecret-pw"
CODE, RECOVERY = "123456", "canary-rec0very-code"
USER = {"id": 7, "username": "mia", "firstname": "Mia", "surname": "F", "emailAddress": "mia@example.com"}
FLAGS = (
    "audienceSelection", "audiencePreview", "export", "advancedQuery", "cube", "profile", "dashboards",
    "dashboardsPareto",
)  # fmt: skip


def jwt(**claims: Any) -> str:
    """Return an unsigned JSON Web Token with these claims."""
    parts = [json.dumps({"alg": "HS256"}).encode(), json.dumps(claims).encode(), b"canary-signature"]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class LoginServer(Server):
    """A server that answers logins and `GET /About/Version`; every other call needs a valid token.

    Attributes:
        life: seconds that a token lasts.
        asks: how a second factor is asked for: `claim`, `member` or `refusal`; empty if it is not.
        converts: whether a session's id is exchanged for a new token.
        fails: bytes to answer a login with instead, while it is set.
        clock: seconds by which the server's clock is ahead.
        version: what the server says about itself.
        logins: how many sessions were opened.
        statuses: the statuses of all answers.
    """

    def __init__(self) -> None:
        super().__init__(self._noted)
        self.life, self.asks, self.converts, self.fails = 300.0, "", False, b""
        self.clock, self.version, self.logins = 0.0, "1.9.19.6190", 0
        self.good: dict[str, float] = {}
        self.statuses: list[int] = []

    @property
    def paths(self) -> list[str]:
        return [seen.target.partition("?")[0].removeprefix("/OrbitAPI") for seen in self.requests]

    def token(self, **more: Any) -> str:
        now = time.time() + self.clock
        number = len(self.good)
        token = jwt(jti=f"s{number}", sub="DV\\mia", iat=now, exp=now + self.life, **more)
        self.good[token] = time.monotonic() + self.life
        return token

    def end_sessions(self) -> None:
        self.good.clear()

    def _session(self) -> bytes:
        self.logins += 1
        licence = dict.fromkeys(FLAGS, True)
        body = {"accessToken": self.token(), "sessionId": f"session-{self.logins}", "user": USER}
        return answer(201, {**body, "licence": licence})

    def _noted(self, seen: Seen, number: int) -> bytes:
        reply = self._respond_to(seen, number)
        self.statuses.append(int(reply[9:12]))
        return reply

    def _respond_to(self, seen: Seen, number: int) -> bytes:
        path = seen.target.partition("?")[0].removeprefix("/OrbitAPI")
        step = path.partition("/Sessions/")[2]
        if step and self.fails:
            return self.fails
        if step == "SimpleLogin":
            form = dict(parse_qsl(seen.body.decode()))
            if form != {"UserLogin": form.get("UserLogin"), "Password": PASSWORD}:
                return answer(401, {"message": "Username or password is wrong."})
            return self._challenge() if self.asks else self._session()
        if step == "ConvertSession":
            return self._session() if self.converts else answer(401, {"message": "There is no open session."})
        if step.startswith("Mfa/"):
            return self._verified(seen, step)
        if path == "/About/Version":
            return answer(200, {"version": self.version})
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if self.good.get(token, 0.0) < time.monotonic():
            return answer(401, {"message": "The access token has ended."})
        return answer(204, content_type=None) if seen.method == "DELETE" else self.reply(seen, path)

    def reply(self, seen: Seen, path: str) -> bytes:
        """Answer a call whose token is valid."""
        return answer(200, {"name": path})

    def _challenge(self) -> bytes:
        token = self.token(mfa="required") if self.asks == "claim" else "canary-partial-token"
        self.good.setdefault(token, 0.0)
        if self.asks == "claim":
            licence = dict.fromkeys(FLAGS, True)
            body = {"accessToken": token, "sessionId": "waiting", "user": USER, "licence": licence}
            return answer(201, body)
        if self.asks == "member":
            return answer(201, {"mfaRequired": True, "mfaToken": token})
        parameters = [{"key": "mfa", "value": "required"}, {"key": "mfaToken", "value": token}]
        return answer(401, {"code": 401, "message": "A second factor is needed.", "parameters": parameters})

    def _verified(self, seen: Seen, step: str) -> bytes:
        given = json.loads(seen.body)
        bearer = seen.headers.get("authorization", "").removeprefix("Bearer ")
        known = [token for token in (bearer, given.get("mfaToken", "")) if token in self.good]
        right = {"Mfa/Totp/Verify": CODE, "Mfa/RecoveryCode/Verify": RECOVERY}.get(step)
        if not known or given.get("code", "").replace(" ", "") != right:
            return answer(401, {"message": f"The code {given.get('code')} is wrong for {known}."})
        return self._session()


def login(server: LoginServer, **more: Any) -> aa.Session:
    """Log in with retries that take no time."""
    config = aa.Configuration(backoff=0.001, timeout=10.0, trust_env=False)
    return aa.login(server.url, "DV", "mia@example.com", PASSWORD, system="s", configuration=config, **more)


def ask(session: aa.Session) -> str:
    """Make a call that needs a valid token, and return the path that the server saw."""
    name: str = session.request("GET", "/{dataViewName}/Things")["name"]
    return name


def awaited(server: LoginServer, engine: str = "threads", **more: Any) -> aa.AsyncSession:
    """Return an asynchronous session with the same settings."""
    config = aa.Configuration(backoff=0.001, timeout=10.0, trust_env=False)
    return aa.aio.login(
        server.url, "DV", "mia", PASSWORD, system="s", configuration=config, engine=engine, **more
    )

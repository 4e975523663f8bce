"""Logins with a second factor, in one step and in two."""

from __future__ import annotations

import pytest
from conftest import Answer, Request, Wire

from atomx import APIError, Atomx, InvalidCredentials
from atomx.exceptions import TOTPRequired
from atomx.sandbox import totp


def test_two_steps_with_a_code() -> None:
    with Atomx("totp@example.com", "password", totp=totp()) as session:
        assert session.get("creative", 1).id == 1
        assert session.user.name == "Two Steps"


def test_two_steps_with_a_function_that_is_asked_when_the_server_asks() -> None:
    asked: list[str] = []

    def code() -> str:
        asked.append("asked")
        return totp()

    with Atomx("totp@example.com", "password", totp=code) as session:
        assert session.user.email == "totp@example.com"
    assert asked == ["asked"]
    with Atomx("user@example.com", "password", totp=code) as session:
        assert session.auth_token
    assert asked == ["asked"]


def test_one_step_with_the_code_beside_the_password() -> None:
    with Atomx("totp-in-login@example.com", "password", totp=totp()) as session:
        assert session.get("creative", 1).id == 1


@pytest.mark.parametrize("email", ["totp@example.com", "totp-in-login@example.com"])
def test_a_wrong_code_is_a_wrong_credential(email: str) -> None:
    wrong = "000000" if totp() != "000000" else "000001"
    with pytest.raises(InvalidCredentials):
        Atomx(email, "password", totp=wrong)


@pytest.mark.parametrize("code", [None, ""])
def test_a_missing_code_is_asked_for(code: str | None) -> None:
    with pytest.raises(TOTPRequired, match="totp"):
        Atomx("totp@example.com", "password", totp=code)


def test_the_interim_token_is_used_for_the_second_step_alone(wire: Wire) -> None:
    logins: list[Request] = []

    def login(request: Request) -> Answer:
        logins.append(request)
        return 200, {
            "success": True,
            "resource": "auth_token",
            "auth_token": "interim",
            "totp_required": True,
        }

    wire.login = login
    wire.say((200, {"success": True, "resource": "auth_token", "auth_token": "final", "user": {"id": 3}}))
    session = Atomx("user@example.com", "password", totp="123456", api_endpoint=wire.url, expiration=600)
    assert "Authorization" not in logins[0].headers
    assert logins[0].json == {
        "email": "user@example.com",
        "password": "password",
        "totp": "123456",
        "expiration": 600,
    }
    assert (wire.last.target, wire.last.headers["Authorization"]) == ("/v3/totp", "Bearer interim")
    assert wire.last.json == {"totp": "123456"}
    assert session.auth_token == "final"
    wire.say((401, {"success": False, "error": "User unauthorized", "errno": 1}))
    with pytest.raises(InvalidCredentials):
        session.login("user@example.com", "password", totp="654321")
    assert session.auth_token == "final"
    session.close()


def test_other_failures_of_a_login_are_api_errors(wire: Wire) -> None:
    for answer, text in (
        ((400, {"error": "bad expiration"}), "bad expiration"),
        ((200, {"success": False, "error": "closed"}), "closed"),
        ((200, {"success": True, "resource": "auth_token"}), "no token"),
    ):
        wire.login = lambda request, answer=answer: answer  # type: ignore[misc]
        with pytest.raises(APIError, match=text):
            Atomx("user@example.com", "password", api_endpoint=wire.url)


def test_the_token_lives_as_long_as_asked(sandbox: object) -> None:
    with Atomx("user@example.com", "password", expiration=1, relogin=False) as session:
        import time

        time.sleep(1.1)
        with pytest.raises(APIError) as failed:
            session.get("creatives")
    assert failed.value.status == 401

"""The second factor of a login: codes as RFC 6238 says, sessions that wait for one, recovery codes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox, mfa, serve
from apteco_api.sandbox.problem import Problem

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = {  # RFC 6238, appendix B, SHA-1; the last six of the eight digits there
    59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
    20000000000: "353130",
}  # fmt: skip


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with serve(scale=500) as running:
        yield running


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


@pytest.mark.parametrize("moment", RFC_CODES)
def test_codes_are_those_of_the_rfc(moment: int) -> None:
    assert mfa.totp(RFC_SECRET, moment) == RFC_CODES[moment]
    assert mfa.totp(RFC_SECRET.lower(), moment) == RFC_CODES[moment]


def test_a_secret_that_is_not_base32_is_refused() -> None:
    with pytest.raises(ValueError, match="base32"):
        mfa.row_of(1, "1189", (), confirmed=True)


def test_a_token_lasts_five_minutes_and_is_named_after_its_session(box: Sandbox) -> None:
    login = box.world.access.login(box.username, box.password, "")
    found = claims(login["accessToken"])
    assert (found["exp"] - found["iat"], found["jti"]) == (300, login["sessionId"])
    assert "mfa" not in found


def test_how_long_a_token_lasts_can_be_set() -> None:
    with serve(scale=500, token_seconds=60, session_seconds=40) as box:
        found = claims(box.world.access.login(box.username, box.password, "")["accessToken"])
    assert found["exp"] - found["iat"] == 40, "a token does not outlive its session"


def test_the_login_of_an_account_with_a_second_factor_waits_for_it(box: Sandbox) -> None:
    login = box.world.access.login(box.mfa_username, box.password, "")
    assert claims(login["accessToken"])["mfa"] == "required"
    with pytest.raises(Problem, match="second factor") as refusal:
        box.world.access.session_of(
            f"Bearer {login['accessToken']}", box.world.spec.operations["Users_GetUserDetails"]
        )
    assert (refusal.value.status, refusal.value.parameters) == (401, {"mfa": "required"})
    with pytest.raises(Problem, match="wrong"):
        box.world.access.convert(login["sessionId"], "")


def test_codes_of_the_neighbouring_half_minutes_are_right_too(box: Sandbox) -> None:
    import time

    factors, user = box.world.access.second_factors, box.world.access.user_named(box.mfa_username)
    assert user is not None
    now = time.time()
    assert [factors.is_code(user, box.totp(now + drift)) for drift in (-90, 0, 90)] == [False, True, False]
    assert factors.is_code(user, f"{box.totp()[:3]} {box.totp()[3:]}")


def test_a_recovery_code_works_once_even_after_a_restart(tmp_path: Path) -> None:
    where = tmp_path / "box.duckdb"
    with serve(scale=500, data=where) as box:
        user = box.world.access.user_named(box.mfa_username)
        assert user is not None
        first, second = box.mfa_recovery_codes[:2]
        assert box.world.access.second_factors.use_recovery_code(user, first.upper())
    with serve(data=where) as box:
        factors = box.world.access.second_factors
        assert not factors.use_recovery_code(user, first)
        assert factors.use_recovery_code(user, second)
        assert factors.needed(user)


def test_five_wrong_codes_end_a_login(box: Sandbox) -> None:
    access = box.world.access
    login = access.login(box.mfa_username, box.password, "")
    user = access.user_named(box.mfa_username)
    assert user is not None
    for _ in range(5):
        session = box.world.store.get("session", login["sessionId"])
        assert session is not None
        with pytest.raises(Problem, match="code is wrong"):
            access.complete(session, user, False, "")
    assert box.world.store.get("session", login["sessionId"]) is None


def test_a_token_that_has_expired_is_refused_where_its_lifetime_is_set() -> None:
    import time

    with serve(scale=500, token_seconds=0.2) as box:
        login = box.world.access.login(box.username, box.password, "")
        operation = box.world.spec.operations["Users_GetUserDetails"]
        time.sleep(0.3)
        with pytest.raises(Problem, match="expired"):
            box.world.access.session_of(f"Bearer {login['accessToken']}", operation)
        renewed = box.world.access.convert(login["sessionId"], "")
        assert box.world.access.session_of(f"Bearer {renewed['accessToken']}", operation)[1]["id"] == 1

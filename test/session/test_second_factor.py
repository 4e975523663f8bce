"""The second factor of a login: its codes and functions, and how an authenticator is set up."""

from __future__ import annotations

import asyncio
import json
import traceback
from typing import Any

import pytest
from support.login_server import CODE, RECOVERY, LoginServer, ask, awaited, jwt, login

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve
from apteco_api.session import mfa


@pytest.mark.parametrize("asks", ["claim", "member", "refusal"])
@pytest.mark.parametrize(
    "given", [CODE, "123 456", RECOVERY, lambda: CODE, lambda: RECOVERY, iter([CODE]).__next__]
)
def test_a_second_factor_is_a_code_or_a_function(asks: str, given: Any, server: LoginServer) -> None:
    server.asks = asks
    if isinstance(given, type(iter([]).__next__)):
        given = iter([CODE]).__next__
    with login(server, mfa=given) as session:
        assert ask(session) == "/DV/Things"
        assert session.user_name == "mia"
    verified = "RecoveryCode" if RECOVERY in (given, callable(given) and given) else "Totp"
    assert server.paths[0] == "/DV/Sessions/SimpleLogin"
    assert server.paths[1].startswith("/DV/Sessions/Mfa/")
    assert verified == "Totp" or server.paths[1] == "/DV/Sessions/Mfa/RecoveryCode/Verify"
    assert server.paths[-1] == "/DV/Sessions/session-1"


@pytest.mark.parametrize(
    ("code", "recovery"),
    [
        ("123456", False), ("123 456", False), ("12345678", False), ("12345", True), ("123456789", True),
        ("abcd-efgh", True), ("١٢٣٤٥٦", True), (aa.RecoveryCode("123456"), True),
    ],
)  # fmt: skip
def test_six_to_eight_digits_are_a_code_of_an_authenticator(code: str, recovery: bool) -> None:
    assert mfa.is_recovery_code(mfa.checked(code)) is recovery


def test_a_server_that_asks_for_nothing_gets_no_code(server: LoginServer) -> None:
    def never() -> str:
        raise AssertionError("was asked")

    with login(server, mfa=never) as session:
        assert ask(session) == "/DV/Things"


@pytest.mark.parametrize("asks", ["claim", "member", "refusal"])
def test_a_login_without_the_second_factor_says_so_by_name(asks: str, server: LoginServer) -> None:
    server.asks = asks
    with pytest.raises(aa.MfaRequired, match=r"give mfa=, the code of an authenticator") as caught:
        login(server)
    assert caught.value.missing == ("mfa",)
    assert isinstance(caught.value, aa.CredentialsError)

    async def main() -> None:
        with pytest.raises(aa.MfaRequired):
            async with awaited(server):
                pass

    asyncio.run(main())


@pytest.mark.parametrize(
    ("wrong", "error", "match"),
    [
        ("", ValueError, "empty"), ("  ", ValueError, "empty"), (123456, TypeError, "not int"),
        (b"123456", TypeError, "not bytes"), (lambda: None, ValueError, "not NoneType"),
        (lambda: 123456, ValueError, "not int"), (lambda: "", ValueError, "an empty text"),
        (iter([]).__next__, aa.MfaRequired, "no more codes"),
    ],
)  # fmt: skip
def test_what_is_not_a_code_is_refused_by_name(
    wrong: Any, error: Any, match: str, server: LoginServer
) -> None:
    server.asks = "claim"
    with pytest.raises(error, match=match):
        login(server, mfa=wrong)
    assert not any("Mfa" in path for path in server.paths)


def test_an_error_of_the_function_reaches_the_caller(server: LoginServer) -> None:
    server.asks = "claim"

    def broken() -> str:
        raise LookupError("no such device")

    with pytest.raises(LookupError, match="no such device"):
        login(server, mfa=broken)


@pytest.mark.parametrize("asks", ["claim", "member", "refusal"])
@pytest.mark.parametrize("code", ["654321", "canary-wr0ng-code"])
def test_a_wrong_code_is_refused_with_a_hint_and_shows_no_secret(
    asks: str, code: str, server: LoginServer
) -> None:
    server.asks = asks
    errors: list[BaseException] = []
    with pytest.raises(aa.ApiUnauthorized, match="30 seconds") as caught:
        login(server, mfa=lambda: code)
    errors.append(caught.value)

    async def main() -> None:
        with pytest.raises(aa.ApiUnauthorized, match="30 seconds") as refused:
            async with awaited(server, mfa=lambda: code):
                pass
        errors.append(refused.value)

    asyncio.run(main())
    for error in errors:
        told = f"{error} {error!r} {vars(error)} {error.args}"
        assert code not in told
        assert "canary" not in told
        assert code not in locals_of(error)
        assert "canary" not in locals_of(error)


def locals_of(error: BaseException) -> str:
    """The locals of our frames below `login`, whose own arguments are the caller's, as tools write them."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    return " ".join(
        f"{frame.locals}" for frame in found.stack if "apteco_api" in frame.filename and frame.name != "login"
    )


def test_wrong_passwords_and_missing_codes_leave_no_secret_in_frames(server: LoginServer) -> None:
    server.asks = "member"
    with pytest.raises(aa.MfaRequired) as missing:
        login(server)
    assert "canary" not in locals_of(missing.value)
    with pytest.raises(aa.ApiUnauthorized, match="Check user") as refused:
        aa.login(server.url, "DV", "mia", "canary-wrong-pw", system="s")
    assert "canary" not in locals_of(refused.value)


def test_a_session_shows_nothing_of_its_second_factor(server: LoginServer) -> None:
    server.asks = "member"
    with login(server, mfa=RECOVERY) as session:
        shown = f"{session!r} {vars(session)} {vars(session._authentication)} {session._repr_html_()}"
        assert "canary" not in shown
        assert repr(aa.RecoveryCode("canary")) == "RecoveryCode('***')"


@pytest.mark.parametrize(
    "answer",
    [
        {"accessToken": jwt(mfa="verified"), "mfaEnabled": True, "mfaVerified": True},
        {"accessToken": jwt(mfa=True, amr=["pwd", "mfa"]), "user": {"mfaRequired": True}},
        {"accessToken": "t", "mfaRequired": False, "mfaToken": None},
        {"message": "mfa required"},
        {"parameters": [{"key": "mfa", "value": "required"}]},
        {"parameters": ["mfa"], "accessToken": 5},
        ["mfaRequired"],
        "mfaRequired",
        None,
    ],
)
def test_only_an_answer_that_can_be_followed_asks_for_a_second_factor(answer: Any) -> None:
    assert mfa.challenge_in(json.dumps(answer)) is None
    assert mfa.challenge_in("[" * 100_000) is None
    assert mfa.challenge_in("mfaRequired") is None


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
@pytest.mark.parametrize("kind", ["text", "function", "async function", "function of an awaitable"])
def test_an_async_login_takes_the_second_factor_in_any_form(
    kind: str, engine: str, server: LoginServer
) -> None:
    server.asks = "member"

    async def later() -> str:
        await asyncio.sleep(0)
        return CODE

    given: Any = {"text": CODE, "function": lambda: CODE, "async function": later}.get(kind, lambda: later())

    async def main() -> str:
        async with awaited(server, engine, mfa=given) as session:
            assert session.user_name == "mia"
            found: str = (await session.request("GET", "/{dataViewName}/Things"))["name"]
            return found

    assert asyncio.run(main()) == "/DV/Things"


def test_a_plain_session_refuses_an_async_function(server: LoginServer) -> None:
    server.asks = "claim"

    async def later() -> str:
        return CODE

    with pytest.raises(TypeError, match="async function"):
        login(server, mfa=later)


def test_the_account_with_a_second_factor_logs_in_with_each_kind_of_code(box: Sandbox) -> None:
    user = (box.url, box.data_view, box.mfa_username, box.password)
    for code in (box.totp, box.mfa_recovery_codes[0]):
        with aa.login(*user, system=box.system, mfa=code) as session:
            assert session.user_name == box.mfa_username
            assert session.count("Bookings") == 20_000
            box.expire_sessions()
            if callable(code):
                assert session.count("People") > 0
            else:
                with pytest.raises(aa.MfaRequired, match="already used"):
                    session.count("People")
    with pytest.raises(aa.MfaRequired):
        aa.login(*user, system=box.system)
    with pytest.raises(aa.ApiUnauthorized, match="works once"):
        aa.login(*user, system=box.system, mfa=box.mfa_recovery_codes[0])


def test_an_e_mail_address_logs_in_and_the_name_is_known(box: Sandbox) -> None:
    with aa.login(
        box.url, box.data_view, "alice.analyst@example.com", box.password, system=box.system
    ) as session:
        assert session.user_name == "analyst"
        assert session.audiences.names() is not None


def test_an_authenticator_is_set_up_and_asked_for_from_then_on() -> None:
    from apteco_api.sandbox.mfa import totp

    with serve(scale=1_000) as server:
        user = (server.url, server.data_view, "analyst", server.password)
        with aa.login(*user, system=server.system) as session:
            setup = session.set_up_totp()
            assert setup.uri.startswith("otpauth://totp/")
            assert setup.secret in setup.uri
            assert len(setup.recovery_codes) > 3
            assert setup.secret not in f"{setup!r} {vars(setup)}"
            with pytest.raises(aa.ApiClientError, match="30 seconds") as refused:
                session.confirm_totp("000 000")
            assert "000 000" not in str(refused.value)
            session.confirm_totp(totp(setup.secret))
            assert session.count("Bookings") == 1_000  # with the session that the answer opened
        with pytest.raises(aa.MfaRequired):
            aa.login(*user, system=server.system)
        with aa.login(*user, system=server.system, mfa=lambda: totp(setup.secret)) as again:
            assert again.count("Bookings") == 1_000

        async def main() -> None:
            code = setup.recovery_codes[0]
            async with aa.aio.login(*user, system=server.system, mfa=code) as each:
                fresh = await each.set_up_totp()
                await each.confirm_totp(totp(fresh.secret))
                assert await each.count("Bookings") == 1_000

        asyncio.run(main())


@pytest.mark.parametrize("answer", [{}, None, [], {"secret": 5}, "secret", {"other": "text"}])
def test_a_set_up_without_a_secret_is_named(answer: Any) -> None:
    with pytest.raises(aa.CredentialsError, match="neither a secret nor an address"):
        aa.TotpSetup(answer)


def test_a_set_up_is_read_by_what_it_holds() -> None:
    named = aa.TotpSetup({"sharedSecret": "ABC", "qr": {"x": 1}})
    assert (named.secret, named.uri, named.recovery_codes) == ("ABC", "", [])
    uri = "otpauth://totp/x?secret=DEF&issuer=y"
    found = aa.TotpSetup({"image": uri})
    assert (found.secret, found.uri, found.answer) == ("DEF", uri, {"image": uri})

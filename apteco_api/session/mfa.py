"""The second factor of a login: codes of an authenticator (TOTP) and recovery codes.

    aa.login(…, mfa="123456")                      # the code that the authenticator shows
    aa.login(…, mfa=pyotp.TOTP(secret).now)        # called whenever the server asks for a code

The vendor documents the paths, but not the bodies. So several ways to ask for a second factor are recognised,
and the code is sent with the tokens of the server's answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeAlias, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

from .._runtime.exceptions import ApiBadRequest, ApiException, ApiTypeError, ApiUnauthorized, ApiValueError
from .._runtime.masking import Mask, conceal
from .credentials import CredentialsError
from .tokens import claims_of

T = TypeVar("T")
Mfa: TypeAlias = "str | Callable[[], str] | Callable[[], Awaitable[str]]"
"""The second factor that `login` takes: a code, or a function that returns one."""

TOTP, RECOVERY = "sessions_verify_totp", "sessions_verify_recovery_code"
_FACTOR = re.compile(r"mfa|2fa|totp|(?:two|multi|second).?factor", re.IGNORECASE)
_WANTED = re.compile(r"requir|need|pending|challenge", re.IGNORECASE)
_TOKEN = re.compile(r"token|session", re.IGNORECASE)

HINT = (
    "The server refused the code. An authenticator's code lasts 30 seconds; a recovery code works once. "
    "Check the clock of the device that made the code."
)


REFUSALS = (ApiBadRequest, ApiUnauthorized)
"""The statuses of servers' answers to a wrong code."""


class MfaRequired(CredentialsError):
    """The server asks for a second factor, but none was given, or the given code was already used."""

    def __init__(self, message: str, missing: Any = ("mfa",)) -> None:
        super().__init__(message, missing)


class RecoveryCode(str):
    """A recovery code of digits only, which would otherwise count as an authenticator's code."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "RecoveryCode('***')"


class Secret(Generic[T]):
    """A wrapper that passes a value on and never shows it."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<secret>"


class SecondFactor:
    """The source of the codes of a session's second factor.

    Args:
        given: a code, which works for one login; a function that returns a code; None for no second factor.
    """

    def __init__(self, given: Mfa | None) -> None:
        if given is not None and not isinstance(given, str) and not callable(given):
            raise ApiTypeError(
                f"mfa must be a code or a function that returns one, not {type(given).__name__}"
            )
        if isinstance(given, str) and not given.strip():
            raise ApiValueError("mfa is an empty text: give a code, or leave it out")
        self._code = Secret(given) if isinstance(given, str) else None
        self._ask = given if callable(given) else None

    def __repr__(self) -> str:
        kind = "a code" if self._code else "a function" if self._ask else "not given"
        return f"<second factor: {kind}>"

    @property
    def source(self) -> Callable[[], Any]:
        """The function that returns a code or an awaitable of one.

        Raises:
            MfaRequired: no second factor was given, or the given code was already used.
        """
        if self._ask is not None:
            return self._ask
        if self._code is None:
            raise MfaRequired(
                "the server asks for a second factor: give mfa=, the code of an authenticator, a recovery "
                "code or a function that returns a code"
            )
        code, self._code = self._code, Secret("")
        if not code.value:
            raise MfaRequired(
                "the server asks for a second factor again, and the given code was already used: give "
                "mfa= a function that returns a new code"
            )
        return lambda: code.value


def checked(code: object) -> Secret[str]:
    """Return the code without white space. Raises `ApiValueError` if it is not a code."""
    if not isinstance(code, str) or not code.strip():
        raise ApiValueError(f"mfa must return the code as a text, not {_kind(code)}")
    return Secret(code if isinstance(code, RecoveryCode) else code.strip())


def _kind(value: object) -> str:
    return "an empty text" if isinstance(value, str) else type(value).__name__


def is_recovery_code(code: Secret[str]) -> bool:
    """Return whether a code is a recovery code. An authenticator's code has six to eight digits."""
    digits = code.value.replace(" ", "")
    ascii_digits = digits.isascii() and digits.isdigit()
    return isinstance(code.value, RecoveryCode) or not (ascii_digits and 6 <= len(digits) <= 8)


def second_step(challenge: Challenge, code: Secret[str]) -> tuple[str, dict[str, Any]]:
    """Return the name and the arguments of the method that sends the code."""
    method = RECOVERY if is_recovery_code(code) else TOTP
    headers = {"Authorization": f"Bearer {challenge.token}"} if challenge.token else {}
    return method, {"verification": {**challenge.tokens, "code": code.value}, "_headers": headers}


class Challenge:
    """A server's answer to user and password that asks for a second factor.

    Attributes:
        token: the access token for the second step, or an empty text.
        tokens: members of the answer that the second step sends back, name to value.
    """

    __slots__ = ("token", "tokens")

    def __init__(self, token: str, tokens: Mapping[str, str]) -> None:
        self.token = token
        self.tokens = tokens

    def __repr__(self) -> str:
        return f"<challenge: {', '.join(sorted(self.tokens)) or 'an access token'}>"


@contextmanager
def confirming(code: Secret[str]) -> Generator[None]:
    """Remove the code, and the frames that hold it, from an error; add a hint about wrong codes."""
    try:
        yield
    except ApiException as error:
        conceal(error, Mask([code.value]))
        if isinstance(error, REFUSALS):
            error.hint = HINT
        raise error.with_traceback(None) from None


class TotpSetup:
    """An authenticator that is being set up. Its `repr` shows no secret.

    Args:
        answer: the server's answer. The vendor documents no names, so its members are found by their content.

    Attributes:
        answer: the server's answer.
    """

    def __init__(self, answer: Any) -> None:
        self._hidden = Secret(answer)
        if not self.secret and not self.uri:
            raise CredentialsError("the server's answer holds neither a secret nor an address for a QR code")

    @property
    def answer(self) -> Any:
        """The server's answer."""
        return self._hidden.value

    @property
    def uri(self) -> str:
        """The `otpauth` address to show as a QR code; empty if the server sends none."""
        return next((text for _, text in self._texts if text.startswith("otpauth:")), "")

    @property
    def secret(self) -> str:
        """The secret to type into an authenticator; empty if the server sends none."""
        named = (text for name, text in self._texts if "secret" in name.lower() or name.lower() == "key")
        found = parse_qs(urlsplit(self.uri).query).get("secret", [""])[0]
        return next(named, found)

    @property
    def recovery_codes(self) -> list[str]:
        """Codes for logins without the authenticator, each for one login; often empty."""
        return [text for name, text in self._texts if "recovery" in name.lower()]

    @property
    def _texts(self) -> list[tuple[str, str]]:
        """The texts of the answer, each with the name of its member."""
        answer = self._hidden.value
        pairs = cast("dict[str, Any]", answer).items() if isinstance(answer, dict) else ()
        found: list[tuple[str, str]] = []
        for name, value in pairs:
            values = cast("list[object]", value) if isinstance(value, list) else [value]
            found += [(name, each) for each in values if isinstance(each, str) and each]
        return found

    def __repr__(self) -> str:
        return "<set-up of an authenticator>"


def challenge_in(body: str) -> Challenge | None:
    """Return the challenge in a server's answer; None if it does not ask for a second factor.

    A server asks with a claim of its access token, with a member of its answer, or with a parameter of its
    error. `mfaEnabled` and `mfaVerified` don't ask: they tell that the session has passed a second factor.
    """
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    members = dict(_members(cast("dict[str, Any]", found)))
    token = members.get("accessToken")
    token = token if isinstance(token, str) else ""
    tokens = {
        name: value
        for name, value in members.items()
        if isinstance(value, str) and value and _FACTOR.search(name) and _TOKEN.search(name)
    }
    asks = any(_asks(name, value) for name, value in (*members.items(), *claims_of(token).items()))
    return Challenge(token, tokens) if (asks or tokens) and (token or tokens) else None


def _members(answer: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the members of an answer, those of an error's `parameters` included."""
    yield from answer.items()
    parameters = answer.get("parameters")
    for each in cast("list[object]", parameters) if isinstance(parameters, list) else ():
        if isinstance(each, dict):
            pair = cast("dict[str, Any]", each)
            yield str(pair.get("key")), pair.get("value")


def _asks(name: str, value: Any) -> bool:
    """Return whether a member's name or value says that a second factor is required."""
    if not _FACTOR.search(name):
        return False
    if isinstance(value, str):
        return bool(_WANTED.search(value)) or (value.lower() == "true" and bool(_WANTED.search(name)))
    return value is True and bool(_WANTED.search(name))

"""The second factor of a login: codes of an authenticator (TOTP) and recovery codes.

    aa.login(…, mfa="123456")                      # the code that the authenticator shows
    aa.login(…, mfa=pyotp.TOTP(secret).now)        # called for a code whenever the server asks for one

The vendor documents the paths, not the bodies. So whatever a server may say to ask for a second factor is
recognised, and the code goes with the answer's own tokens.
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
"""What `login` takes as its second factor: a code, or a function that is asked for one."""

TOTP, RECOVERY = "sessions_verify_totp", "sessions_verify_recovery_code"
_FACTOR = re.compile(r"mfa|2fa|totp|(?:two|multi|second).?factor", re.IGNORECASE)
_WANTED = re.compile(r"requir|need|pending|challenge", re.IGNORECASE)
_TOKEN = re.compile(r"token|session", re.IGNORECASE)

HINT = (
    "The server refused the code: one of an authenticator lasts 30 seconds, a recovery code is good once. "
    "Check the clock of the device that made the code."
)


REFUSALS = (ApiBadRequest, ApiUnauthorized)
"""What servers answer to a wrong code."""


class MfaRequired(CredentialsError):
    """The server asks for a second factor, and none was given, or the code that was given is used up."""

    def __init__(self, message: str, missing: Any = ("mfa",)) -> None:
        super().__init__(message, missing)


class RecoveryCode(str):
    """A recovery code that consists of digits only, which would be taken for an authenticator's code."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "RecoveryCode('***')"


class Secret(Generic[T]):
    """A value that is passed on, and never shown."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<secret>"


class SecondFactor:
    """Where the codes of a session's second factor come from.

    Args:
        given: a code, good for one login; a function that returns one; None without a second factor.
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
        """What to call for a code; it may return an awaitable.

        Raises:
            MfaRequired: no second factor was given, or the code was used.
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
                "the server asks for a second factor again, and the code that was given is used up: give "
                "mfa= a function that returns a new code"
            )
        return lambda: code.value


def checked(code: object) -> Secret[str]:
    """Return a code as it is sent. Raises `ApiValueError` if it is not a code."""
    if not isinstance(code, str) or not code.strip():
        raise ApiValueError(f"mfa must return the code as a text, not {_kind(code)}")
    return Secret(code if isinstance(code, RecoveryCode) else code.strip())


def _kind(value: object) -> str:
    return "an empty text" if isinstance(value, str) else type(value).__name__


def is_recovery_code(code: Secret[str]) -> bool:
    """Return whether a code is a recovery code: an authenticator's has six to eight digits."""
    digits = code.value.replace(" ", "")
    ascii_digits = digits.isascii() and digits.isdigit()
    return isinstance(code.value, RecoveryCode) or not (ascii_digits and 6 <= len(digits) <= 8)


def second_step(challenge: Challenge, code: Secret[str]) -> tuple[str, dict[str, Any]]:
    """Return the method that takes a code, and its arguments."""
    method = RECOVERY if is_recovery_code(code) else TOTP
    headers = {"Authorization": f"Bearer {challenge.token}"} if challenge.token else {}
    return method, {"verification": {**challenge.tokens, "code": code.value}, "_headers": headers}


class Challenge:
    """What a server answered to a password when it asks for a second factor.

    Attributes:
        token: the access token that is good for the second step, or an empty text.
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
    """Keep a code, and the frames that hold it, out of an error; tell what may be wrong with it."""
    try:
        yield
    except ApiException as error:
        conceal(error, Mask([code.value]))
        if isinstance(error, REFUSALS):
            error.hint = HINT
        raise error.with_traceback(None) from None


class TotpSetup:
    """An authenticator that is being set up. Its secrets are not shown by themselves.

    Args:
        answer: what the server answered; the vendor documents no names, so they are found by their content.

    Attributes:
        answer: the same.
    """

    def __init__(self, answer: Any) -> None:
        self._hidden = Secret(answer)
        if not self.secret and not self.uri:
            raise CredentialsError("the server's answer holds neither a secret nor an address for a QR code")

    @property
    def answer(self) -> Any:
        """What the server answered."""
        return self._hidden.value

    @property
    def uri(self) -> str:
        """The address to make a QR code of, with the scheme otpauth; empty if the server sends none."""
        return next((text for _, text in self._texts if text.startswith("otpauth:")), "")

    @property
    def secret(self) -> str:
        """The secret to type into an authenticator; empty if the server sends none."""
        named = (text for name, text in self._texts if "secret" in name.lower() or name.lower() == "key")
        found = parse_qs(urlsplit(self.uri).query).get("secret", [""])[0]
        return next(named, found)

    @property
    def recovery_codes(self) -> list[str]:
        """Codes for a day without the authenticator, each good for one login; often none."""
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
    """Return what an answer asks for; None if it does not ask for a second factor.

    A server asks with a claim of its access token, with a member of its answer, or with a parameter of its
    error. That a session has a second factor behind it (`mfaEnabled`, `mfaVerified`) asks for nothing.
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
    """Return whether a member says that a second factor is required: by its name, or by its value."""
    if not _FACTOR.search(name):
        return False
    if isinstance(value, str):
        return bool(_WANTED.search(value)) or (value.lower() == "true" and bool(_WANTED.search(name)))
    return value is True and bool(_WANTED.search(name))

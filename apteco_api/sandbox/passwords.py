"""Passwords, stored only as hashes.

A password is stored as scrypt(password, salt). A salted login does not send the password to the server, so
its protocol needs a second value, from which both sides compute the answer to the login salt. The vendor's
scripts make this value from the password, in which even and odd codes of characters are swapped (`a` is 97
and becomes 96), followed by the user salt. SHA-512(user salt + password), of older versions of the sandbox,
is also accepted.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

_COST = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}


def make(password: str) -> dict[str, Any]:
    """Return the values to store for a password."""
    salt = secrets.token_hex(16)
    user_salt = secrets.token_hex(16)
    return {
        "salt": salt,
        "scrypt": _scrypt(password, salt),
        "userSalt": user_salt,
        "sha512": _sha512(user_salt + password),
        "swapped": _sha512("".join(map(_partner, password)) + user_salt),
    }


def matches(stored: dict[str, Any] | None, password: str) -> bool:
    """Return whether the password is right. Takes the same time for a user who does not exist."""
    known = stored or {"salt": "", "scrypt": "00"}
    return hmac.compare_digest(known["scrypt"], _scrypt(password, known["salt"])) and stored is not None


def matches_salted(stored: dict[str, Any] | None, login_salt: str, answer: str) -> bool:
    """Return whether `answer` is, in hexadecimal, the vendor's SHA-512(second value + login salt), or
    SHA-512(login salt + SHA-512(user salt + password)).
    """
    known = {"sha512": "", "swapped": "", **(stored or {})}
    expected = [_sha512(known["swapped"] + login_salt), _sha512(login_salt + known["sha512"])]
    given = answer.lower().encode()
    right = [hmac.compare_digest(each.encode(), given) for each in expected]
    # a row of an older sandbox has no `swapped`; the hash of an empty text must not match
    return stored is not None and ((right[0] and bool(known["swapped"])) or right[1])


def decoy_salt(secret: str, username: str) -> str:
    """Return the user salt for a user who does not exist: always the same, as for a real user."""
    return hmac.new(secret.encode(), username.lower().encode(), "sha256").hexdigest()[:32]


def fingerprint(token: str) -> str:
    """Return the hash to store for an access token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _scrypt(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), **_COST).hex()


def _partner(char: str) -> str:
    return chr(ord(char) - 1 if ord(char) % 2 else ord(char) + 1)


def _sha512(text: str) -> str:
    return hashlib.sha512(text.encode("utf-8", "surrogatepass")).hexdigest()

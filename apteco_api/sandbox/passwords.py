"""Passwords, kept as hashes only.

A password is stored as scrypt(password, salt). A salted login never shows the password to the server, so its
protocol needs a second value, SHA-512(user salt + password), from which both sides compute the answer to the
login salt. Both are made with a random salt for each user and each password.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

_COST = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}


def make(password: str) -> dict[str, Any]:
    """Return what is stored for a password."""
    salt = secrets.token_hex(16)
    user_salt = secrets.token_hex(16)
    return {
        "salt": salt,
        "scrypt": _scrypt(password, salt),
        "userSalt": user_salt,
        "sha512": _sha512(user_salt + password),
    }


def matches(stored: dict[str, Any] | None, password: str) -> bool:
    """Return whether it is the password. Takes as long for a user who does not exist."""
    known = stored or {"salt": "", "scrypt": "00"}
    return hmac.compare_digest(known["scrypt"], _scrypt(password, known["salt"])) and stored is not None


def matches_salted(stored: dict[str, Any] | None, login_salt: str, answer: str) -> bool:
    """Return whether `answer` is SHA-512(login salt + SHA-512(user salt + password)) in hexadecimal."""
    known = stored or {"sha512": ""}
    expected = _sha512(login_salt + known["sha512"])
    return hmac.compare_digest(expected.encode(), answer.lower().encode()) and stored is not None


def decoy_salt(secret: str, username: str) -> str:
    """Return the user salt to show for a user who does not exist: always the same one, like a real one."""
    return hmac.new(secret.encode(), username.lower().encode(), "sha256").hexdigest()[:32]


def fingerprint(token: str) -> str:
    """Return what is stored for an access token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _scrypt(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), **_COST).hex()


def _sha512(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest()

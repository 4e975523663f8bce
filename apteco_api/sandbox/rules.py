"""The rules for usernames, passwords and email addresses."""

from __future__ import annotations

import re
from typing import Any

from .problem import refused

_MINIMUM = {
    "minimumPasswordLength": 8,
    "minimumNumberOfDigitsInPassword": 0,
    "minimumNumberOfLettersInPassword": 1,
    "minimumNumberOfLowercaseLettersInPassword": 0,
    "minimumNumberOfUppercaseLettersInPassword": 0,
    "minimumNumberOfSymbolsInPassword": 0,
}
_LONGEST = 256
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")


def requirements() -> dict[str, Any]:
    """Return the rules as the API publishes them."""
    emails = {"allowUnrestrictedEmailDomains": True, "restrictedEmailDomains": list[str]()}
    return {"passwordRequirements": _MINIMUM, "emailRequirements": emails}


def check_username(username: str) -> None:
    """Raise 400 unless the text can be a username: 1 to 256 characters without slashes and blanks."""
    if not re.fullmatch(r"[^\s/\\?#%]{1,256}", username) or not username.isprintable():
        raise refused("A username has 1 to 256 characters, none of them blank or one of / \\ ? # %.")


def check_password(password: str) -> None:
    """Raise 400 unless the password follows the rules."""
    least = _MINIMUM["minimumPasswordLength"]
    if not least <= len(password) <= _LONGEST or not any(letter.isalpha() for letter in password):
        raise refused(f"A password has {least} to {_LONGEST} characters, one of them a letter.")


def check_email(email: str) -> None:
    """Raise 400 unless the text looks like an email address."""
    if len(email) > _LONGEST or not _EMAIL.fullmatch(email):
        raise refused(f"'{email[:80]}' is not an email address.", emailAddress=email)

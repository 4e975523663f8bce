"""The second factor of a login: one-time codes of an authenticator (RFC 6238) and recovery codes.

An account needs the second factor after its owner has set it up. A login with the password then opens a
session that is valid only for the section `Sessions/Mfa`. A right code exchanges it for a full session (see
`access`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from urllib.parse import quote

from . import passwords
from .store import Row, Store

STEP_SECONDS = 30
_DIGITS = 6
_DRIFT = (0, -1, 1)
"""The accepted steps: the current one and its neighbours, as clocks of telephones differ."""
_RECOVERY_CODES = 8


def totp(secret: str, moment: float | None = None) -> str:
    """Return the one-time code of a base32 secret at a time, in seconds since 1970; by default now."""
    step = int(time.time() if moment is None else moment) // STEP_SECONDS
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    # RFC 4226, 5.3: the last four bits of the digest are the index of the byte where the 31 bits of the code
    # begin
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def row_of(user_id: int, secret: str, recovery_codes: tuple[str, ...], *, confirmed: bool) -> Row:
    """Return the row to store for an account's second factor."""
    try:
        base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    except binascii.Error:
        raise ValueError("the secret of a second factor is base32: letters and the digits 2 to 7") from None
    codes = [passwords.fingerprint(_plain(code)) for code in recovery_codes]
    return {"id": user_id, "secret": secret, "recoveryCodes": codes, "confirmed": confirmed}


class SecondFactors:
    """The second factors of all accounts, stored in the state."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def needed(self, user: Row) -> bool:
        """Return whether a login of this user needs a second factor."""
        row = self._store.get("mfa", user["id"])
        return row is not None and row["confirmed"]

    def begin(self, user: Row, issuer: str) -> Row:
        """Return a new secret, its address for a QR code and recovery codes. `confirm` makes them valid."""
        secret = base64.b32encode(secrets.token_bytes(20)).decode()
        codes = tuple(f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(_RECOVERY_CODES))
        with self._store.write() as writer:
            writer.put("mfa-setup", row_of(user["id"], secret, codes, confirmed=True))
        label = quote(f"{issuer}:{user['username']}")
        address = f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer)}"
        uri = f"{address}&algorithm=SHA1&digits={_DIGITS}&period={STEP_SECONDS}"
        return {"secret": secret, "qrCodeUri": uri, "recoveryCodes": list(codes)}

    def confirm(self, user: Row, code: str) -> bool:
        """Make the latest secret valid if the code belongs to it; return whether it does."""
        with self._store.turn:
            row = self._store.get("mfa-setup", user["id"])
            if row is None or not _is_code_of(row, code):
                return False
            with self._store.write() as writer:
                writer.delete("mfa-setup", user["id"])
                writer.put("mfa", row)
        return True

    def is_code(self, user: Row, code: str) -> bool:
        """Return whether this is a current code of the user's authenticator."""
        row = self._store.get("mfa", user["id"])
        return row is not None and _is_code_of(row, code)

    def use_recovery_code(self, user: Row, code: str) -> bool:
        """Return whether this is one of the user's recovery codes, and use it up."""
        wanted = passwords.fingerprint(_plain(code))
        with self._store.turn:
            row = self._store.get("mfa", user["id"])
            if row is None or wanted not in row["recoveryCodes"]:
                return False
            left = [known for known in row["recoveryCodes"] if known != wanted]
            with self._store.write() as writer:
                writer.change("mfa", row, recoveryCodes=left)
        return True


def _is_code_of(row: Row, code: str) -> bool:
    given, moment = code.replace(" ", ""), time.time()
    codes = [totp(row["secret"], moment + drift * STEP_SECONDS) for drift in _DRIFT]
    return any(hmac.compare_digest(given.encode(), each.encode()) for each in codes)


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").lower()

"""UserRegistrationRequests and UserResetPasswordRequests: accounts without an administrator's help.

A real installation sends the request's token by email. The sandbox sends no email: an administrator reads the
token in the list, or a test reads it from `Sandbox.world`.
"""

from __future__ import annotations

import uuid

from .. import clock, passwords
from ..call import Answer, Call, handles
from ..listing import page
from ..problem import Problem, missing, refused
from ..resources import Resource, register
from ..rules import check_email, check_password, check_username
from ..store import Row, Writer
from .users import add, present

_SECONDS = 24 * 3600.0
_HIDDEN = "00000000-0000-0000-0000-000000000000"
"""Replaces the token in the answer, so that the caller can't confirm the request without the email."""


def _shown(call: Call, row: Row) -> Row:
    ended = row["confirmedDate"] is None and row["expires"] <= clock.now()
    return {**row, "token": row["id"], "expiredDate": row["expires"] if ended else None}


def _new_request(call: Call, **values: object) -> Row:
    times = {"creationDate": clock.now(), "expires": clock.later(_SECONDS), "confirmedDate": None}
    return {"id": str(uuid.uuid4()), **times, "hasNotificationBeenSent": False, **values}


def _open_request(call: Call, kind: str) -> Row:
    row = call.world.store.get(kind, call.path["token"])
    if row is None:
        raise missing("request", call.path["token"])
    if row["confirmedDate"] or row["expires"] <= clock.now():
        raise refused("The request has been used or has expired.", token=row["id"])
    return row


@handles("UserRegistrationRequests_CreateRegistrationRequest")
def register_user(call: Call) -> Row:
    """Ask for an account. The password is kept as a hash until the request is confirmed."""
    body = call.body
    check_username(body["username"])
    check_password(body["password"])
    check_email(body["emailAddress"])
    if call.world.access.user_named(body["username"]):
        raise Problem(409, f"There is a user '{body['username']}' already.", username=body["username"])
    names = ("username", "firstname", "surname", "emailAddress", "confirmRegistrationUrl")
    kept = {name: body[name] for name in names if name in body}
    row = _new_request(call, **kept, credential=passwords.make(body["password"]))
    with call.world.store.write() as writer:
        writer.put("registration", row)
    return {**_shown(call, row), "token": _HIDDEN}


@handles("UserRegistrationRequests_ConfirmRegistrationRequest")
def confirm_registration(call: Call) -> Row:
    """Create the requested account."""

    def confirm(writer: Writer) -> None:
        row = _open_request(call, "registration")
        writer.change("registration", row, confirmedDate=clock.now(), credential=None)

    row = _open_request(call, "registration")
    return present(call, add(call, row, row["credential"], also=confirm))


@handles("UserRegistrationRequests_ResendConfirmationNotification")
def resend_confirmation(call: Call) -> None:
    """Request the notification again. The answer is the same with and without an open request."""
    wanted = call.body["username"].lower()
    now = clock.now()
    rows = call.world.store.rows("registration", lambda row: row["username"].lower() == wanted)
    with call.world.store.write() as writer:
        for row in rows:
            if row["confirmedDate"] is None and row["expires"] > now:
                writer.change("registration", row, resentDate=now)


@handles("UserResetPasswordRequests_GetResetPasswordRequests")
def resets(call: Call) -> Answer:
    """List the password resets, each with the user of its address."""
    rows: list[Row] = []
    for row in call.world.store.rows("reset"):
        user = call.world.store.get("user", row["userId"]) or {"username": ""}
        rows.append({**_shown(call, row), "username": user["username"]})
    return page(call, rows)


@handles("UserResetPasswordRequests_CreateResetPasswordRequest")
def ask_reset(call: Call) -> Row:
    """Request a reset. The answer is the same with and without a user who has this address."""
    email = call.body["emailAddress"]
    check_email(email)
    owners = call.world.store.rows("user", lambda u: u["emailAddress"].lower() == email.lower())
    row = _new_request(call, emailAddress=email, userId=owners[0]["id"] if owners else 0)
    if "resetPasswordUrl" in call.body:
        row["resetPasswordUrl"] = call.body["resetPasswordUrl"]
    with call.world.store.write() as writer:
        writer.put("reset", row)
    return {**_shown(call, row), "token": _HIDDEN}


@handles("UserResetPasswordRequests_ConfirmResetPasswordRequest")
def confirm_reset(call: Call) -> None:
    """Set the new password and end the user's sessions."""
    row = _open_request(call, "reset")
    user = call.world.store.get("user", row["userId"])
    if user is None or row["emailAddress"].lower() != call.body["emailAddress"].lower():
        raise refused("The request was not made for this email address.", token=row["id"])
    check_password(call.body["newPassword"])
    credential = passwords.make(call.body["newPassword"])
    with call.world.store.write() as writer:
        _open_request(call, "reset")  # checked again in the transaction: a request can be confirmed only once
        writer.change("reset", row, confirmedDate=clock.now())
        call.world.access.replace_password(writer, user["id"], credential)


register(
    Resource(
        "registration",
        "request",
        "token",
        lists="UserRegistrationRequests_GetRegistrationRequests",
        reads="UserRegistrationRequests_GetRegistrationRequest",
        present=_shown,
    ),
    Resource(
        "reset", "request", "token", reads="UserResetPasswordRequests_GetResetPasswordRequest", present=_shown
    ),
)

"""UserInvitations: invite a person by email to use the installation.

As for registrations, the sandbox sends no email: the inviting user reads the token in the answer.
"""

from __future__ import annotations

import uuid

from .. import clock
from ..call import Answer, Call, handles, in_turn
from ..listing import page
from ..problem import forbidden, missing, refused
from ..rules import check_email
from ..sharing import viewer_of
from ..store import Row

_SECONDS = 7 * 24 * 3600.0


def _present(call: Call, row: Row) -> Row:
    store = call.world.store
    inviter = store.get("user", row["inviterId"]) or {"username": "", "firstname": "", "surname": ""}
    known = call.world.access.user_with_email(row["emailAddress"])
    return {
        **row,
        "token": row["id"],
        "username": known["username"] if known else "",
        "inviterUsername": inviter["username"],
        "inviterFullName": f"{inviter['firstname']} {inviter['surname']}".strip(),
        "expiredDate": row["expiredDate"] or (row["expires"] if row["expires"] <= clock.now() else None),
        "hasNotificationBeenSent": False,
    }


def _chosen(call: Call, rows: list[Row]) -> Answer:
    """List invitations; parameters include or exclude accepted, completed and expired ones."""
    shown = [_present(call, row) for row in rows]
    for parameter, field in (("Accepted", "acceptedDate"), ("Completed", "completedDate")):
        if not call.query.get(f"include{parameter}"):
            shown = [row for row in shown if not row[field]]
    if not call.query.get("includeExpired"):
        shown = [row for row in shown if not row["expiredDate"] or row["acceptedDate"]]
    return page(call, shown)


def _invitation(call: Call) -> Row:
    row = call.world.store.get("invitation", str(call.path["token"]))
    if row is None:
        raise missing("invitation", call.path["token"])
    return row


def _open_invitation(call: Call) -> Row:
    row = _invitation(call)
    if row["completedDate"] or _present(call, row)["expiredDate"]:
        raise refused("The invitation has been completed or has expired.", token=row["id"])
    return row


def _mine(call: Call, user: Row) -> list[Row]:
    return call.world.store.rows("invitation", lambda row: row["inviterId"] == user["id"])


@handles("UserInvitations_GetInvitations")
def invitations(call: Call) -> Answer:
    """List the invitations of all users."""
    return _chosen(call, call.world.store.rows("invitation"))


@handles("UserInvitations_GetInvitationsForReason")
def invitations_for_reason(call: Call) -> Answer:
    """List the invitations for one reason: the caller's own, for an administrator all."""
    rows = call.world.store.rows("invitation") if call.is_administrator else _mine(call, call.user)
    return _chosen(call, [row for row in rows if row["invitationReason"] == call.path["reason"]])


@handles("Users_GetUserInvitations")
def invitations_of_user(call: Call) -> Answer:
    """List the invitations that a user has made."""
    return _chosen(call, _mine(call, viewer_of(call)))


@handles("UserInvitations_GetInvitation")
def invitation(call: Call) -> Row:
    """Look up an invitation."""
    return _present(call, _invitation(call))


@handles("UserInvitations_CreateInvitation")
def create(call: Call) -> Row:
    """Invite a person."""
    body = call.body
    check_email(body["emailAddress"])
    dates = dict.fromkeys(("acceptedDate", "completedDate", "expiredDate"))
    row = {
        "id": str(uuid.uuid4()),
        "invitationReason": body["invitationReason"],
        "emailAddress": body["emailAddress"],
        "inviterId": call.user["id"],
        "creationDate": clock.now(),
        "expires": clock.later(_SECONDS),
        **dates,
    }
    if body.get("acceptInvitationUrl"):
        row["acceptInvitationUrl"] = body["acceptInvitationUrl"]
    with call.world.store.write() as writer:
        writer.put("invitation", row)
    return _present(call, row)


@handles("UserInvitations_AcceptInvitation")
@in_turn
def accept(call: Call) -> Row:
    """Accept an invitation; no session is needed, as its token proves who has received it."""
    row = _open_invitation(call)
    with call.world.store.write() as writer:
        row = writer.change("invitation", row, acceptedDate=row["acceptedDate"] or clock.now())
    known = call.world.access.user_with_email(row["emailAddress"])
    return {"invitationReason": row["invitationReason"], "userExists": known is not None}


@handles("UserInvitations_CompleteInvitation")
@in_turn
def complete(call: Call) -> Row:
    """Complete an invitation as the user who was invited, or as an administrator."""
    row = _open_invitation(call)
    invited = call.user["emailAddress"].lower() == row["emailAddress"].lower()
    if not invited and not call.is_administrator:
        raise forbidden("Only the user who was invited may complete the invitation.", token=row["id"])
    return _set_date(call, row, "completedDate")


@handles("UserInvitations_ExpireInvitation")
@in_turn
def expire(call: Call) -> Row:
    """Withdraw an invitation, as the user who made it or as an administrator."""
    row = _open_invitation(call)
    if row["inviterId"] != call.user["id"] and not call.is_administrator:
        raise forbidden("Only the user who invited or an administrator may do this.", token=row["id"])
    return _set_date(call, row, "expiredDate")


def _set_date(call: Call, row: Row, name: str) -> Row:
    with call.world.store.write() as writer:
        writer.change("invitation", row, **{name: clock.now()})
    return {"invitationReason": row["invitationReason"]}

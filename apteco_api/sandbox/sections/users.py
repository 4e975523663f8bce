"""Users and Teams: the accounts and their teams."""

from __future__ import annotations

from collections.abc import Callable

from .. import clock, passwords, seed
from ..access import LICENCE, new_user
from ..call import Answer, Call, handles, in_turn
from ..listing import page
from ..problem import Problem, forbidden, refused
from ..resources import Resource, register
from ..rights import groups_of
from ..rules import check_email, check_password, check_username, requirements
from ..store import Row, Writer


def present(call: Call, user: Row) -> Row:
    """Return a user with the teams by name."""
    teams = [team for team in call.world.store.rows("team") if team["id"] in user["teams"]]
    groups = [group for group in call.world.store.rows("group") if group["id"] in groups_of(user)]
    system = call.world.settings.system
    logins = call.world.store.rows("login", lambda row: row["userId"] == user["id"])
    newer = {
        "systems": user.get("systems", [system]),
        "bundles": list[Row](),
        "groups": [present_group(call, group) for group in groups],
        "lastAccessDate": logins[-1]["timestamp"] if logins else None,
    }
    return {**newer, **user, "teams": teams, "licence": LICENCE}


def present_group(call: Call, group: Row, *, members: bool = False) -> Row:
    """Return a group with the number of its users and, if asked for, the users."""
    inside = call.world.store.rows("user", lambda user: group["id"] in groups_of(user))
    systems = group.get("systems", [call.world.settings.system])
    counts = {"userMembershipCount": len(inside), "systemMembership": bool(systems)}
    shown: list[Row] = [{**user, "teams": []} for user in inside] if members else []
    return {**group, "systems": systems, "userMembership": shown, **counts}


def chosen(call: Call, users: list[Row]) -> list[Row]:
    wanted = call.query.get("includeDisabled", "OnlyNotDisabled")
    kept = [u for u in users if wanted == "All" or (wanted == "OnlyDisabled") == bool(u["userDisabledDate"])]
    return [present(call, user) for user in kept]


@handles("Users_GetUserConfiguration")
def configuration(call: Call) -> Row:
    """Return the rules for passwords and email addresses."""
    return requirements()


@handles("Users_GetUserDetailsList")
def users(call: Call) -> Answer:
    """List the users."""
    return page(call, chosen(call, call.world.store.rows("user")))


@handles("Users_GetUserDetails")
def user(call: Call) -> Row:
    """Return a user: the caller, or any user for an administrator."""
    found = call.named_user(call.path["username"])
    call.require_self(found)
    return present(call, found)


@handles("Users_CreateUser")
def create(call: Call) -> Row:
    """Create an account."""
    body = call.body
    group = body.get("groupId", 0)
    if group and call.world.store.get("group", group) is None:
        raise refused(f"There is no group {group}.", groupId=group)
    check_password(body["password"])
    return present(call, add(call, body, passwords.make(body["password"]), group))


def add(
    call: Call,
    details: Row,
    credential: Row,
    group: int = 0,
    *,
    also: Callable[[Writer], None] = lambda writer: None,
) -> Row:
    """Return a new account; 409 if the name or the email address is taken. `also` joins the transaction."""
    email = details.get("emailAddress", "")
    check_username(details["username"])
    if email:
        check_email(email)
    row = new_user(details["username"], details.get("firstname", ""), details.get("surname", ""), email)
    with call.world.store.write() as writer:
        also(writer)
        for known in writer.rows("user"):
            if known["username"].lower() == details["username"].lower():
                raise Problem(409, f"There is a user '{details['username']}' already.")
            if email and known["emailAddress"].lower() == email.lower():
                raise Problem(409, f"The email address '{email}' belongs to another user.")
        added = seed.add_user(writer, {**row, "groupId": group}, credential)
    seed.starter_files(call.world, added)
    return added


@handles("Users_UpdateUserDetails")
@in_turn
def update(call: Call) -> Row:
    """Change names and email address of the caller, or of any user for an administrator."""
    found = call.named_user(call.path["username"])
    call.require_self(found)
    email = call.body.get("emailAddress")
    if email:
        check_email(email)
    taken = call.world.store.rows("user", lambda u: u["emailAddress"].lower() == (email or "").lower())
    if email and any(other["id"] != found["id"] for other in taken):
        raise Problem(409, f"The email address '{email}' belongs to another user.", emailAddress=email)
    names = ("firstname", "surname", "emailAddress")
    with call.world.store.write() as writer:
        changed = writer.change("user", found, **{n: call.body[n] for n in names if n in call.body})
    return present(call, changed)


@handles("Users_DeleteUser")
def delete(call: Call) -> None:
    """Disable an account and end its sessions; its items stay."""
    found = call.named_user(call.path["username"])
    if found["id"] == call.user["id"]:
        raise forbidden("Nobody can delete the account they are logged in with.", username=found["username"])
    with call.world.store.write() as writer:
        writer.change("user", found, userDisabledDate=found["userDisabledDate"] or clock.now())
    call.world.access.end_all(found["id"])


@handles("Users_ChangeUserPassword")
def change_password(call: Call) -> None:
    """Change a password, if the current one is given; the user's other sessions end."""
    found = call.named_user(call.path["username"])
    call.require_self(found)
    stored = call.world.store.get("credential", found["id"])
    if not passwords.matches(stored, call.body["currentPassword"]):
        raise forbidden("The current password is wrong.", username=found["username"])
    check_password(call.body["newPassword"])
    credential = passwords.make(call.body["newPassword"])
    with call.world.store.write() as writer:
        if writer.get("credential", found["id"]) is not stored:
            raise forbidden("The password has been changed meanwhile.", username=found["username"])
        call.world.access.replace_password(writer, found["id"], credential, but=call.session["id"])


@handles("Users_GetPreviousLoginHistory")
def logins(call: Call) -> Answer:
    """List earlier logins, the latest first."""
    found = call.named_user(call.path["username"])
    call.require_self(found)
    history = call.world.store.rows("login", lambda row: row["userId"] == found["id"])
    return page(call, reversed(history))


def _forget_team(writer: Writer, team: Row) -> None:
    for member in writer.rows("user"):
        if team["id"] in member["teams"]:
            writer.change("user", member, teams=[t for t in member["teams"] if t != team["id"]])


register(
    Resource(
        "team",
        "team",
        "teamId",
        lists="Teams_GetTeams",
        reads="Teams_GetTeam",
        creates="Teams_CreateTeam",
        changes="Teams_ModifyTeam",
        deletes="Teams_DeleteTeam",
        deleted=_forget_team,
    ),
)

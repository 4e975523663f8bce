"""Channels of campaigns, as a part of PeopleStage and in 2026 as an own section.

The channels in the data always exist. Changes of administrators are stored as rows of the kind `channel`. No
broadcaster is connected, so a test of a login fails, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from ..access import administrators_only
from ..call import Answer, Call, handles
from ..free_form import members, objects
from ..jobs import Keep, Step, Work
from ..listing import page, whole
from ..problem import Problem, missing, refused
from ..rights import SEE_CHANNEL, name_levels
from ..schema import is_object
from ..stage import CHANNELS, channel_messages
from ..store import Row, part
from .job_family import JobFamily, register

_BROADCASTERS = {"Broadcast", "Email", "Sms", "PushNotification", "Waba", "Mock"}
_SECRETS = ("password",)
_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


def every(call: Call) -> list[Row]:
    """Return the channels: those of the data with their changes, and added channels."""
    changes = {row["id"]: row for row in call.world.store.rows("channel")}
    found = [{**row, **changes.pop(row["id"], {})} for row in CHANNELS]
    return [row for row in (*found, *changes.values()) if not row.get("deleted")]


def seen(call: Call) -> list[Row]:
    """Return the channels that the caller may see."""
    allows = call.world.rights.allows
    found = [row for row in every(call) if allows(call.user, SEE_CHANNEL, name_levels(row["id"]))]
    return [present(row) for row in found]


def present(row: Row) -> Row:
    """Return a channel without its secrets."""
    settings = row.get("broadcastOutputSettings")
    if not settings:
        return row
    kept = {name: value for name, value in settings.items() if name not in _SECRETS}
    return {**row, "broadcastOutputSettings": kept}


def channel(call: Call) -> Row:
    """Return the channel that the path names; 404 if it does not exist, 403 if the caller may not see it."""
    wanted: str = call.path["channelId"]
    found = next((row for row in every(call) if row["id"] == wanted), None)
    if found is None:
        raise missing("channel", wanted)
    call.world.rights.require(call.user, SEE_CHANNEL, name_levels(wanted))
    return found


@handles("PeopleStage_GetPeopleStageChannels")
def channels(call: Call) -> Answer:
    """List the channels."""
    return page(call, seen(call))


@handles("PeopleStage_GetPeopleStageChannel", "Channels_GetChannel")
def one_channel(call: Call) -> Row:
    """Look up a channel."""
    return present(channel(call))


@handles("Channels_GetChannels")
def all_channels(call: Call) -> Row:
    """List the channels; the vendor documents no parameters of this list."""
    body: Row = whole(seen(call)).body
    return body


def _info(row: Row) -> Row:
    settings = part(row, "broadcastOutputSettings")
    target = settings.get("broadcasterType") or "None"
    parameters = [
        {"name": each.get("key"), "parameter": each.get("key"), "isRequired": False, "isSensitive": False}
        for each in settings.get("parameters") or ()
    ]
    return {
        "targetChannel": target,
        "name": row["description"],
        "channelType": row["type"],
        "channelParameters": parameters,
    }


def _infos(kinds: set[str], call: Call) -> list[Row]:
    return [_info(row) for row in seen(call) if row["type"] in kinds]


for _operation, _kinds in {
    "PeopleStage_GetBroadcastParameters": _BROADCASTERS,
    "Channels_GetBroadcasters": _BROADCASTERS,
    "Channels_GetFacebook": {"Facebook"},
    "Channels_GetGoogle": {"Google"},
    "Channels_GetLinkedIn": {"LinkedIn"},
    "Channels_GetPushNotifications": {"PushNotification"},
}.items():
    _lists: Callable[[Call], list[Row]] = partial(_infos, _kinds)
    handles(_operation)(_lists)


@handles("Channels_GetAuthenticationDetails")
def authentication(call: Call) -> Row:
    """Return the credentials of a channel, without the password; for administrators."""
    administrators_only(call, "see what channels log in with")
    settings = part(channel(call), "broadcastOutputSettings")
    shown = {name: settings.get(name) for name in ("broadcasterType", "username", "parameters")}
    return {**shown, "passwordSpecified": bool(settings.get("password"))}


def _modify(call: Call, entries: list[Row], *, shown: bool) -> Row:
    """Execute a batch of changes; each succeeds or fails separately."""
    outcomes: list[Row] = []
    for entry in entries:
        outcome: Row = {
            "id": str(entry.get("id") or ""),
            "succeeded": True,
            "status": "OK",
            "statusCode": 200,
        }
        try:
            with call.world.store.turn:
                row = _change(call, entry)
            outcome["id"] = row["id"]
            if shown and not row.get("deleted"):
                kept = {name: value for name, value in row.items() if name not in ("id", "schemaId")}
                outcome["channel"] = present({"accessRights": 0, **kept})
        except Problem as problem:
            outcome |= {"succeeded": False, "status": problem.message, "statusCode": problem.status}
        outcomes.append(outcome)
    body: Row = whole(outcomes).body
    return body


def _change(call: Call, entry: Row) -> Row:
    key, kind = str(entry.get("id") or ""), entry.get("modificationType")
    content: object = part(entry, "channel")
    if kind not in ("Add", "Modify", "Delete") or not is_object(content):
        raise refused("A change says Add, Modify or Delete as its modificationType.", modificationType=kind)
    found = next((row for row in every(call) if row["id"] == key), None)
    if kind == "Add":
        if found is not None or any(row["id"] == key for row in CHANNELS):
            raise Problem(409, f"There is a channel '{key}' already.", id=key)
        if not _ID.fullmatch(key):
            raise refused(
                "The id of a channel has 1 to 100 letters, digits, dots, dashes and underscores.", id=key
            )
        if not content.get("description") or not content.get("type"):
            raise refused("A new channel has a type and a description.", where="channel")
    elif found is None:
        raise missing("channel", key)
    values = {
        name: value for name, value in content.items() if name not in ("id", "children", "accessRights")
    }
    with call.world.store.write() as writer:
        before = writer.get("channel", key) or {"id": key}
        if kind == "Add":
            before = {"id": key}
        row = writer.put("channel", {**before, **values, "deleted": kind == "Delete"})
    return {**(found or {}), **row}


@handles("PeopleStage_ModifyChannels")
def modify(call: Call) -> Answer:
    """Change the channels at once."""
    body = _modify(call, call.body["list"], shown=call.body["returnModifiedItem"])
    return Answer(body)


@handles("Channels_ModifyChannels")
def modify_2026(call: Call) -> Row:
    """Change the channels at once."""
    administrators_only(call, "change channels")
    return _modify(call, objects(call, "list"), shown=True)


def _modify_work(call: Call) -> Work:
    administrators_only(call, "change channels")
    entries = objects(call, "list")
    return partial(_done, entries)


def _done(result: Any, step: Step) -> Any:
    step(0.5)
    return result


def _modify_keep(call: Call) -> Keep:
    return lambda entries: _modify(call, entries, shown=True)


def _messages(call: Call) -> Work:
    """Return the work that lists the messages that were sent through a channel."""
    wanted = channel(call)["id"]
    return lambda step: channel_messages(call.world.data.cursor(), wanted)


def _test_login(call: Call) -> Work:
    """Return the work that tests a login to a broadcaster, which always fails in the sandbox."""
    channel(call)
    given = members(call)
    lacking = [name for name in ("username", "password") if not given.get(name)]
    reasons = [f"The {name} is missing." for name in lacking]
    message = "The sandbox is not connected to a broadcaster, so no login can succeed."
    return partial(_done, {"success": False, "messages": [*reasons, message]})


def _scope(call: Call) -> str:
    key: str = channel(call)["id"]
    return key


_MESSAGES = JobFamily(
    "channel-messages",
    creates="PeopleStage_CreateChannelMessagesJob",
    reads="PeopleStage_ChannelMessagesJob",
    cancels="PeopleStage_CancelChannelMessagesJob",
    task=_messages,
    result="channelMessages",
    scope=_scope,
)
_LOGINS = JobFamily(
    "channel-login",
    creates="PeopleStage_CreateChannelTestLoginJob",
    reads="PeopleStage_ChannelTestLoginJob",
    cancels="PeopleStage_CancelChannelTestLoginJob",
    task=_test_login,
    scope=_scope,
)
_CHANGES = JobFamily(
    "channel-changes",
    creates="PeopleStage_CreateModifyChannelsJob",
    reads="PeopleStage_ModifyChannelsJob",
    cancels="PeopleStage_CancelModifyChannelsJob",
    task=_modify_work,
    result="modifyResults",
    keep=_modify_keep,
)
register(_MESSAGES, _LOGINS, _CHANGES)
# the vendor's overview of 2026 lists the operations that start these jobs, but none for their state
handles("Channels_CreateMessagesJob")(_MESSAGES.start)
handles("Channels_CreateTestLoginJob")(_LOGINS.start)
handles("Channels_CreateModifyChannelsJob")(_CHANGES.start)

"""The section Telemetry: the state that a front end stores for a user, and its sessions."""

from __future__ import annotations

import secrets

from .. import clock
from ..call import Call, handles, in_turn
from ..problem import Problem, missing, refused
from ..store import Row
from ..versions import reported


def _state(call: Call, row: Row) -> Row:
    logins = call.world.store.rows("login", lambda login: login["userId"] == row["userId"])
    return {**row, "logins": len(logins)}


def _state_of(call: Call) -> Row:
    row = call.find("telemetry-state", call.path["stateId"], "telemetry state")
    user = call.world.store.get("user", row["userId"])
    if user is not None:
        call.require_self(user)
    return row


@handles("Telemetry_CreateTelemetryState")
@in_turn
def create_state(call: Call) -> Row:
    """Create the state of a user; 409 if it exists."""
    user = call.world.access.user_named(call.body["username"])
    if user is None:
        raise refused(f"There is no user '{call.body['username']}'.", username=call.body["username"])
    call.require_self(user)
    if call.world.store.rows("telemetry-state", lambda row: row["userId"] == user["id"]):
        raise Problem(409, "This user has a telemetry state already.", username=user["username"])
    row = {"id": secrets.token_hex(8), "userId": user["id"], "optState": "NotOpted"}
    with call.world.store.write() as writer:
        return _state(call, writer.put("telemetry-state", row))


@handles("Telemetry_GetTelemetryState")
def read_state(call: Call) -> Row:
    """Read a state."""
    return _state(call, _state_of(call))


@handles("Telemetry_GetTelemetryStateForUser")
def read_state_of_user(call: Call) -> Row:
    """Read the state of a user."""
    user = call.named_user(call.path["username"])
    call.require_self(user)
    found = call.world.store.rows("telemetry-state", lambda row: row["userId"] == user["id"])
    if not found:
        raise missing("telemetry state for user", user["username"])
    return _state(call, found[0])


@handles("Telemetry_UpdateTelemetryState")
def update_state(call: Call) -> Row:
    """Record a choice."""
    row = _state_of(call)
    with call.world.store.write() as writer:
        return _state(call, writer.change("telemetry-state", row, optState=call.body["optState"]))


def _session_key(call: Call) -> str:
    return f"{_state_of(call)['id']}/{call.path['sessionId']}"


def _session(call: Call) -> Row:
    row = call.world.store.get("telemetry-session", _session_key(call))
    if row is None:
        raise missing("telemetry session", call.path["sessionId"])
    return row


def _shown_session(row: Row) -> Row:
    return {**row, "id": row["sessionId"]}


@handles("Telemetry_GetTelemetrySession")
def read_session(call: Call) -> Row:
    """Read a session."""
    return _shown_session(_session(call))


@handles("Telemetry_CreateTelemetrySession")
@in_turn
def create_session(call: Call) -> Row:
    """Start recording a session; 409 if its id is taken."""
    key = _session_key(call)
    if call.world.store.get("telemetry-session", key):
        raise Problem(409, "This session is recorded already.", sessionId=call.path["sessionId"])
    moment = clock.now()
    row = {**call.body, "id": key, "sessionId": call.path["sessionId"], "sessionStart": moment}
    api = reported(call.world.spec.document, call.world.settings.version)
    with call.world.store.write() as writer:
        return _shown_session(
            writer.put(
                "telemetry-session", {**row, "apiVersion": api, "lastSessionAction": moment, "bugs": []}
            )
        )


@handles("Telemetry_UpdateTelemetrySession")
@in_turn
def update_session(call: Call) -> Row:
    """Add the latest events."""
    row = _session(call)
    bugs = [*row["bugs"], *call.body.get("bugReports", ())]
    end = call.body.get("sessionEnd", row.get("sessionEnd"))
    with call.world.store.write() as writer:
        changed = writer.change(
            "telemetry-session", row, bugs=bugs, sessionEnd=end, lastSessionAction=clock.now()
        )
    return _shown_session(changed)

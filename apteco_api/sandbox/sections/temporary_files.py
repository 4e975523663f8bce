"""TemporaryFiles: uploads that are not stored for long, whole or in parts; and TemporaryAccessTokens."""

from __future__ import annotations

import re

from ..call import Answer, Call, handles, in_turn
from ..problem import Problem, missing, refused
from ..store import Row
from .files import download

_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


def _temporary_key(call: Call) -> str:
    """Return the key of the temporary file in the path. Each user has own temporary files."""
    name: str = call.path["id"]
    if not _ID.fullmatch(name) or not name.strip("."):
        raise refused(
            "The id of a temporary file has 1 to 100 letters, digits, dots, dashes and underscores."
        )
    return temporary_key_of(call.user, name)


def temporary_key_of(user: Row, name: str) -> str:
    """Return the key under which a user's temporary file of this id is stored."""
    return f"temporary:{user['id']}:{name}"


def _temporary(call: Call) -> Row:
    row = call.world.store.get("temporary", _temporary_key(call))
    if row is None:
        raise missing("temporary file", call.path["id"])
    return row


@handles("TemporaryFiles_UpsertTemporaryFile")
def put_temporary(call: Call) -> Row:
    """Store a file with an id."""
    key = _temporary_key(call)
    with call.world.store.write() as writer:
        writer.delete_content(key)
        writer.put_content(key, call.body)
        writer.put("temporary", {"id": key, "complete": True, "parts": [0]})
    return {"id": call.path["id"]}


@handles("TemporaryFiles_UpsertTemporaryFilePart")
@in_turn
def put_temporary_part(call: Call) -> Row:
    """Store a part of a file; the final part completes the file."""
    key, part = _temporary_key(call), call.path["partNumber"]
    if part < 0:
        raise refused("Parts are numbered from 0.", partNumber=part)
    row = call.world.store.get("temporary", key)
    fresh = row is None or row["complete"]
    parts = sorted({part, *(row["parts"] if row and not fresh else ())})
    final = bool(call.query.get("finalPart"))
    gap = next((n for n, known in enumerate(parts, parts[0]) if n != known), None)
    if final and (parts[0] > 1 or gap is not None):
        raise refused(f"Part {gap if parts[0] <= 1 else 0} is missing.", partNumber=part)
    with call.world.store.write() as writer:
        if fresh:
            writer.delete_content(key)
        writer.put_content(key, call.body, part)
        writer.put("temporary", {"id": key, "complete": final, "parts": parts})
    return {"id": call.path["id"], "partNumber": part, "temporaryFileCreated": final}


@handles("TemporaryFiles_GetTemporaryFile")
def get_temporary(call: Call) -> Answer:
    """Download a complete file."""
    row = _temporary(call)
    if not row["complete"]:
        raise Problem(404, "The last part of this file has not arrived.", id=call.path["id"])
    name = call.query.get("contentDispositionFileName") or call.path["id"]
    return download(name, call.world.store.content(row["id"]) or b"")


@handles("TemporaryFiles_GetTemporaryFilePart")
def get_temporary_part(call: Call) -> Answer:
    """Download a part."""
    row, part = _temporary(call), call.path["partNumber"]
    if part not in row["parts"]:
        raise missing("part", part)
    return download(f"{call.path['id']}.{part}", call.world.store.content(row["id"], part) or b"")


@handles("TemporaryAccessTokens_CreateTemporaryToken")
def create_token(call: Call) -> Row:
    """Return a token that opens one resource for the caller without a session, for five minutes."""
    path: str = call.body["resourcePath"]
    if not path.strip("/ "):
        raise refused("A temporary token opens the resource at a path; resourcePath is empty.")
    return call.world.access.issue_temporary_token(call.user, path)

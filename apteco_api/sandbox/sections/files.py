"""Files and Directories: the file store over HTTP."""

from __future__ import annotations

import mimetypes
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from ..call import Answer, Call, handles
from ..listing import page
from ..problem import refused
from ..store import Row


def download(name: str, data: bytes) -> Answer:
    """Return bytes as a download with this file name."""
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    # a stored HTML page must not run as a page of the sandbox
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": "sandbox"}
    return Answer(data, media_type=media_type, headers={**headers, "X-Content-Type-Options": "nosniff"})


@handles("Files_GetFile")
def get_file(call: Call) -> Answer:
    """Download a file; the header `Last-Modified` says when it was stored."""
    path: str = call.path["filePath"]
    answer = download(path.rpartition("/")[2], call.world.files.read(path, call.user))
    stored = datetime.fromisoformat(call.world.files.stored_at(path, call.user))
    headers = {**answer.headers, "Last-Modified": format_datetime(stored, usegmt=True)}
    return replace(answer, headers=headers)


@handles("Files_UpsertFile")
def put_file(call: Call) -> Row:
    """Upload a file."""
    return call.world.files.write(call.path["filePath"], call.body, call.user)


@handles("Files_DeleteFile")
def delete_file(call: Call) -> None:
    """Delete a file."""
    call.world.files.delete(call.path["filePath"], call.user, directory=False)


@handles("Files_CopyFile")
def copy_file(call: Call) -> None:
    """Copy a file to the path in the address, below `targetBaseDirectory` if one is given."""
    source = call.query.get("fromFilePath")
    if not source:
        raise refused("The parameter fromFilePath is missing.", parameter="fromFilePath")
    base: str = call.query.get("targetBaseDirectory", "")
    target: str = call.path["toFilePath"]
    call.world.files.copy(source, f"{base.rstrip('/')}/{target}" if base else target, call.user)


@handles("Directories_GetFileSystems")
def file_systems(call: Call) -> Answer:
    """List the systems with a file store."""
    return page(call, [{"systemName": call.world.settings.system}])


@handles("Directories_GetRootFileEntries")
def root_entries(call: Call) -> Answer:
    """List the roots of the file store."""
    return page(call, call.world.files.entries(None, call.user))


@handles("Directories_GetFileEntries")
def entries(call: Call) -> Answer:
    """List a directory."""
    return page(call, call.world.files.entries(call.path["directoryPath"], call.user))


@handles("Directories_UpsertDirectory")
def put_directory(call: Call) -> Row:
    """Make a directory."""
    return call.world.files.make_directory(call.path["directoryPath"], call.user)


@handles("Directories_DeleteDirectory")
def delete_directory(call: Call) -> None:
    """Delete a directory with its contents."""
    call.world.files.delete(call.path["directoryPath"], call.user, directory=True)

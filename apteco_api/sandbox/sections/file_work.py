"""Files since 1.10.25: properties, zipped downloads, files of keys, and transfers to temporary files."""

from __future__ import annotations

import io
import zipfile
from functools import partial

from ..call import Answer, Call, handles
from ..files import parts_of
from ..jobs import Keep, Step, Work
from ..problem import Problem, missing, refused
from ..rights import READ_FILE, path_levels
from ..schema import is_object
from ..store import Row
from .files import download
from .job_family import JobFamily, register
from .queries import run
from .temporary_files import temporary_key_of

_MOST_KEYS = 100_000
_YES = {"true", "1", "yes"}
_NO = {"", "false", "0", "no"}


@handles("FileProperties_GetFileProperties")
def properties(call: Call) -> Row:
    """Return whether the caller may write at a path, and whether a file would be overwritten there."""
    path: str = call.path["filePath"]
    try:
        call.world.files.require_place(path, call.user)
    except Problem as problem:
        if problem.status not in (403, 409):
            raise
        status = "PermissionDenied"
    else:
        status = "CanOverwriteFile" if _exists(call, path) else "CanWrite"
    return {"writeStatus": status, "system": call.world.settings.system, "path": path}


def _exists(call: Call, path: str) -> bool:
    try:
        call.world.files.read(path, call.user)
    except Problem as problem:
        if problem.status in (403, 404):
            return False
        raise
    return True


def _new_path(call: Call) -> str:
    """Return the path in the query for a new file; 409 if the file exists."""
    path: str = call.query.get("filePath") or ""
    if not path.strip("/ "):
        raise refused("The parameter filePath is missing.", parameter="filePath")
    if _exists(call, path):
        raise Problem(409, f"There is a file '{path}' already: PUT replaces it.", path=path)
    return path


@handles("Files_CreateFile")
def create(call: Call) -> Row:
    """Upload a file to a path where no file exists."""
    return call.world.files.write(_new_path(call), call.body, call.user)


@handles("Files_GetFileEx")
def get_zipped(call: Call) -> Answer:
    """Download a file, zipped if the body asks for it."""
    path: str = call.path["filePath"]
    wanted: Row = call.body if is_object(call.body) else {}
    name, data = path.rpartition("/")[2], call.world.files.read(path, call.user)
    if not wanted.get("zipFile"):
        return download(name, data)
    if wanted.get("zipFilePassword"):
        raise refused(
            "The sandbox can't encrypt zip files; leave out zipFilePassword.", where="zipFilePassword"
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return download(f"{name}.zip", packed.getvalue())


@handles("Files_CreateUrnFile")
def create_urn_file(call: Call) -> Row:
    """Make a file of keys from a file in the file store, at a path where no file exists."""
    source = call.query.get("filePath") or ""
    if not source.strip("/ "):
        raise refused("The parameter filePath is missing.", parameter="filePath")
    target = _target(call, source)
    if _exists(call, target):
        raise Problem(409, f"There is a file '{target}' already: PUT replaces it.", path=target)
    return _urn_file(call, source, target)


@handles("Files_UpsertUrnFile")
def put_urn_file(call: Call) -> Row:
    """Make a file of keys from a file in the file store, or replace it."""
    source: str = call.path["filePath"]
    return _urn_file(call, source, _target(call, source))


def _target(call: Call, source: str) -> str:
    given: str = call.query.get("target") or ""
    return given or f"{source.rpartition('.')[0] or source}.urn"


def _urn_file(call: Call, source: str, target: str) -> Row:
    """Write the keys in the first column of a text file, one on each line; return facts of their records.

    Keys that no record has are left out, and so is a heading.
    """
    variable = _key_variable(call)
    try:
        lines = call.world.files.read(source, call.user).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise refused(f"'{source}' is not a text file.", path=source) from None
    firsts = (line.replace("\t", ",").split(",")[0].strip().strip('"') for line in lines)
    keys = list(dict.fromkeys(key for key in firsts if key))
    if len(keys) > _MOST_KEYS:
        raise refused(f"'{source}' holds more than {_MOST_KEYS} keys.", path=source)
    known = _known(call, variable, keys)
    delete = str(call.query.get("deleteSourceFile") or "").lower()
    if delete not in _YES | _NO:
        raise refused(f"deleteSourceFile is true or false, not '{delete}'.", parameter="deleteSourceFile")
    parts_of(target)
    entry = call.world.files.write(target, "".join(f"{key}\n" for key in known).encode(), call.user)
    if delete in _YES and source != target:
        call.world.files.delete(source, call.user, directory=False)
    facts = {"tableName": variable["tableName"], "records": len(known), "variableList": [variable["name"]]}
    return {**entry, "type": "Urn", **facts}


def _key_variable(call: Call) -> Row:
    name: str = call.query.get("variableName") or ""
    if not name:
        raise refused("The parameter variableName is missing.", parameter="variableName")
    found = next((row for row in call.world.data.variables() if row["name"] == name), None)
    if found is None:
        raise missing("variable", name)
    if found["type"] != "Reference":
        raise refused(f"'{name}' is not a key of its table; keys are Reference variables.", variable=name)
    return found


def _known(call: Call, variable: Row, keys: list[str]) -> list[str]:
    """Return the keys that exist in the data, in the given order."""
    if not keys:
        return []
    name, table = variable["name"], variable["tableName"]
    rule = {"listRule": {"list": "\t".join(keys), "variableName": name}}
    criteria = {
        "variableName": name,
        "tableName": table,
        "include": True,
        "logic": "OR",
        "valueRules": [rule],
    }
    selection = {"tableName": table, "rule": {"clause": {"criteria": criteria}}}
    column = {"id": "0", "variableName": name, "columnHeader": variable["description"]}
    limits = {"maximumNumberOfRowsToBrowse": _MOST_KEYS, "returnBrowseRows": True}
    request = {
        "baseQuery": {"selection": selection},
        "resolveTableName": table,
        "columns": [column],
        **limits,
    }
    found = {str(row["codes"]).strip() for row in run(call, "Export", request)["rows"]}
    return [key for key in keys if key in found]


def _transfer(call: Call) -> Work:
    path: str = call.path["filePath"]
    call.world.rights.require(call.user, READ_FILE, path_levels(path))
    data = call.world.files.read(path, call.user)

    def work(step: Step) -> bytes:
        step(0.5)
        return data

    return work


def _keep_transfer(call: Call) -> Keep:
    return partial(_store_transfer, call, parts_of(call.path["filePath"])[-1])


def _store_transfer(call: Call, name: str, data: bytes) -> Row:
    """Store a copy as a temporary file of the caller, with a new id."""
    safe = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)[:60]
    with call.world.store.write() as writer:
        number = writer.put("transfer", {"name": name})["id"]
        temporary = f"{number}-{safe}"
        key = temporary_key_of(call.user, temporary)
        writer.put_content(key, data)
        writer.put("temporary", {"id": key, "complete": True, "parts": [0]})
    return {"temporaryFilePath": temporary}


register(
    JobFamily(
        "file-transfer",
        creates="Files_CreateTransferToTemporaryFilesJob",
        reads="Files_GetTransferToTemporaryFilesJob",
        cancels="Files_CancelTransferToTemporaryFilesJob",
        task=_transfer,
        keep=_keep_transfer,
    )
)

"""Request bodies that are not JSON: forms and uploads."""

from __future__ import annotations

from email.message import Message
from email.utils import collapse_rfc2231_value
from urllib.parse import parse_qsl

from .problem import Problem, refused

_MOST_PARTS = 100
_LONGEST_HEAD = 8192


def read_form(content_type: str, body: bytes) -> dict[str, str]:
    """Return the fields of an `application/x-www-form-urlencoded` body; the first of several values wins."""
    if content_type and "x-www-form-urlencoded" not in content_type.lower():
        raise Problem(415, "This call takes application/x-www-form-urlencoded.", contentType=content_type)
    try:
        return dict(reversed(parse_qsl(body.decode(), keep_blank_values=True)))
    except UnicodeDecodeError:
        raise refused("The form is not UTF-8.") from None


def read_upload(content_type: str, body: bytes) -> tuple[str, bytes]:
    """Return file name and bytes of the field `file` in a `multipart/form-data` body."""
    header = _parse(content_type)
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise Problem(
            415, "A file is uploaded as multipart/form-data with a boundary.", contentType=content_type
        )
    mark = b"\r\n--" + boundary.encode()
    head = len(mark) - 2 if body.startswith(mark[2:]) else body.find(mark) + len(mark)
    for _ in range(_MOST_PARTS):
        end, content = body.find(mark, head), body.find(b"\r\n\r\n", head)
        if end < 0 or not 0 <= content < end:
            break
        fields = body[head : min(content, head + _LONGEST_HEAD)].decode("utf-8", "replace").split("\r\n")
        disposition = next((f for f in fields if f.lower().startswith("content-disposition:")), "")
        described = _parse(disposition.partition(":")[2].strip())
        if described.get_param("name") == "file":
            return collapse_rfc2231_value(described.get_param("filename") or ""), body[content + 4 : end]
        head = end + len(mark)
    raise refused("The upload has no field 'file'.", parameter="file")


def _parse(value: str) -> Message:
    message = Message()
    message["content-type"] = value.replace("\r", " ").replace("\n", " ")
    return message

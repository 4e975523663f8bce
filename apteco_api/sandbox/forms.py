"""Request bodies that are not JSON: forms and uploads."""

from __future__ import annotations

from email.message import Message
from email.utils import collapse_rfc2231_value
from urllib.parse import parse_qsl

from .problem import Problem, refused


def read_form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of an `application/x-www-form-urlencoded` body; the first of several values counts."""
    if content_type and "x-www-form-urlencoded" not in content_type.lower():
        raise Problem(415, "This call takes application/x-www-form-urlencoded.", contentType=content_type)
    try:
        return dict(reversed(parse_qsl(body.decode(), keep_blank_values=True)))
    except UnicodeDecodeError:
        raise refused("The form is not UTF-8.") from None


def read_upload(content_type: str, body: bytes) -> tuple[str, bytes]:
    """File name and bytes of the field `file` in a `multipart/form-data` body."""
    header = _parse(content_type)
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise Problem(
            415, "A file is uploaded as multipart/form-data with a boundary.", contentType=content_type
        )
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            continue
        fields = head.decode("utf-8", "replace").split("\r\n")
        disposition = next((f for f in fields if f.lower().startswith("content-disposition:")), "")
        described = _parse(disposition.partition(":")[2].strip())
        if described.get_param("name") == "file":
            return collapse_rfc2231_value(described.get_param("filename") or ""), content
    raise refused("The upload has no field 'file'.", parameter="file")


def _parse(value: str) -> Message:
    message = Message()
    message["content-type"] = value.replace("\r", " ").replace("\n", " ")
    return message

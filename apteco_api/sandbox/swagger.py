"""`/swagger/ui/index.html`: read and try the API in a browser, with swagger-ui's own files."""

from __future__ import annotations

import functools
import mimetypes
from collections.abc import Callable
from importlib import resources

import msgspec
from starlette.responses import RedirectResponse, Response

from . import media, swagger_page, xml_form
from .schema import Json, is_object
from .settings import BASE_PATH, Settings
from .spec import load

_UI = f"{BASE_PATH}/swagger/ui"
_DOCUMENTS = (swagger_page.DOCUMENT, f"{BASE_PATH}/swagger/v2/swagger.json")
"""The paths of the document, in older and in newer versions of the service."""
_FILES = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "LICENSE", "NOTICE")
_OWN: dict[str, Callable[[], str]] = {
    "start.js": lambda: swagger_page.START,
    "scheme.js": lambda: swagger_page.SCHEME,
    "page.css": lambda: swagger_page.STYLE,
    swagger_page.GUIDE: swagger_page.guide,
}
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def find(path: str, method: str, settings: Settings) -> Response | None:
    """Return the page, script or document at a path; None if the path belongs to the API."""
    if path in ("/", BASE_PATH, f"{BASE_PATH}/", f"{BASE_PATH}/swagger", f"{_UI}", f"{_UI}/"):
        return RedirectResponse(f"{_UI}/index.html", 307)
    if not path.startswith((f"{_UI}/", *_DOCUMENTS)) or method != "GET":
        return None
    content = _content(path, settings)
    if content is None:
        return None
    body, media_type = content
    return Response(body, media_type=media_type, headers={"Content-Security-Policy": _POLICY})


def _content(path: str, settings: Settings) -> tuple[bytes, str] | None:
    if path in _DOCUMENTS:
        return _document(settings.version), "application/json"
    name = path.rpartition("/")[2]
    if path == f"{_UI}/index.html":
        return swagger_page.page(settings).encode(), "text/html"
    if name in _OWN and path == f"{_UI}/{name}":
        return _OWN[name]().encode(), mimetypes.guess_type(name)[0] or "text/plain"
    if name in _FILES and path == f"{_UI}/{name}":
        data = resources.files("apteco_api.sandbox").joinpath("swagger_ui", name).read_bytes()
        return data, mimetypes.guess_type(name)[0] or "text/plain"
    return None


@functools.cache
def _document(version: str) -> bytes:
    """Return the document for the page: with this server's address, JSON before other forms, XML names."""
    document: Json = msgspec.json.decode(msgspec.json.encode(load(version).document))
    document["servers"] = [{"url": BASE_PATH, "description": "This sandbox."}]
    for methods in document["paths"].values():
        for operation in methods.values():
            if is_object(operation):
                for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                    _begin_with_json(part)
    for part in document["components"]["responses"].values():
        _begin_with_json(part)
    for schema in document["components"]["schemas"].values():
        _describe_lists(schema)
    return msgspec.json.encode(document)


def _begin_with_json(part: Json) -> None:
    content: Json = part.get("content", {})
    if media.JSON in content:
        part["content"] = {media.JSON: content[media.JSON], **content}


def _describe_lists(schema: Json) -> None:
    """Add to each list that its entries are wrapped in one element, and the name of the entries."""
    for part in schema.get("properties", {}).values():
        if is_object(item := part.get("items")):
            part["xml"] = {"wrapped": True}
            item["xml"] = {"name": xml_form.element_name(item)}

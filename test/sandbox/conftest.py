"""A running sandbox, and a client that is not ours: urllib3 to call, jsonschema to judge the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema
import pytest
import referencing
import referencing.jsonschema
import urllib3

from apteco_api.sandbox import Sandbox, serve, xml_form
from apteco_api.sandbox.spec import load

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "apteco_api" / "sandbox" / "openapi.json").read_text("utf-8"))
SCALE = 2_000
JSON, XML = "application/json", "application/xml"
RESOURCE = referencing.Resource.from_contents(
    DOCUMENT, default_specification=referencing.jsonschema.DRAFT202012
)
REGISTRY = referencing.Registry().with_resource("urn:api", RESOURCE)

ERROR = {"$ref": "#/components/schemas/ErrorMessage"}
FAILS_ON_PURPOSE = ("About_ForceInternalServerError", "About_ForceException")
FORMATS = jsonschema.FormatChecker(formats=("uuid",))


@FORMATS.checks("date-time")
def is_timestamp(value: object) -> bool:
    """ISO 8601, as the build date of a system has no zone, which RFC 3339 requires."""
    return not isinstance(value, str) or re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value) is not None


OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    item["operationId"]: (method.upper(), path, item)
    for path, methods in DOCUMENT["paths"].items()
    for method, item in methods.items()
    if isinstance(item, dict) and "operationId" in item
}


class Refused(AssertionError):
    """A call that was answered with a status of 400 or more."""

    def __init__(self, operation: str, status: int, body: Any) -> None:
        super().__init__(f"{operation}: {status} {body}")
        self.status = status
        self.body = body


class Api:
    """Calls operations by id and checks every answer against the spec."""

    def __init__(self, url: str, username: str = "", password: str = "", form: str = JSON) -> None:
        self.url = url
        self.form = form
        self.pool = urllib3.PoolManager(retries=False)
        self.token = ""
        self.called: set[str] = set()
        self.headers: dict[str, str] = {}
        self.session = ""
        if username:
            form = {"UserLogin": username, "Password": password}
            login = self("Sessions_CreateSessionSimple", form=form)
            self.token, self.session = login["accessToken"], login["sessionId"]

    def send(
        self,
        operation: str,
        /,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        form: dict[str, str] | None = None,
        file: tuple[str, bytes] | None = None,
        headers: dict[str, str] | None = None,
        **path: Any,
    ) -> urllib3.BaseHTTPResponse:
        """Return the raw answer of an operation; keywords fill its path."""
        method, template, item = OPERATIONS[operation]
        values = {"dataViewName": "Holidays", "systemName": "holidays", **path}
        target = template
        for name, value in values.items():
            target = target.replace(f"{{{name}}}", quote(str(value), safe="/"))
        if query:
            target += "?" + urlencode(query)
        sent = {
            **({"Accept": XML} if self.form == XML else {}),
            **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            **self.headers,
            **(headers or {}),
        }
        options: dict[str, Any] = {}
        if form is not None:
            options = {"fields": form, "encode_multipart": False}
        elif file is not None:
            options = {"fields": {"file": file}}
        elif body is not None:
            options = {"body": self._written(item, body)}
            sent.setdefault("Content-Type", self.form)
        elif "requestBody" in item and method in ("POST", "PUT"):
            options = {"body": b""}
        return self.pool.request(method, self.url + target, headers=sent, **options)

    def _written(self, item: dict[str, Any], body: Any) -> bytes:
        if self.form == JSON or "requestBody" not in item:
            return json.dumps(body).encode()
        return xml_form.write(body, item["requestBody"]["content"][JSON]["schema"], load().schemas)

    def __call__(self, operation: str, /, **options: Any) -> Any:
        """Return the decoded answer of an operation that succeeds."""
        answer = self.send(operation, **options)
        body = judge(operation, answer)
        if answer.status >= 400:
            raise Refused(operation, answer.status, body)
        self.called.add(operation)
        return body

    def refused(self, operation: str, /, **options: Any) -> tuple[int, str]:
        """Return status and message of an operation that is refused."""
        answer = self.send(operation, **options)
        body = judge(operation, answer)
        assert answer.status >= 400, f"{operation} was not refused: {answer.status} {body}"
        self.called.add(operation)
        return answer.status, body["message"]


def decoded(data: bytes, media_type: str, schema: dict[str, Any]) -> Any:
    """Return the value in an answer that is JSON or XML."""
    return xml_form.read(data, schema, load().schemas) if media_type == XML else json.loads(data)


def judge(operation: str, answer: urllib3.BaseHTTPResponse) -> Any:
    """Return the decoded body, after an independent validator has compared it with what the spec declares."""
    _, _, item = OPERATIONS[operation]
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    if answer.status >= 400:
        body = decoded(answer.data, media_type, ERROR)
        validate(body, ERROR)
        assert answer.status < 500 or operation in FAILS_ON_PURPOSE, body
        return body
    declared = item["responses"].get(str(answer.status))
    assert declared is not None, f"{operation} answered {answer.status}, which the spec does not list"
    if "$ref" in declared:
        declared = DOCUMENT["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    content = declared.get("content")
    if not content:
        assert answer.data == b"", f"{operation} has a body that the spec does not declare"
        return None
    schema = content.get(media_type, {}).get("schema")
    if media_type == JSON or (media_type == XML and JSON in content):
        body = decoded(answer.data, media_type, schema or {})
        assert schema is not None, f"{operation} answers {media_type}, which the spec does not list"
        validate(body, schema)
        return body
    return answer.data


def validate(body: Any, schema: dict[str, Any]) -> None:
    """Raise unless the body fits the schema."""
    text = json.dumps(schema).replace('"#/components', '"urn:api#/components')
    jsonschema.Draft202012Validator(json.loads(text), registry=REGISTRY, format_checker=FORMATS).validate(
        body
    )


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    """Yield a sandbox that the tests of one process share. Jobs take hardly any time."""
    with serve(scale=SCALE, job_seconds=0.01) as running:
        yield running


@pytest.fixture(scope="session")
def login(server: Sandbox) -> Callable[[str], Api]:
    """Logs a user in: Administrator, analyst."""
    return lambda username: Api(server.url, username, server.password)


@pytest.fixture(scope="session")
def admin(login: Callable[[str], Api]) -> Api:
    """Return the administrator."""
    return login("Administrator")


@pytest.fixture(scope="session")
def analyst(login: Callable[[str], Api]) -> Api:
    """Return an ordinary user."""
    return login("analyst")


@pytest.fixture(scope="session")
def new_api() -> Callable[..., Api]:
    """Makes clients for sandboxes that a test starts itself."""
    return Api


@pytest.fixture(scope="session")
def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return method, path and description of each operation by its id."""
    return OPERATIONS

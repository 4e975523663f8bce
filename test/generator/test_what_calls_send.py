"""Small documents, one for each kind of argument, body or address: the requests that are sent."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any, NamedTuple

import pytest

from .conftest import Seen, Server, Workshop, get, spec

TEXT, WHOLE, TRUTH = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
FILE = {"type": "string", "format": "binary"}


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def many(item: Any) -> dict[str, Any]:
    return {"type": "array", "items": item}


def parameter(schema: Any, place: str = "query", name: str = "q", **more: Any) -> dict[str, Any]:
    held = {} if schema is None else {"schema": schema}
    return {"name": name, "in": place, **held, **({"required": True} if place == "path" else {}), **more}


def calling(*parameters: Any, path: str = "/x", **more: Any) -> dict[str, Any]:
    return spec({path: get(parameters=list(parameters), **more)})


class Target(NamedTuple):
    """A document, the arguments of its one call, and the expected path and query."""

    document: Any
    arguments: dict[str, Any]
    sent: str


DEEP = {"a": {"b": 1, "c": [True, False]}, "d": None}
MEMBER = thing(page=WHOLE, open=TRUTH)

TARGETS: dict[str, Target] = {
    "true in the path": Target(calling(parameter(TRUTH, "path"), path="/x/{q}"), {"q": True}, "/x/true"),
    "false in the query": Target(calling(parameter(TRUTH)), {"q": False}, "/x?q=false"),
    "a list of truths": Target(calling(parameter(many(TRUTH))), {"q": [True, False]}, "/x?q=true&q=false"),
    "truths between commas": Target(
        calling(parameter(many(TRUTH), explode=False)), {"q": [True, False]}, "/x?q=true,false"
    ),
    "truths between bars": Target(
        calling(parameter(many(TRUTH), style="pipeDelimited")), {"q": [True, False]}, "/x?q=true%7Cfalse"
    ),
    "truths in a path": Target(
        calling(parameter(many(TRUTH), "path"), path="/x/{q}"), {"q": [True, False]}, "/x/true%2Cfalse"
    ),
    "an object inside an object": Target(
        calling(parameter({"type": "object"}, style="deepObject", explode=True)),
        {"q": DEEP},
        "/x?q%5Ba%5D%5Bb%5D=1&q%5Ba%5D%5Bc%5D=true&q%5Ba%5D%5Bc%5D=false",
    ),
    "a list as a deep object": Target(
        calling(parameter(many(TEXT), style="deepObject", explode=True)),
        {"q": ["a", "b"]},
        "/x?q%5B0%5D=a&q%5B1%5D=b",
    ),
    "JSON in a parameter": Target(
        calling(parameter(None, content={"application/json": {"schema": MEMBER}})),
        {"q": {"page": 1, "open": True}},
        "/x?q=%7B%22page%22%3A1%2C%22open%22%3Atrue%7D",
    ),
    "a list as JSON in a parameter": Target(
        calling(parameter(None, content={"application/json": {"schema": many(WHOLE)}})),
        {"q": [1, 2]},
        "/x?q=%5B1%2C2%5D",
    ),
    "an object in a form's style": Target(
        calling(parameter(MEMBER)), {"q": {"page": 1, "open": True}}, "/x?page=1&open=true"
    ),
    "an object in one value": Target(
        calling(parameter(MEMBER, explode=False)), {"q": {"page": 1, "open": True}}, "/x?q=page,1,open,true"
    ),
    "an object in a path": Target(
        calling(parameter(MEMBER, "path"), path="/x/{q}"), {"q": {"page": 1}}, "/x/page%2C1"
    ),
    "a parameter without a schema": Target(calling(parameter(None)), {"q": "a b"}, "/x?q=a+b"),
    "one of some numbers that are texts": Target(
        calling(parameter({"type": "string", "enum": [1, 2]})), {"q": 2}, "/x?q=2"
    ),
    "a text or one of some": Target(
        calling(parameter({"anyOf": [TEXT, {"type": "string", "enum": ["-1", "0"]}]})),
        {"q": "30s"},
        "/x?q=30s",
    ),
    "a uuid": Target(
        calling(parameter({**TEXT, "format": "uuid"})), {"q": uuid.UUID(int=1)}, f"/x?q={uuid.UUID(int=1)}"
    ),
    "a duration": Target(
        calling(parameter({**TEXT, "format": "duration"})), {"q": dt.timedelta(seconds=90)}, "/x?q=PT90S"
    ),
    "bytes": Target(calling(parameter({**TEXT, "format": "byte"})), {"q": b"AB"}, "/x?q=QUI%3D"),
    "a path parameter that nobody declared": Target(calling(path="/x/{q}"), {"q": "a/b"}, "/x/a%2Fb"),
    "a path with a fragment": Target(calling(path="/x#part"), {}, "/x"),
    "a path with a query": Target(calling(parameter(WHOLE), path="/x?kind=a"), {"q": 1}, "/x?kind=a&q=1"),
    "two parameters of one name in Python": Target(
        calling(parameter(TEXT, name="a-b"), parameter(TEXT, name="a.b")),
        {"a_b": "1", "query_a_b": "2"},
        "/x?a-b=1&a.b=2",
    ),
}


@pytest.mark.parametrize("name", TARGETS)
def test_an_argument_is_sent_as_its_style_says(workshop: Workshop, server: Server, name: str) -> None:
    case = TARGETS[name]
    package = workshop.made(case.document, strict=False, formats=True)
    client = workshop.opening(package)(package.Configuration(host=server.url))
    package.ThingsApi(client).things_get(**case.arguments)
    assert server.last.target == case.sent


@pytest.mark.parametrize(
    ("style", "sent"), [("cookie", "c=a+b/c==%3B%20d"), ("form", "c=a%2Bb%2Fc%3D%3D%3B%20d")]
)
def test_a_cookie_is_quoted_as_its_style_says(
    workshop: Workshop, server: Server, style: str, sent: str
) -> None:
    asked = {"name": "c", "in": "cookie", "style": style, "schema": {"type": "string"}}
    package = workshop.made(spec({"/x": get(parameters=[asked])}))
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get(
        c="a+b/c==; d"
    )
    assert server.last.headers["cookie"] == sent


COLOURS: tuple[Any, ...] = ("a b", ["red", "b/c"], {"R": 100, "G": "2;3"})


@pytest.mark.parametrize(
    ("style", "explode", "sent"),
    [
        ("label", False, [".a%20b", ".red,b%2Fc", ".R,100,G,2%3B3"]),
        ("label", True, [".a%20b", ".red.b%2Fc", ".R=100.G=2%3B3"]),
        ("matrix", False, [";c=a%20b", ";c=red,b%2Fc", ";c=R,100,G,2%3B3"]),
        ("matrix", True, [";c=a%20b", ";c=red;c=b%2Fc", ";R=100;G=2%3B3"]),
    ],
)
def test_a_path_argument_is_written_in_its_style(
    workshop: Workshop, server: Server, style: str, explode: bool, sent: list[str]
) -> None:
    asked = {"name": "c", "in": "path", "required": True, "style": style, "explode": explode, "schema": {}}
    package = workshop.made(spec({"/x{c}": get(parameters=[asked])}))
    things = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url)))
    for value in COLOURS:
        things.things_get(value)
    assert [request.target for request in server.requests] == [f"/x{text}" for text in sent]
    with pytest.raises(package.ApiValueError, match="another resource"):
        things.things_get("..")


@pytest.mark.parametrize(("verb", "times"), [("query", 2), ("patch", 1)])
def test_a_query_is_sent_again_as_a_get_is(workshop: Workshop, server: Server, verb: str, times: int) -> None:
    package = workshop.made(spec({"/x": {verb: get()["get"]}}, openapi="3.2.0"))
    configuration = package.Configuration(host=server.url, retries=1, backoff=0.001)
    server.answers({}, status=503)
    with pytest.raises(package.ApiException):
        package.ThingsApi(workshop.opening(package)(configuration)).things_get()
    assert [request.method for request in server.requests] == [verb.upper()] * times


def test_truths_in_headers_cookies_and_forms_are_words_of_json(workshop: Workshop, server: Server) -> None:
    form = {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": thing(f=TRUTH)}}}}
    places = [parameter(TRUTH, "header", "X-H"), parameter(TRUTH, "cookie", "c")]
    item = get(parameters=places, **form)
    package = workshop.made(spec({"/x": {"post": item["get"]}}))
    client = workshop.opening(package)(package.Configuration(host=server.url))
    package.ThingsApi(client).things_get(x_h=True, c=False, f=True)
    sent = server.last
    assert (sent.headers["X-H"], sent.headers["Cookie"], sent.body) == ("true", "c=false", b"f=true")


# --- bodies


def posting(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return spec({"/x": {"post": get(requestBody={"content": content, **more})["get"]}})


def fields(request: Seen) -> list[tuple[str, str, bytes]]:
    """Return name, headers and content of each part of a multipart form."""
    mark = request.headers["Content-Type"].partition("boundary=")[2].encode()
    found: list[tuple[str, str, bytes]] = []
    for part in request.body.split(b"--" + mark)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        found.append((head.split(b'name="')[1].split(b'"')[0].decode(), head.decode(), content))
    return found


def test_a_form_has_one_part_an_item(workshop: Workshop, server: Server) -> None:
    schema = thing(
        tags=many(TEXT), numbers=many(WHOLE), meta=thing(a=TEXT), metas=many(thing(a=TEXT)), f=many(FILE)
    )
    package = workshop.made(posting({"multipart/form-data": {"schema": schema}}))
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get(
        tags=["a,b", "c"], numbers=[1, 2], meta={"a": "x"}, metas=[{"a": "y"}, {"a": "z"}], f=[b"1", b"2"]
    )
    parts = fields(server.last)
    assert [(name, content) for name, _, content in parts] == [
        *[("tags", b"a,b"), ("tags", b"c"), ("numbers", b"1"), ("numbers", b"2"), ("meta", b'{"a":"x"}')],
        *[("metas", b'{"a":"y"}'), ("metas", b'{"a":"z"}'), ("f", b"1"), ("f", b"2")],
    ]
    assert "Content-Type: application/json" in parts[4][1]


@pytest.mark.parametrize(
    ("schema", "media", "given", "sent"),
    [
        (FILE, "image/png", b"1", "image/png"),
        (FILE, "image/png", ("a.gif", b"1", "image/gif"), "image/gif"),
        (FILE, "image/png, image/jpeg", b"1", "application/octet-stream"),
        (FILE, "image/*", ("a.gif", b"1"), "image/gif"),
        (many(FILE), "text/csv", [b"1", b"2"], "text/csv"),
        (TEXT, "application/xml", "<a/>", "application/xml"),
        (TEXT, "", "a", ""),
        (many(TEXT), "application/json", ["a"], ""),
        (thing(a=TEXT), "application/vnd.a+json", {"a": "b"}, "application/vnd.a+json"),
        (thing(a=TEXT), "application/xml", {"a": "b"}, "application/json"),
    ],
)
def test_a_part_has_the_content_type_that_the_document_names(
    workshop: Workshop, server: Server, schema: Any, media: str, given: Any, sent: str
) -> None:
    content = {"multipart/form-data": {"schema": thing(p=schema), "encoding": {"p": {"contentType": media}}}}
    package = workshop.made(posting(content))
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get(p=given)
    assert [head.partition("Content-Type: ")[2] for _, head, _ in fields(server.last)] == [sent] * len(
        given if isinstance(given, list) else [given]
    )


def test_parts_that_are_sent_otherwise_than_the_document_says_are_noted(workshop: Workshop) -> None:
    def noted(media: str, schema: Any, part: str = "") -> set[str]:
        content = {media: {"schema": thing(p=schema), "encoding": {"p": {"contentType": part}}}}
        return {each.code for each in workshop.remarks(posting(content))}

    assert noted("multipart/form-data", FILE, "image/png, image/jpeg") == {"part-type"}
    assert noted("multipart/form-data", thing(a=TEXT), "application/xml") == {"part-type"}
    assert noted("multipart/form-data", FILE, "image/png") == set()
    assert noted("application/x-www-form-urlencoded", FILE) == {"file-in-form"}


def test_bytes_in_json_are_base64(workshop: Workshop, server: Server) -> None:
    schema = thing(p={"type": "string", "format": "byte"})
    content = {"application/x-www-form-urlencoded": {"schema": schema, "encoding": JSON_PART}}
    package = workshop.made(posting(content), formats=True)
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get(p=b"hi")
    assert server.last.body == b"p=%22aGk%3D%22"


JSON_PART = {"p": {"contentType": "application/json"}}
BOTH = {
    "application/json": {"schema": thing(url=TEXT)},
    "multipart/form-data": {"schema": thing("file", file=FILE, note=TEXT)},
}


def test_json_and_a_form_can_both_be_sent(workshop: Workshop, server: Server) -> None:
    package = workshop.made(posting(BOTH))
    api = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url)))
    api.things_get(body=package.ThingsGetBody(url="u"))
    assert (server.last.headers["Content-Type"], server.last.body) == (
        "application/json",
        b'{"url":"u"}',
    )
    api.things_get(file=b"x", note="n")
    assert [(name, content) for name, _, content in fields(server.last)] == [("file", b"x"), ("note", b"n")]
    api.things_get()
    assert server.last.body == b""


@pytest.mark.parametrize("arguments", [{}, {"body": {"url": "u"}, "note": "n"}])
def test_a_needed_body_is_one_of_the_two_and_not_both(
    workshop: Workshop, server: Server, arguments: dict[str, Any]
) -> None:
    package = workshop.made(posting(BOTH, required=True))
    api = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url)))
    with pytest.raises(package.exceptions.ApiValueError, match="one of the two"):
        api.things_get(**arguments)
    assert server.requests == []


@pytest.mark.parametrize(
    ("schema", "value", "encoding", "sent"),
    [
        (thing(a=WHOLE), {"a": 1}, {"style": "deepObject", "explode": True}, "q%5Ba%5D=1"),
        (many(TEXT), ["a", "b"], {"style": "deepObject", "explode": True}, "q%5B0%5D=a&q%5B1%5D=b"),
        (many(thing(p=TEXT)), [{"p": "x"}], {"style": "deepObject", "explode": True}, "q%5B0%5D%5Bp%5D=x"),
        (many(TEXT), ["a", "b"], {"explode": False}, "q=a,b"),
        (many(TEXT), ["a", "b"], {}, "q=a&q=b"),
        (thing(a=WHOLE), {"a": 1}, {"contentType": "application/json"}, "q=%7B%22a%22%3A1%7D"),
    ],
)
def test_the_fields_of_a_urlencoded_form_are_written_as_their_encoding_says(
    workshop: Workshop, server: Server, schema: Any, value: Any, encoding: Any, sent: str
) -> None:
    media = {"schema": thing(q=schema), "encoding": {"q": encoding}}
    package = workshop.made(posting({"application/x-www-form-urlencoded": media}))
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get(q=value)
    assert server.last.body.decode() == sent


def test_fields_that_only_the_server_gives_are_not_asked_for(workshop: Workshop, server: Server) -> None:
    schema = thing("id", "name", id={**TEXT, "readOnly": True}, name=TEXT, secret={**TEXT, "writeOnly": True})
    document = posting({"application/json": {"schema": {"$ref": "#/components/schemas/P"}}})
    document["components"]["schemas"]["P"] = schema
    package = workshop.made(document)
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get(
        p=package.P(name="x")
    )
    assert json.loads(server.last.body) == {"name": "x"}
    with pytest.raises(ValueError, match="name"):
        package.P(id="1")


# --- verbs, servers, security


def test_a_head_returns_nothing(workshop: Workshop, server: Server) -> None:
    package = workshop.made(spec({"/x": {"head": get(TEXT)["get"]}}))
    assert (
        package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get()
        is None
    )
    assert server.last.method == "HEAD"


def test_an_operation_without_responses_returns_what_comes(workshop: Workshop, server: Server) -> None:
    package = workshop.made(spec({"/x": {"get": {"operationId": "x"}}}), strict=False)
    server.answers({"a": 1})
    assert package.DefaultApi(workshop.opening(package)(package.Configuration(host=server.url))).x() == {
        "a": 1
    }


def test_openapi_3_2_adds_verbs(workshop: Workshop, server: Server) -> None:
    document = spec(
        {"/x": {"query": get(id="a")["get"], "additionalOperations": {"COPY": get(id="b")["get"]}}}
    )
    package = workshop.made({**document, "openapi": "3.2.0"})
    operations = package.ThingsApi.operations
    assert [(operations[name].method, operations[name].path) for name in "ab"] == [
        ("QUERY", "/x"),
        ("COPY", "/x"),
    ]
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).a()
    assert server.last.method == "QUERY"


@pytest.mark.parametrize("place", ["path", "operation"])
def test_an_operation_goes_to_its_own_server(workshop: Workshop, server: Server, place: str) -> None:
    item = get()
    (item if place == "path" else item["get"])["servers"] = [{"url": f"{server.url}/own"}]
    package = workshop.made(spec({"/x": item, "/y": get(id="other")}))
    api = package.ThingsApi(workshop.opening(package)(package.Configuration(host=f"{server.url}/main")))
    api.things_get()
    assert server.last.target == "/own/x"
    api.other()
    assert server.last.target == "/main/y"


def test_a_client_of_this_machine_sends_nothing_to_another(workshop: Workshop, server: Server) -> None:
    item = get(servers=[{"url": "https://upload.example/v1"}])
    package = workshop.made(spec({"/x": item}))
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url))).things_get()
    assert server.last.target == "/x"
    assert package.ThingsApi.operations["things_get"].server == "https://upload.example/v1"


def test_schemes_that_are_needed_together_are_both_sent(workshop: Workshop, server: Server) -> None:
    schemes = {name: {"type": "apiKey", "in": "header", "name": f"X-{name}"} for name in ("A", "B")}
    document = spec({"/x": get(security=[{"A": [], "B": []}])}, components={"securitySchemes": schemes})
    package = workshop.made(document)
    config = package.Configuration(host=server.url, api_key={"A": "first-key", "B": "second-key"})
    package.ThingsApi(workshop.opening(package)(config)).things_get()
    assert (server.last.headers["X-A"], server.last.headers["X-B"]) == ("first-key", "second-key")


def test_lists_of_a_swagger_2_form_are_written_as_their_format_says(
    workshop: Workshop, server: Server
) -> None:
    items: list[dict[str, Any]] = [
        {"name": name, "in": "formData", "type": "array", "items": TEXT, **more}
        for name, more in (
            ("a", {}),
            ("b", {"collectionFormat": "multi"}),
            ("c", {"collectionFormat": "pipes"}),
        )
    ]
    operation = {"operationId": "x", "parameters": items, "responses": {"200": {"description": "d"}}}
    head = {"swagger": "2.0", "info": {"title": "T", "version": "1"}}
    package = workshop.made({**head, "paths": {"/x": {"post": operation}}})
    api = package.DefaultApi(workshop.opening(package)(package.Configuration(host=server.url)))
    api.x(a=["1", "2"], b=["1", "2"], c=["1", "2"])
    assert server.last.body == b"a=1,2&b=1&b=2&c=1%7C2"


@pytest.mark.parametrize(
    ("path", "own", "sent"),
    [
        ("/api", "", "/x"),
        ("/api", "/", "/x"),
        ("/api", "/v3/", "/v3/x"),
        ("/api", "../v3", "/v3/x"),
        ("/api", "/api/", "/main/x"),
        ("", "/", "/main/x"),
    ],
)
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_server_without_a_host_is_at_the_configured_host(
    workshop: Workshop, server: Server, path: str, own: str, sent: str, scheme: str
) -> None:
    servers = [{"url": f"https://api.example{path}"}]
    package = workshop.made(spec({"/x": get(servers=[{"url": own}])}, servers=servers))
    host = f"{server.url}/main".replace("http://", scheme)
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=host))).things_get()
    assert server.last.target == sent


def test_a_local_host_without_a_scheme_keeps_calls_on_this_machine(
    workshop: Workshop, server: Server
) -> None:
    package = workshop.made(spec({"/x": get(servers=[{"url": "https://upload.example/v1"}])}))
    host = server.url.removeprefix("http://")
    package.ThingsApi(workshop.opening(package)(package.Configuration(host=host))).things_get()
    assert server.last.target == "/x"


OBJECT, DATA = thing(a=TEXT), {"type": "string", "format": "byte"}
MADE, CHARSET = {"a": "b"}, "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("content", "given", "media"),
    [
        ({"application/xml": OBJECT, "application/vnd.api+json": OBJECT}, MADE, "application/vnd.api+json"),
        ({"text/xml": OBJECT, CHARSET: OBJECT}, MADE, CHARSET),
        ({"application/merge-patch+json": {}, "application/json": OBJECT}, MADE, "application/json"),
        ({"application/*+json": OBJECT}, MADE, "application/json"),
        ({"application/*+json": OBJECT, "text/json": OBJECT}, MADE, "text/json"),
        ({"*/*": OBJECT}, MADE, "application/json"),
        ({"*/*": FILE}, b"\0", "application/octet-stream"),
        ({"application/*": {}}, b"\0", "application/octet-stream"),
        ({"image/*": FILE}, b"\0", "image/*"),
        ({"application/pdf": TEXT}, b"\0", "application/pdf"),
        ({"application/json": DATA}, "aGk=", "application/json"),
    ],
)
def test_a_body_has_the_content_type_of_its_schema(
    workshop: Workshop, server: Server, content: Any, given: Any, media: str
) -> None:
    item = get(requestBody={"content": {name: {"schema": schema} for name, schema in content.items()}})
    package = workshop.made(spec({"/x": {"post": item["get"]}}), formats=True)
    api = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url)))
    api.things_get(body=given)
    body = given if isinstance(given, bytes) else json.dumps(given, separators=(",", ":")).encode()
    assert (server.last.headers["content-type"], server.last.body) == (media, body)


@pytest.mark.parametrize("media", ["image/jpeg", "application/pdf"])
def test_a_picture_in_base64_is_a_text_that_its_schema_describes(
    media: str, workshop: Workshop, server: Server
) -> None:
    schema = {**TEXT, "format": "base64", "description": "The picture in base64."}
    item = get(requestBody={"content": {media: {"schema": schema}}, "required": True})
    package = workshop.made(spec({"/x": {"post": item["get"]}}), formats=True)
    api = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url)))
    assert "body (str): The picture in base64." in api.things_get.__doc__
    api.things_get("aGk=")
    assert (server.last.headers["content-type"], server.last.body) == (media, b"aGk=")


def test_content_types_that_are_not_offered_are_noted(workshop: Workshop) -> None:
    def noted(content: Any) -> list[str]:
        item = get(requestBody={"content": {name: {"schema": schema} for name, schema in content.items()}})
        remarks = workshop.remarks(spec({"/x": {"post": item["get"]}}))
        return [each.message for each in remarks if each.code == "other-bodies"]

    assert noted({"text/csv": TEXT, "application/json": OBJECT}) == [
        "the body can also be text/csv; only application/json can be given"
    ]
    assert noted({"application/xml": OBJECT, "application/json": OBJECT}) == []
    assert noted({"multipart/form-data": thing(f=FILE), "application/json": OBJECT}) == []

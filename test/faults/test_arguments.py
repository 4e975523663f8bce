"""Cases 24 to 26 and 33: nothing gets into a request through an argument."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest
from engines import ENGINES, configured, get
from support import lab
from support.lab import COUNT, VARIABLE, answer

import apteco_api as aa
import apteco_api.aio as aio
from apteco_api.exceptions import ApiTypeError, ApiValueError

# The classes that the generated sections use.
Operation = type(aa.FilesApi.operations["files_get_file"])
Parameter = type(aa.FilesApi.operations["files_get_file"].parameters[0])
BASE = "/OrbitAPI/Holidays/FastStatsSystems/holidays/Variables/"


def variable(client: aa.ApiClient, name: Any) -> Any:
    return aa.FastStatsSystemsApi(client).fast_stats_systems_get_fast_stats_variable(
        "Holidays", "holidays", name
    )


@pytest.mark.parametrize("name", ["", ".", "..", None, "a\x00b", "a\r\nb", "\ud800", "a" * 65536])
def test_24_path_values_that_address_something_else_are_refused(name: Any, serve: Any, client: Any) -> None:
    server = serve(answer(body=VARIABLE))
    with pytest.raises(aa.ApiValueError, match=r"variable_name|URL"):
        variable(client(server), name)
    assert server.requests == []


@pytest.mark.parametrize(
    "name",
    [
        "../../admin",
        "x?y=1",
        "a#b",
        "a%2e%2e",
        "%00",
        "a\\..\\b",
        "．．",
        "/",
        "//evil.example",
        "a b",
        "é",
        True,
        7,
    ],
)
def test_24_other_path_values_are_one_encoded_segment(name: Any, serve: Any, client: Any) -> None:
    server = serve(answer(body=VARIABLE))
    variable(client(server), name)
    assert server.requests[0].line == f"GET {BASE}{quote(str(name), safe='')} HTTP/1.1"


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/../x", "a//..", "..", ".", "/", "//", "..\\..\\x", "a/..\\b", ""]
)
def test_24_file_paths_stay_below_their_folder(path: str, serve: Any, client: Any) -> None:
    server = serve(answer(204, content_type=None))
    with pytest.raises(aa.ApiValueError, match="file_path"):
        aa.FilesApi(client(server)).files_delete_file("Holidays", "holidays", path)
    assert server.requests == []


@pytest.mark.parametrize("path", ["a/./b", "/Private/x", "a//b", "a/b/", "./a"])
def test_24_file_paths_that_do_not_climb_are_sent_as_they_are(path: str, serve: Any, client: Any) -> None:
    server = serve(answer(204, content_type=None))
    aa.FilesApi(client(server)).files_delete_file("Holidays", "holidays", path)
    assert server.requests[0].line == f"DELETE /OrbitAPI/Holidays/Files/holidays/{path} HTTP/1.1"


def test_24_file_paths_keep_their_slashes(serve: Any, client: Any) -> None:
    server = serve(answer(204, content_type=None))
    aa.FilesApi(client(server)).files_delete_file("Holidays", "holidays", "Private/my file?.xml")
    assert (
        server.requests[0].line
        == "DELETE /OrbitAPI/Holidays/Files/holidays/Private/my%20file%3F.xml HTTP/1.1"
    )


QUERY = [
    ("a&b=c#d+e", "form", None, "q=a%26b%3Dc%23d%2Be"),
    (True, "form", None, "q=True"),
    ([1, "a b"], "form", None, "q=1&q=a+b"),
    ([1, 2], "form", False, "q=1,2"),
    (["a", "b"], "pipeDelimited", False, "q=a%7Cb"),
    (["a", "b"], "spaceDelimited", False, "q=a%20b"),
    ({"k&": "v="}, "deepObject", True, "q%5Bk%26%5D=v%3D"),
    (1.5, "form", None, "q=1.5"),
]


@pytest.mark.parametrize(("value", "style", "explode", "expected"), QUERY)
def test_25_query_values_are_the_exact_bytes(
    value: Any, style: str, explode: Any, expected: str, serve: Any, client: Any
) -> None:
    server = serve(answer(204, content_type=None))
    parameter = Parameter("q", "q", "query", "str", style=style, explode=explode)
    client(server).call(
        Operation(id="X", method="GET", path="/x", parameters=(parameter,), responses={204: ""}), [value]
    )
    assert server.requests[0].line == f"GET /OrbitAPI/x?{expected} HTTP/1.1"


@pytest.mark.parametrize("style", [None, "[]"])
def test_25_a_list_without_items_and_none_are_not_sent(style: Any, serve: Any, client: Any) -> None:
    server = serve(answer(204, content_type=None))
    parameter = Parameter("q", "q", "query")
    operation = Operation(id="X", method="GET", path="/x", parameters=(parameter,), responses={204: ""})
    client(server).call(operation, [None if style is None else []])
    assert server.requests[0].line == "GET /OrbitAPI/x HTTP/1.1"


NAMED = r"X-Custom|header|X-One|X-Two|cookie|file|form field|User-Agent|Idempotency-Key|Authorization"


@pytest.mark.parametrize("ending", ["\r\nX-Evil: 1", "\n", "\r", "\x00"])
def test_26_line_breaks_in_headers_and_forms_are_refused_without_their_value(
    ending: str, serve: Any, client: Any
) -> None:
    server = serve(answer(body=COUNT))
    secret = "canary-header" + ending + "x"
    shared = client(server)
    attempts: list[Any] = [
        lambda: shared.set_default_header("X-Custom", secret),
        lambda: shared.set_default_header("X" + ending, "v"),
        lambda: lab.count(shared, _headers={"X-One": secret}),
        lambda: lab.count(aa.ApiClient(shared.configuration, cookie=secret)),
        lambda: aa.FilesApi(shared).files_upsert_file("H", "h", "a.csv", (secret, b"data")),
        lambda: aa.FilesApi(shared).files_upsert_file("H", "h", "a.csv", ("a.csv", b"data", secret)),
        lambda: shared.call_api("/x", "POST", files={secret: ("a.csv", b"data")}),
        lambda: shared.call_api("/x", "GET", header_params={"X-Two": secret}),
        lambda: setattr(shared, "user_agent", secret),
        lambda: lab.count(shared, _idempotency_key=secret),
        lambda: lab.count(_with_token(shared, secret)),
    ]
    for attempt in attempts:
        with pytest.raises(
            ValueError,
            match=NAMED,
        ) as failure:
            attempt()
        assert isinstance(failure.value, aa.ApiValueError)
        assert "canary" not in str(failure.value)
    assert server.requests == []


def _with_token(client: aa.ApiClient, token: str) -> aa.ApiClient:
    client.configuration.api_key["Authorization"] = token
    return client


@pytest.mark.parametrize("value", ["//evil", "http://evil", "@evil", "\\\\evil"])
@pytest.mark.parametrize("place", ["path", "value", "free"])
def test_33_an_operation_can_not_leave_its_host(value: str, place: str, serve: Any, client: Any) -> None:
    other, server = serve(answer(204, content_type=None)), serve(answer(204, content_type=None))
    text = value.replace("evil", f"127.0.0.1:{other.port}/x")
    shared = client(server)
    parameter = Parameter("a", "a", "path", required=True)
    path = text if place == "path" else "/{a}"
    operation = Operation(id="X", method="GET", path=path, parameters=(parameter,), responses={204: ""})
    try:
        if place == "free":
            shared.call_api(text, "GET")
        else:
            shared.call(operation, [text])
    except aa.ApiValueError:
        assert server.requests == []
    else:
        assert len(server.requests) == 1
        assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"
        if place != "free":
            assert server.requests[0].target.startswith("/OrbitAPI/")
    assert other.requests == []


def test_33_a_link_to_the_next_page_at_another_origin_is_not_followed(serve: Any, client: Any) -> None:
    other = serve(answer(body={"list": []}))
    link = f"http://127.0.0.1:{other.port}/next"
    item = {"code": "1", "description": "d"}
    page = {"offset": 0, "count": 1, "totalCount": 1, "list": [item], "next": link, "nextLink": link}
    server = serve(answer(body=page, Link=f'<{link}>; rel="next"'))
    codes = aa.FastStatsSystemsApi(client(server)).fast_stats_systems_get_fast_stats_variable_codes
    assert [item.code for item in aa.paginate(codes, "H", "h", "v")] == ["1"]
    assert other.requests == []


@pytest.mark.parametrize(
    "host",
    [
        "file:///etc/passwd",
        "ftp://x/",
        "evil:x",
        "http://",
        "http://a b/",
        "http://x:99999/",
        "http://a\r\nb/",
    ],
)
def test_33_a_host_that_is_no_http_url_is_refused(host: str, get: Any) -> None:
    with pytest.raises(aa.ApiValueError, match="host"):
        get(host)


@pytest.mark.parametrize(
    "name", ["content-length", "Transfer-Encoding", "TE", "upgrade", "Trailer", "Expect"]
)
def test_headers_that_frame_a_request_are_refused(name: str, serve: Any, client: Any) -> None:
    server = serve(answer(body=VARIABLE))
    with pytest.raises(ApiValueError, match=name):
        aa.AboutApi(client(server)).about_get_version(_headers={name: "1"})
    with pytest.raises(ApiValueError, match=name):
        client(server).set_default_header(name, "1")
    assert server.requests == []


@pytest.mark.parametrize("name", [1, None, b"X-A", ("a",)])
def test_a_header_name_must_be_text(name: Any, serve: Any, client: Any) -> None:
    with pytest.raises(ApiTypeError, match="text"):
        aa.AboutApi(client(serve(answer(body=VARIABLE)))).about_get_version(_headers={name: "1"})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["ACCEPT", "authorization", "User-AGENT", "accept-encoding", "hOST"])
def test_the_callers_header_takes_the_place_of_ours_whatever_the_case(
    engine: str, name: str, serve: Any
) -> None:
    server = serve(answer(body=VARIABLE))
    get(engine, server.url, {"_headers": {name: "mine"}}, api_key={"Authorization": "t0ken-t0ken"})
    lines = [
        line.partition(":")[0].lower() for line in server.requests[0].raw.decode("latin-1").split("\r\n")[1:]
    ]
    assert lines.count(name.lower()) == 1
    assert server.requests[0].headers[name.lower()] == "mine"


WRONG = [
    ("X-A", "canary\r\nX-Evil: 1"),
    ("X-A", "canary\x00"),
    ("X-A", "π"),
    ("X A", "1"),
    ("Te", "1"),
    (5, "1"),
]


@pytest.mark.parametrize("engine", [*ENGINES, "plain"])
@pytest.mark.parametrize(("name", "value"), WRONG)
@pytest.mark.parametrize("place", ["default_headers", "policy", "proxy_headers"])
def test_a_header_that_cannot_be_sent_is_refused_wherever_it_was_put(
    engine: str, name: Any, value: str, place: str, serve: Any
) -> None:
    server = serve(answer(body={"version": "1"}))

    def stamp(call: Any, request: Any, onward: Any) -> Any:
        return (yield from onward(request.copy(headers={**request.headers, name: value})))

    def put(made: aa.ApiClient) -> None:
        if place == "default_headers":
            made.default_headers[name] = value
        elif place == "policy":
            made.policies = (*made.policies, stamp)
        else:
            made.configuration.proxy, made.configuration.proxy_headers = server.url, {name: value}

    async def awaited() -> None:
        async with aio.AsyncApiClient(configured(server.url), engine=engine) as made:
            put(made.sync)
            await aio.AboutApi(made).about_get_version()

    def sent() -> None:
        if engine in ("threads", "aiohttp"):
            return asyncio.run(awaited())
        with aa.ApiClient(configured(server.url)) as made:
            put(made)
            if engine == "plain":
                assert made.rest_client.pool_manager
            aa.AboutApi(made).about_get_version()

    with pytest.raises((ApiTypeError, ApiValueError), match=r"X-A|X A|Te|header name") as caught:
        sent()
    assert "canary" not in str(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("engine", ENGINES)
def test_default_headers_of_one_name_in_two_cases_are_sent_once(engine: str, serve: Any) -> None:
    server = serve(answer(body={"version": "1"}))

    async def awaited() -> None:
        async with aio.AsyncApiClient(configured(server.url), engine=engine) as made:
            made.sync.default_headers.update({"user-agent": "mine", "X-Count": 5})  # type: ignore[dict-item]
            await aio.AboutApi(made).about_get_version()

    if engine == "sync":
        with aa.ApiClient(configured(server.url)) as made:
            made.default_headers.update({"user-agent": "mine", "X-Count": 5})  # type: ignore[dict-item]
            aa.AboutApi(made).about_get_version()
    else:
        asyncio.run(awaited())
    assert server.requests[0].raw.lower().count(b"user-agent:") == 1
    assert (server.requests[0].headers["user-agent"], server.requests[0].headers["x-count"]) == ("mine", "5")

"""A program that replaces or wraps a function of a call sees the call, as with apteco-api 0.3.2."""

from __future__ import annotations

import functools
import http.client
import importlib.metadata
import inspect
import io
import json
import socket
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
import urllib3
import urllib3.connection
import urllib3.connectionpool
import urllib3.util.connection

import apteco_api as aa

OURS = importlib.metadata.version("apteco-api") != "0.3.2"


def canned(body: bytes = b'{"version": "MOCKED"}', status: int = 200) -> urllib3.HTTPResponse:
    headers = {"Content-Type": "application/json"}
    return urllib3.HTTPResponse(
        io.BytesIO(body), headers=headers, status=status, reason="OK", preload_content=False
    )


def answer(body: bytes = b'{"version": "MOCKED"}', status: int = 200) -> mock.Mock:
    return mock.Mock(
        status=status, data=body, reason="OK", getheaders=dict, getheader=lambda name, default=None: default
    )


# ---- call_api


def test_a_patched_call_api_takes_the_place_of_each_call(server: Any, client: Any) -> None:
    with mock.patch.object(aa.ApiClient, "call_api", return_value="MOCKED") as patched:
        assert aa.AboutApi(client(server)).about_get_version() == "MOCKED"
    assert server.asked == []
    path, verb, path_params, query, headers = patched.call_args.args
    assert (path, verb, path_params, query) == ("/About/Version", "GET", {}, [])
    assert headers["Accept"] == "application/json"
    assert patched.call_args.kwargs["response_type"] == "VersionDetails"
    assert patched.call_args.kwargs["auth_settings"] == []
    assert patched.call_args.kwargs["_return_http_data_only"] is True
    assert aa.AboutApi(client(server)).about_get_version().version == "real"


def test_call_api_gets_the_published_arguments(server: Any, client: Any) -> None:
    with mock.patch.object(aa.ApiClient, "call_api", return_value=None) as patched:
        aa.FastStatsSystemsApi(client(server)).fast_stats_systems_get_fast_stats_tables(
            "dv", "sys", count=5, filter="Name eq 'x'"
        )
        aa.FilesApi(client(server)).files_delete_file("dv", "sys", "Private/x.xml")
        query = aa.Query(selection=aa.Selection(table_name="People"))
        aa.QueriesApi(client(server)).queries_perform_query_count_synchronously("dv", "sys", query=query)
    tables, file, count = patched.call_args_list
    assert tables.args[:2] == ("/{dataViewName}/FastStatsSystems/{systemName}/Tables", "GET")
    assert tables.args[2] == {"dataViewName": "dv", "systemName": "sys"}
    assert sorted(tables.args[3]) == [("count", 5), ("filter", "Name eq 'x'")]
    assert file.args[0] == "/{dataViewName}/Files/{systemName}/{filePath0}/{filePath1}"
    assert file.args[2] == {
        "dataViewName": "dv", "systemName": "sys", "filePath0": "Private", "filePath1": "x.xml",
    }  # fmt: skip
    assert count.kwargs["body"] is query
    assert count.args[4]["Content-Type"] == "application/json"


def test_an_overridden_call_api_may_change_the_call(server: Any, client: Any) -> None:
    class Stamped(aa.ApiClient):
        def call_api(self, resource_path: str, method: str, *args: Any, **kwargs: Any) -> Any:
            path, query, headers = args[:3]
            headers = {**headers, "X-Stamp": "7"}
            return super().call_api(
                resource_path, method, path, [*query, ("extra", "1")], headers, *args[3:], **kwargs
            )

    server.answer = lambda asked: (200, {"offset": 0, "count": 0, "totalCount": 0, "list": []})
    page = aa.FastStatsSystemsApi(client(server, Stamped)).fast_stats_systems_get_fast_stats_tables(
        "dv", "s", count=3
    )
    assert page.total_count == 0
    (asked,) = server.asked
    assert asked.target == "/dv/FastStatsSystems/s/Tables?count=3&extra=1"
    assert asked.headers["X-Stamp"] == "7"
    assert asked.headers["Authorization"] == "Bearer token-123456"


def test_an_error_goes_through_an_overridden_call_api(server: Any, client: Any) -> None:
    class Seeing(aa.ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().call_api(*args, **kwargs)
            except aa.ApiException as error:
                seen.append(error.status)
                raise

    seen: list[int | None] = []
    server.answer = lambda asked: (404, {"message": "no"})
    with pytest.raises(aa.ApiException) as caught:
        aa.AboutApi(client(server, Seeing)).about_get_version()
    assert (seen, caught.value.status) == ([404], 404)


# ---- how a connection is opened


def test_a_replaced_name_look_up_opens_the_connection(server: Any, client: Any) -> None:
    """As programs do that answer for the name server: `create_connection` gets another address."""
    original = urllib3.util.connection.create_connection
    port = server.url.rpartition(":")[2]

    def elsewhere(address: tuple[str, int], *args: Any, **options: Any) -> Any:
        assert address[0] == "orbit.invalid"
        return original(("127.0.0.1", address[1]), *args, **options)

    one = client(server)
    one.configuration.host = f"http://orbit.invalid:{port}"
    with mock.patch("urllib3.util.connection.create_connection", elsewhere):
        assert aa.AboutApi(one).about_get_version().version == "real"


@pytest.mark.parametrize("name", ["allowed_gai_family", "HAS_IPV6"])
def test_programs_that_choose_ipv4_get_ipv4(server: Any, client: Any, name: str) -> None:
    looked: list[Any] = []
    original = socket.getaddrinfo

    def watched(host: Any, port: Any, family: int = 0, *args: Any, **options: Any) -> Any:
        looked.append(family)
        return original(host, port, family, *args, **options)

    value = False if name == "HAS_IPV6" else lambda: socket.AF_INET
    one = client(server)
    one.configuration.host = one.configuration.host.replace("127.0.0.1", "localhost")
    with mock.patch(f"urllib3.util.connection.{name}", value), mock.patch("socket.getaddrinfo", watched):
        assert aa.AboutApi(one).about_get_version().version == "real"
    assert looked == [socket.AF_INET]


def test_a_connection_class_with_its_own_socket_is_used(server: Any, client: Any) -> None:
    original = urllib3.connection.HTTPConnection._new_conn
    place = "urllib3.connection.HTTPConnection._new_conn"
    with mock.patch(place, autospec=True, side_effect=original) as made:
        assert aa.AboutApi(client(server)).about_get_version().version == "real"
    assert made.call_count == 1


# ---- mocks of the client


@pytest.mark.parametrize("autospec", [False, True])
def test_a_mock_of_the_client_answers_for_a_controller(autospec: bool) -> None:
    made = mock.create_autospec(aa.ApiClient, instance=True) if autospec else mock.Mock(spec=aa.ApiClient)
    made.client_side_validation = True
    made.call_api.return_value = "MOCKED"
    assert aa.AboutApi(made).about_get_version() == "MOCKED"
    with pytest.raises(aa.ApiValueError, match="data_view_name"):
        aa.SessionsApi(made).sessions_create_session_simple(None, "u", "p")
    assert made.call_api.call_count == 1


def test_every_method_of_every_controller_goes_through_a_replaced_call_api() -> None:
    made = mock.Mock(spec=aa.ApiClient)
    made.client_side_validation = True
    made.call_api.return_value = "MOCKED"
    count = 0
    for name in dir(aa):
        kind = getattr(aa, name)
        if not (inspect.isclass(kind) and name.endswith("Api")):
            continue
        for method_name, method in inspect.getmembers(kind(made), inspect.ismethod):
            if method_name.startswith("_") or method_name.endswith("_with_http_info"):
                continue
            needed = [
                p for p in inspect.signature(method).parameters.values()
                if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
            ]  # fmt: skip
            assert method(*(["1"] * len(needed))) == "MOCKED", method_name
            count += 1
    assert made.call_api.call_count == count > 250


def test_async_req_goes_through_a_replaced_call_api(server: Any, client: Any) -> None:
    class Counting(aa.ApiClient):
        calls = 0

        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            Counting.calls += 1
            return super().call_api(*args, **kwargs)

    thread = aa.AboutApi(client(server, Counting)).about_get_version(async_req=True)
    assert thread.get(10).version == "real"
    assert Counting.calls == 1


# ---- request and rest_client


@pytest.mark.parametrize("where", ["class", "instance", "subclass"])
def test_a_replaced_request_sends(where: str, server: Any, client: Any) -> None:
    sent = mock.Mock(return_value=answer())

    class Own(aa.ApiClient):
        def request(self, *args: Any, **kwargs: Any) -> Any:
            return sent(*args, **kwargs)

    made = client(server, Own if where == "subclass" else aa.ApiClient)
    if where == "instance":
        made.request = sent
    with mock.patch.object(aa.ApiClient, "request", sent) if where == "class" else mock.patch("os.sep", "/"):
        assert aa.AboutApi(made).about_get_version().version == "MOCKED"
    assert server.asked == []
    assert sent.call_args.args[0] == "GET"
    assert sent.call_args.args[1] == f"{server.url}/About/Version"


@pytest.mark.parametrize("name", ["request", "GET"])
@pytest.mark.parametrize("where", ["class", "instance"])
def test_a_replaced_method_of_the_rest_client_sends(name: str, where: str, server: Any, client: Any) -> None:
    made, sent = client(server), mock.Mock(return_value=answer())
    if where == "instance":
        setattr(made.rest_client, name, sent)
        assert aa.AboutApi(made).about_get_version().version == "MOCKED"
    else:
        with mock.patch(f"apteco_api.rest.RESTClientObject.{name}", sent):
            assert aa.AboutApi(made).about_get_version().version == "MOCKED"
    assert sent.called
    assert server.asked == []


def test_a_replaced_rest_client_sends(server: Any, client: Any) -> None:
    made = client(server)
    made.rest_client = mock.Mock(**{"GET.return_value": answer()})
    assert aa.AboutApi(made).about_get_version().version == "MOCKED"


def test_a_replaced_request_that_calls_the_original_sees_each_call_once(server: Any, client: Any) -> None:
    seen: list[Any] = []

    class Seeing(aa.ApiClient):
        def request(self, method: str, url: str, query_params: Any = None, *args: Any, **kwargs: Any) -> Any:
            seen.append((method, url.removeprefix(server.url), query_params, kwargs.get("headers")))
            return super().request(method, url, query_params, *args, **kwargs)

    made = client(server, Seeing)
    login = aa.SessionsApi(made).sessions_create_session_simple("dv", "ann", "secret")
    assert login.access_token == "t"
    assert server.asked[0].body == b"UserLogin=ann&Password=secret"
    server.answer = lambda asked: (200, {"offset": 0, "count": 0, "totalCount": 0, "list": []})
    aa.FastStatsSystemsApi(made).fast_stats_systems_get_fast_stats_tables("dv", "s", count=3)
    assert seen[1][:3] == ("GET", "/dv/FastStatsSystems/s/Tables", [("count", 3)])
    assert seen[1][3]["Authorization"] == "Bearer token-123456"
    assert server.asked[1].target == "/dv/FastStatsSystems/s/Tables?count=3"


def test_an_api_exception_of_a_replaced_request_reaches_the_caller(client: Any) -> None:
    made = client("http://127.0.0.1:9")
    made.rest_client.request = mock.Mock(side_effect=aa.ApiException(status=0, reason="mine"))
    error = None
    try:
        aa.AboutApi(made).about_get_version()
    except (aa.ApiException, AttributeError) as caught:  # 0.3.2 tries to decode the body None
        error = caught
    assert error is not None
    assert made.rest_client.request.call_count == 1


def test_a_json_body_is_given_to_a_replaced_request_as_plain_values(server: Any, client: Any) -> None:
    made = client(server)
    made.rest_client.request = mock.Mock(return_value=answer(b'{"counts": [], "ranSuccessfully": true}'))
    query = aa.Query(selection=aa.Selection(table_name="People", ancestor_counts=True))
    aa.QueriesApi(made).queries_perform_query_count_synchronously("dv", "s", query=query)
    body = made.rest_client.request.call_args.kwargs["body"]
    assert body == {"selection": {"tableName": "People", "ancestorCounts": True}}


# ---- helpers of the client, and the twins of a controller


@pytest.mark.parametrize("where", ["class", "instance", "subclass"])
@pytest.mark.parametrize(
    "name",
    [
        "deserialize",
        "parameters_to_tuples",
        "sanitize_for_serialization",
        "select_header_accept",
        "select_header_content_type",
        "update_params_for_auth",
    ],
)
def test_a_replaced_helper_takes_part_in_each_call(name: str, where: str, server: Any, client: Any) -> None:
    given: dict[str, Callable[..., Any]] = {
        "deserialize": lambda response, kind: (json.loads(response.data)["counts"], kind),
        "parameters_to_tuples": lambda params, formats: [("mine", "1")],
        "sanitize_for_serialization": lambda obj: {"mine": 1} if isinstance(obj, aa.Query) else obj,
        "select_header_accept": lambda accepts: "application/mine",
        "select_header_content_type": lambda types: "application/mine+json",
        "update_params_for_auth": lambda headers, query, names: headers.update({"X-Mine": str(names)}),
    }
    own = given[name]
    kind = type("Own", (aa.ApiClient,), {name: lambda self, *args: own(*args)})
    made = client(server, kind if where == "subclass" else aa.ApiClient)
    if where == "instance":
        setattr(made, name, own)
    server.answer = lambda asked: (200, {"counts": [], "ranSuccessfully": True})
    on_class = mock.patch.object(aa.ApiClient, name, lambda self, *args: own(*args))
    with on_class if where == "class" else mock.patch("os.sep", "/"):
        count = aa.QueriesApi(made).queries_perform_query_count_synchronously
        result = count("dv", "s", timeout_in_seconds=3, query=aa.Query())
    (asked,) = server.asked
    assert asked.target.partition("?")[2] == (
        "mine=1" if name == "parameters_to_tuples" else "timeoutInSeconds=3"
    )
    assert (asked.body == b'{"mine":1}' or asked.body == b'{"mine": 1}') == (
        name == "sanitize_for_serialization"
    )
    assert (asked.headers.get("Accept") == "application/mine") == (name == "select_header_accept")
    own_type = name == "select_header_content_type"
    assert asked.headers["Content-Type"] == ("application/mine+json" if own_type else "application/json")
    signed = asked.headers.get("X-Mine", "") == "['faststats_auth']"
    assert signed == ("Authorization" not in asked.headers) == (name == "update_params_for_auth")
    assert (result == ([], "QueryResult")) == (name == "deserialize")


@pytest.mark.parametrize("where", ["class", "instance", "subclass"])
def test_a_replaced_twin_answers_for_its_method(where: str, server: Any, client: Any) -> None:
    seen = mock.Mock(return_value="MINE")
    twin = "fast_stats_systems_get_fast_stats_tables_with_http_info"

    class Own(aa.FastStatsSystemsApi):
        pass

    if where == "subclass":
        setattr(Own, twin, lambda self, *args, **kwargs: seen(*args, **kwargs))
    api = Own(client(server))
    if where == "instance":
        setattr(api, twin, seen)
    on_class = mock.patch.object(aa.FastStatsSystemsApi, twin, seen)
    with on_class if where == "class" else mock.patch("os.sep", "/"):
        assert api.fast_stats_systems_get_fast_stats_tables("dv", "s", count=3) == "MINE"
    assert seen.call_args == mock.call("dv", "s", count=3, _return_http_data_only=True)
    assert server.asked == []


def test_a_wrapped_twin_may_call_the_original(server: Any, client: Any) -> None:
    class Own(aa.AboutApi):
        def about_get_version(self, **kwargs: Any) -> Any:
            return self.about_get_version_with_http_info(**kwargs)[0]

        @functools.wraps(aa.AboutApi.about_get_version_with_http_info)
        def about_get_version_with_http_info(self, *args: Any, **kwargs: Any) -> Any:
            return super().about_get_version_with_http_info(*args, **kwargs)

    assert Own(client(server)).about_get_version().version == "real"
    assert len(server.asked) == 1


def test_a_blocked_socket_lets_nothing_out(server: Any, client: Any) -> None:
    """pytest-socket and tools that route connections replace `socket.socket.connect`."""
    blocked = mock.patch("socket.socket.connect", side_effect=ConnectionRefusedError("blocked here"))
    with blocked, pytest.raises(Exception, match="blocked here"):
        aa.AboutApi(client(server)).about_get_version()
    assert server.asked == []


# ---- urllib3 and http.client


@pytest.mark.parametrize("name", ["request", "urlopen"])
def test_a_patched_pool_manager_answers(name: str, server: Any, client: Any) -> None:
    with mock.patch(f"urllib3.PoolManager.{name}", side_effect=lambda *_, **__: canned()) as patched:
        made = client(server)
        made.rest_client  # noqa: B018 - 0.3.2 makes it with the client
        assert aa.AboutApi(made).about_get_version().version == "MOCKED"
    assert patched.called
    assert server.asked == []


def wrapped(owner: Any, name: str, seen: list[Any]) -> Any:
    plain = getattr(owner, name)

    @functools.wraps(plain)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        seen.append(args[1:])
        return plain(*args, **kwargs)

    return mock.patch.object(owner, name, wrapper)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (urllib3.connectionpool.HTTPConnectionPool, "urlopen"),
        (urllib3.connectionpool.HTTPConnectionPool, "_make_request"),
        (urllib3.PoolManager, "urlopen"),
        (http.client.HTTPConnection, "putrequest"),
        (http.client.HTTPConnection, "endheaders"),
        (http.client.HTTPConnection, "getresponse"),
        (urllib3.connection.HTTPConnection, "request"),
        (urllib3.connection.HTTPConnection, "getresponse"),
    ],
)
def test_a_wrapper_sees_each_call_once(owner: Any, name: str, server: Any, client: Any) -> None:
    seen: list[Any] = []
    made = client(server)
    assert aa.AboutApi(made).about_get_version().version == "real"
    with wrapped(owner, name, seen):
        assert aa.AboutApi(made).about_get_version().version == "real"
        assert aa.SessionsApi(made).sessions_create_session_simple("dv", "ann", "p").access_token == "t"
    assert aa.AboutApi(made).about_get_version().version == "real"
    assert len(seen) == 2
    assert len(server.asked) == 4


def test_a_tracer_may_add_a_header(server: Any, client: Any) -> None:
    plain = http.client.HTTPConnection.putrequest

    def putrequest(self: Any, *args: Any, **kwargs: Any) -> None:
        plain(self, *args, **kwargs)
        self.putheader("traceparent", "00-1-1-01")

    with mock.patch.object(http.client.HTTPConnection, "putrequest", putrequest):
        aa.AboutApi(client(server)).about_get_version()
    assert server.asked[0].headers["traceparent"] == "00-1-1-01"


def test_what_is_set_in_the_pool_manager_counts(server: Any, client: Any) -> None:
    made = client(server)
    made.rest_client.pool_manager.connection_pool_kw["retries"] = urllib3.Retry(
        total=3, status_forcelist=[503], backoff_factor=0, respect_retry_after_header=False
    )
    server.answer = lambda asked: (503, {}) if len(server.asked) < 3 else (200, {"version": "late"})
    assert aa.AboutApi(made).about_get_version().version == "late"
    assert len(server.asked) == 3


def test_a_pool_manager_of_the_users_own_sends(server: Any, client: Any) -> None:
    made = client(server)
    made.rest_client.pool_manager = manager = urllib3.PoolManager(headers={"X-Own": "1"})
    seen: list[Any] = []
    with wrapped(urllib3.PoolManager, "request", seen):
        assert aa.AboutApi(made).about_get_version().version == "real"
    assert len(seen) == 1
    manager.clear()


@pytest.mark.skipif(not OURS, reason="0.3.2 has no deadline and no limit")
def test_deadline_limit_and_errors_hold_where_a_tracer_is_at_work(server: Any, client: Any) -> None:
    seen: list[Any] = []
    with wrapped(urllib3.connectionpool.HTTPConnectionPool, "urlopen", seen):
        server.answer = lambda asked: (200, b'{"version": "' + b"x" * 2_000_000 + b'"}')
        with pytest.raises(aa.ResponseTooLarge):
            aa.AboutApi(client(server, max_body_size=1_000_000)).about_get_version()
        with pytest.raises(aa.ApiConnectionError):
            aa.AboutApi(client("http://127.0.0.1:9")).about_get_version()
        server.answer = lambda asked: (404, b'{"token": "token-123456"}')
        with pytest.raises(aa.ApiNotFound) as caught:
            aa.FastStatsSystemsApi(client(server)).fast_stats_systems_get_fast_stats_tables("dv", "s")
        assert "token-123456" not in str(caught.value)
        assert caught.value.operation == "FastStatsSystems_GetFastStatsTables"
    assert len(seen) >= 3

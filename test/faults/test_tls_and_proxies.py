"""Cases 28 and 32: TLS certificates and proxies."""

from __future__ import annotations

import os
import socket
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import engines
import pytest
from engines import ENGINES, configured, download, get
from measured.table import server_context
from support import lab
from support.lab import COUNT, VARIABLE, Seen, answer

import apteco_api as aa
from apteco_api._runtime.proxies import bypassed, parse_proxy
from apteco_api.exceptions import ApiConnectionError, ApiInterrupted, ApiSettingError

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def no_proxies(monkeypatch: Any) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("given", ["setting", "SSL_CERT_FILE", "APTECO_API_SSL_CA_CERT"])
def test_28_a_certificate_for_the_address_is_accepted_from_the_authority_that_was_given(
    given: str, tls: Any, serve: Any, get: Any, monkeypatch: Any
) -> None:
    server = serve(answer(body=VARIABLE), context=tls.contexts["good"])
    if given == "setting":
        assert get(server, ssl_ca_cert=tls.bundle).name == "peName"
        return
    monkeypatch.setenv(given, tls.bundle)
    assert get(server).name == "peName"


@pytest.mark.parametrize("kind", ["unknown", "wrong host", "expired", "TLS 1.1", "no certificate"])
def test_28_other_certificates_and_older_versions_are_refused(
    kind: str, tls: Any, serve: Any, get: Any
) -> None:
    server = serve(answer(body=VARIABLE), context=tls.contexts[kind])
    with pytest.raises(ApiConnectionError) as failure:
        get(server, ssl_ca_cert=tls.bundle, retries=0)
    assert failure.value.sent is False
    assert "certificate" in str(failure.value) or "TLS" in str(failure.value)
    assert server.requests == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("certificate", "expected", "taken"),
    [
        ("good", "elsewhere.example", False),
        ("good", "127.0.0.1", True),
        ("good", False, True),
        ("wrong host", None, False),
        ("wrong host", "elsewhere.example", True),
        ("wrong host", "127.0.0.1", False),
        ("wrong host", False, True),
        ("unknown", False, False),  # False turns off the check of the name only
        ("unknown", "127.0.0.1", False),
    ],
)
def test_28_assert_hostname_says_which_name_a_certificate_must_have(
    engine: str, certificate: str, expected: Any, taken: bool, tls: Any, serve: Any
) -> None:
    server = serve(answer(body=VARIABLE), context=tls.contexts[certificate])
    settings = {"ssl_ca_cert": tls.bundle, "assert_hostname": expected}
    if taken:
        assert engines.get(engine, server.url, **settings).name == "peName"
        return
    with pytest.raises(ApiConnectionError, match="certificate") as caught:
        engines.get(engine, server.url, **settings)
    assert caught.value.sent is False
    assert server.requests == []


def test_28_a_certificate_is_refused_without_the_authority_s_bundle(tls: Any, serve: Any, get: Any) -> None:
    server = serve(answer(body=VARIABLE), context=tls.contexts["good"])
    with pytest.raises(ApiConnectionError):
        get(server, retries=0)
    assert server.requests == []


def test_28_a_bundle_that_can_not_be_read_is_an_error_of_ours(serve: Any, get: Any, tls: Any) -> None:
    server = serve(answer(body=VARIABLE), context=tls.contexts["good"])
    with pytest.raises(ApiConnectionError, match="CA certificates"):
        get(server, ssl_ca_cert="/no/such/file.pem", retries=0)


def test_28_without_checks_there_is_one_warning(serve: Any, client: Any, tls: Any) -> None:
    server = serve(answer(body=VARIABLE), context=tls.contexts["wrong host"])
    shared = client(server, verify_ssl=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            aa.FastStatsSystemsApi(shared).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
            shared.close()
    assert [str(item.message) for item in caught if "certificate" in str(item.message)] == [
        f"the certificate of 127.0.0.1:{server.port} is not checked (verify_ssl is off)"
    ]


@pytest.mark.usefixtures("no_proxies")
def test_32_a_proxy_is_used_and_its_credential_stays_there(serve: Any, monkeypatch: Any) -> None:
    through = serve(answer(body=COUNT))
    monkeypatch.setenv("HTTP_PROXY", f"http://user:pa%40ss@127.0.0.1:{through.port}")
    with aa.ApiClient(aa.Configuration(host="http://api.example/OrbitAPI")) as client:
        lab.count(client)
    request = through.requests[0]
    assert request.target == "http://api.example/OrbitAPI/Holidays/Queries/holidays/CountSync"
    assert request.headers["proxy-authorization"] == "Basic dXNlcjpwYUBzcw=="
    assert request.headers["host"] == "api.example"


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("rule", ["127.0.0.1", "127.0.0.0/8", "*", "port", "LOCALHOST", ".localhost"])
def test_32_no_proxy_is_honoured_and_the_origin_sees_no_proxy_credential(
    rule: str, serve: Any, monkeypatch: Any
) -> None:
    through, direct = serve(answer(body=COUNT)), serve(answer(body=COUNT))
    monkeypatch.setenv("HTTP_PROXY", f"http://user:pass@127.0.0.1:{through.port}")
    written = f"127.0.0.1:{direct.port}" if rule == "port" else rule
    monkeypatch.setenv("NO_PROXY", f"other.example, {written}")
    host = direct.url.replace("127.0.0.1", "localhost") if "local" in rule.lower() else direct.url
    with aa.ApiClient(aa.Configuration(host=host)) as client:
        lab.count(client)
    assert through.requests == []
    assert "proxy-authorization" not in direct.requests[0].headers


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize(
    ("host", "rules"),
    [("notexample", "example"), ("a.example", "b.example"), ("11.1.2.3", "10.0.0.0/8"), ("a.example", "b,c")],
)
def test_32_other_hosts_go_through_the_proxy(host: str, rules: str, serve: Any, monkeypatch: Any) -> None:
    through = serve(answer(body=COUNT))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{through.port}")
    monkeypatch.setenv("NO_PROXY", rules)
    with aa.ApiClient(aa.Configuration(host=f"http://{host}/OrbitAPI")) as client:
        lab.count(client)
    assert through.requests[0].target.startswith(f"http://{host}/")


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize(
    ("host", "rules"),
    [
        ("a.example", ".example"),
        ("a.b.invalid", "*.b.invalid"),
        ("10.1.2.3", "10.0.0.0/8"),
        ("::1", "::1/128"),
    ],
)
def test_32_hosts_of_a_rule_do_not_go_through_the_proxy(
    host: str, rules: str, serve: Any, monkeypatch: Any
) -> None:
    through = serve(answer(body=COUNT))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{through.port}")
    monkeypatch.setenv("NO_PROXY", rules)
    name = f"[{host}]" if ":" in host else host
    config = aa.Configuration(host=f"http://{name}:9/OrbitAPI", retries=0, connect_timeout=0.5)
    with aa.ApiClient(config) as client, pytest.raises(aa.ApiException):
        lab.count(client)
    assert through.requests == []


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("given", ["setting", "HTTPS_PROXY"])
def test_32_https_goes_through_a_tunnel_that_sees_no_credential(
    given: str, tls: Any, serve: Any, monkeypatch: Any
) -> None:
    origin = serve(answer(body=COUNT), context=server_context(tls.authority, "api.example"))

    def tunnel(sock: socket.socket, request: Seen) -> None:
        far = socket.create_connection(("127.0.0.1", origin.port))
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

        def copy(one: socket.socket, other: socket.socket) -> None:
            try:
                while data := one.recv(65536):
                    other.sendall(data)
            except OSError:
                pass

        threading.Thread(target=copy, args=(far, sock), daemon=True).start()
        copy(sock, far)
        far.close()

    through = serve(lambda *_: tunnel)
    config = aa.Configuration(host="https://api.example/OrbitAPI", api_key={"Authorization": lab.TOKEN})
    config.ssl_ca_cert = tls.bundle
    url = f"http://user:pass@127.0.0.1:{through.port}"
    if given == "setting":
        config.proxy = url
    else:
        monkeypatch.setenv(given, url)
    with aa.ApiClient(config) as client:
        assert lab.count(client).counts[0].count_value == 7
    assert through.requests[0].line.startswith("CONNECT api.example:443 HTTP/1.")
    assert "proxy-authorization" in through.requests[0].headers
    assert lab.TOKEN.encode() not in through.requests[0].raw
    assert "proxy-authorization" not in origin.requests[0].headers
    assert origin.requests[0].headers["authorization"] == lab.TOKEN


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cut", [True, False])
def test_a_body_that_ends_with_its_connection_needs_close_notify(
    engine: str, cut: bool, tls: Any, serve: Any, tmp_path: Path
) -> None:
    def write(sock: Any, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" + b"row\n" * 1000)
        if cut:
            with socket.socket(fileno=os.dup(sock.fileno())) as below:
                below.shutdown(socket.SHUT_WR)
        else:
            sock.settimeout(2)
            with suppress(OSError):
                sock.unwrap()
        time.sleep(0.2)

    server = serve(lambda request, number: write, context=tls.contexts["good"])
    target = tmp_path / "x.csv"
    if cut:
        with pytest.raises(ApiInterrupted):
            download(engine, server.url, {"_save_to": target}, ssl_ca_cert=tls.bundle)
        assert not target.exists()
    else:
        download(engine, server.url, {"_save_to": target}, ssl_ca_cert=tls.bundle)
        assert target.read_bytes() == b"row\n" * 1000


def test_a_refused_certificate_is_not_tried_again(tls: Any, serve: Any, get: Any) -> None:
    server = serve(answer(body=VARIABLE), context=tls.contexts["unknown"])
    with pytest.raises(ApiConnectionError, match="certificate was refused") as caught:
        get(server, ssl_ca_cert=tls.bundle, retries=3)
    assert len(caught.value.attempts) <= 1
    assert server.connections == 1


@pytest.mark.parametrize("setting", ["ssl_ca_cert", "cert_file"])
def test_a_file_of_certificates_that_is_missing_is_named(setting: str, get: Any) -> None:
    with pytest.raises(ApiSettingError, match=r"/nowhere/x\.pem") as caught:
        get("https://127.0.0.1:1", retries=3, **{setting: "/nowhere/x.pem"})
    assert isinstance(caught.value, ValueError)


def test_a_key_with_a_pass_phrase_needs_the_setting(tls: Any, tmp_path: Path, get: Any, serve: Any) -> None:
    from cryptography.hazmat.primitives import serialization

    made = tls.authority.issue_cert("client.example")
    made.cert_chain_pems[0].write_to_path(tmp_path / "c.pem")
    key = serialization.load_pem_private_key(made.private_key_pem.bytes(), None)
    secret = serialization.BestAvailableEncryption(b"hunter2-hunter2")
    form = serialization.PrivateFormat.PKCS8
    (tmp_path / "k.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))
    server = serve(answer(body=VARIABLE), context=tls.contexts["good"])
    files = {"cert_file": str(tmp_path / "c.pem"), "key_file": str(tmp_path / "k.pem")}
    with pytest.raises(ApiSettingError, match="key_password"):
        get(server, ssl_ca_cert=tls.bundle, **files)
    with pytest.raises(ApiSettingError) as caught:
        get(server, ssl_ca_cert=tls.bundle, key_password="wrong-wrong", **files)
    assert "wrong-wrong" not in str(caught.value)
    assert get(server, ssl_ca_cert=tls.bundle, key_password="hunter2-hunter2", **files).name == "peName"
    assert "hunter2" not in repr(vars(configured(server.url, key_password="hunter2-hunter2")))


@pytest.mark.parametrize(
    "text",
    [
        "socks5://h:1",
        "socks://h",
        "ftp://h",
        "http://",
        "http://h:port",
        "http://h:99999",
        "http://[::1",
        "http:// /",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_by_its_name(text: str, monkeypatch: Any) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", text.replace("//", "//me:pr0xy-pass@", 1))
    with pytest.raises(ApiSettingError, match="ALL_PROXY") as caught:
        get("sync", "http://127.0.0.1:1", trust_env=True)
    assert "pr0xy-pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("h:1", "http://h:1"),
        ("HTTP://h", "http://h:80"),
        ("https://h", "https://h:443"),
        ("http://u:p@[::1]:8/path?x@y", "http://[::1]:8"),
        ("u%40x:p@h:1", "http://h:1"),
    ],
)
def test_proxies_are_read_however_they_are_written(text: str, url: str) -> None:
    assert parse_proxy(text, "x").url == url
    assert bool(parse_proxy(text, "x").headers) == ("p@" in text)


@pytest.mark.parametrize(
    ("rule", "there"),
    [
        ("example.com", True), (".example.com", True), ("*.example.com", True), ("EXAMPLE.COM.", True),
        ("example.com:443", True), ("example.com:80", False), ("other.com api.example.com", True),
        ("ample.com", False), ("com.", True), ("example.com:x", False), ("*", True), (" , ", False),
    ],
)  # fmt: skip
def test_no_proxy_rules(rule: str, there: bool) -> None:
    assert bypassed("api.example.com", 443, rule) is there
    assert bypassed("api.example.com.", 443, rule) is there


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("xn--bcher-kva.example", "bücher.example"), ("127.0.0.1", "127.0.0.0/8"), ("::1", "[::1]:443"),
        ("::1", "::1"), ("::1", "0:0:0:0:0:0:0:1"), ("::1", "::/64"), ("10.1.2.3", "x,10.1.2.3:443"),
    ],
)  # fmt: skip
def test_no_proxy_rules_for_addresses_and_names_in_other_scripts(host: str, rule: str) -> None:
    assert bypassed(host, 443, rule)
    assert not bypassed("198.51.100.7", 443, rule)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "said",
    [b"\x05\xff", b"", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 70_000, b"HTTP/1.1 200 OK\r\n\r\nmore"],
)
def test_a_proxy_that_answers_nonsense_to_connect_is_named(engine: str, said: bytes, serve: Any) -> None:
    proxy = serve(lambda request, number: lambda sock, seen: sock.sendall(said))
    with pytest.raises(ApiConnectionError, match=f"proxy 127.0.0.1:{proxy.port}"):
        get(engine, "https://api.example", proxy=proxy.url.removesuffix("/OrbitAPI"))

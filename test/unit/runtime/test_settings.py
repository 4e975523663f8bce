"""Every setting and option is documented, and what the environment says is read or refused."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import urllib3

import apteco_api as aa
from apteco_api._runtime.operation import CallOptions
from apteco_api._runtime.settings import READERS as SETTINGS
from apteco_api.session.credentials import ITEMS

PAGE = Path("docs/settings.md").read_text()


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_documented_with_variable_default_and_unit(setting: str) -> None:
    begins = f"| `{setting}` `APTECO_API_{setting.upper()}` |"
    (row,) = [line for line in PAGE.splitlines() if line.startswith(begins)]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    words = {None: "none", True: "on", False: "off"}
    default = vars(aa.Configuration).get(setting)
    expected = (
        words[default]
        if default is None or isinstance(default, bool)
        else f"{default:.0f}"
        if default != 0.5
        else "0.5"
    )
    assert cells[1] == expected
    assert (cells[2] == "switch") == isinstance(default, bool)
    assert len(cells) == 5
    assert all(cells)


def test_every_option_of_a_call_is_documented() -> None:
    for option in CallOptions.__annotations__:
        assert f"| `{option}` |" in PAGE


def test_every_variable_on_the_page_exists() -> None:
    names = {*SETTINGS, *ITEMS, "profile", "config"}
    known = {f"APTECO_API_{name.upper()}" for name in names}
    assert set(re.findall(r"`(APTECO_API_[A-Z_]+)`", PAGE)) - {"APTECO_API_"} == known


def test_a_variable_is_the_default_and_an_argument_wins(monkeypatch: Any) -> None:
    monkeypatch.setenv("APTECO_API_TIMEOUT", "7.5")
    monkeypatch.setenv("APTECO_API_HOST", "http://h/x")
    monkeypatch.setenv("APTECO_API_VERIFY_SSL", "off")
    config = aa.Configuration()
    assert (config.timeout, config.host, config.verify_ssl) == (7.5, "http://h/x", False)
    assert aa.Configuration(host="http://i", timeout=3.0).timeout == 3.0


@pytest.mark.parametrize(
    ("name", "text"),
    [("TIMEOUT", "soon"), ("TIMEOUT", "-1"), ("TIMEOUT", "inf"), ("RETRIES", "1.5"), ("VERIFY_SSL", "maybe")],
)
def test_a_variable_that_makes_no_sense_is_an_error(name: str, text: str, monkeypatch: Any) -> None:
    monkeypatch.setenv(f"APTECO_API_{name}", text)
    with pytest.raises(ValueError, match=f"APTECO_API_{name}"):
        aa.Configuration()


@pytest.mark.parametrize("value", [True, (1, "x"), (-1, 1), -1, -0.5])
def test_a_time_that_makes_no_sense_is_refused(value: Any, serve: Any, client: Any) -> None:
    server = serve(b"")
    with pytest.raises((aa.ApiTypeError, aa.ApiValueError), match="_request_timeout"):
        aa.AboutApi(client(server)).about_get_version(_request_timeout=value)
    assert server.requests == []


@pytest.mark.parametrize(
    "value", ["x", [1, 1], (1,), (1, 2, 3), 0, "5", float("nan"), float("inf"), object(), urllib3.Timeout(3)]
)
def test_an_odd_time_is_taken_as_the_published_client_takes_it(value: Any, serve: Any, client: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    server = serve(head + b'{"version":"1"}')
    assert aa.AboutApi(client(server)).about_get_version(_request_timeout=value).version == "1"


def test_a_usual_call_warns_of_nothing(serve: Any, client: Any, caplog: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    made = client(serve(head + b'{"version":"1"}'))
    for options in ({}, {"_request_timeout": None}, {"_request_timeout": 3}, {"_request_timeout": (1, 2)}):
        aa.AboutApi(made).about_get_version(**options)
    assert caplog.records == []


def test_a_configuration_copies_and_pickles() -> None:
    config = aa.Configuration(
        host="http://h/x", api_key={"Authorization": "k"}, api_key_prefix={"Authorization": "Bearer"}
    )
    config.logger_file = None
    config.password = "secret"
    shown = {*vars(config), "host", "api_key", "password", "proxy"}
    for other in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert {name: getattr(other, name) for name in shown} == {
            name: getattr(config, name) for name in shown
        }
        assert other.api_key is not config.api_key
        assert other.get_api_key_with_prefix("Authorization") == "Bearer k"


def test_a_shallow_copy_has_credentials_of_its_own() -> None:
    config = aa.Configuration(password="one")
    other = copy.copy(config)
    other.password = "two"
    assert (config.password, other.password) == ("one", "two")


def test_the_default_configuration_is_copied_for_new_clients() -> None:
    try:
        aa.Configuration.set_default(aa.Configuration(host="http://default/x"))
        with aa.ApiClient() as client:
            assert client.configuration.host == "http://default/x"
        assert aa.Configuration().host != "http://default/x"
        assert aa.Configuration.get_default_copy() is not aa.Configuration.get_default_copy()
    finally:
        aa.Configuration.set_default(None)


def test_building_a_configuration_or_a_model_leaves_loggers_alone() -> None:
    import http.client
    import logging

    before = http.client.HTTPConnection.debuglevel
    logging.getLogger("urllib3").setLevel(logging.INFO)
    config = aa.Configuration()
    config.debug = True
    aa.Count(table_name="x", count_value=1)
    aa.Configuration()
    assert logging.getLogger("urllib3").level == logging.INFO
    assert logging.getLogger("apteco_api").level == logging.DEBUG
    assert http.client.HTTPConnection.debuglevel == before
    config.debug = False


def test_servers_of_the_spec() -> None:
    config = aa.Configuration()
    assert config.get_host_from_settings(0) == "http://example.com/OrbitAPI"
    with pytest.raises(ValueError, match="Invalid index"):
        config.get_host_from_settings(3)
    assert "0.3.4" in config.to_debug_report()

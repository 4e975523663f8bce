"""vcrpy and pook record and replay calls, as with apteco-api 0.3.2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa

vcr = pytest.importorskip("vcr")
pook = pytest.importorskip("pook")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def test_vcrpy_records_and_replays(server: Any, client: Any, tmp_path: Path) -> None:
    def calls() -> tuple[Any, Any]:
        made = client(server)
        login = aa.SessionsApi(made).sessions_create_session_simple("holidays", "ann", "secret")
        return login.access_token, aa.AboutApi(made).about_get_version().version

    cassette = str(tmp_path / "calls.yaml")
    with vcr.use_cassette(cassette):
        assert calls() == ("t", "real")
    assert len(server.asked) == 2
    with vcr.use_cassette(cassette, record_mode="none") as played:
        assert calls() == ("t", "real")
    assert (played.play_count, len(server.asked)) == (2, 2)


def test_a_cassette_takes_over_a_client_that_has_connections(
    server: Any, client: Any, tmp_path: Path
) -> None:
    cassette = str(tmp_path / "calls.yaml")
    with vcr.use_cassette(cassette):
        aa.AboutApi(client(server)).about_get_version()
    made = client(server)
    aa.AboutApi(made).about_get_version()
    made.rest_client.pool_manager.clear()  # 0.3.2 would go on with its open connection
    with vcr.use_cassette(cassette, record_mode="none"):
        assert aa.AboutApi(made).about_get_version().version == "real"
    assert len(server.asked) == 2


def test_pook_answers(server: Any, client: Any) -> None:
    made = client(server)
    with pook.use():
        pook.get(f"{server.url}/About/Version").reply(200).json({"version": "MOCKED"})
        assert aa.AboutApi(made).about_get_version().version == "MOCKED"
    assert server.asked == []
    assert aa.AboutApi(made).about_get_version().version == "real"

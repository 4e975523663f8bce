"""Every message of the page of troubles is one that the package gives: each is caused here."""

from __future__ import annotations

import os
import re
import ssl
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.lab import Server, answer

import apteco_api as aa
from apteco_api.query import Facts, StaticCatalogue
from apteco_api.sandbox import Sandbox

from .conftest import ROOT

PAGE = ROOT / "docs" / "guides" / "troubleshooting.md"
ROW = re.compile(r"^\| (`.+?`.*?) (?<!\\)\| .+? (?<!\\)\| .+ \|$", re.M)
Cause = Callable[["Case"], object]


class Case:
    """What the causes use."""

    def __init__(self, box: Sandbox, session: aa.Session, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.box, self.session, self.patch, self.folder = box, session, patch, folder

    def login(self, **changed: Any) -> aa.Session:
        box = self.box
        usual = {"user": box.username, "password": box.password, "system": box.system}
        return aa.login(**{"host": box.url, "data_view": box.data_view, **usual, **changed})

    def count(self, **options: Any) -> object:
        query = self.session.query("Bookings")
        return self.session.queries.queries_perform_query_count_synchronously(query=query, **options)

    def faulty(self, fault: str, **options: Any) -> object:
        return self.count(_headers={"X-Sandbox-Trouble": fault}, **{"_retries": 0, **options})

    def version(self, **settings: Any) -> object:
        with aa.ApiClient(aa.Configuration(retries=0, **settings)) as client:
            return aa.AboutApi(client).about_get_version()

    def profile(self, mode: int) -> None:
        file = self.folder / "config.toml"
        file.write_text('[profiles.default]\nhost = "http://127.0.0.1"\n')
        file.chmod(mode)
        self.patch.setenv("APTECO_API_CONFIG", str(file))


def refused_certificate(case: Case) -> object:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with Server(lambda seen, number: answer(), context) as server:
        return case.version(host=f"https://localhost:{server.port}/OrbitAPI")


def refused_by_proxy(case: Case) -> object:
    with Server(lambda seen, number: answer(407, reason="No")) as proxy:
        return case.version(host="https://server/OrbitAPI", proxy=f"http://127.0.0.1:{proxy.port}")


def same_description(case: Case) -> object:
    variables = [Facts(name, "Bookings", "numeric", "Cost") for name in ("boOne", "boTwo")]
    return StaticCatalogue(variables, {"Bookings": ""}).facts("Cost")


def ended(case: Case) -> object:
    session = case.login()
    session.logout()
    return session.count("Bookings")


def too_large(case: Case) -> object:
    session = case.login()
    session.client.configuration.max_body_size = 100
    return session.count("Bookings")


def without(case: Case) -> object:
    import_module("matplotlib.pyplot")  # a part that an earlier test has loaded does not hide the message
    case.patch.setitem(sys.modules, "matplotlib", None)
    return case.session.cube("Bookings", ["Product"]).plot()


def impatient(case: Case) -> object:
    audience = case.session.audiences.create("Slow", aa.where("Cost") > 0)
    try:
        return audience.start().wait(timeout=0.01)
    finally:
        audience.delete()


def bad_setting(case: Case) -> object:
    case.patch.setenv("APTECO_API_TIMEOUT", "soon")
    return aa.Configuration()


def unused_port() -> int:
    with Server(lambda seen, number: None) as server:
        return server.port


def unreadable_profile(case: Case) -> object:
    case.profile(0o644)
    return aa.login()


def unknown_profile(case: Case) -> object:
    case.profile(0o600)
    return aa.login(profile="work")


def as_analyst(case: Case) -> object:
    with case.login(user="analyst") as session:
        return session.fast_stats_jobs.fast_stats_jobs_get_fast_stats_jobs_for_system()


CAUSES: dict[str, Cause] = {
    "Check user, password and data view.": lambda case: case.login(password="wrong"),
    "Check the data view, and the host": lambda case: case.login(host=case.box.url + "/x"),
    "There is no FastStats system": lambda case: case.login(system="nope").count("Bookings"),
    "a login needs host (APTECO_API_HOST), …": lambda case: aa.login(),
    "has no profile '…'": unknown_profile,
    "can be read by others": unreadable_profile,
    "the session has ended: log in for a new one": ended,
    ": Connection refused": lambda case: case.version(host=f"http://127.0.0.1:{unused_port()}/OrbitAPI"),
    ": Name or service not known": lambda case: case.version(host="http://nowhere.invalid/OrbitAPI"),
    "TLS failed (WRONG_VERSION_NUMBER)": lambda case: case.version(
        host=case.box.url.replace("http:", "https:")
    ),
    "its certificate was refused (…)": refused_certificate,
    "refused the connection: 407 …": refused_by_proxy,
    "names a proxy of the kind '…'": lambda case: case.version(
        host="http://x/OrbitAPI", proxy="socks5://p:1"
    ),
    "no answer within … s": lambda case: case.faulty("slow=5", _request_timeout=0.3),
    "the server closed the connection without an answer": lambda case: case.faulty("drop"),
    "the answer is larger than … bytes": too_large,
    "(401)": lambda case: aa.FastStatsSystemsApi(
        aa.ApiClient(aa.Configuration(host=case.box.url))
    ).fast_stats_systems_get_fast_stats_systems(case.box.data_view),
    "This operation needs the role …": as_analyst,
    "Check the names in the path, …": lambda case: case.session.audiences.controller.audiences_get_audience(
        case.box.data_view, 999_999
    ),
    "Wait (retry_after seconds) …": lambda case: case.faulty("429=1"),
    "Try again later; the retries of this call are used up.": lambda case: case.faulty("503=1"),
    "the answer differs from the spec (in the log)": lambda case: case.faulty("nulls"),
    "there is no variable '…'; did you mean …?": lambda case: case.session.count(
        aa.where("Destnation") == "x"
    ),
    "there is no table '…'": lambda case: case.session.count("Bokings"),
    "there is no code or description of '…'": lambda case: case.session.count(
        aa.where("Destination") == "Frnce"
    ),
    "are called '…'": same_description,
    "& | ~ bind tighter than comparisons": lambda case: case.session.count(
        aa.where("Cost") > 500 & aa.where("Destination") == "France"  # type: ignore[operator]
    ),
    "a condition is neither true nor false": lambda case: (aa.where("Cost") > 5) and (aa.where("Cost") < 9),
    "is not a measure": lambda case: case.session.cube("Bookings", ["Product"], ["Total(Cost)"]),
    "say how wide its bands are": lambda case: case.session.cube("Bookings", ["Cost"]),
    "to export its records": lambda case: case.session.export("People", ["Cost"]),
    "the name must end in .parquet, .csv or .xlsx": lambda case: case.session.export_to(
        "x.doc", "Bookings", ["Cost"]
    ),
    "can't be written": lambda case: case.session.export_to(
        case.folder / "none" / "x.csv", "Bookings", ["Cost"]
    ),
    "this needs …: pip install": without,
    "is not a number (about APTECO_API_…)": bad_setting,
    "must not be None": lambda case: aa.Selection(),
    "empty parts and dots address another resource": lambda case: case.session.files.read("../x"),
    "the job has not ended after … s": impatient,
}


def told() -> list[str]:
    """Return the messages of the page."""
    return [row.replace("`", "").replace(r"\|", "|").strip() for row in ROW.findall(PAGE.read_text("utf-8"))]


@pytest.fixture
def case(box: Sandbox, session: aa.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Case:
    for name in [name for name in os.environ if name.startswith("APTECO_API_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return Case(box, session, monkeypatch, tmp_path)


def test_the_page_has_a_cause_for_each_message() -> None:
    assert told() == list(CAUSES)


@pytest.mark.parametrize("message", CAUSES)
def test_the_message_is_what_the_package_says(
    message: str, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    plain = re.sub(r" \((?:in the log|about .*)\)$", "", message)
    said = ""
    try:
        CAUSES[message](case)
    except Exception as error:
        said = str(error)
    else:
        assert message.endswith("(in the log)"), "nothing was raised"
    words = ".*".join(map(re.escape, plain.split("…")))
    assert re.search(words, (said + caplog.text).replace("`", ""), re.S), said


def test_most_messages_are_of_the_package_not_of_the_sandbox() -> None:
    assert len(told()) >= 35

"""The command `call`: any operation, its help, its request and its answer."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from apteco_api.cli.operations import every_operation

from .conftest import Run, records


def test_every_operation_has_a_help_with_all_its_arguments(capsys: Any) -> None:
    from apteco_api.cli.call import FILLED, flag_of, operation_parser

    every = list(every_operation())
    assert len(every) == 481
    for found in every:
        text = operation_parser(found).format_help()
        assert f"{found.operation.method} {found.operation.path}" in text
        assert f"example:\n  apteco-api call {found.method}" in text
        for parameter in found.operation.parameters:
            if parameter.location != "body" and parameter.name not in FILLED:
                assert f"{flag_of(parameter)} " in text


@pytest.mark.slow
def test_every_operation_becomes_a_request(run: Run, tmp_path: Path) -> None:
    from urllib.parse import urlsplit

    from apteco_api.cli.call import FILLED, flag_of

    upload = tmp_path / "upload.bin"
    upload.write_bytes(b"content")
    samples = {"int": "7", "path": "Private/a b.xml", "file": str(upload), "bool": "true"}
    for found in every_operation():
        words = ["call", found.method]
        for parameter in found.operation.parameters:
            if parameter.location == "body":
                words += ["--json", "[]" if parameter.type.startswith("list[") else "{}"]
            elif parameter.name not in FILLED:
                value = parameter.enum[0] if parameter.enum else samples.get(parameter.type, "text")
                words += [flag_of(parameter), str(value)]
        verb, _, url = run(*words, "--dry-run").splitlines()[0].partition(" ")
        pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(found.operation.path))
        assert verb == found.operation.method
        assert re.fullmatch(f"/OrbitAPI{pattern}", urlsplit(url).path), (url, pattern)


def test_an_operation_answers_in_json(run: Run) -> None:
    name = "fast_stats_systems_get_fast_stats_table"
    one = run("call", name, "--table-name", "Bookings")
    assert json.loads(one)["totalRecords"] == 20_000
    assert run("call", "FastStatsSystems_GetFastStatsTable", "--table-name", "Bookings") == one
    assert len(records(run("call", "list"))) == 481
    every = json.loads(run("call", "fast_stats_systems_get_fast_stats_variables", "--all"))
    assert len(every) == 94


def test_a_body_comes_from_the_line_or_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text('{"selection": {"tableName": "People"}}', "utf-8")
    name = "queries_perform_query_count_synchronously"
    for body in (path.read_text("utf-8"), f"@{path}"):
        assert json.loads(run("call", name, "--json", body))["counts"][0]["countValue"] == 10_860
    run("call", name, "--json", "{", status=2)
    run("call", "about_get_version", "--json", "{}", status=2)


def test_a_dry_run_sends_nothing_and_needs_no_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APTECO_API_PASSWORD")
    monkeypatch.setenv("APTECO_API_HOST", "http://127.0.0.1:9/OrbitAPI")
    words = ("call", "fast_stats_systems_get_fast_stats_table", "--table-name", "a/b", "--dry-run")
    lines = run(*words).splitlines()
    assert lines[0].startswith("GET http://127.0.0.1:9/OrbitAPI/")
    assert lines[0].endswith("/Tables/a%2Fb")
    assert "Authorization: Bearer ***" in lines
    login = ("call", "sessions_create_session_simple", "--user-login", "ann", "--password", "hunter2")
    assert "hunter2" not in run(*login, "--dry-run") + run(*login, "--as-curl")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_command_does_the_same(run: Run, session: Any) -> None:
    name = "queries_perform_query_count_synchronously"
    body = '{"selection": {"tableName": "People"}}'
    command = run("call", name, "--json", body, "--as-curl").strip()
    token = json.loads(session.to_token())["token"]
    assert token not in command
    environment = {**os.environ, "APTECO_API_TOKEN": token}
    done = subprocess.run(
        ["bash", "-c", f"{command} -s"], env=environment, capture_output=True, text=True, timeout=30
    )
    assert json.loads(done.stdout)["counts"][0]["countValue"] == 10_860, done.stderr


def test_a_file_comes_back_as_bytes(run: Run, tmp_path: Path) -> None:
    path = "Private/Bookings to France or Germany.xml"
    text = run("call", "files_get_file", "--file-path", path)
    assert text.startswith("<")
    run("call", "files_get_file", "--file-path", path, "--save-to", str(tmp_path / "got.xml"))
    assert (tmp_path / "got.xml").read_text("utf-8") == text


def test_an_answer_is_saved_to_standard_output(run: Run) -> None:
    words = ("call", "about_get_version", "--save-to", "-")
    assert json.loads(run(*words)) == json.loads(run("call", "about_get_version"))
    assert not Path("-").exists()


def test_the_operations_are_listed_by_words(run: Run) -> None:
    found = records(run("call", "list", "audience", "job"))
    assert 0 < len(found) < 60
    assert all("audience" in str(each).lower() and "job" in str(each).lower() for each in found)
    assert "zebra" in run("call", "list", "zebra", status=4)

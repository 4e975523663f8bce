"""The example in the docstring of each of the 253 methods is a call that the sandbox takes."""

from __future__ import annotations

import datetime
import doctest
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve

# Answers to a call that is right in itself: a made-up number, token or user name finds nothing, or a module
# that needs a licence is not there.
NOT_HERE = {401, 403, 404, 409}
# Examples with which the sandbox has to refuse or fail, and why.
REFUSED = {
    "about_force_internal_server_error": 500,  # fails on purpose
    # their body is one of several alternatives, and the example shows none of them
    "audience_compositions_create_audience_composition": 400,
    "dashboards_create_dashboard_item_preview_data_jobs": 400,
    "permissions_create_permission_for_group": 400,
    "permissions_create_permission_for_system": 400,
    "permissions_create_permission_for_team": 400,
    "permissions_create_permission_for_user": 400,
    "permissions_modify_permission": 400,
    # they name a file that the sandbox does not have
    "collections_get_collection_part": 400,
    "collections_get_collection_parts": 400,
    "fast_stats_builds_create_fast_stats_build_job": 400,
    "fast_stats_builds_fast_stats_build_sync": 400,
    "files_copy_file": 400,  # where from is declared optional, though nothing can be copied without it
}
CONTROLLERS = [getattr(aa, name) for name in aa.api.__all__]


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """A new sandbox for each section: what one section's examples make must not decide another's answers."""
    with serve(scale=500) as made:
        yield made


@pytest.mark.parametrize("controller", CONTROLLERS, ids=lambda controller: controller.__name__)
def test_examples_are_calls_that_the_sandbox_takes(
    controller: Any, server: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.csv").write_text("a,b\n1,2\n")
    for name in controller.operations:
        with aa.ApiClient(aa.Configuration(host=server.url)) as client:
            login = aa.SessionsApi(client).sessions_create_session_simple(
                server.data_view, server.username, server.password
            )
            client.configuration.api_key = {"Authorization": login.access_token}
            client.configuration.api_key_prefix = {"Authorization": "Bearer"}
            names: dict[str, Any] = {"aa": aa, "client": client, "datetime": datetime}
            examples = doctest.DocTestParser().get_examples(inspect.getdoc(getattr(controller, name)) or "")
            assert examples, name
            status = 200
            try:
                for example in examples:
                    exec(example.source, names)
            except aa.ApiException as error:
                status = error.status
        assert status == REFUSED.get(name, status), name
        assert status == 200 or status in NOT_HERE or name in REFUSED, f"{name}: {status}"

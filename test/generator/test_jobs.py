"""Long-running jobs of any API, as `x-job` or the config file describes them."""

from __future__ import annotations

import dataclasses
import json
from importlib import import_module
from typing import Any

import pytest

from generator.annotate import annotated
from generator.build import build
from generator.load import load
from generator.render import render
from generator.write import write

from .conftest import Server, Workshop, get, spec

TEXT = {"type": "string"}
JOB = {"type": "object", "properties": {
    "ticket": TEXT, "phase": TEXT, "share": {"type": "number"}, "url": TEXT}}  # fmt: skip
CONFIG = {
    "create": "start", "poll": "look", "cancel": "stop", "result": "url",
    "id": "ticket", "status": "phase", "progress": "share",
    "done": ["ok"], "failed": ["broken"], "cancelled": ["stopped"],
}  # fmt: skip


def document() -> dict[str, Any]:
    key = {"name": "ticket", "in": "path", "required": True, "schema": TEXT}
    reference = {"$ref": "#/components/schemas/Job"}
    start = get(reference, id="start")
    stop = get(id="stop", parameters=[key])["get"]
    look = get(reference, id="look", parameters=[key])
    return spec({"/jobs": {"post": start["get"]}, "/jobs/{ticket}": {**look, "delete": stop}}, {"Job": JOB})


@pytest.fixture
def package(workshop: Workshop) -> Any:
    """Make a client whose jobs the config describes."""
    (workshop.folder / "jobs.json").write_text(json.dumps(document()))
    client = dataclasses.replace(workshop.client("made_jobs"), jobs={"export": CONFIG})
    loaded = annotated(load(str(workshop.folder / "jobs.json")), client)
    write(render(build(loaded), client, "jobs.json"), workshop.folder, client)
    return import_module("made_jobs")


def follow(package: Any, server: Server, *states: dict[str, Any]) -> Any:
    """Start a job that goes through some states; return its handle and what it told of its progress."""
    answers = iter([{"ticket": "t1", "phase": "queued"}, *states])
    server.answer = lambda request: (200, "application/json", json.dumps(next(answers)).encode())
    poller = import_module("made_jobs._runtime.jobs").Poller
    client = package.ApiClient(package.Configuration(host=server.url))
    job = poller.start(package.ThingsApi(client).start)
    told: list[float] = []
    try:
        return job.wait(timeout=20, progress=told.append, pause=0.01), told
    finally:
        client.close()


def test_a_job_is_followed_to_its_result(package: Any, server: Server) -> None:
    states = ({"phase": "busy", "share": 40}, {"phase": "ok", "url": "https://x/1"})
    assert follow(package, server, *states) == ("https://x/1", [40.0, 100.0])
    assert [request.line.split(" HTTP")[0] for request in server.requests] == [
        *("POST /jobs", "GET /jobs/t1", "GET /jobs/t1")
    ]


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        ({"phase": "broken"}, "JobFailed", "ended as 'broken'"),
        ({"phase": "stopped"}, "JobCancelled", "cancelled"),
        ({"phase": "ok"}, "JobFailed", "without a result"),
    ],
)
def test_a_job_that_ends_badly_says_how(
    state: dict[str, Any], error: str, said: str, package: Any, server: Server
) -> None:
    with pytest.raises(getattr(package, error), match=said):
        follow(package, server, state)


def test_a_status_without_its_last_values_is_a_finding(workshop: Workshop) -> None:
    described = document()
    described["paths"]["/jobs"]["post"]["x-job"] = {"family": "f", "step": "create", "status": "phase"}
    assert any(finding.code == "bad-job" for finding in workshop.findings(described))

"""The published `apteco-api` 0.3.2 and our client ask the same sandbox the same questions: equal answers."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
from engine.requests import Requests  # the generator of random requests, from the engine's tests

QUERIES = 200

# Runs under either client: only names that both have.
SCRIPT = """
import json, sys
import apteco_api as aa

url, data_view, system, user, password = sys.argv[1:6]
config = aa.Configuration(host=url)
client = aa.ApiClient(config)
login = aa.SessionsApi(client).sessions_create_session_simple(data_view, user, password)
config.api_key = {"Authorization": login.access_token}
config.api_key_prefix = {"Authorization": "Bearer"}
controller = aa.QueriesApi(client)

class Answer:
    def __init__(self, data):
        self.data = data

told = []
for request in json.load(open(sys.argv[6])):
    query = client.deserialize(Answer(json.dumps(request)), "Query")
    result = controller.queries_perform_query_count_synchronously(data_view, system, query=query)
    told.append({**result.to_dict(), "run_date": None})  # the moment of the count
systems = aa.FastStatsSystemsApi(client)
variables = systems.fast_stats_systems_get_fast_stats_variables(data_view, system, count=100)
aa.SessionsApi(client).sessions_logout_session(data_view, login.session_id)
answer = {"client": client.user_agent, "counts": told, "variables": variables.to_dict()}
print(json.dumps(answer, default=str))
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with apteco-api 0.3.2 from the package index."""
    folder = tmp_path_factory.mktemp("published")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "apteco-api==0.3.2", "setuptools<81"], check=True)
    return python


def answers(python: Path | str, server: Any, queries: Path, folder: Path) -> dict[str, Any]:
    """What the script prints under an interpreter, started outside the repository."""
    access = (server.url, server.data_view, server.system, server.username, server.password)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-c", SCRIPT, *access, queries], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_same_queries_get_equal_answers_from_both_clients(
    published: Path, server: Any, tmp_path: Path
) -> None:
    queries = tmp_path / "queries.json"
    # 0.3.2 writes a NaN of a model as the bare word, which is not JSON, so those queries can't be compared
    texts = (json.dumps(Requests(seed).query()) for seed in itertools.count())
    asked = itertools.islice((text for text in texts if "NaN" not in text), QUERIES)
    queries.write_text(f"[{','.join(asked)}]")
    theirs = answers(published, server, queries, tmp_path)
    ours = answers(sys.executable, server, queries, tmp_path)
    assert theirs.pop("client") == "OpenAPI-Generator/0.3.2/python"
    assert ours.pop("client").startswith("apteco-api/")
    assert len(ours["counts"]) == QUERIES
    assert len({json.dumps(each["counts"]) for each in ours["counts"]}) > QUERIES / 4, (
        "the queries differ too little"
    )
    asked_of = json.loads(queries.read_text())
    different = [
        ({name: (mine[name], other[name]) for name in mine if mine[name] != other[name]}, question)
        for question, mine, other in zip(asked_of, ours["counts"], theirs["counts"], strict=True)
        if mine != other
    ]
    assert not different, json.dumps(different[0])
    assert ours == theirs

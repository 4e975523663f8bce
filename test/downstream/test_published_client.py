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
from support import lab
from support.lab import answer

from apteco_api import sandbox

QUERIES = 200

# Runs with either client, so it uses only names that both have.
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


# Sends requests that no generated method makes, with either client.
FREE = """
import io, sys
import apteco_api as aa

url, path = sys.argv[1:3]
config = aa.Configuration(host=url + "/base", api_key={"Authorization": "key"})
config.api_key_prefix = {"Authorization": "Bearer"}
client = aa.ApiClient(config)
auth = ["oauth2"] if "oauth2" in config.auth_settings() else list(config.auth_settings())
formats = {"ids": "multi", "names": "csv"}
alone = {"_return_http_data_only": True}

client.call_api("/{view}/Tables", "GET", {"view": "my view"}, [("count", 3), ("filter", "a&b=c")], **alone)
client.call_api("/a", "GET", query_params={"ids": [1, 2], "names": ["x", "y"]}, collection_formats=formats)
client.call_api("/b", "GET", header_params={"X-One": "1", "Accept": "application/json"}, auth_settings=auth)
client.call_api("/c", "POST", header_params={"Content-Type": "application/json"}, body={"a": [1, None]})
form = {"Content-Type": "application/x-www-form-urlencoded"}
client.call_api("/d", "POST", header_params=form, post_params=[("UserLogin", "me"), ("Password", "p&q")])
client.call_api("/e", "POST", header_params={"Content-Type": "multipart/form-data"}, files={"file": path})
client.call_api("/f", "PUT", header_params={"Content-Type": "application/json"}, body=aa.Count("t", 3))
client.call_api("/g", "DELETE", async_req=True).get()
client.call_api("/h", "GET", response_type="object", _host=url + "/other")
print(client.call_api("/i", "GET", response_type="dict(str, int)")[0])

rest = client.rest_client
print(rest.GET(url + "/j", headers={"X-Two": "2"}, query_params={"a": "b c"}).data)
rest.HEAD(url + "/k")
rest.POST(url + "/l", {"Content-Type": "application/json"}, None, None, {"x": 1})
rest.POST(url + "/m", form, None, [("a", "b")])
rest.PUT(url + "/n", headers={"Content-Type": "application/json"}, body=[1, 2])
rest.PATCH(url + "/o", headers={"Content-Type": "application/json"}, body="x")
rest.DELETE(url + "/p", {"Content-Type": "application/json"}, None, {"y": 2})
print(client.request("GET", url + "/q", _preload_content=False).data)
try:
    rest.GET(url + "/missing")
except aa.ApiException as error:
    body = error.body  # text with us, bytes there
    print(error.status, error.reason, body if isinstance(body, str) else body.decode())
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an interpreter with apteco-api 0.3.2 from the package index."""
    folder = tmp_path_factory.mktemp("published")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "apteco-api==0.3.2", "setuptools<81"], check=True)
    return python


def answers(python: Path | str, server: Any, queries: Path, folder: Path) -> dict[str, Any]:
    """Return what the script prints under an interpreter, started outside the repository."""
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
    texts = (json.dumps(Requests(seed, published=True).query()) for seed in itertools.count())
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
    assert ours["counts"] == theirs["counts"]
    later: set[str] = set()
    assert as_published(ours["variables"], theirs["variables"], later) == theirs["variables"]
    assert later <= LATER


DOCUMENT = json.loads((Path(sandbox.__file__).parent / "openapi.json").read_text("utf-8"))
LATER = {
    name.lower()
    for schema in DOCUMENT["components"]["schemas"].values()
    for name, field in schema.get("properties", {}).items()
    if "x-since" in field
}
"""The fields that servers after 0.3.2 have."""


def as_published(mine: Any, theirs: Any, later: set[str]) -> Any:
    """Return our plain form with the members of theirs; `later` takes the names of the others."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        later |= {name.replace("_", "") for name in mine.keys() - theirs.keys()}
        return {name: as_published(mine[name], theirs[name], later) for name in theirs}
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        return [as_published(*pair, later) for pair in zip(mine, theirs, strict=True)]
    return mine


def test_requests_that_no_method_makes_are_the_same_on_the_wire(published: Path, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n1,2\n")

    def reply(seen: lab.Seen, number: int) -> bytes:
        return answer(404, {"message": "no"}) if seen.target == "/missing" else answer(body={"n": 1})

    def requests(python: Path | str) -> tuple[str, list[tuple[Any, ...]]]:
        server = lab.Server(reply)
        try:
            done = subprocess.run(
                [python, "-c", FREE, server.url.removesuffix("/OrbitAPI"), str(path)],
                cwd=tmp_path, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
        finally:
            server.close()
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout, [wire(seen) for seen in server.requests]

    def wire(seen: lab.Seen) -> tuple[Any, ...]:
        kind, _, boundary = seen.headers.get("content-type", "").partition("; boundary=")
        body: Any = seen.body.replace(boundary.encode(), b"") if boundary else seen.body
        if kind == "multipart/form-data":  # the clients may give a part different headers
            body = [part.partition(b"\r\n\r\n")[2].strip(b"\r\n-") for part in body.split(b"\r\n--")]
        elif kind == "application/json" and body:
            body = json.loads(body)
        kept = {name: seen.headers.get(name) for name in ("authorization", "accept", "x-one", "x-two")}
        return seen.method, seen.target, kind if body else "", body, kept

    theirs, ours = requests(published), requests(sys.executable)
    assert ours[0] == theirs[0]
    for mine, other in zip(ours[1], theirs[1], strict=True):
        assert mine == other

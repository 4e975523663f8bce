"""Cases 31 and 34 to 36: what is stored, what code is made from, what code is built on."""

from __future__ import annotations

import pickle
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from lab import answer
from measured import tools

import apteco_api as aa
from apteco_api.exceptions import ApiTimeout, JobTimeout


def test_31_errors_and_models_pickle_and_forged_tokens_are_refused(serve: Any, client: Any, get: Any) -> None:
    with pytest.raises(aa.ApiException) as failure:
        get(serve(answer(404, body={"message": "no"}, X_Request_Id="r-9")))
    again = pickle.loads(pickle.dumps(failure.value))
    assert (type(again), again.status, again.body, again.operation, again.request_id) == (
        type(failure.value), 404, '{"message": "no"}', failure.value.operation, "r-9",
    )  # fmt: skip
    for error in (
        ApiTimeout(0, "late", phase="body"), JobTimeout("late", token="{}"), aa.ApiTypeError("x", ["a", 1]),
        aa.ApiValueError("x"), aa.ApiKeyError("k"),
    ):  # fmt: skip
        other = pickle.loads(pickle.dumps(error))
        assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))
    section = aa.AudiencesApi(client(serve(answer())))
    query = aa.Query(selection=aa.Selection(table_name="People", ancestor_counts=True))
    assert pickle.loads(pickle.dumps(query)) == query
    values = '"values": {"audience_id": 4}'
    good = f'{{"family": "audience-calculate", "ids": [3], "many": false, {values}, "version": 1}}'
    assert aa.Poller.resume(section, good).token == good
    forged = [
        "", "[]", "{}", pickle.dumps(query).decode("latin-1"), good.replace("1}", "2}"),
        good.replace("[3]", "[]"), good.replace("[3]", '[{"a": 1}]'), good.replace("audience-calculate", "x"),
        "[" * 100_000,
        good.replace("4}", '["x"]}'),
    ]  # fmt: skip
    for token in forged:
        with pytest.raises(aa.ApiValueError):
            aa.Poller.resume(section, token)


@pytest.mark.parametrize("kind", tools.HOSTILE)
def test_34_texts_of_a_spec_never_become_code_and_no_file_lies_outside(kind: str, tmp_path: Path) -> None:
    assert tools.harmless("ours", sys.executable, tools.HOSTILE[kind], tmp_path)


@pytest.mark.parametrize("kind", tools.REFERENCES)
def test_35_bombs_and_references_to_elsewhere_are_refused_and_nothing_is_fetched(
    kind: str, tmp_path: Path
) -> None:
    assert tools.refused("ours", sys.executable, kind, tmp_path)


def test_36_the_floor_and_the_pins_name_the_same_packages() -> None:
    import re

    def names(path: str) -> set[str]:
        lines = Path(path).read_text().splitlines()
        return {re.split(r"[=<>~! ;\[]", line)[0].lower() for line in lines if line and line[0] not in "#- "}

    pinned, floor = names("requirements.txt"), names("constraints-min.txt")
    assert {"urllib3", "msgspec", "python-dateutil", "certifi", "six"} <= pinned
    assert {"urllib3", "msgspec", "python-dateutil", "certifi", "six"} <= floor


def test_36_each_dependency_is_used() -> None:
    used = "".join(path.read_text() for path in Path("apteco_api/runtime").glob("*.py"))
    for module in ("six", "certifi", "dateutil", "urllib3", "msgspec"):
        assert re.search(rf"^\s*(?:import|from) {module}\b", used, re.MULTILINE), module


def test_36_every_pin_has_the_hashes_of_its_files() -> None:
    lock = Path("requirements.lock").read_text("utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", lock[re.search(r"^[a-z0-9]", lock, re.MULTILINE).start() :])
    locked = {}
    for block in blocks:
        name, _, rest = block.partition("==")
        locked[name] = rest.split()[0], re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
    pins = re.findall(r"^([a-z0-9-]+)==(\S+)", Path("requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert {name: version for name, (version, _) in locked.items()} == dict(pins)
    for name, (_, hashes) in locked.items():
        # msgspec is compiled: a file for each interpreter and system, and the source
        assert len(hashes) >= (15 if name == "msgspec" else 1), name

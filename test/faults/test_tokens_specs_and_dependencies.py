"""Cases 31 and 34 to 36: what is stored, what code is made from, what code is built on."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from measured import tools
from support.lab import answer, run_child

import apteco_api as aa
from apteco_api.exceptions import ApiTimeout, JobTimeout

KINDS = (getattr(aa.exceptions, name) for name in aa.exceptions.__all__)
ERRORS = [kind for kind in KINDS if isinstance(kind, type) and issubclass(kind, aa.OpenApiException)]
DETAILS = {
    "operation": "A_B", "attempts": ("try 1: 503", "try 2: 503"), "elapsed": 1.5, "request_id": "r-1",
    "hint": "h", "retry_after": 2.0, "phase": "body", "path": "$.a", "limit": 7, "content_type": "text/html",
    "sent": "unknown", "body": "text", "token": "t",
}  # fmt: skip


UNPICKLE = """
    import pickle, sys
    error = pickle.loads(bytes.fromhex(sys.argv[1]))
    print(repr((type(error).__name__, str(error), error.args)))
"""


@pytest.mark.parametrize("kind", ERRORS)
def test_31_every_error_comes_back_whole_from_a_pickle_a_copy_and_another_process(kind: Any) -> None:
    made = kind(503, "why") if issubclass(kind, aa.ApiException) else kind("why")
    for detail, value in DETAILS.items():
        setattr(made, detail, value)
    stored = pickle.dumps(made)
    assert run_child(UNPICKLE, stored.hex()) == repr((kind.__name__, str(made), made.args))
    for again in (pickle.loads(stored), copy.copy(made), copy.deepcopy(made)):
        assert type(again) is kind
        assert (str(again), again.args, vars(again)) == (str(made), made.args, vars(made))


def test_31_an_error_says_what_its_reader_needs(serve: Any, get: Any) -> None:
    with pytest.raises(aa.ApiUnavailable) as failure:
        get(serve(answer(503, {"message": "down"}, X_Request_Id="r-7", Retry_After="0")), retries=1)
    error = failure.value
    assert (error.status, error.request_id, len(error.attempts)) == (503, "r-7", 2)
    assert 0 < error.elapsed < 10
    for text in ("FastStatsSystems_GetFastStatsVariable", "503", "r-7", "down", "2 tries", error.hint):
        assert text in str(error)


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


def test_36_every_package_of_an_extra_is_pinned_for_the_audit() -> None:
    text = Path("setup.py").read_text("utf-8")
    extras = text[text.index("EXTRAS = {") : text.index("setup(")]
    asked = {name.lower() for name in re.findall(r'"([\w.-]+)[<>=~]=?', extras)}
    pinned = re.findall(r"^([\w.-]+)==\d", Path("extras.lock").read_text("utf-8"), re.MULTILINE)
    assert len(asked) > 9
    assert asked == set(pinned)


def test_36_each_dependency_is_used() -> None:
    used = "".join(path.read_text() for path in Path("apteco_api", "_runtime").rglob("*.py"))
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
        # msgspec is compiled: it has a file for each interpreter and system, and the source
        assert len(hashes) >= (15 if name == "msgspec" else 1), name


FAKE = """
import json, os, sys
report = json.loads(os.environ["REPORT"])[sys.argv[sys.argv.index("-s") + 1]]
if report is None:
    sys.exit("no way there")
print(json.dumps({"dependencies": report}))
"""
FINE = {"name": "six", "version": "1", "vulns": []}
UNKNOWN = {"name": "six", "skip_reason": "not found"}
HOLED = {"name": "six", "version": "1", "vulns": [{"id": "HOLE-1"}]}


@pytest.mark.parametrize(
    ("pypi", "osv", "code", "said"),
    [
        ([FINE], None, 0, "1 packages, no known vulnerabilities (pypi)"),
        ([UNKNOWN], [FINE], 0, "no known vulnerabilities (osv)"),
        (None, [HOLED], 1, "known vulnerabilities: six 1 HOLE-1"),
        ([HOLED, UNKNOWN], None, 1, "HOLE-1"),
        (None, None, 0, "NOT AUDITED: no service answers from here"),
        ([UNKNOWN], None, 0, "NOT AUDITED: pypi does not know six"),
    ],
)
def test_36_an_audit_that_could_not_be_made_is_no_clean_bill(
    pypi: Any, osv: Any, code: int, said: str, tmp_path: Path
) -> None:
    """The tool itself says "no known vulnerabilities" of packages that its service does not know."""
    (tmp_path / "pip_audit.py").write_text(FAKE)
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "REPORT": json.dumps({"pypi": pypi, "osv": osv}),
    }
    command = [sys.executable, ".ci/audit.py"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, said in done.stdout) == (code, True), done.stdout + done.stderr

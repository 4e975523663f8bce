"""The example in each method's docstring is a call that works: run as it stands, judged like any other."""

from __future__ import annotations

import datetime
import doctest
import inspect
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa

METHODS = [
    (controller, name, operation)
    for controller in aa.api.__all__
    for name, operation in getattr(aa, controller).operations.items()
]


@pytest.fixture(scope="module")
def client(judge: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    config = aa.Configuration(
        host=judge.url, api_key={"Authorization": "the-token"}, api_key_prefix={"Authorization": "Bearer"}
    )
    config.temp_folder_path = str(tmp_path_factory.mktemp("downloads"))
    config.retries = False
    with aa.ApiClient(config) as client:
        yield client


@pytest.mark.parametrize(("controller", "name", "operation"), METHODS, ids=[name for _, name, _ in METHODS])
def test_example(
    judge: Any,
    client: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    controller: str,
    name: str,
    operation: Any,
) -> None:
    text = inspect.getdoc(getattr(getattr(aa, controller), name))
    assert text is not None
    examples = doctest.DocTestParser().get_examples(text)
    assert [f"aa.{controller}(client)" in examples[0].source, f"api.{name}(" in examples[1].source] == [
        True
    ] * 2

    for name in ("report.csv", "logo.png"):
        (tmp_path / name).write_text("a;b")
    monkeypatch.chdir(tmp_path)
    judge.expected = operation.id
    judge.findings.clear()
    status = next(status for status in operation.responses if status < 300)
    kind = operation.responses[status]
    # The test is about the request: the answer is the shortest one that the method accepts.
    bodies = {"": b"", "bool": b"true", "int": b"1", "file": b"x", "str": b'"x"', "object": b"{}"}
    body = bodies.get(kind, b"[]" if kind.startswith("list") else b"{}")
    judge.answer = (status, operation.produces[0] if body and operation.produces else "", body)
    if kind == "file":
        judge.answer = (status, "application/octet-stream", body)
    space = {"aa": aa, "client": client, "datetime": datetime}
    for example in examples:
        exec(compile(example.source, name, "exec"), space)
    assert judge.findings == []
    assert judge.seen[-1] == operation.id


def test_the_awaited_methods_have_the_same_examples_with_await() -> None:
    for controller, name, _ in METHODS:
        plain = inspect.getdoc(getattr(getattr(aa, controller), name)) or ""
        awaited = inspect.getdoc(getattr(getattr(aa.aio, controller), name)) or ""
        assert awaited.partition("Example:")[0] == plain.partition("Example:")[0]
        assert f">>> api = aa.aio.{controller}(client)\n    >>> await api.{name}(" in awaited

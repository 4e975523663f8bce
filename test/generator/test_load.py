"""Reading a document: versions, limits, and refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator import parse
from generator.diagnostics import SpecError
from generator.load import load


def code_of(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "spec.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SpecError) as caught:
        load(str(path), name="spec.yaml")
    (found,) = caught.value.diagnostics
    assert found.place.startswith("spec.yaml#")
    return found.code


HEAD = "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n"


def test_yaml_and_json_give_the_same_document(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD)
    value = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {}}
    (tmp_path / "a.json").write_text(json.dumps(value))
    assert load(str(tmp_path / "a.yaml")).value == load(str(tmp_path / "a.json")).value == value


def test_yaml_is_read_with_json_types_only() -> None:
    text = b"a: 2020-01-01\nb: yes\nc: 'on'\nd: off\n200: 0x10\ne: 1.5\nf: ~\ng: 12\nh: true"
    assert parse.parse(text, "x") == {
        "a": "2020-01-01",
        "b": "yes",
        "c": "on",
        "d": "off",
        "200": "0x10",
        "e": 1.5,
        "f": None,
        "g": 12,
        "h": True,
    }


@pytest.mark.slow
def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{c}: &{c} [{', '.join(['*' + chr(ord(c) - 1)] * 10)}]" for c in "bcdefghi"]
    assert code_of(tmp_path, HEAD + "\n".join(lines)) == "too-big"


def test_a_document_that_contains_itself_is_refused(tmp_path: Path) -> None:
    assert code_of(tmp_path, HEAD + "x: &a [*a]") == "too-deep"


@pytest.mark.parametrize("text", ["[" * 50_000, '{"a":' * 50_000, "a: " + "[" * 5_000, "- " * 5_000])
def test_deep_nesting_is_refused(tmp_path: Path, text: str) -> None:
    assert code_of(tmp_path, text) in ("unparsable", "too-deep")


@pytest.mark.parametrize("text", [HEAD + "paths: {}", '{"openapi": "3.1.0", "openapi": "3.1.0"}'])
def test_a_key_that_is_there_twice_is_refused(tmp_path: Path, text: str) -> None:
    assert code_of(tmp_path, text) == "duplicate-key"


def test_a_yaml_tag_makes_no_object(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = HEAD + f"x: !!python/object/apply:os.system ['touch {canary}']"
    assert code_of(tmp_path, text) == "unparsable"
    assert not canary.exists()
    assert code_of(tmp_path, HEAD + "x: !!set {a, b}") == "unparsable"


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"%PDF-1.4 @@@ : : :", b"'unfinished"])
def test_bytes_that_are_neither_yaml_nor_json_are_refused(tmp_path: Path, text: bytes) -> None:
    assert code_of(tmp_path, text) == "unparsable"


@pytest.mark.parametrize(
    ("text", "code"),
    [("a: 1", "unknown-version"), ("openapi: 4.0.0", "unknown-version"), ("text", "wrong-kind")],
)
def test_a_document_that_is_no_api_is_refused(tmp_path: Path, text: str, code: str) -> None:
    assert code_of(tmp_path, text) == code


def test_a_document_that_is_too_big_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.reading.MAX_BYTES", 1000)
    assert code_of(tmp_path, HEAD + "#" * 2000) == "too-big"


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="can't be read"):
        load(str(tmp_path / "none.yaml"))

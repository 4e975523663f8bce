"""docs/sandbox.md: its tables are complete. (That its examples run is tested with those of all documents.)"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from apteco_api.sandbox import Settings
from apteco_api.sandbox.faults import _KINDS
from apteco_api.sandbox.filter import _OPERATORS
from apteco_api.sandbox.sections.unlicensed import MODULES

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")


def test_every_fault_and_every_operator_is_documented() -> None:
    assert [kind for kind in _KINDS if f"`{kind}" not in TEXT] == []
    assert [operator for operator in _OPERATORS if not re.search(rf"\b{operator}\b", TEXT)] == []


def test_every_section_is_in_the_table(operations: dict[str, Any]) -> None:
    sections = {item["tags"][0] for _, _, item in operations.values()}
    table = TEXT[TEXT.index("## What each section does") :]
    words = {"AudienceHits": "hits", "AudienceSettings": "settings", "CollectionHits": "hits"}
    words |= {"UserRegistrationRequests": "registration", "UserResetPasswordRequests": "password reset"}
    assert [name for name in sections if words.get(name, name) not in table] == []


def test_every_operation_without_its_module_is_in_the_table() -> None:
    table = TEXT[TEXT.index("## Modules that it does not have") : TEXT.index("## Jobs")]
    rows = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in re.findall(r"\| (.+) \| (`.+) \|", table)}
    assert rows == {module: set(names) for module, names in MODULES.items()}


def test_every_option_of_the_command_is_a_setting() -> None:
    options = set(re.findall(r"`--([a-z-]+)", TEXT))
    assert {option.replace("-", "_") for option in options} <= {field.name for field in fields(Settings)}

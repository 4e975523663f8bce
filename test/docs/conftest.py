"""How a document's blocks of Python and of shell commands are found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from support.sandbox import box, session

__all__ = ["Block", "blocks", "box", "documents", "python_blocks", "session"]

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+) -->\n\s*)?"
    r"^(?P<ticks>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=ticks)$",
    re.M | re.S,
)
"""A fence. A comment right above it, which readers do not see, says why the tests do not run it."""


@dataclass(frozen=True)
class Block:
    """A block, the line it starts on, and the output that the document promises, if any."""

    line: int
    language: str
    source: str
    output: str | None
    not_run: str | None


def documents() -> list[Path]:
    """README, CONTRIBUTING and the guides; the generated reference has tests of its own."""
    apart = {"reference", "names", "_build", "jupyter_execute"}
    written = [path for path in (ROOT / "docs").rglob("*.md") if not apart & {*path.parts}]
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(written)]


def blocks(path: Path) -> list[Block]:
    """Return the blocks of a document; a ```text block right below another one is its output."""
    text = path.read_text("utf-8")
    fences = list(FENCE.finditer(text))
    found: list[Block] = []
    for index, fence in enumerate(fences):
        following = fences[index + 1] if index + 1 < len(fences) else None
        output = None
        if (
            following
            and following["info"].strip() == "text"
            and not text[fence.end() : following.start()].strip()
        ):
            output = following["body"]
        line = text.count("\n", 0, fence.start("body")) + 1
        found.append(Block(line, fence["info"].strip(), fence["body"], output, fence["reason"]))
    return found


def python_blocks(path: Path) -> list[Block]:
    """Return the Python blocks of a document that the tests run."""
    return [each for each in blocks(path) if each.language == "python" and not each.not_run]

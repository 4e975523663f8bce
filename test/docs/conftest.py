"""How a document's Python blocks are found: each file's blocks share a namespace, from top to bottom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from support.sandbox import box, session

__all__ = ["Block", "box", "documents", "python_blocks", "session"]

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A Python block, the line it starts on, and the output that the document promises, if any."""

    line: int
    source: str
    output: str | None


def documents() -> list[Path]:
    """README and the guides; the generated reference has tests of its own."""
    written = [path for path in (ROOT / "docs").rglob("*.md") if not {"reference", "_build"} & {*path.parts}]
    return [ROOT / "README.md", *sorted(written)]


def python_blocks(path: Path) -> list[Block]:
    """The Python blocks of a document; a ```text block right below one is its output."""
    text = path.read_text("utf-8")
    fences = list(FENCE.finditer(text))
    blocks: list[Block] = []
    for index, fence in enumerate(fences):
        if fence["info"].strip() != "python":
            continue
        following = fences[index + 1] if index + 1 < len(fences) else None
        output = None
        if (
            following
            and following["info"].strip() == "text"
            and not text[fence.end() : following.start()].strip()
        ):
            output = following["body"]
        blocks.append(Block(text.count("\n", 0, fence.start()) + 2, fence["body"], output))
    return blocks

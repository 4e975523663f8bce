"""The commands of `apteco-api`, as one table. The parser, the completion and the documents are made of it.

`data`, `items`, `orbit` and `tools` hold the commands, in the order of the help; `arguments` holds what
several commands share. The modules that run the commands are not imported here, so that a command starts
quickly.
"""

from __future__ import annotations

from ..command import Command
from . import data, items, orbit, tools

COMMANDS: tuple[Command, ...] = (
    *data.COMMANDS, *items.COMMANDS, *orbit.COMMANDS, *tools.COMMANDS,
)  # fmt: skip

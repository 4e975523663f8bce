"""From the table of commands to argparse."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .command import Arg, Command
from .status import STATUSES
from .table import COMMANDS, GROUPS

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

WIDTH = 110
FAMILIES = {
    "files": "list, download, upload and delete files on the server",
    "audiences": "list, create, calculate and delete audiences",
    "jobs": "list the server's jobs, wait for one or stop it",
    "find": "search the saved queries and audiences",
    "clone": "copy a dashboard or a collection with all it holds",
}
"""First words of commands of two words, and what they have in common."""


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help of one width everywhere, so that the documents are the same on all terminals."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=WIDTH)
        self._action_max_length: int

    def add_argument(self, action: argparse.Action) -> None:
        """Count the indentation of a command's name: Python before 3.13 does not."""
        super().add_argument(action)
        if action.choices and action.nargs == argparse.PARSER:
            longest = max(len(str(name)) for name in action.choices)
            self._action_max_length = max(self._action_max_length, longest + self._current_indent + 2)


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    lines = "\n".join(f"  {status:<4} {meaning}" for status, meaning in STATUSES.items())
    parser = argparse.ArgumentParser(
        prog="apteco-api",
        description="Work with the Apteco API from the shell.",
        epilog=f"exit status:\n{lines}\n\nexample:\n  apteco-api count Bookings",
        formatter_class=Layout,
        allow_abbrev=False,
    )
    found: Subcommands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    families: dict[str, Subcommands] = {}
    for command in COMMANDS:
        family, _, own = command.name.rpartition(" ")
        if family and family not in families:
            families[family] = _family(found, family)
        _add(families.get(family, found), own, command)
    return parser


def _family(found: Subcommands, name: str) -> Subcommands:
    first = next(each.example for each in COMMANDS if each.name.startswith(f"{name} "))
    made = found.add_parser(
        name,
        help=FAMILIES[name],
        description=_sentence(FAMILIES[name]),
        epilog=f"example:\n  {first}",
        formatter_class=Layout,
        allow_abbrev=False,
    )
    return made.add_subparsers(dest="subcommand", metavar="COMMAND", required=True)


def _add(found: Subcommands, name: str, command: Command) -> None:
    parser = found.add_parser(
        name,
        help=command.help,
        description=_sentence(command.help),
        epilog=epilog(command.about, command.example),
        formatter_class=Layout,
        allow_abbrev=False,
    )
    add_arguments(parser, command.args)
    add_groups(parser, command.groups)
    parser.set_defaults(chosen=command)


def epilog(about: str, example: str) -> str:
    """What stands at the end of a help: more to know, and an example."""
    import textwrap

    text = textwrap.fill(about, WIDTH) + "\n\n" if about else ""
    return f"{text}example:\n  {example}"


def add_arguments(parser: argparse._ActionsContainer, args: Iterable[Arg]) -> None:  # pyright: ignore[reportPrivateUsage]
    """Add arguments to a parser, or to a group of one."""
    for each in args:
        parser.add_argument(each.flag, help=each.help, **each.settings)


def add_groups(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Add shared groups of arguments to a parser."""
    for name in names:
        title, args = GROUPS[name]
        group = parser.add_argument_group(title)
        for each in args:
            group.add_argument(each.flag, help=each.help, **each.settings)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."

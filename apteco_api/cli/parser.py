"""From the table of commands to argparse."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .. import __version__
from .command import Arg, Command
from .status import STATUSES
from .streams import clean, write_error
from .table import COMMANDS
from .table.arguments import GROUPS

if TYPE_CHECKING:
    # argparse has no public name for this type
    Subcommands = argparse._SubParsersAction["Parser"]  # pyright: ignore[reportPrivateUsage]

WIDTH = 110
START = """\
start here:
  apteco-api demo                        a walk through the API, on this machine
  apteco-api sandbox                     the whole API on this machine, to try commands
  apteco-api login --host URL --data-view NAME --user NAME
                                         log in to a server, once
  apteco-api help COMMAND                what a command takes, with an example"""
FAMILIES = {
    "files": "list, download, upload, move, copy and delete files on the server",
    "audiences": "list, create, calculate, export, share and delete audiences",
    "queries": "list the saved queries, or save one",
    "jobs": "list the server's jobs, wait for one or stop it",
    "dashboards": "list, calculate, copy, transfer and delete dashboards",
    "favourites": "list, rename and delete your favourites",
    "templates": "list, create, use and delete export templates of audiences",
    "campaigns": "list, pause, check out and publish elements of the PeopleStage diagram",
    "find": "search the saved queries and audiences",
    "clone": "copy a dashboard or a collection with everything in it",
}
"""First words of the two-word commands, with the help of each family."""


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help of a fixed width, so that docs/cli.md is the same wherever it is made."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=WIDTH)
        self._action_max_length: int

    def add_argument(self, action: argparse.Action) -> None:
        """Count the indentation of a command's name: Python before 3.13 does not."""
        super().add_argument(action)
        if action.choices and action.nargs == argparse.PARSER:
            longest = max(len(str(name)) for name in action.choices)
            self._action_max_length = max(self._action_max_length, longest + self._current_indent + 2)


class Parser(argparse.ArgumentParser):
    """A parser that suggests the nearest name for a misspelled one."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is not one of the choices, and name the nearest choices."""
        if action.choices is None or value in action.choices:
            return
        names = [str(each) for each in action.choices]
        what = action.metavar.lower() if isinstance(action.metavar, str) else "value"
        raise argparse.ArgumentError(
            None if what == "command" else action,
            f"{str(value)!r} is not a {what}{nearest(str(value), names)}",
        )

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write help or an error. Raise `OSError` if help can't be written: argparse would ignore it."""
        if message and file is sys.stdout:
            file.write(message)
        elif message:
            write_error(message)

    def fail(self, message: str) -> NoReturn:
        """End the process with status 2, the usage and a message."""
        self.error(clean(message))


def nearest(wrong: str, names: Iterable[str]) -> str:
    """Return the hint after a name that does not exist: the nearest names, or all if there are few."""
    import difflib

    known = {name.casefold(): name for name in names}
    near = [known[each] for each in difflib.get_close_matches(wrong.casefold(), known, 3, 0.6)]
    if near:
        return f"; did you mean {' or '.join(map(repr, near))}?"
    return f" (choose from {', '.join(known.values())})"


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read a command line.

    Without a command, or with only the first word of a two-word command, print the help.

    Args:
        words: the arguments of the process.

    Raises:
        SystemExit: the help was printed (status 0), or the line can't be used (status 2).
    """
    words = list(words)
    parser = make_parser()
    if not words or (len(words) == 1 and words[0] in FAMILIES):
        words.append("--help")
    # argparse would take the value in `--sort -records` for an option
    for place in range(len(words) - 1, 0, -1):
        if words[place - 1] == "--sort":
            words[place - 1 : place + 1] = [f"--sort={words[place]}"]
    options, unknown = parser.parse_known_args(words)
    if unknown:
        chosen = parser_of(options.chosen.name.split(), parser)
        flags = [flag for flag in _options(chosen) if flag.startswith("--")]
        wrong = next((each.partition("=")[0] for each in unknown if each.startswith("-")), "")
        hint = nearest(wrong, flags) if wrong else ""
        chosen.fail(f"{' '.join(map(repr, unknown))} can't be used here{hint}")
    return options


def parser_of(words: Sequence[str], parser: Parser | None = None) -> Parser:
    """Return the parser of a command, or of a family of commands.

    Args:
        words: the words of the command's name; empty for `apteco-api` itself.
        parser: where to look; by default a new parser of everything.
    """
    found: Parser = parser or make_parser()
    for word in words:
        commands = next(each for each in _actions(found) if each.nargs == argparse.PARSER)
        found._check_value(commands, word)  # pyright: ignore[reportPrivateUsage]  # our own override
        choices: Any = commands.choices
        found = choices[word]
    return found


def show_help(options: argparse.Namespace) -> int:
    """Print the help of the whole command, of a command, or of an operation after `call`."""
    words: list[str] = options.words
    if words[:1] == ["call"] and len(words) == 2:
        from .call import operation_parser
        from .operations import find_operation

        operation_parser(find_operation(words[1])).print_help()
        return 0
    try:
        found = parser_of(words)
    except argparse.ArgumentError as error:
        make_parser().fail(str(error))
    except StopIteration:
        make_parser().fail(f"{' '.join(words)!r} is not a command")
    found.print_help()
    return 0


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return parser._actions  # pyright: ignore[reportPrivateUsage]  # argparse offers no public way


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [flag for action in _actions(parser) for flag in action.option_strings]


def make_parser() -> Parser:
    """Return the parser of the whole command."""
    lines = "\n".join(f"  {status:<4} {meaning}" for status, meaning in STATUSES.items())
    parser = Parser(
        prog="apteco-api",
        description="Work with the Apteco API from the shell.",
        epilog=f"{START}\n\nexit status:\n{lines}\n\nexample:\n  apteco-api count Bookings",
        formatter_class=Layout,
        allow_abbrev=False,
    )
    parser.add_argument("--version", "-V", action="version", version=f"apteco-api {__version__}")
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
    """Return the end of a help text: notes and an example."""
    import textwrap

    text = textwrap.fill(about, WIDTH) + "\n\n" if about else ""
    return f"{text}example:\n  {example}"


# argparse has no public name for the base type of parsers and groups
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

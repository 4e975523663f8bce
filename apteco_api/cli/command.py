"""What a command is, as data; `table` lists them all, `parser` makes argparse's objects of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Arg(NamedTuple):
    """One argument of a command.

    Args:
        flag: `name` for a positional argument, `--name` for an option.
        help: what it means, as `--help` shows it.
        settings: further keywords for `ArgumentParser.add_argument`.
    """

    flag: str
    help: str
    settings: Mapping[str, Any] = {}


class Command(NamedTuple):
    """One command.

    Args:
        name: the words to type: `count`, `files get`.
        help: one line, in small letters, with no full stop.
        example: a command line that works, shown at the end of `--help`.
        run: `module:function` in this package; the function gets the session, if the command has one, and
            the options, and may return an exit status.
        args: arguments of its own.
        groups: names of the shared groups of arguments, in `table.GROUPS`.
        session: whether the command logs in.
        about: notes, shown in `--help` between arguments and example.
    """

    name: str
    help: str
    example: str
    run: str
    args: tuple[Arg, ...] = ()
    groups: tuple[str, ...] = ()
    session: bool = True
    about: str = ""


def arg(flag: str, help: str, **settings: Any) -> Arg:
    """Return an argument; see `Arg`."""
    return Arg(flag, help, settings)

"""`apteco-api` and `python -m apteco_api.cli`: parses the line, runs the command, gives its exit status."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module

from .command import Command
from .parser import make_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, those of the process without any, and give its exit status.

    See `status.STATUSES` for what a status means.
    """
    options = make_parser().parse_args(arguments)
    command: Command = options.chosen
    try:
        status = _run(command, options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has read enough: no reason to complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except (Exception, KeyboardInterrupt) as error:
        return _report(command, error)
    return status


def _run(command: Command, options: Namespace) -> int:
    module, _, name = command.run.partition(":")
    function: Callable[..., int | None] = getattr(import_module(f".{module}", __package__), name)
    if not command.session:
        return function(options) or 0
    from .login import open_session

    with open_session(options) as session:
        return function(session, options) or 0


def _report(command: Command, error: BaseException) -> int:
    from .status import status_of

    status = status_of(error)
    if status < 0:
        raise error
    if status != 130:
        print(f"apteco-api {command.name}: {_message(error)}", file=sys.stderr)
    return status


def _message(error: BaseException) -> str:
    from ..exceptions import ApiException, ApiStatusError

    if isinstance(error, ApiStatusError):
        text = " ".join(str(error.body or "").split())[:300]
        return f"the server answered {error.status} {error.reason or ''}: {text}".rstrip(": ")
    if isinstance(error, ApiException) and error.reason:
        return str(error.reason)
    return str(error) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())

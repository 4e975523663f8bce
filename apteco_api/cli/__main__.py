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
    from ..exceptions import ApiException
    from .login import open_session
    from .output import note

    status: int | None = None
    try:
        with open_session(options) as session:
            status = function(session, options) or 0
    except ApiException as error:
        if status is None:
            raise
        note(f"the command is done; its session could not be logged out: {error.reason}")
    return status


def _report(command: Command, error: BaseException) -> int:
    from .status import status_of

    status = status_of(error)
    if status < 0:
        raise error
    if status != 130:
        print(f"apteco-api {command.name}: {_message(error)}", file=sys.stderr)
    return status


def _message(error: BaseException) -> str:
    """One line: what happened, and what to do about it where that is known."""
    from ..exceptions import (
        ApiConnectionError,
        ApiDecodeError,
        ApiException,
        ApiProtocolError,
        ApiStatusError,
        ApiUnavailable,
    )

    if not isinstance(error, ApiException):
        return " ".join(str(error).split()) or type(error).__name__
    text = str(error.reason or "") or type(error).__name__
    if isinstance(error, ApiStatusError):
        text = f"the server answered {error.status} {error.reason or ''}: {_said(error.body)}".rstrip(": ")
    # the hints of other classes speak of settings and arguments in Python
    hinted = isinstance(error, (ApiConnectionError, ApiDecodeError, ApiProtocolError, ApiUnavailable))
    hint = error.hint if hinted else vars(error).get("hint", "")
    return f"{text.rstrip('.')}. {hint}" if hint else text


def _said(body: object) -> str:
    """The server's own words in the body of an error; of another body, its beginning."""
    import json

    try:
        message = json.loads(str(body or "{}"))["message"]
    except (ValueError, TypeError, LookupError, RecursionError):
        message = None
    return " ".join(str(message or body or "").split())[:300]


if __name__ == "__main__":
    sys.exit(main())

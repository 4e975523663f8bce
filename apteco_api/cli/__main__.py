"""`apteco-api` and `python -m apteco_api`: parse the line, run the command, return its exit status."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module

from . import streams
from .command import Command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return its exit status.

    See `status.STATUSES` for what a status means.
    """
    streams.prepare()
    name = ""
    try:
        try:
            from .parser import parse  # here, so that Ctrl-C during its import is answered below

            options = parse(sys.argv[1:] if arguments is None else arguments)
            name = options.chosen.name
            status = execute(options.chosen, options)
        except SystemExit:  # argparse has printed the help or an error
            streams.finish()
            raise
        streams.finish()
    except BrokenPipeError:  # a reader such as `head` that stops early is not an error
        streams.discard(sys.stdout)
        return 0
    except (Exception, KeyboardInterrupt) as error:
        return _report(name, error)
    finally:
        streams.write_error("")  # flush now, so that Python can't fail with it at exit
    return status


def execute(command: Command, options: Namespace) -> int:
    """Run a command, with a session if it needs one, and return its exit status."""
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


def _report(name: str, error: BaseException) -> int:
    from .status import status_of

    status = status_of(error)
    if status < 0:
        raise error
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        streams.discard(sys.stdout)
    if status != 130:
        message = f"apteco-api {name}".rstrip() + f": {error_message(error)}"
        streams.write_error(f"{streams.clean(message)}\n")
    return status


def error_message(error: BaseException) -> str:
    """Return one line: what happened and, if known, what to do about it."""
    from ..exceptions import (
        ApiConnectionError,
        ApiDecodeError,
        ApiException,
        ApiProtocolError,
        ApiStatusError,
        ApiUnavailable,
        OpenApiException,
    )

    if isinstance(error, OSError) and error.filename is not None and not isinstance(error, OpenApiException):
        return f"{error.filename}: {error.strerror}"
    if not isinstance(error, ApiException):
        text, hint = " ".join(str(error).split()) or type(error).__name__, _hint(error)
        return f"{text.rstrip('.')}. {hint}" if hint else text
    text = str(error.reason or "") or type(error).__name__
    if isinstance(error, ApiStatusError):
        text = f"the server answered {error.status} {error.reason or ''}: {_said(error.body)}".rstrip(": ")
    # the hints of other classes name settings and arguments in Python
    hinted = isinstance(error, (ApiConnectionError, ApiDecodeError, ApiProtocolError, ApiUnavailable))
    hint = error.hint if hinted else vars(error).get("hint", "")
    return f"{text.rstrip('.')}. {hint}" if hint else text


def _hint(error: BaseException) -> str:
    """Return what to do about an error of this package, in terms of the command line."""
    from ..session.credentials import CredentialsError

    if isinstance(error, CredentialsError) and error.missing and error.missing != ("mfa",):
        return "Run `apteco-api login` once, or try it without a server: `apteco-api sandbox`."
    return ""


def _said(body: object) -> str:
    """Return the message in the body of an error, or else the beginning of the body."""
    import json

    try:
        message = json.loads(str(body or "{}"))["message"]
    except (ValueError, TypeError, LookupError, RecursionError):
        message = None
    return " ".join(str(message or body or "").split())[:300]


if __name__ == "__main__":
    sys.exit(main())

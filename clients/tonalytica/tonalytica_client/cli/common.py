"""The parts that the commands share: the key, and errors as one line."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable

from ..errors import TonalyticaError
from ..facade import TonalyticaAPIClient

KEY_VARIABLE = "TONALYTICA_API_KEY"


def add_key(parser: argparse.ArgumentParser) -> None:
    """Add the option for the key."""
    parser.add_argument(
        "--api-key",
        metavar="KEY",
        help=f"user API key [env var: {KEY_VARIABLE}]; the command asks for a missing key",
    )


def connect(host: str, key: str | None) -> TonalyticaAPIClient:
    """Return a client with the key of the option, else of the environment, else of a prompt."""
    return TonalyticaAPIClient(key or os.environ.get(KEY_VARIABLE) or _ask(), host)


def _ask() -> str:
    prompt = "API Key: "
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    key = sys.stdin.readline().strip()
    if not key:
        raise SystemExit(f"no API key: give --api-key or {KEY_VARIABLE}")
    return key


def run(work: Callable[[], object]) -> int:
    """Run a command; print an error as one line to standard error and return exit code 1."""
    try:
        work()
    except (TonalyticaError, ValueError, OSError) as error:
        message = getattr(error, "message", "")
        print(f"error: {error}{f': {message}' if message else ''}", file=sys.stderr)
        return 1
    return 0

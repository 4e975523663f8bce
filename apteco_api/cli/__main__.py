"""`apteco-api` and `python -m apteco_api.cli`: picks the subcommand; each lives in a module of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import demo, sandbox

_COMMANDS = (demo, sandbox)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, those of the process without any, and give its exit status."""
    parser = argparse.ArgumentParser(
        prog="apteco-api", description="Work with the Apteco API from the shell."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        module.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError, ModuleNotFoundError) as error:
        print(f"apteco-api {options.command}: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())

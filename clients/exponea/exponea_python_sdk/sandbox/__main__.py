"""`python -m exponea_python_sdk.sandbox`: run the sandbox until Ctrl-C."""

from __future__ import annotations

import argparse
import threading
from contextlib import suppress

from .access import Limit
from .demo import PASSWORD, PROJECT_TOKEN, PUBLIC_TOKEN, USERNAME
from .serve import serve


def main(arguments: list[str] | None = None) -> None:
    """Run the sandbox as the arguments say.

    Args:
        arguments: the command line; that of the process by default.
    """
    parser = argparse.ArgumentParser(
        prog="python -m exponea_python_sdk.sandbox",
        description="A small Exponea server on this machine, to try the client on.",
        epilog="Example: python -m exponea_python_sdk.sandbox --port 8086 --database exponea.sqlite",
    )
    parser.add_argument(
        "--port", type=int, default=8086, help="port on 127.0.0.1; 0 takes a free one (%(default)s)"
    )
    parser.add_argument(
        "--database", default=":memory:", help="file to keep the state in (in memory by default)"
    )
    parser.add_argument(
        "--limit", type=int, default=6_000, help="requests a minute from one address (%(default)s)"
    )
    given = parser.parse_args(arguments)
    with serve(given.database, given.port, Limit(given.limit)) as sandbox, suppress(KeyboardInterrupt):
        print(f"Exponea sandbox on {sandbox.url} (Ctrl-C ends it)")
        print(
            f"  Exponea({PROJECT_TOKEN!r}, username={USERNAME!r}, password={PASSWORD!r}, url={sandbox.url!r})"
        )
        print(f"  public token, for tracking: {PUBLIC_TOKEN}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()

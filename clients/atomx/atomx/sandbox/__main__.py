"""``python -m atomx.sandbox``: a local atomx server until it is interrupted."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Sequence

from . import serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m atomx.sandbox",
        description="A local atomx server on 127.0.0.1, with data, to try the client on.",
        epilog="example: python -m atomx.sandbox --port 8080 --database atomx.sqlite",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--database", default=":memory:", help="file that keeps the state (default: memory)")
    parser.add_argument("--seconds", type=float, default=None, help="stop after this time (default: never)")
    chosen = parser.parse_args(arguments)
    with serve(chosen.database, port=chosen.port) as sandbox:
        print(f"atomx sandbox: {sandbox.url}  user@example.com / password  (end with Ctrl-C)", flush=True)
        try:
            threading.Event().wait(chosen.seconds)
        except KeyboardInterrupt:
            print("ended", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""`apteco-api sandbox`: the API on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

_EXAMPLE = """example:
  apteco-api sandbox --port 8080 --data holidays.duckdb
"""


def add_to(commands: Subcommands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "sandbox",
        help="serve the whole API over a synthetic Holidays system, until interrupted",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="TCP port (default: a free one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--scale", type=int, help="number of bookings (default: 1,000,000, or what FILE holds)"
    )
    parser.add_argument("--seed", type=int, help="other data of the same kind")
    parser.add_argument("--data", type=Path, metavar="FILE", help="DuckDB file to keep data and state in")
    parser.add_argument("--password", help="password of the accounts of a new sandbox (default: holidays)")
    parser.add_argument("--session-seconds", type=float, help="how long a session lasts (default: 8 hours)")
    parser.add_argument(
        "--trouble", default="", metavar="RULES", help="such as '503 every 5; slow=0.2 on Queries_*'"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from ..sandbox import serve

    given = {
        name: getattr(options, name) for name in ("scale", "seed", "data", "password", "session_seconds")
    }
    if options.scale is None and (options.data is None or not options.data.exists()):
        given["scale"] = 1_000_000
    chosen = {name: value for name, value in given.items() if value is not None}
    with serve(host=options.host, port=options.port, trouble=options.trouble, **chosen) as server:
        password = "the password you gave" if options.password else server.password
        print(f"API:      {server.url}")
        print(f"Browser:  {server.url}/swagger/ui/index.html")
        print(f"Log in:   data view {server.data_view}, user {server.username}, password {password}")
        print("Stop with Ctrl+C.", flush=True)
        try:
            server.wait()
        except KeyboardInterrupt:
            print()
    return 0

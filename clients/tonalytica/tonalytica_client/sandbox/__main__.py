"""``python -m tonalytica_client.sandbox``: serve the sandbox on the loopback."""

from __future__ import annotations

import argparse

from . import USER_KEY, Sandbox


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m tonalytica_client.sandbox",
        description="A small stateful TONalytica (Redash) on 127.0.0.1, with demo data.",
        epilog="example: python -m tonalytica_client.sandbox --redash 9 --port 8070",
    )
    parser.add_argument(
        "--redash", choices=["9", "current"], default="current", help="the version to imitate"
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--database", help="file for the state (default: in memory)")
    parser.add_argument("--org", default="", help="slug of an organisation to append to the address")
    chosen = parser.parse_args(arguments)
    with Sandbox(chosen.redash, chosen.port, chosen.database, chosen.org) as box:
        print(f"TONalytica sandbox (Redash {chosen.redash}) on {box.url}\nuser key: {USER_KEY}", flush=True)
        try:
            box.wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()

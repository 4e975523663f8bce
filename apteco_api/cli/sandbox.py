"""`apteco-api sandbox`: the API on this machine."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path


def run(options: Namespace) -> int:
    """Serve until interrupted."""
    from ..sandbox import serve

    names = ("scale", "seed", "password", "version", "session_seconds", "token_seconds", "query_seconds")
    given = {name: getattr(options, name) for name in names}
    given["data"] = data = Path(options.data) if options.data else None
    if options.scale is None and (data is None or not data.exists()):
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

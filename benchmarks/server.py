"""A loopback server that answers at once: the same bytes for every client, so that only clients differ.

`python server.py` prints its port and answers until its standard input closes.
"""

from __future__ import annotations

import socket
import sys
import threading
import time

VERSION = b'{"version":"1.9.19.6190"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % len(VERSION) + VERSION


def talk(connection: socket.socket) -> None:
    """Answer the requests of one connection: `/About/Language` after 50 ms, anything else at once."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    language = b'{"language":"en"}'
    slow = HEAD % len(language) + language
    with connection:
        kept = b""
        while True:
            while b"\r\n\r\n" not in kept:
                data = connection.recv(65_536)
                if not data:
                    return
                kept += data
            request, _, kept = kept.partition(b"\r\n\r\n")
            if b"/About/Language" in request:
                time.sleep(0.05)
                connection.sendall(slow)
            else:
                connection.sendall(ANSWER)


def main() -> None:
    """Listen on a free loopback port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()

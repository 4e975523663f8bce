"""The idle connections of a pool."""

from __future__ import annotations

import queue
import time
from collections import deque
from typing import Any

LONGEST_NAP = 0.01
"""Most seconds between two checks for a free connection."""


class Places:
    """The methods of `queue.LifoQueue` that urllib3 needs, without a lock.

    An exception at any instruction, such as KeyboardInterrupt, can leave the lock of a queue locked forever.
    Here, each step is one atomic operation of a deque.

    Args:
        maxsize: most connections.
    """

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self._items: deque[Any] = deque()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Return the most recently used connection.

        Raises:
            queue.Empty: all connections were in use for `timeout` seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        nap = LONGEST_NAP / 16
        while True:
            try:
                return self._items.pop()
            except IndexError:
                if not block or (end is not None and time.monotonic() >= end):
                    raise queue.Empty from None
            time.sleep(nap)
            nap = min(2 * nap, LONGEST_NAP)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Give a connection back.

        Raises:
            queue.Full: there are `maxsize` connections already.
        """
        if self.full():
            raise queue.Full
        self._items.append(item)

    def close(self) -> None:
        """Close the connections. For its own queues, urllib3 does this when a pool is garbage-collected."""
        while self._items:
            connection = self._items.pop()
            if connection is not None:
                connection.close()

    def full(self) -> bool:
        """Return whether there are `maxsize` connections."""
        return len(self._items) >= self.maxsize

    def qsize(self) -> int:
        """Return the number of connections."""
        return len(self._items)

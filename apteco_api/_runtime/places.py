"""The connections of a pool that are not in use."""

from __future__ import annotations

import queue
import time
from collections import deque
from typing import Any

LONGEST_NAP = 0.01
"""Most seconds between two looks for a free connection."""


class Places:
    """What urllib3 needs of `queue.LifoQueue`, without a lock.

    An exception that strikes anywhere, such as KeyboardInterrupt, can leave the lock of a queue locked for
    ever. Here each step is one operation of a deque, which is whole or does not happen.

    Args:
        maxsize: most connections.
    """

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self._items: deque[Any] = deque()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Return the connection that was used last.

        Raises:
            queue.Empty: all connections are in use, for `timeout` seconds.
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
            queue.Full: there are as many as there may be.
        """
        if self.full():
            raise queue.Full
        self._items.append(item)

    def close(self) -> None:
        """Close the connections; urllib3 does it for the queues of its own when a pool is dropped."""
        while self._items:
            connection = self._items.pop()
            if connection is not None:
                connection.close()

    def full(self) -> bool:
        """Return whether no more can be given back."""
        return len(self._items) >= self.maxsize

    def qsize(self) -> int:
        """Return how many there are."""
        return len(self._items)

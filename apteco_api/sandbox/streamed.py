"""A streamed answer: a thread produces chunks, and the event loop sends them.

Unsent chunks are buffered in memory, so that a slow reader holds neither a thread nor a cursor.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator, Mapping

from starlette.responses import StreamingResponse

from .watch import Caller

_LOG = logging.getLogger(__name__)


class BrokenOff(Exception):
    """The work failed after a part of the answer was sent."""


class Streamed(StreamingResponse):
    """An answer with a body of chunks. `produce` makes them in one thread, the event loop sends them."""

    def __init__(
        self, pieces: Generator[bytes], status: int, headers: Mapping[str, str], media_type: str
    ) -> None:
        super().__init__(self._arriving(), status, headers, media_type)
        self._pieces = pieces
        self._made: asyncio.Queue[bytes | None] = asyncio.Queue()

    def produce(self, loop: asyncio.AbstractEventLoop, caller: Caller) -> None:
        """Make all chunks, unless the caller disconnects; log failures."""
        last: bytes | None = None
        try:
            for piece in self._pieces:
                loop.call_soon_threadsafe(self._made.put_nowait, piece)
                if caller.is_gone:
                    return
            last = b""
        except Exception:
            if not caller.is_gone:
                _LOG.exception("an answer broke off")
        finally:
            self._pieces.close()
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._made.put_nowait, last)

    async def _arriving(self) -> AsyncGenerator[bytes]:
        while piece := await self._made.get():
            yield piece
        if piece is None:
            raise BrokenOff

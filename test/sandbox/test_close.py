"""The end of a sandbox: nothing of it stays behind in the process."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings

import pytest

from apteco_api.sandbox import serve


@pytest.mark.parametrize("steps", range(6))
def test_a_connection_that_comes_while_the_sandbox_closes_is_closed_too(steps: int) -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        box = serve(scale=200)
        server, address = box._server, box._socket.getsockname()
        ours: list[socket.socket] = []
        shutdown = server.shutdown

        async def late(sockets: list[socket.socket] | None = None) -> None:
            ours.append(socket.create_connection(address))
            for _ in range(steps):  # the steps that the event loop has taken when the server closes
                await asyncio.sleep(0)
            await shutdown(sockets)

        server.shutdown = late  # type: ignore[method-assign]
        box.close()
        for each in ours:
            each.close()
        del box, server
        gc.collect()
    assert ours
    assert [str(each.message) for each in found if each.category is ResourceWarning] == []

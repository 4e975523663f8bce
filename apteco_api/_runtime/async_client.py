"""The client for `await`: requests, policies, decoding and errors are those of the sync client.

The exchange itself runs in a thread over urllib3's connections, or on the event loop over aiohttp
(`AsyncApiClient(engine="aiohttp")`, extra `async`). A cancelled task closes its socket at once; other calls
go on.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from .budget import Call
from .client import ApiClient
from .exceptions import (
    ApiException,
    ApiTransportError,
    ApiValueError,
    ResponseTooLarge,
)
from .pipeline import settle
from .policies import Renew, Send
from .streaming import batches, stream_budget
from .workers import Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
    from types import TracebackType

    from .configuration import Configuration
    from .operation import Operation
    from .request import Request
    from .response import Response
    from .rest import RESTResponse

T = TypeVar("T")

# An event loop's timers and transports keep the context that they were created in. It must not keep the
# client.
_last: ContextVar[tuple[weakref.ref[AsyncApiClient], Response, Any, str | None] | None] = ContextVar(
    "last_response", default=None
)

MAX_THREADS = 256
"""Most calls at the same time over urllib3."""
MAX_ON_LOOP = 64 * 1024
"""Bytes of the largest answer that is decoded on the event loop; a larger one would block it."""


class AsyncController:
    """The base of the generated async sections.

    Args:
        api_client: the client to call through.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, api_client: AsyncApiClient | None = None) -> None:
        self.api_client = AsyncApiClient() if api_client is None else api_client

    async def _call(self, name: str, values: Sequence[Any], options: Mapping[str, Any]) -> Any:
        return await self.api_client.call(self.operations[name], values, options, name=name)


class AsyncApiClient:
    """A client that calls the operations of an API from async code; use it in `async with`, in one event
    loop.

    Args:
        configuration: settings, as for `ApiClient`.
        engine: `threads` (urllib3) or `aiohttp`.
        header_name, header_value, cookie: as for `ApiClient`.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        *,
        engine: str = "threads",
    ) -> None:
        if engine not in ("threads", "aiohttp"):
            raise ApiValueError(f"engine must be 'threads' or 'aiohttp', not {engine!r}")
        self.sync = ApiClient(configuration, header_name, header_value, cookie)
        self.configuration = self.sync.configuration
        self._workers = Workers(MAX_THREADS)
        self._aiohttp: Any = None
        if engine == "aiohttp":
            from .aiohttp_engine import AiohttpEngine

            self._aiohttp = AiohttpEngine(self.sync.transport, self.configuration, self.in_thread)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the idle connections and end the threads. May be called more than once."""
        if self._aiohttp is not None:
            await self._aiohttp.close()
        self._workers.close()
        self._workers = Workers(MAX_THREADS)
        self.sync.close()

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Send a header with each request of this client."""
        self.sync.set_default_header(header_name, header_value)

    @property
    def last_response(self) -> RESTResponse:
        """The last answer in this task.

        Raises:
            AttributeError: no call was made yet in this task.
        """
        found = _last.get()
        if found is None or found[0]() is not self:
            raise AttributeError("no call has been made yet in this task")
        from .rest import answer_of

        return answer_of(*found[1:])

    async def call(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        name: str = "",
    ) -> Any:
        """Call an operation; arguments, result and errors are those of `ApiClient.call`."""
        options = options or {}
        request, call = self.sync.prepare(operation, values, options, name)
        response = await self._exchange(request, call)
        work = partial(self.sync.result, request, call, response, operation, options)
        # Reading a stream from its socket would block the event loop, too.
        apart = call.stream or len(response.data) > MAX_ON_LOOP
        result = await self.in_thread(work, call) if apart else work()
        if call.stream and hasattr(result, "to_await"):
            result.to_await(self.in_thread)
        if (latest := self.sync.pipeline.latest) is not None and latest[0] is response:
            _last.set((weakref.ref(self), *latest))
        return result

    async def stream(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        path: str | None = None,
        name: str = "",
    ) -> AsyncIterator[Any]:
        """Call an operation and yield the items of a list in its answer as they arrive; see `stream`."""
        call = stream_budget(self.sync, options or {})
        source = batches(self.sync, operation, values, options, path=path, name=name, call=call)
        async for batch in self.each(source, call):
            for item in batch:
                yield item

    async def each(self, source: Generator[T, Any, Any], call: Call) -> AsyncIterator[T]:
        """Run a generator in a thread and yield its items. Cancelling the task cancels the call."""
        try:
            while (item := await self.in_thread(partial(next, source, None), call)) is not None:
                yield item
        finally:
            # The generator is still reading in its thread. Its socket is shut, so it will end there.
            with suppress(ValueError):
                source.close()

    async def in_thread(self, work: Callable[[], Any], call: Call | None = None) -> Any:
        """Run `work` in a thread and wait for it. Cancelling the task cancels the call.

        Raises:
            ApiTimeout: the call's time is over before a thread is free.
            ApiConnectionError: the system can't start a thread.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def settle(result: Any) -> None:
            if future.done():
                return
            try:
                future.set_result(result.get())
            except BaseException as error:
                if isinstance(error, StopIteration):  # a future can't hold one
                    error = RuntimeError("the work ended too early")
                future.set_exception(error)

        def done(result: Any) -> None:
            with suppress(RuntimeError):  # the event loop is closed: its futures can't be set
                loop.call_soon_threadsafe(settle, result)

        result = self._workers.submit(work, done)
        try:
            if call is not None:
                # The work itself obeys the call's deadline; only the wait for a thread is limited here.
                await asyncio.wait((future,), timeout=max(0.0, call.deadline - time.monotonic()))
                if not future.done() and result.take():
                    raise call.timed_out("pool", sent=False)
            return await future
        except asyncio.CancelledError:
            future.cancel()  # else asyncio logs the error of the cancelled call, as nobody waits for it
            result.take()
            if call is not None:
                call.cancel()
            raise

    async def _exchange(self, request: Request, call: Call) -> Response:
        call.request = request
        run = self.sync.pipeline.steps(request, call)
        try:
            step = next(run)
            while True:
                try:
                    outcome = await self._perform(step, call)
                except (ApiTransportError, ResponseTooLarge) as error:
                    step = run.throw(error)
                else:
                    step = run.send(outcome)
        except StopIteration as done:
            response: Response = done.value
        except ApiException as error:
            raise call.finish(error, request).with_traceback(None) from None
        finally:
            run.close()
        return settle(response, call)

    async def _perform(self, step: Any, call: Call) -> Any:
        if isinstance(step, Send):
            # aiohttp writes headers in UTF-8; the other engine in Latin-1, as the published client does.
            latin = not all(map(str.isascii, step.request.headers.values()))
            if self._aiohttp is not None and not call.stream and not latin:
                return await self._aiohttp.send(step.request, call)
            return await self.in_thread(partial(self.sync.pipeline.send, step.request, call), call)
        if isinstance(step, Renew):
            return await self.in_thread(partial(self.sync.pipeline.renewal.renew, call, step.seen), call)
        return await asyncio.sleep(step.seconds)

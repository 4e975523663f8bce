"""The ASGI application: a request is matched, authorised, checked against the spec, handled and answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, quote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import answers, bodies, faults, sections, swagger
from .call import HANDLERS, Answer, Call
from .forms import read_form, read_upload
from .identity import pages as identity
from .problem import Problem, forbidden, missing, refused
from .query import QueryError
from .rights import CALL, path_levels
from .schema import Mismatch
from .settings import BASE_PATH
from .spec import Operation, filled, load
from .store import Row
from .streamed import BrokenOff, Streamed
from .versions import NEWEST, rank
from .watch import Caller
from .world import World

_LOG = logging.getLogger(__name__)
_LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]"}


@dataclass(frozen=True, slots=True)
class Request:
    """A received request that is not checked yet."""

    operation: Operation
    values: list[str]
    query: str
    headers: Headers
    body: bytes
    injected: list[faults.Fault]


# importing the sections registers their handlers
assert sections.__all__


class App:
    """The sandbox as an ASGI application. `close_connection(client)` cuts a connection for a fault."""

    def __init__(
        self, world: World, schedule: faults.Schedule, close_connection: Callable[[Any], None]
    ) -> None:
        self._world = world
        self._schedule = schedule
        self._close_connection = close_connection
        self._pool = ThreadPoolExecutor(world.settings.workers, thread_name_prefix="sandbox")

    def close(self) -> None:
        """Wait until the running calls have ended."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers, caller = Headers(scope=scope), Caller()
        try:
            self._check_host(headers)
            raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("ascii", "replace")
            page = swagger.find(raw_path, scope["method"], self._world.settings)
            if page is not None:
                await page(scope, receive, send)
                return
            if raw_path.startswith(identity.PREFIX):
                await (await self._identify(scope, receive, headers, raw_path))(scope, receive, send)
                return
            operation, values = self._match(scope["method"], raw_path)
            injected = faults.parse_header(headers.get(faults.HEADER, "")) + self._schedule.due(operation.id)
            response = await self._respond(scope, receive, headers, operation, values, injected, caller)
        except Problem as problem:
            response, injected = self._refusal(problem, headers), []
        kinds = {each.kind for each in injected}
        if "lose" in kinds or response is None or ("truncate" in kinds and not response.body):
            await self._cut(scope["client"], receive)
        elif "truncate" in kinds:
            await self._send_half(response, send)
            await self._cut(scope["client"], receive)
        elif isinstance(response, Streamed):
            try:
                async with self._noticing(receive, caller):
                    await response.stream_response(send)
            except BrokenOff:
                await self._cut(scope["client"], receive)
        else:
            await response(scope, receive, send)

    async def _respond(
        self,
        scope: Scope,
        receive: Receive,
        headers: Headers,
        operation: Operation,
        values: list[str],
        injected: list[faults.Fault],
        caller: Caller,
    ) -> Response | None:
        """Return the response; None for a connection that must be dropped."""
        body = b""
        if self._may_send(operation, headers):
            limit = bodies.limit_of(operation, self._world.settings)
            body = await bodies.receive_all(receive, headers, limit)
        else:
            await bodies.drain(receive)
        for each in injected:
            if each.kind == "slow":
                with suppress(TimeoutError):  # don't wait for a caller that has disconnected
                    await asyncio.wait_for(_departure(receive), each.number)
            elif each.kind == "drop":
                return None
        problem = faults.refusal(injected)
        if problem:
            raise problem
        query = scope["query_string"].decode("ascii", "replace")
        request = Request(operation, values, query, headers, body, injected)
        loop, answered = asyncio.get_running_loop(), Future[Response]()
        async with self._noticing(receive, caller):
            self._pool.submit(self._answer_to, caller, request, answered, loop)
            return await asyncio.wrap_future(answered)

    @asynccontextmanager
    async def _noticing(self, receive: Receive, caller: Caller) -> AsyncGenerator[None]:
        """Stop the work of the block if the caller closes the connection."""

        async def notice() -> None:
            await _departure(receive)
            self._world.data.watch.leave(caller)

        leaving = asyncio.create_task(notice())
        try:
            yield
        finally:
            leaving.cancel()

    def _answer_to(
        self, caller: Caller, request: Request, answered: Future[Response], loop: asyncio.AbstractEventLoop
    ) -> None:
        """Answer in a worker thread. A streamed answer is returned before all its chunks are made."""
        if not answered.set_running_or_notify_cancel():
            return
        with self._world.data.called_by(caller):
            response = self.answer(request)
            answered.set_result(response)
            if isinstance(response, Streamed):
                response.produce(loop, caller)

    async def _identify(self, scope: Scope, receive: Receive, headers: Headers, path: str) -> Response:
        """Return a page of the identity provider."""
        body = await bodies.receive_all(receive, headers, bodies.OPEN_LIMIT)
        query, cookie = scope["query_string"].decode("ascii", "replace"), headers.get("cookie", "")
        respond = self._world.identity.respond
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, respond, scope["method"], path, query, cookie, body)

    def _may_send(self, operation: Operation, headers: Headers) -> bool:
        """Return whether to store the body: callers without a session must not fill the memory."""
        if operation.secured:
            try:
                self._world.access.session_of(headers.get("authorization"), operation)
            except Problem:
                return False
        return True

    def answer(self, request: Request) -> Response:
        """Execute a request and render its answer. Runs in a worker thread; never raises."""
        accept, schemas = request.headers.get("accept", ""), self._world.spec.schemas
        try:
            call = self._prepare(request)
            result = HANDLERS[call.operation.id](call)
            response = answers.render(call.operation, result, accept, schemas, request.injected)
            if response.status_code == 201:
                self._locate(response, result, call, request)
            return response
        except Problem as problem:
            return self._refusal(problem, request.headers)
        except QueryError as error:
            refusal = Problem(error.status, error.message, parameters=dict(error.parameters))
            return self._refusal(refusal, request.headers)
        except RecursionError:
            return self._refusal(refused("The request is nested too deeply."), request.headers)
        except Exception:
            _LOG.exception("%s failed", request.operation.id)
            failure = Problem(500, "The sandbox failed on this call; its log says how.")
            return self._refusal(failure, request.headers)

    def _locate(self, response: Response, result: Any, call: Call, request: Request) -> None:
        """Say where something new can be read, as the vendor's servers do."""
        body = result.body if isinstance(result, Answer) else result
        if (
            not isinstance(body, dict)
            or "id" not in body
            or call.path.keys() - {"dataViewName", "systemName"}
        ):
            return  # what is below another thing may show the number of that one
        number = str(cast("Row", body)["id"])
        path = f"{filled(call.operation.path, list(map(quote, request.values)))}/{quote(number)}"
        view, _, rest = path[1:].partition("/")
        own = f"/{view}/Users/{quote(call.user['username'])}/{rest}" if call.user else path
        for each in (path, own):
            found = self._world.spec.match(each, "GET")
            if found is not None and "GET" in found[0]:
                response.headers["Location"] = f"http://{request.headers.get('host', '')}{BASE_PATH}{each}"
                return

    def _refusal(self, problem: Problem, headers: Headers) -> Response:
        return answers.refusal(problem, headers.get("accept", ""), self._world.spec.schemas)

    def _check_host(self, headers: Headers) -> None:
        # a web page must not reach a server on loopback by a host name of its own (DNS rebinding)
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if self._world.settings.is_local and name.lower() not in _LOCAL_NAMES:
            raise Problem(421, "This sandbox answers to 127.0.0.1 and localhost only.", host=host)

    def _match(self, method: str, raw_path: str) -> tuple[Operation, list[str]]:
        if not raw_path.startswith(BASE_PATH + "/"):
            raise Problem(404, f"The API is below {BASE_PATH}.", path=raw_path)
        found = self._world.spec.match(raw_path[len(BASE_PATH) :], method)
        if found is None:
            raise self._unknown_path(raw_path, method)
        operations, values = found
        if method not in operations:
            allowed = ", ".join(sorted(operations))
            raise Problem(405, f"This path takes {allowed}.", headers={"Allow": allowed}, method=method)
        return operations[method], values

    def _unknown_path(self, raw_path: str, method: str) -> Problem:
        version = self._world.settings.version
        later = load().match(raw_path[len(BASE_PATH) :], method) if version != NEWEST else None
        if later is None:
            return Problem(404, "The API has no such path.", path=raw_path)
        since = min((each.since for each in later[0].values()), key=rank)
        message = f"A server of version {version} has no such path; it came with {since}."
        return Problem(404, message, path=raw_path)

    def _prepare(self, request: Request) -> Call:
        operation, world = request.operation, self._world
        call = Call(world, operation, client=request.headers.get("user-agent", ""))
        call.cookies = cookie_parser(request.headers.get("cookie", ""))
        call.content = request.body
        call.given = given = dict(reversed(parse_qsl(request.query, keep_blank_values=True)))
        place = iter(request.values)
        call.authorization = authorization = request.headers.get("authorization", "")
        token = given.get("temporaryToken")
        if token and not authorization and any(p.name == "temporaryToken" for p in operation.parameters):
            path = filled(operation.path, request.values)
            call.user = world.access.user_with_temporary_token(token, path)
        elif operation.secured:
            if any(each.kind == "expire" for each in request.injected):
                world.access.end(world.access.session_of(authorization, operation)[0])
            call.session, call.user = world.access.session_of(authorization, operation)
            if operation.role and operation.role not in call.user["roles"]:
                raise forbidden(f"This needs the role {operation.role}.", role=operation.role)
            world.rights.require(call.user, CALL, path_levels(f"{operation.section}/{operation.id}"))
            for each in request.injected:
                if each.kind == "busy":  # it affects the jobs of all users, so it needs a session
                    world.jobs.be_busy(each.number)
        for parameter in operation.parameters:
            in_path = parameter.location == "path"
            text = next(place) if in_path else given.get(parameter.name)
            if text is None:
                if parameter.required:
                    raise refused(f"The parameter {parameter.name} is missing.", parameter=parameter.name)
                continue
            try:
                value = parameter.read(text)
            except Mismatch as mismatch:
                message = f"The parameter {parameter.name} {mismatch.message}."
                raise refused(message, parameter=parameter.name) from None
            (call.path if in_path else call.query)[parameter.name] = value
        self._check_names(call)
        self._read_body(call, request)
        return call

    def _check_names(self, call: Call) -> None:
        settings = self._world.settings
        data_view, system = call.path.get("dataViewName"), call.path.get("systemName")
        if data_view is not None and data_view.lower() != settings.data_view.lower():
            raise missing("data view", data_view)
        if data_view is not None and system is not None and system.lower() != settings.system.lower():
            raise missing("FastStats system", system)
        if data_view is not None and system is not None and call.user:
            self._world.rights.require_system(call.user, settings.system)

    def _read_body(self, call: Call, request: Request) -> None:
        expected = call.operation.body
        if expected is None:
            return
        content_type = request.headers.get("content-type", "")
        if expected.kind == "file":
            call.filename, call.body = read_upload(content_type, request.body)
            return
        if expected.kind == "form":
            call.body = read_form(content_type, request.body)
        elif not request.body.strip() and call.world.spec.may_leave_out(expected):
            call.body = {}
        else:
            call.body = bodies.read(expected, content_type, request.body, self._world.spec.schemas)
        try:
            call.body = self._world.check_body(call.operation, call.body)
        except Mismatch as mismatch:
            where = mismatch.where(expected.name)
            raise refused(f"{where} {mismatch.message}.", where=where) from None

    async def _cut(self, client: Any, receive: Receive) -> None:
        """Close a connection and wait for its end, as uvicorn logs an error for a call that ends earlier."""
        self._close_connection(client)
        await _departure(receive)

    async def _send_half(self, response: Response, send: Send) -> None:
        body = bytes(response.body)
        await send(
            {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
        )
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _departure(receive: Receive) -> None:
    """Return when the caller's connection is closed."""
    while (await receive())["type"] != "http.disconnect":
        pass

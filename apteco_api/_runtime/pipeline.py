"""Send a request and receive its response: policies around a transport."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from . import policies
from .budget import Call, RetryRule, streams, times
from .exceptions import ApiException, ApiTypeError
from .operation import call_headers
from .policies import Send, Wait
from .renewal import renewal_of
from .request import build
from .seams import is_tapped
from .transport import Transport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .configuration import Configuration
    from .operation import Operation
    from .plain import PlainTransport
    from .policies import Policy, Steps
    from .renewal import Renewal
    from .request import Request
    from .response import Response

REQUEST_IDS = ("x-request-id", "x-correlation-id", "request-id", "traceparent")
"""Response headers with the server's id of a request, in order of preference."""


class Pipeline:
    """The parts that all calls of a client share: connections, retry rule, renewal of credentials, policies.

    Args:
        configuration: settings; later changes of this object take effect.

    Attributes:
        policies: the policies around the sending of a request, outermost first; see `ApiClient.policies`.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.rule = RetryRule(configuration.retries)
        self.policies: tuple[Policy, ...] = policies.POLICIES
        self.latest: tuple[Response, Any, str | None] | None = None
        self._plain: PlainTransport | None = None

    def __getstate__(self) -> dict[str, Any]:
        # A copy, perhaps in another process, has connections and answers of its own.
        if self._plain is not None and self._plain.chosen is not None:
            text = "a client that sends through a pool manager of yours can't be copied: make a new ApiClient"
            raise ApiTypeError(text)
        kept = ("configuration", "rule", "policies")
        return {**{name: self.__dict__[name] for name in kept}, "latest": None, "_plain": None}

    def prepare(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any],
        name: str = "",
        host: str | None = None,
        headers: Mapping[str, str] | None = None,
        cookie: str | None = None,
        validate: bool = True,
    ) -> tuple[Request, Call]:
        """Return the request for a call and its budget; nothing is sent.

        Args:
            operation, values, options, name, host: as for `ApiClient.call`.
            headers: headers of every request of the client.
            cookie: value of the client's Cookie header.
            validate: whether required arguments and ranges are checked.
        """
        extra = call_headers(options, name or operation.id) if options else None
        request = build(
            operation, values, self.configuration, headers or {},
            name=name, validate=validate, extra=extra, cookie=cookie, host=host,
        )  # fmt: skip
        stream = streams(operation, options)
        if options.get("_progress") and request.body is not None and not isinstance(request.body, bytes):
            request.body.progress = options["_progress"]
        rest: dict[str, str] = {}
        if stream and options.get("_resume"):
            from .downloads import Destination

            rest = Destination(options, self.configuration).range_headers()
            request.headers.update(rest)
        raw = options.get("_preload_content") is False
        limited = not raw or isinstance(options.get("_request_timeout"), int | float)
        call = self.budget(options, stream, limited=limited)
        call.resumes = "Range" in rest
        return request, call

    def budget(self, options: Mapping[str, Any], stream: bool = False, *, limited: bool = True) -> Call:
        """Return the time, size and retries that a call may use."""
        config = self.configuration
        total, connect, read = times(options.get("_request_timeout"), config)
        return Call(config, self.rule, total, connect, read, stream, options.get("_retries"), limited)

    def steps(self, request: Request, call: Call) -> Steps:
        """Return the steps of a request, as a generator."""
        chain = policies.everywhere() + self.policies
        if chain != policies.POLICIES:
            chain = (*chain, policies.check_headers)
        return policies.steps(call, request, chain)

    def exchange(self, request: Request, call: Call) -> Response:
        """Send a request through the policies.

        Raises:
            ApiTransportError: no complete answer was received.
        """
        call.request = request
        try:
            response = policies.drive(self.steps(request, call), partial(self._perform, call))
        except ApiException as error:
            # Tools log frames, and the frames below hold the request with its credential.
            raise call.finish(error, request).with_traceback(None) from None
        return settle(response, call)

    def send(self, request: Request, call: Call) -> Response:
        """Send a request once: with `transport`, or with plain urllib3 if a tool hooks into it."""
        if (self._plain is None or self._plain.chosen is None) and not is_tapped():
            return self.transport.send(request, call)
        return self.plain.send(request, call)

    @property
    def transport(self) -> Transport:
        """The connections of the client; created on first use, as a client may make no call."""
        made: Transport | None = self.__dict__.get("_transport")
        return made or cast(
            "Transport", self.__dict__.setdefault("_transport", Transport(self.configuration))
        )

    @property
    def renewal(self) -> Renewal:
        """The renewal of the configuration's credential."""
        return renewal_of(self.configuration)

    @property
    def plain(self) -> PlainTransport:
        """The transport through urllib3's pool managers; created on first use."""
        if self._plain is None:
            from .plain import PlainTransport

            self._plain = PlainTransport(self.transport, self.configuration)
        return self._plain

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        if "_transport" in self.__dict__:
            self.transport.close()
        if self._plain is not None:
            self._plain.close()

    def remember(self, response: Response, result: Any, text: str | None = None) -> None:
        """Store a response, its result and its text as the last of this thread, and of the client."""
        self._mine.last = self.latest = (response, result, text)

    @property
    def last(self) -> tuple[Response, Any, str | None] | None:
        """The last response in this thread; before the first one here, the client's last response."""
        return getattr(self._mine, "last", None) or self.latest

    @property
    def _mine(self) -> threading.local:
        # Created on first use: creating a `threading.local` is slow, and a client may make no call.
        made: Any = self.__dict__.get("_local") or self.__dict__.setdefault("_local", threading.local())
        return cast("threading.local", made)

    def _perform(self, call: Call, step: Any) -> Any:
        if isinstance(step, Send):
            return self.send(step.request, call)
        if isinstance(step, Wait):
            call.sleep(step.seconds)
            return None
        return self.renewal.renew(call, step.seen)


def settle(response: Response, call: Call) -> Response:
    """Store the call's history on its response."""
    response.elapsed = call.elapsed
    response.attempts = tuple(call.attempts)
    for name in REQUEST_IDS:
        if found := response.header(name):
            response.request_id = found
            break
    return response

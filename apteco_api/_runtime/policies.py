"""The policies between a request and its response, in one visible order.

A policy is like a middleware: a generator function of the call (its budget and history), the request, and
`onward`, which runs the following policies and returns their response:

    def stamp(call, request, onward):
        return (yield from onward(request.copy(headers={**request.headers, "X-Team": "7"})))

    client.policies = (stamp, *client.policies)

A policy may also yield `Wait(seconds)` or `Renew(credential)`; the outcome is sent to it. No policy does I/O
itself, so the sync and the async client run the same policies.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .exceptions import ApiException, ApiTransportError, ResponseTooLarge
from .headers import PLAIN, header_value, known_as, sendable
from .origin import Origin
from .package import package_logger
from .request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .budget import Call
    from .configuration import Configuration
    from .response import Response

    Steps = Generator["Send | Wait | Renew", Any, Response]
    Onward = Callable[[Request], Steps]
    Policy = Callable[[Call, Request, Onward], Steps]


class Send(NamedTuple):
    """Send a request; the outcome is the response, or an ApiTransportError."""

    request: Request


class Wait(NamedTuple):
    """Sleep."""

    seconds: float


class Renew(NamedTuple):
    """Get a new credential, unless another thread has done so since `seen` was sent; True on success."""

    seen: str


class Try(NamedTuple):
    """The result of one attempt.

    Args:
        kind: the limit of the retry rule for this failure: `connect`, `read` or `status`.
        text: what happened, for the call's history.
        passing: whether the failure may pass, and sending the request again is safe.
        outcome: the response, or the error.
        asked: seconds that the server asked to wait.
    """

    kind: str
    text: str
    passing: bool
    outcome: Response | ApiTransportError
    asked: float | None = None


def retry(call: Call, request: Request, onward: Onward) -> Steps:
    """Send a request again while its failure may pass, with random waits, within the time of the call.

    All of these must hold. `_try` checks the first two, `_waiting_time` the others:

    1. The failure may pass: no complete answer was received, or a status that the retry rule names.
    2. Sending twice is safe: nothing was sent, the request is idempotent, or the status is 429.
    3. The caller has not cancelled the call.
    4. The limit for this kind of failure (connect, read, status) is not used up.
    5. The limit for all retries together is not used up.
    6. The body can be sent again: an upload can be rewound.
    7. The wait ends before the call's deadline.
    8. The server does not ask for a longer wait than `Configuration.max_retry_after`.
    """
    left = call.retries
    limits = {"connect": call.rule.connect, "read": call.rule.read, "status": call.rule.status}
    number = 0
    while True:
        number += 1
        before = time.monotonic()
        tried = yield from _try(call, request, onward)
        outcome = tried.outcome
        if not isinstance(outcome, ApiTransportError) and outcome.status not in call.rule.statuses:
            if number > 1:
                call.attempts.append(f"try {number}: {tried.text}")
            return outcome
        line = f"try {number}: {tried.text} after {time.monotonic() - before:.3f} s"
        limit = limits[tried.kind]
        spent = left <= 0 or (limit is not None and limit <= 0)
        wait, note = (None, "") if spent else _waiting_time(call, request, tried, number)
        if wait is None:
            call.attempts.append(line + note)
            if isinstance(outcome, ApiTransportError):
                raise outcome
            return outcome
        left -= 1
        if limit is not None:
            limits[tried.kind] = limit - 1
        call.attempts.append(f"{line}, waited {wait:.3f} s")
        if not isinstance(outcome, ApiTransportError):
            outcome.discard()
        if wait:
            yield Wait(wait)


def _try(call: Call, request: Request, onward: Onward) -> Generator[Send | Wait | Renew, Any, Try]:
    """Send the request once and return the result."""
    safe = call.rule.allows(request)
    try:
        response = yield from onward(request)
    except ApiTransportError as error:
        unsent = error.sent is False
        text = f"{type(error).__name__}: {error.reason}"
        again = (unsent or safe) and not error.lasting
        return Try("connect" if unsent else "read", text, again, error)
    asked = retry_after(response.header("retry-after"))
    again = safe or response.status in call.rule.refusals
    return Try("status", str(response.status), again, response, asked)


def _waiting_time(call: Call, request: Request, tried: Try, number: int) -> tuple[float | None, str]:
    """Return the seconds to wait before the next attempt; None for no further attempt, with the reason."""
    if not tried.passing or call.cancelled:
        return None, ""
    if not request.rewind():
        return None, ""
    asked = tried.asked
    wait = asked if asked is not None and call.rule.respect_retry_after else pause(call, number)
    if call.deadline - time.monotonic() <= wait:
        return None, f", no time for a wait of {wait:.1f} s"
    if asked is not None and asked > call.config.max_retry_after:
        return None, ""
    return wait, ""


def pause(call: Call, tries: int) -> float:
    """Return a random wait up to a limit that doubles, so that clients don't all retry at once."""
    factor = call.config.backoff if call.rule.factor is None else call.rule.factor
    end: float = min(call.config.max_backoff, factor * 2 ** (tries - 1))
    return call.random() * end


def retry_after(value: str | None) -> float | None:
    """Return the seconds in a Retry-After header; None if the header is invalid."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, moment.timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def redirect(call: Call, request: Request, onward: Onward) -> Steps:
    """Follow redirects on the same origin. Never send a credential to another origin."""
    hops = 0
    while True:
        response = yield from onward(request)
        location = response.header("location")
        if response.status not in (301, 302, 303, 307, 308) or not location:
            return response
        following = _next(call, request, response.status, location)
        if following is None or hops >= call.config.max_redirects:
            return response
        response.discard()
        hops += 1
        request = following


_PRINTABLE = "".join(map(chr, range(33, 127)))


def _next(call: Call, request: Request, status: int, location: str) -> Request | None:
    """Return the next request for a redirect, or None if it must not be followed."""
    from urllib.parse import quote, urljoin, urlsplit

    if any(ord(c) < 32 or ord(c) == 127 for c in location):
        return None
    try:
        # Servers send UTF-8 and blanks without escaping them.
        url = urljoin(request.url, quote(location.encode("latin-1"), safe=_PRINTABLE))
        parts = urlsplit(url)
        origin = Origin(f"{parts.scheme}://{parts.netloc}")
    except (ValueError, ApiException):
        return None
    same = origin == request.origin
    if not same and (
        not call.config.cross_origin_redirects or (request.origin.scheme, origin.scheme) == ("https", "http")
    ):
        return None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    method, body, headers = request.method, request.body, dict(request.headers)
    if status == 303 or (status in (301, 302) and method == "POST"):
        method, body = ("HEAD" if method == "HEAD" else "GET"), None
    elif not request.rewind():
        return None
    if not same:
        if method not in ("GET", "HEAD"):
            return None
        body = None
        headers = {name: value for name, value in headers.items() if name.lower() in PLAIN}
    if body is None:
        headers.pop("Content-Type", None)
    secure = request.secure if same else ()
    return request.copy(
        method=method, origin=origin, target=target, headers=headers, body=body, secure=secure
    )


def auth(call: Call, request: Request, onward: Onward) -> Steps:
    """Add the credential. If the server refuses it, get a new one and send the request again, once."""
    source: Any = call.config.refresh_access_token
    if request.secure and hasattr(source, "due") and source.due(call.config):
        renewed = yield Renew(credential_text(call.config))
        if not renewed and source.failure is not None:
            raise source.failure
    credential = apply_credentials(call.config, request)
    call.sent += (credential.text, credential.text.rpartition(" ")[2])
    response = yield from onward(credential.request)
    if (
        response.status == 401
        and request.secure
        and credential.text
        and call.config.refresh_access_token is not None
    ):
        if not request.rewind():
            return response
        if (yield Renew(credential.text)):
            call.attempts.append("401: got a new credential")
            response.discard()
            response = yield from onward(apply_credentials(call.config, request).request)
    return response


class Credential(NamedTuple):
    """A request with its credential, and the credential as text, to compare with the current one."""

    request: Request
    text: str


def apply_credentials(config: Configuration, request: Request) -> Credential:
    """Return a request with the credentials of its security schemes."""
    if not request.secure:
        return Credential(request, "")
    from urllib.parse import quote_plus

    headers, target, seen = request.headers, request.target, ""
    settings = config.auth_settings()
    parts = [(each,) if isinstance(each, str) else each for each in request.secure]
    for name in dict.fromkeys(name for each in parts for name in each):
        if (found := settings.get(name)) is None:
            continue
        if found["in"] == "header" and known_as(headers, found["key"]) is not None:
            continue  # the caller's own header for this call wins
        value = header_value(found["key"], found["value"])
        seen += value
        if found["in"] == "header":
            headers = {**headers, found["key"]: value}
        elif found["in"] == "cookie":
            cookie, pair = headers.get("Cookie"), f"{found['key']}={value}"
            headers = {**headers, "Cookie": f"{cookie}; {pair}" if cookie else pair}
        else:
            mark = "&" if "?" in target else "?"
            target = f"{target}{mark}{quote_plus(found['key'])}={quote_plus(value)}"
    if not seen:
        return Credential(request, "")
    return Credential(request.copy(headers=headers, target=target), seen)


def add_credentials(
    config: Configuration, schemes: Any, headers: dict[str, str], query: list[tuple[str, str]]
) -> None:
    """Add the credentials of the named security schemes to headers and query."""
    if not schemes:
        return
    settings = config.auth_settings()
    for name in schemes:
        if (found := settings.get(name)) is None:
            continue
        if found["in"] == "query":
            query.append((found["key"], found["value"]))
        else:
            headers["Cookie" if found["in"] == "cookie" else found["key"]] = found["value"]


def credential_text(config: Configuration) -> str:
    """Return the credential that would be sent now."""
    return "".join(found["value"] for found in config.auth_settings().values())


def log(call: Call, request: Request, onward: Onward) -> Steps:
    """Log names, never values: operation, verb, status, time."""
    logger = package_logger()
    if not logger.isEnabledFor(10):
        return (yield from onward(request))
    before = time.monotonic()
    logger.debug("%s: %s to %s", request.label, request.method, request.origin.authority)
    try:
        response = yield from onward(request)
    except ApiException as error:
        logger.debug("%s: %s after %.3f s", request.label, type(error).__name__, time.monotonic() - before)
        raise
    logger.debug("%s: %s after %.3f s", request.label, response.status, time.monotonic() - before)
    return response


def check_headers(call: Call, request: Request, onward: Onward) -> Steps:
    """Refuse headers that can't be sent. It comes last where a client has policies of the user's own."""
    request.headers = sendable(request.headers)
    return (yield from onward(request))


POLICIES: tuple[Policy, ...] = (retry, redirect, auth, log)
"""The default policies of a client. Their order matters: each attempt may be redirected, each hop gets or
loses its credential, and each hop is logged."""

_everywhere: list[Policy] = []


def everywhere() -> tuple[Policy, ...]:
    """Return the policies around those of every client of this process."""
    return tuple(_everywhere)


def add_everywhere(policy: Policy) -> Callable[[], None]:
    """Add a policy around those of every present and future client; return a function that removes it."""
    _everywhere.insert(0, policy)

    def end() -> None:
        if policy in _everywhere:
            _everywhere.remove(policy)

    return end


def steps(call: Call, request: Request, chain: tuple[Policy, ...], index: int = 0) -> Steps:
    """Return the steps of a call: the policies in order, then the sending."""
    if index == len(chain):
        response: Response = yield Send(request)
        return response
    return (yield from chain[index](call, request, partial(_onward, call, chain, index + 1)))


def _onward(call: Call, chain: tuple[Policy, ...], index: int, request: Request) -> Steps:
    return steps(call, request, chain, index)


def drive(run: Steps, perform: Callable[[Send | Wait | Renew], Any]) -> Response:
    """Perform the steps of a call until its response."""
    try:
        step = next(run)
        while True:
            try:
                outcome = perform(step)
            except (ApiTransportError, ResponseTooLarge) as error:
                step = run.throw(error)
            else:
                step = run.send(outcome)
    except StopIteration as done:
        result: Response = done.value
        return result

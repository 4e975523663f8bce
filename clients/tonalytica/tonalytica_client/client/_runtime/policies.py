"""What may happen between a request and its response, in one visible order.

Each policy is a generator: it yields what must be done (`Send`, `Wait`, `Renew`) and is given the outcome.
So nothing here does I/O, and the sync and the async client run the same code.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .exceptions import ApiException, ApiTransportError, ResponseTooLarge
from .headers import PLAIN, header_value
from .request import Origin, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .budget import Call
    from .configuration import Configuration
    from .http1 import Response

    Steps = Generator["Send | Wait | Renew", Any, Response]
    Onward = Callable[[Request], Steps]


class Send(NamedTuple):
    """Send a request; the outcome is the response, or an ApiTransportError."""

    request: Request


class Wait(NamedTuple):
    """Sleep."""

    seconds: float


class Renew(NamedTuple):
    """Get a new credential, unless another thread has done so since `seen` was sent; True if there is one."""

    seen: str


def retry(call: Call, request: Request, onward: Onward) -> Steps:
    """Try again when that is safe and promising, after a random wait, within the time of the call."""
    left = call.retries
    counts = {"connect": call.rule.connect, "read": call.rule.read, "status": call.rule.status}
    tries = 0
    while True:
        tries += 1
        before = time.monotonic()
        asked: float | None = None
        failure: ApiTransportError | None = None
        response: Response | None = None
        try:
            response = yield from onward(request)
        except ApiTransportError as error:
            failure = error
            kind = "connect" if error.sent is False else "read"
            again = (error.sent is False or call.rule.allows(request)) and not call.cancelled
            outcome = f"{type(error).__name__}: {error.reason}"
        else:
            if response.status not in call.rule.statuses:
                if tries > 1:
                    call.attempts.append(f"try {tries}: {response.status}")
                return response
            kind = "status"
            asked = retry_after(response.header("retry-after"))
            # 429 means that the server refused to look at the request.
            again = call.rule.allows(request) or response.status == 429
            outcome = str(response.status)
        line = f"try {tries}: {outcome} after {time.monotonic() - before:.3f} s"
        limit = counts[kind]
        if limit is not None:
            counts[kind] = limit - 1
            again = again and limit > 0
        wait = asked if asked is not None and call.rule.respect_retry_after else pause(call, tries)
        if again and left > 0 and request.body is not None and not isinstance(request.body, bytes):
            again = request.body.rewind()
        enough = call.deadline - time.monotonic() > wait
        too_long = asked is not None and wait > call.config.max_retry_after
        if not again or left <= 0 or not enough or too_long:
            if again and left > 0 and not enough:
                line += f", no time for a wait of {wait:.1f} s"
            call.attempts.append(line)
            if failure is not None:
                raise failure
            if response is not None:
                return response
        left -= 1
        call.attempts.append(f"{line}, waited {wait:.3f} s")
        if response is not None:
            response.discard()
        if wait:
            yield Wait(wait)


def pause(call: Call, tries: int) -> float:
    """Return a random wait between nothing and an end that doubles: clients don't come back all at once."""
    factor = call.config.backoff if call.rule.factor is None else call.rule.factor
    end: float = min(call.config.max_backoff, factor * 2 ** (tries - 1))
    return call.random() * end


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for; None if it makes no sense."""
    if not value:
        return None
    value = value.strip()
    if value.isdigit() and len(value) < 10:
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, moment.timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def redirect(call: Call, request: Request, onward: Onward) -> Steps:
    """Follow redirects on the same origin; never take a credential to another."""
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


def _next(call: Call, request: Request, status: int, location: str) -> Request | None:
    """Return the request that a redirect asks for, or None if it must not be followed."""
    from urllib.parse import urljoin, urlsplit

    try:
        url = urljoin(request.url, location)
        parts = urlsplit(url)
        origin = Origin(f"{parts.scheme}://{parts.netloc}")
    except (ValueError, ApiException):
        return None
    if any(ord(c) <= 32 or ord(c) > 126 for c in url):
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
    elif body is not None and not isinstance(body, bytes) and not body.rewind():
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
    """Add the credential; when a live session has ended, get a new one, once, and try once more."""
    credential = apply_credentials(call.config, request)
    response = yield from onward(credential.request)
    if (
        response.status == 401
        and request.secure
        and credential.text
        and call.config.refresh_access_token is not None
    ):
        if request.body is not None and not isinstance(request.body, bytes) and not request.body.rewind():
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
    """Return a request with what its security schemes ask for."""
    if not request.secure:
        return Credential(request, "")
    from urllib.parse import quote_plus

    headers, target, seen = request.headers, request.target, ""
    settings = config.auth_settings()
    parts = [(each,) if isinstance(each, str) else each for each in request.secure]
    for name in dict.fromkeys(name for each in parts for name in each):
        if (found := settings.get(name)) is None:
            continue
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


def credential_text(config: Configuration) -> str:
    """Return the credential that would be sent now."""
    return "".join(found["value"] for found in config.auth_settings().values())


def secrets(config: Configuration, request: Request) -> list[str]:
    """Return the texts of a request that must never be written anywhere, longer ones first."""
    values: list[object] = [*config.api_key.values(), config.password, config.access_token]
    values += [f"{config.api_key_prefix.get(name)} {key}" for name, key in config.api_key.items()]
    for name, value in request.headers.items():
        if name.lower() not in PLAIN:
            values += [value, *(pair.partition("=")[2].strip() for pair in value.split(";"))]
    texts = {value for value in values if isinstance(value, str) and len(value) >= 6}
    return sorted(texts, key=len, reverse=True)


def log(call: Call, request: Request, onward: Onward) -> Steps:
    """Log names, never values: operation, verb, status, time."""
    logger = call.config.logger["package_logger"]
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


POLICIES: tuple[Callable[[Call, Request, Onward], Steps], ...] = (retry, redirect, auth, log)
"""The order is the design: a try may be redirected, each hop gets or loses its credential, each is logged."""


def steps(call: Call, request: Request, index: int = 0) -> Steps:
    """Return the steps of a call: the policies in order, then the sending."""
    if index == len(POLICIES):
        response: Response = yield Send(request)
        return response
    return (yield from POLICIES[index](call, request, partial(_onward, call, index + 1)))


def _onward(call: Call, index: int, request: Request) -> Steps:
    return steps(call, request, index)


def drive(run: Steps, perform: Callable[[Send | Wait | Renew], Any]) -> Response:
    """Run the steps of a call to its response, doing what they ask for."""
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

"""A new credential when a session has ended: once, for however many calls wait for it."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .exceptions import ApiException
from .policies import credential_text

if TYPE_CHECKING:
    from .budget import Call
    from .configuration import Configuration


EARLY = 30.0
"""Seconds before its end when a credential is renewed; a tenth of its life if that is less."""


def renewal_time(seconds: float) -> float:
    """Return when a credential that lasts for so many seconds is to be renewed, on the monotonic clock."""
    return time.monotonic() + seconds - min(EARLY, seconds / 10)


class Renewal:
    """Calls `Configuration.refresh_access_token`, for all clients of one configuration."""

    def __init__(self) -> None:
        self._refused = ""
        self._begin()

    def _begin(self) -> None:
        self._pid, self._lock, self._running = os.getpid(), threading.RLock(), False

    def renew(self, call: Call, seen: str) -> bool:
        """Get a new credential in place of the one that was sent; True if there is one.

        Args:
            call: whose time counts while another thread is at it.
            seen: the credential that was sent.

        Raises:
            ApiTimeout: the time is over.
        """
        if self._pid != os.getpid():  # the thread that holds the lock exists in the parent only
            self._begin()
        config = call.config
        if not self._lock.acquire(timeout=call.left("refresh")):
            raise call.timed_out("refresh", sent=True)
        try:
            if self._running:  # the hook's own calls come here, in the same thread
                return False
            if credential_text(config) != seen:  # another thread has done it
                return True
            hook = config.refresh_access_token
            due: Any = getattr(hook, "due", None)
            if hook is None or (self._refused == seen and not (due is not None and due(config))):
                return False
            self._running = True
            before = time.monotonic()
            try:
                answer = hook(config)
            except ApiException as error:
                call.attempts.append(f"the refresh failed: {type(error).__name__}")
                answer = False
            finally:
                self._running = False
                call.paused(time.monotonic() - before)  # the hook is the caller's, and so is its time
            renewed = answer is True or credential_text(config) != seen
            self._refused = "" if renewed else seen
            return renewed
        finally:
            self._lock.release()


_renewals: WeakKeyDictionary[Configuration, Renewal] = WeakKeyDictionary()
_making = threading.Lock()


def renewal_of(config: Configuration) -> Renewal:
    """Return what renews the credential of a configuration; the same for all clients that share it."""
    with _making:
        found = _renewals.get(config)
        if found is None:
            found = _renewals[config] = Renewal()
        return found

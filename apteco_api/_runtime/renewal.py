"""Get a new credential when a session has ended: once for all calls that wait for it."""

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
"""Seconds before its end at which a credential is renewed; a tenth of its lifetime if that is less."""


def renewal_time(seconds: float) -> float:
    """Return when to renew a credential that lasts for `seconds`, on the monotonic clock."""
    return time.monotonic() + seconds - min(EARLY, seconds / 10)


class Renewal:
    """The caller of `Configuration.refresh_access_token`, for all clients of one configuration."""

    def __init__(self) -> None:
        self._refused = ""
        self._begin()

    def _begin(self) -> None:
        self._pid, self._lock, self._running = os.getpid(), threading.RLock(), False

    def renew(self, call: Call, seen: str) -> bool:
        """Get a new credential in place of the one that was sent; return whether there is one.

        Args:
            call: the call, whose deadline limits the wait for another thread's renewal.
            seen: the credential that was sent.

        Raises:
            ApiTimeout: the call's time is over.
        """
        if self._pid != os.getpid():  # after a fork: the thread that holds the lock exists only in the parent
            self._begin()
        config = call.config
        if not self._lock.acquire(timeout=call.left("refresh")):
            raise call.timed_out("refresh", sent=True)
        try:
            if self._running:  # a call of the hook itself, in the same thread
                return False
            if credential_text(config) != seen:  # another thread has renewed it
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
                call.paused(time.monotonic() - before)  # the time of the caller's hook does not count
            renewed = answer is True or credential_text(config) != seen
            self._refused = "" if renewed else seen
            return renewed
        finally:
            self._lock.release()


_renewals: WeakKeyDictionary[Configuration, Renewal] = WeakKeyDictionary()
_making = threading.Lock()


def renewal_of(config: Configuration) -> Renewal:
    """Return the `Renewal` of a configuration, which all its clients share."""
    with _making:
        found = _renewals.get(config)
        if found is None:
            found = _renewals[config] = Renewal()
        return found

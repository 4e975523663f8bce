"""The sandbox and the session that the tests of this room share."""

from support.sandbox import box, run, session

__all__ = ["box", "run", "session"]

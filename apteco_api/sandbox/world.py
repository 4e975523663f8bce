"""The objects that handlers use: one sandbox's spec, state, files, data and jobs."""

from __future__ import annotations

from typing import Any

from . import seed
from .access import Access
from .data import Data
from .database import Database
from .files import Files
from .identity import Provider
from .jobs import Jobs
from .rights import Rights
from .schema import Check
from .settings import Settings
from .spec import Operation, load
from .store import Store


class World:
    """One sandbox, without its network server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.spec = load(settings.version)
        self.database = Database(settings.data)
        self.store = Store(self.database)
        self.access = Access(self.store, settings)
        self.identity = Provider(self.access)
        self.rights = Rights(self.store)
        self.files = Files(self.store, self.rights)
        self.data = Data(self.database, settings, self.store)
        self.jobs = Jobs(self.store, self.data, settings)
        self._checks: dict[str, Check] = {}
        try:
            seed.prepare(self)
        except BaseException:
            self.close()
            raise

    def check_body(self, operation: Operation, value: Any) -> Any:
        """Return the body of a request, checked against the operation's schema."""
        check = self._checks.get(operation.id)
        if check is None:
            assert operation.body is not None
            check = self._checks[operation.id] = self.spec.schemas.check(operation.body.schema)
        return check(value)

    def close(self) -> None:
        """Stop the jobs and the threads that watch queries, and close the database."""
        self.jobs.close()
        self.data.watch.close()
        self.database.close()

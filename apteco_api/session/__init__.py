"""Log in, look around, do the day's work.

1. `session`          `login` and `Session`: counts, exports, cubes, jobs; `async_session` for `await`
2. `login`            the life of a session: log in, log out, tokens; `credentials` finds user and password
3. `sections`         the generated controllers as attributes of a session
4. `tables`, `audiences`, `files`, `saved_queries`  what the server holds, as objects in a `collection`
5. `jobs`, `batch`, `progress`  work that takes long, or that is done for many items
6. `observability`    the client's log, and OpenTelemetry spans
"""

from typing import TYPE_CHECKING

from .._runtime.lazy import lazy

if TYPE_CHECKING:
    from .async_jobs import AsyncJob as AsyncJob
    from .async_session import AsyncSession as AsyncSession
    from .audiences import Audience as Audience
    from .audiences import Audiences as Audiences
    from .batch import Batch as Batch
    from .collection import Collection as Collection
    from .credentials import CredentialsError as CredentialsError
    from .credentials import Login as Login
    from .files import FileFacts as FileFacts
    from .files import Files as Files
    from .jobs import Job as Job
    from .observability import show_log as show_log
    from .observability import trace as trace
    from .saved_queries import Queries as Queries
    from .session import Session as Session
    from .tables import SystemTable as SystemTable
    from .tables import SystemVariable as SystemVariable
    from .tables import VariableFolder as VariableFolder

_HOMES = {
    "FileFacts": ".files",
    "AsyncJob": ".async_jobs",
    "AsyncSession": ".async_session",
    "Audience": ".audiences",
    "Audiences": ".audiences",
    "Batch": ".batch",
    "Collection": ".collection",
    "CredentialsError": ".credentials",
    "Files": ".files",
    "Job": ".jobs",
    "Login": ".credentials",
    "Queries": ".saved_queries",
    "Session": ".session",
    "SystemTable": ".tables",
    "SystemVariable": ".tables",
    "VariableFolder": ".tables",
    "show_log": ".observability",
    "trace": ".observability",
}
__all__ = [
    "AsyncJob",
    "AsyncSession",
    "Audience",
    "Audiences",
    "Batch",
    "Collection",
    "CredentialsError",
    "FileFacts",
    "Files",
    "Job",
    "Login",
    "Queries",
    "Session",
    "SystemTable",
    "SystemVariable",
    "VariableFolder",
    "show_log",
    "trace",
]
__getattr__, __dir__ = lazy(__name__, _HOMES)

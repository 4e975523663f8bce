"""A user's session: log in, look at the system, count, export and cube.

1. `session`          `login` and `Session`: counts, exports, cubes, jobs; `async_session` for `await`
2. `login`            the life of a session: log in, log out; `credentials` finds user and password
3. `authentication`   the steps of a login and its renewal; `mfa` (second factor), `tokens`, `temporary`
4. `versions`         the server's version, and errors of operations that it is too old for
5. `sections`         the generated controllers as attributes of a session
6. `contents`         what a session can look at, as objects in a `collection`: `tables`, `audiences`,
   `export_templates`, `dashboards`, `favourites`, `people_stage`, `files`, `saved_queries`
7. `jobs`, `batch`, `progress`  work that takes long, or that is done for many items
8. `observability`    the client's log, and OpenTelemetry spans
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
    from .dashboards import Dashboard as Dashboard
    from .dashboards import Dashboards as Dashboards
    from .export_templates import ExportTemplate as ExportTemplate
    from .export_templates import ExportTemplates as ExportTemplates
    from .favourites import Favourite as Favourite
    from .favourites import Favourites as Favourites
    from .files import FileFacts as FileFacts
    from .files import Files as Files
    from .jobs import Job as Job
    from .mfa import MfaRequired as MfaRequired
    from .mfa import RecoveryCode as RecoveryCode
    from .mfa import TotpSetup as TotpSetup
    from .observability import show_log as show_log
    from .observability import trace as trace
    from .people_stage import PeopleStage as PeopleStage
    from .people_stage import PeopleStageElement as PeopleStageElement
    from .saved_queries import Queries as Queries
    from .session import Session as Session
    from .tables import SystemTable as SystemTable
    from .tables import SystemVariable as SystemVariable
    from .tables import VariableFolder as VariableFolder
    from .temporary import TemporaryToken as TemporaryToken

_HOMES = {
    "AsyncJob": ".async_jobs",
    "AsyncSession": ".async_session",
    "Audience": ".audiences",
    "Audiences": ".audiences",
    "Batch": ".batch",
    "Collection": ".collection",
    "CredentialsError": ".credentials",
    "Dashboard": ".dashboards",
    "Dashboards": ".dashboards",
    "ExportTemplate": ".export_templates",
    "ExportTemplates": ".export_templates",
    "Favourite": ".favourites",
    "Favourites": ".favourites",
    "FileFacts": ".files",
    "Files": ".files",
    "Job": ".jobs",
    "Login": ".credentials",
    "MfaRequired": ".mfa",
    "PeopleStage": ".people_stage",
    "PeopleStageElement": ".people_stage",
    "Queries": ".saved_queries",
    "RecoveryCode": ".mfa",
    "Session": ".session",
    "SystemTable": ".tables",
    "SystemVariable": ".tables",
    "TemporaryToken": ".temporary",
    "TotpSetup": ".mfa",
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
    "Dashboard",
    "Dashboards",
    "ExportTemplate",
    "ExportTemplates",
    "Favourite",
    "Favourites",
    "FileFacts",
    "Files",
    "Job",
    "Login",
    "MfaRequired",
    "PeopleStage",
    "PeopleStageElement",
    "Queries",
    "RecoveryCode",
    "Session",
    "SystemTable",
    "SystemVariable",
    "TemporaryToken",
    "TotpSetup",
    "VariableFolder",
    "show_log",
    "trace",
]
__getattr__, __dir__ = lazy(__name__, _HOMES)

"""A session: log in, look around, count, export, cube, log out.

    import apteco_api as aa

    with aa.login("https://server/OrbitAPI", "holidays", "user", "password") as session:
        session.count(aa.where("Destination").isin("France", "Germany"))

Every section of the API is an attribute (`session.queries`, `session.fast_stats_systems`, …): the generated
controllers, with the data view and the system filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .. import models
from .._runtime.configuration import Configuration
from ..frames.cube import CubeFrame, plan_cube
from ..frames.cube_request import Dimension
from ..frames.files import plan_file
from ..frames.requests import (
    Columns,
    ExportPlan,
    check_export,
    count_of,
    plan_export,
    with_categories,
)
from ..frames.rows import Rows
from ..query.catalogue import Named
from ..query.record_count import RecordCount
from ..query.requests import Queryable, as_query
from .contents import Contents
from .credentials import resolve

if TYPE_CHECKING:
    from ..frames.stream import RowStream
    from .jobs import Job
    from .mfa import Mfa

T = TypeVar("T")


def login(
    host: str | None = None,
    data_view: str | None = None,
    user: str | None = None,
    password: str | None = None,
    *,
    system: str | None = None,
    token: str | None = None,
    mfa: Mfa | None = None,
    profile: str | None = None,
    configuration: Configuration | None = None,
) -> Session:
    """Log in and return the session. Use the session in a `with` statement, which logs out at its end.

    Missing items come from the environment, a file with profiles or the keyring; see `credentials`.

    Args:
        host: base URL of the API, such as `https://server/OrbitAPI`.
        data_view: the data view to work in.
        user: username, or email address.
        password: password.
        system: the FastStats system; by default the system with the data view's name.
        token: a valid access token, or a `TemporaryToken`; the session then neither logs in nor out. When an
            access token ends, the session looks for the user's password and logs in with it.
        mfa: the second factor, if the server asks for one: the code of an authenticator, a recovery code,
            or a function that returns a code (`pyotp.TOTP(secret).now`). A function is called again when
            the session is renewed.
        profile: the profile of the file to use.
        configuration: settings for the client (timeouts, proxy, certificates); the session uses a copy with
            its own host.

    Raises:
        CredentialsError: an item of the login is missing.
        MfaRequired: the server asks for a second factor, and `mfa` is not given.
        ApiUnauthorized: the server refuses user and password, or the code.

    Example:
        >>> with login("http://localhost:8000/OrbitAPI", "holidays", "Administrator", "password") as session:
        ...     session.count("Bookings")
    """
    found = resolve(host, data_view, user, password, system, token, profile=profile)
    session = Session(found, configuration, mfa=mfa)
    session.connect()
    return session


class Session(Contents):
    """One user's work with one system of one data view. Safe to share between threads.

    `login` returns one.
    """

    # ---- jobs

    def job(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Job:
        """Call a method that creates a job, and return the job: `session.job(session.dashboards.…,
        7).wait()`.

        Args:
            method: a method of a section that creates a job, not called.
            args, kwargs: its arguments.
        """
        from .jobs import start_job

        return start_job(method, *args, **kwargs)

    def resume_job(self, token: str, **values: Any) -> Job:
        """Return the job with a token, which this or another process has started.

        Args:
            token: from `job.token`.
            values: arguments that a token can't hold, such as the body that some jobs need for each poll.

        Raises:
            ApiValueError: the text does not come from `job.token`.
        """
        from .jobs import resume_job

        return resume_job(self, token, **values)

    # ---- counts, exports, cubes

    def query(self, query: Queryable, *, table: str | Named = "", ancestors: bool = False) -> models.Query:
        """Return the `Query` model of a query in any form, to read, store or send it yourself.

        Args:
            query, table: as for `count`.
            ancestors: ask for the counts of the tables above as well.
        """
        if isinstance(query, (models.QueryFile, models.FileEntry)):  # an entry: of `session.queries.saved()`
            query = self.queries.read(query.path)
        return as_query(query, self.catalogue, table, ancestors=ancestors)

    def count(self, query: Queryable, *, table: str | Named = "") -> RecordCount:
        """Return how many records a query selects: an int with the table's name.

        Args:
            query: a table's name, a condition, an audience, a saved query
                (`aa.QueryFile("Private/Bookings.xml")`), a `Query` or `Selection` model, a selection of
                py-apteco.
            table: count the records of this table that belong to the selection:
                `session.count(bookings_to_france, table="People")`.

        Raises:
            UnknownName: a table, variable or code does not exist in the system.
            ApiResponseError: the server could not run the query.

        Example:
            >>> session.count(aa.where("Destination") == "France")
        """
        return next(iter(self._counts(self.query(query, table=table)).values()))

    def counts(self, query: Queryable, *, table: str | Named = "") -> dict[str, RecordCount]:
        """Return the counts of the selected records, and of the records of each table above, by table."""
        return self._counts(self.query(query, table=table, ancestors=True))

    def _counts(self, query: models.Query) -> dict[str, RecordCount]:
        return count_of(self.queries.queries_perform_query_count_synchronously(query=query))

    def export(
        self,
        query: Queryable,
        columns: Columns | None = None,
        *,
        table: str | Named = "",
        limit: int | None = None,
        order_by: str | Sequence[str] | None = None,
        timeout: float | None = None,
    ) -> Rows:
        """Return the selected records as rows in memory; for more rows than fit, see `stream_export`.

        Args:
            query: what to export; see `count`.
            columns: variables by name or description, or a mapping of headings to variables. The variables
                belong to the exported table or a table above it. By default (or `"*"`) all variables of the
                table.
            table: export the records of this table instead of the query's own.
            limit: the most rows to return; by default all.
            order_by: columns to sort by, with a `-` before a name for descending order:
                `["Destination", "-Cost"]`. The client sorts, so it reads all rows even with a limit.
            timeout: as for `stream_export`.

        Example:
            >>> session.export("Bookings", ["boURN", "Destination", "Cost"], limit=5).to_pandas()
        """
        made = self.query(query, table=table)
        plan = plan_export(made, columns, self.catalogue, limit, order_by)
        with self._stream(with_categories(plan, self.catalogue), timeout) as stream:
            return plan.ordered(stream.rows())

    def stream_export(
        self,
        query: Queryable,
        columns: Columns | None = None,
        *,
        table: str | Named = "",
        limit: int | None = None,
        batch_size: int = 20_000,
        timeout: float | None = None,
    ) -> RowStream:
        """Return the selected records as batches of rows as they arrive. The memory needed does not depend on
        the number of rows.

        Args:
            query, columns, table, limit: as for `export`.
            batch_size: rows in a batch.
            timeout: seconds for the whole export, without the time that you spend between batches. By default
                there is no limit for the whole, but `Configuration.timeout` limits each wait for the server.

        Example:
            >>> session.stream_export("Bookings", ["boURN", "Cost"]).to_parquet("bookings.parquet")
        """
        plan = plan_export(self.query(query, table=table), columns, self.catalogue, limit)
        return self._stream(plan, timeout, batch_size)

    def _stream(self, plan: ExportPlan, timeout: float | None, batch_size: int = 20_000) -> RowStream:
        from ..frames.partial_decode import read_export
        from ..frames.stream import RowStream

        read = partial(read_export, self.client, self.filled, plan.request, timeout=timeout)
        return RowStream(plan.columns, read, check_export, batch_size)

    def export_to(
        self,
        path: str | Path,
        query: Queryable,
        columns: Columns | None = None,
        *,
        table: str | Named = "",
        limit: int | None = None,
        order_by: str | Sequence[str] | None = None,
        partition_by: str | Sequence[str] | None = None,
        timeout: float | None = None,
    ) -> int:
        """Write the selected records to a `.parquet`, `.csv` or `.xlsx` file; return how many rows.

        The file appears only when it is complete. Rows are written as they arrive, except with `order_by`.

        Args:
            path: the file; or a URL for fsspec, such as `s3://bucket/bookings.parquet` (extra `cloud`).
            query, columns, table, limit, order_by, timeout: as for `export`.
            partition_by: columns to split by. The path is then a folder. It becomes a Parquet dataset with a
                folder for each value of the columns, as Dask, Polars and DuckDB read it.

        Raises:
            ValueError: the file's name has another ending, or there are more rows than a worksheet can hold.
            ApiFileExists: the folder of a dataset is not empty.
        """
        plan = plan_export(self.query(query, table=table), columns, self.catalogue, limit, order_by)
        write = plan_file(path, plan, self.catalogue, partition_by)
        with self._stream(plan, timeout) as stream:
            return write(stream)

    def cube(
        self,
        query: Queryable,
        dimensions: Sequence[Dimension],
        measures: Sequence[str] = ("Count",),
        *,
        table: str | Named = "",
    ) -> CubeFrame:
        """Return figures for each combination of the values of some variables.

        Args:
            query: the records to analyse; see `count`.
            dimensions: selectors by name or description; dates with a period: `"boDate by Years"`; numbers
                with the width or the starts of bands: `"Cost by 500"`, `aa.bands("Cost", [0, 500])`.
            measures: `"Count"`, a table's name (to count its distinct records), or a function of a variable:
                `"Sum(boCost)"`, `"Mean(Cost)"`, …
            table: analyse the records of this table instead of the query's own.

        Example:
            >>> session.cube("Bookings", ["Destination", "Booking Date by Years"], ["Sum(Cost)"]).to_pandas()
        """
        made = self.query(query, table=table)
        plan = plan_cube(made, dimensions, measures, self.catalogue)
        result = self.cubes.cubes_calculate_cube_synchronously(cube=plan.request)
        return plan.frame(result)

"""Run queries, follow their jobs, fetch results."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, overload
from urllib.parse import quote

from . import parameters as values
from .basics import Basics, as_object
from .client.api.jobs_api import JobsApi
from .client.api.queries_api import QueriesApi
from .client.api.query_results_api import QueryResultsApi
from .client.models import RunQuery, RunQueryText
from .deadlines import Deadline, checked_interval
from .errors import (
    NotFoundError,
    PollingTimeoutError,
    QueryCancelledError,
    QueryFailedError,
    RequestTimeoutError,
)
from .results import Result, ResultObject

FileType = Literal["csv", "tsv", "xlsx", "json"]
DONE, FAILED, CANCELLED = 3, 4, 5
_QUERIES, _RESULTS, _JOBS = QueriesApi.operations, QueryResultsApi.operations, JobsApi.operations
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0


class Running(Basics):
    """Runs, jobs and results."""

    api_key: str
    tonalytica_url: str

    # ---- saved queries

    def run_query(
        self,
        query_id: int | str,
        parameters: Mapping[str, Any] | None = None,
        max_age: int | None = None,
        timeout: float | None = 60,
        *,
        poll_interval: float | None = None,
    ) -> ResultObject:
        """Return the result of a saved query: a cached one that is new enough, or that of a new run.

        The method works with a user key and with the key of the query.

        Args:
            query_id: number of the query.
            parameters: a value for each of its parameters; dates and ranges may be ``datetime`` objects.
            max_age: how old a cached result may be, in seconds; 0 always runs, None takes any cached result.
            timeout: seconds to wait in all, every request included; None for no end.
            poll_interval: seconds between two polls of the job; from 0.02 to 1, growing, by default.

        Returns:
            ``{"query_result": …}``; ``rows``, ``columns`` and ``to_pandas()`` give parts of it.

        Raises:
            BadRequestError: a parameter has no value, or a value of the wrong type.
            QueryFailedError: the database refused; the text is that of the database.
            QueryCancelledError: somebody cancelled the run.
            PollingTimeoutError: the time is over; the run goes on, and ``job`` has its id.
        """
        pace = checked_interval(poll_interval)
        deadline = Deadline(timeout)
        answer = self._start(query_id, parameters, max_age, deadline)
        if "query_result" in answer:
            return answer
        job = self._wait(answer["job"], deadline, query_id, pace)
        number = job["query_result_id"]
        try:
            found = self._wire.call(
                _QUERIES,
                "download_result_of_query",
                query_id=query_id,
                query_result_id=number,
                filetype="json",
                timeout=deadline.left,
            )
        except NotFoundError:
            # the key of a query reads a result with parameters only from the cache, not by its number
            again = self._start(query_id, parameters, None, deadline)
            if "query_result" not in again:
                raise
            return again
        result = as_object(found)
        result.model_name = "QueryResultEnvelope"  # downloaded as a file, which the key of a query allows
        return result

    def execute_query(
        self, query_id: int | str, parameters: Mapping[str, Any] | None = None, max_age: int | None = None
    ) -> ResultObject:
        """Start a run of a saved query: the answer has the ``job``, or a cached ``query_result``.

        The arguments are those of ``run_query``.
        """
        return self._start(query_id, parameters, max_age, Deadline(None))

    def refresh_query(self, qry_id: int | str) -> ResultObject:
        """Start a run of a saved query without parameters, cached or not; the answer has the ``job``."""
        return as_object(self._wire.call(_QUERIES, "refresh_query", query_id=qry_id, body={}))

    @overload
    def get_cached_result(self, query_id: int | str, filetype: FileType | None = None) -> Result: ...
    @overload
    def get_cached_result(
        self, query_id: int | str, filetype: FileType, *, save_to: str | Path, timeout: float | None = None
    ) -> Path: ...
    def get_cached_result(
        self,
        query_id: int | str,
        filetype: FileType | None = None,
        *,
        save_to: str | Path | None = None,
        timeout: float | None = None,
    ) -> Result | Path:
        """Return the latest cached result of a query without parameters.

        Args:
            query_id: number of the query.
            filetype: as a file, whose bytes are in ``content``; None for the result itself.
            save_to: write the file here while it arrives, and return its path. A file of any size takes
                little memory. The file is complete or missing. In a folder, it has the server's name.
            timeout: seconds for writing to a file; the client's own ``timeout`` by default.

        Raises:
            NotFoundError: the query has parameters, or never ran: `No cached result found for this query.`
            ValueError: ``save_to`` without ``filetype``.
        """
        if save_to is not None:
            return self._wire.download(
                _QUERIES,
                "download_cached_result",
                save_to,
                timeout,
                query_id=query_id,
                filetype=_form(filetype),
            )
        if filetype is None:
            return self._wire.call(_QUERIES, "get_cached_result", query_id=query_id)
        return self._wire.call(_QUERIES, "download_cached_result", query_id=query_id, filetype=filetype)

    # ---- any text

    def generate_query_results(
        self,
        ds_id: int,
        qry: str,
        qry_id: int | None = None,
        max_age: int = 0,
        parameters: dict[str, Any] | None = None,
        return_results: bool = False,
        *,
        timeout: float | None = 60,
        poll_interval: float | None = None,
    ) -> ResultObject:
        """Run a text against a data source.

        Args:
            ds_id: data source.
            qry: the text; `{{ name }}` marks a parameter.
            qry_id: saved query of the result.
            max_age: how old a cached result may be, in seconds; 0 always runs, -1 takes any cached result.
            parameters: a value for each parameter in the text.
            return_results: wait, and return the result instead of the job.
            timeout: seconds to wait in all, when waiting.
            poll_interval: seconds between two polls of the job; from 0.02 to 1, growing, by default.

        Raises:
            BadRequestError, QueryFailedError, QueryCancelledError, PollingTimeoutError: as ``run_query``.
        """
        pace = checked_interval(poll_interval)
        deadline = Deadline(timeout if return_results else None)
        body = RunQueryText(
            data_source_id=ds_id,
            query=qry,
            max_age=max_age,
            parameters=values.encode(parameters),
            query_id=qry_id,
        )
        answer = as_object(self._wire.call(_RESULTS, "run_query_text", body=body, timeout=deadline.left))
        return self._result_of(answer, deadline, pace) if return_results else answer

    def query_and_wait_result(
        self,
        ds_id: int,
        query: str,
        timeout: float = 60,
        *,
        parameters: Mapping[str, Any] | None = None,
        poll_interval: float | None = None,
    ) -> ResultObject:
        """Run a text against a data source, wait, and return the result.

        Args:
            ds_id: data source.
            query: the text.
            timeout: seconds to wait in all, every request included.
            parameters: a value for each parameter in the text.
            poll_interval: seconds between two polls of the job; from 0.02 to 1, growing, by default.

        Raises:
            BadRequestError, QueryFailedError, QueryCancelledError, PollingTimeoutError: as ``run_query``.
        """
        return self.generate_query_results(
            ds_id,
            query,
            parameters=dict(parameters or {}),
            return_results=True,
            timeout=timeout,
            poll_interval=poll_interval,
        )

    # ---- jobs

    def get_job(self, job_id: str) -> ResultObject:
        """Return the state of a job: ``{"job": …}``.

        Its ``status`` is 1 waiting, 2 running, 3 done, 4 failed, 5 cancelled; current servers also have 6
        deferred and 7 scheduled. A done job has the number of the result as ``query_result_id``; a failed job
        has the message of the database as ``error``.
        """
        return as_object(self._wire.call(_JOBS, "get_job", job_id=job_id))

    def cancel_job(self, job_id: str) -> Result:
        """Stop a waiting or running job."""
        return self._wire.call(_JOBS, "cancel_job", job_id=job_id)

    def wait_for_job(
        self,
        job: str | Mapping[str, Any],
        timeout: float | None = 60,
        *,
        poll_interval: float | None = None,
    ) -> dict[str, Any]:
        """Wait until a job is done, and return it.

        Args:
            job: its id, or the job, or the answer that has it.
            timeout: seconds to wait in all; None for no end.
            poll_interval: seconds between two polls of the job; from 0.02 to 1, growing, by default.

        Raises:
            QueryFailedError, QueryCancelledError, PollingTimeoutError: as ``run_query``.
        """
        found: Mapping[str, Any] = {"id": job} if isinstance(job, str) else job.get("job", job)
        return self._wait(found, Deadline(timeout), None, checked_interval(poll_interval))

    # ---- results

    @overload
    def get_result(self, result_id: int | str, filetype: FileType | None = None) -> Result: ...
    @overload
    def get_result(
        self, result_id: int | str, filetype: FileType, *, save_to: str | Path, timeout: float | None = None
    ) -> Path: ...
    def get_result(
        self,
        result_id: int | str,
        filetype: FileType | None = None,
        *,
        save_to: str | Path | None = None,
        timeout: float | None = None,
    ) -> Result | Path:
        """Return a result by its number.

        Args:
            result_id: number of the result.
            filetype: as a file, whose bytes are in ``content``; None for the result itself.
            save_to: write the file here while it arrives, and return its path. A file of any size takes
                little memory. The file is complete or missing. In a folder, it has the server's name.
            timeout: seconds for writing to a file; the client's own ``timeout`` by default.

        Raises:
            ValueError: ``save_to`` without ``filetype``.
        """
        if save_to is not None:
            return self._wire.download(
                _RESULTS,
                "download_result",
                save_to,
                timeout,
                query_result_id=result_id,
                filetype=_form(filetype),
            )
        if filetype is None:
            return self._wire.call(_RESULTS, "get_result", query_result_id=result_id)
        return self._wire.call(
            _RESULTS, "download_result", query_result_id=result_id, filetype=_form(filetype)
        )

    def result_link(
        self, result_id: int | str, filetype: FileType = "csv", query_id: int | str | None = None
    ) -> str:
        """Return a link that downloads a result in a browser without a login.

        The link contains the key: keep it secret.

        Args:
            result_id: number of the result.
            filetype: format of the file.
            query_id: number of the query, if the key is the query's.
        """
        path = "query_results" if query_id is None else f"queries/{query_id}/results"
        return (
            f"{self.tonalytica_url}/api/{path}/{result_id}.{filetype}?api_key={quote(self.api_key, safe='')}"
        )

    # ---- internals

    def _start(
        self,
        query_id: int | str,
        parameters: Mapping[str, Any] | None,
        max_age: int | None,
        deadline: Deadline,
    ) -> ResultObject:
        body = RunQuery(parameters=values.encode(parameters), max_age=max_age)
        return as_object(
            self._wire.call(_QUERIES, "run_query", query_id=query_id, body=body, timeout=deadline.left)
        )

    def _result_of(
        self, answer: ResultObject, deadline: Deadline, poll_interval: float | None
    ) -> ResultObject:
        if "query_result" in answer:
            return answer
        job = self._wait(answer["job"], deadline, None, poll_interval)
        return as_object(
            self._wire.call(
                _RESULTS, "get_result", query_result_id=job["query_result_id"], timeout=deadline.left
            )
        )

    def _wait(
        self,
        job: Mapping[str, Any],
        deadline: Deadline,
        query_id: int | str | None = None,
        poll_interval: float | None = None,
    ) -> dict[str, Any]:
        """Poll a job until it is done: at the given interval, else at growing intervals."""
        pause = _FIRST_PAUSE if poll_interval is None else poll_interval
        growth = 1.5 if poll_interval is None else 1.0
        now = dict(job)
        while now.get("status") != DONE:
            if now.get("status") in (FAILED, CANCELLED):
                raise _failure(now)
            if deadline.over:
                raise PollingTimeoutError("Polling timeout.", now)
            time.sleep(min(pause, deadline.left or pause))
            pause = pause * growth if pause < _LONGEST_PAUSE else pause
            try:
                now = self._poll(str(job["id"]), query_id, deadline.left)
            except RequestTimeoutError as error:
                if deadline.over:
                    raise PollingTimeoutError("Polling timeout.", now) from error
                raise
        return now

    def _poll(self, job_id: str, query_id: int | str | None, timeout: float | None) -> dict[str, Any]:
        if query_id is None:
            answer = self._wire.call(_JOBS, "get_job", job_id=job_id, timeout=timeout)
        else:  # an address that also the key of a query opens
            answer = self._wire.call(
                _QUERIES, "get_query_job", query_id=query_id, job_id=job_id, timeout=timeout
            )
        return dict(as_object(answer)["job"])


def _form(filetype: FileType | None) -> FileType:
    if filetype is None:
        raise ValueError("save_to needs a filetype: csv, tsv, xlsx or json")
    if filetype not in get_args(FileType):
        raise ValueError(f"filetype must be csv, tsv, xlsx or json, not {filetype!r}")
    return filetype


def _failure(job: dict[str, Any]) -> Exception:
    """Return the error for a job that ended without a result."""
    text = str(job.get("error") or "")
    if job.get("status") == CANCELLED or "cancelled by user" in text:
        return QueryCancelledError(text or "The query was cancelled.", job)
    return QueryFailedError(text or "The query failed.", job)

"""Operations through one client, each in a process of its own: what came out, how long, how much memory.

    python peer.py PACKAGE SECONDS URL

PACKAGE is the import name of a client: ours, apteco-api 0.3.2 (`apteco_api` in another environment), or one
that OpenAPI Generator made of our spec. Reads jobs as lines of JSON (operation, url, argument, environment)
and prints one line of JSON for each. The package is loaded once; each job is a forked child, ended after so
many seconds. URL answers the two calls that load what a call needs, before anything is measured.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import os
import pickle
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

TOKEN = "canary-5ecret-t0ken"


def main() -> None:
    package, seconds = sys.argv[1], float(sys.argv[2])
    aa = importlib.import_module(package)
    warm = Job(aa, aa.Configuration(host=sys.argv[3]), "")
    for operation in (warm.get, warm.post):
        with contextlib.suppress(Exception):  # it answers one of them
            operation()
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            run(aa, job)
            os._exit(0)
        end = time.monotonic() + seconds
        while os.waitpid(child, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                print(
                    "\n"
                    + json.dumps(
                        {"error": f"none within {seconds:g} s", "seconds": seconds, "megabytes": None}
                    )
                )
                break
            time.sleep(0.005)
        print("\ndone", flush=True)


def run(aa: Any, job: dict[str, Any]) -> None:
    """Do one job and print what came out."""
    os.environ.update(job["environment"])
    config = aa.Configuration(host=job["url"])
    for key in ("Authorization", "faststats_auth"):
        config.api_key[key] = TOKEN
        config.api_key_prefix[key] = "Bearer"
    work = Job(aa, config, job["argument"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    try:
        outcome: dict[str, Any] = {"value": getattr(work, job["operation"])()}
    except BaseException as error:  # whatever comes out is the finding
        base = getattr(aa, "OpenApiException", Exception)
        outcome = {
            "error": f"{type(error).__module__}.{type(error).__qualname__}",
            "own": isinstance(error, base),
            "text": str(error)[:2000],
        }
    outcome["seconds"] = round(time.monotonic() - started, 3)
    outcome["megabytes"] = round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1)
    print("\n" + json.dumps(outcome), flush=True)


def sockets() -> int:
    """Return how many sockets this process has open."""
    links = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return sum(os.readlink(link).startswith("socket:") for link in links if os.path.islink(link))


class Job:
    """What can be asked of a client; the names are the operations of `report.py`."""

    def __init__(self, aa: Any, config: Any, argument: str) -> None:
        self.aa, self.config, self.argument = aa, config, argument
        self.client = aa.ApiClient(config)
        self.api = aa.FastStatsSystemsApi(self.client)
        self.options: dict[str, Any] = {}

    def get(self, name: str = "v") -> Any:
        found = self.api.fast_stats_systems_get_fast_stats_variable("H", "h", name, **self.options)
        return f"{type(found).__name__} {getattr(found, 'name', None)}"

    def get_path(self) -> Any:
        return self.get(self.argument)

    def get_within(self) -> Any:
        self.options = {"_request_timeout": int(self.argument)}
        return self.get()

    def fields(self) -> Any:
        found = self.api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        return {name: repr(getattr(found, name)) for name in ("name", "description", "table_name", "type")}

    def date(self) -> Any:
        return repr(self._count().run_date)

    def _count(self) -> Any:
        model = self.aa.Query(selection=self.aa.Selection(**{self._field("table_name"): "People"}))
        return self.aa.QueriesApi(self.client).queries_perform_query_count_synchronously(
            "H", "h", query=model
        )

    def _field(self, name: str) -> str:
        return name if self.aa.__name__ == "apteco_api" else "tableName"

    def post(self) -> Any:
        return f"{type(self._count()).__name__}"

    def twice(self) -> Any:
        self._count()
        time.sleep(0.1)
        return self.post()

    def header(self) -> Any:
        self.client.set_default_header("X-Custom", f"{TOKEN}\r\nX-Evil: 1")
        return self.get()

    def custom_header(self) -> Any:
        self.client.set_default_header("X-Api-Key", TOKEN)
        return self.get()

    def query(self) -> Any:
        codes = self.api.fast_stats_systems_get_fast_stats_variable_codes
        return type(codes("H", "h", "v", filter="a&b=c#d+e")).__name__

    def download(self) -> Any:
        self.config.temp_folder_path = self.argument
        found = self.aa.FilesApi(self.aa.ApiClient(self.config)).files_get_file("H", "h", "a.csv")
        if isinstance(found, bytes | bytearray):
            return "bytes"
        inside = Path(found).resolve().parent == Path(self.argument).resolve()
        return f"{'inside' if inside else 'OUTSIDE'} {os.stat(found).st_mode & 0o777:o}"

    def upload(self) -> Any:
        files = self.aa.FilesApi(self.client)
        files.files_upsert_file("H", "h", "a.csv", io.BytesIO(b"data"))
        return "sent"

    def threads(self) -> Any:
        results: list[str] = []

        def work() -> None:
            try:
                results.append(self.post())
            except Exception as error:
                results.append(type(error).__name__)

        workers = [threading.Thread(target=work) for _ in range(64)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return f"{len(results)} ended, {results.count('QueryResult')} with a result"

    def fork(self) -> Any:
        self._count()
        reader, writer = os.pipe()
        if os.fork() == 0:
            try:
                os.write(writer, self.post().encode())
            finally:
                os._exit(0)
        os.wait()
        return os.read(reader, 100).decode()

    def churn(self) -> Any:
        before = sockets()
        for _ in range(200):
            with self.aa.ApiClient(self.config) as client:
                self.aa.FastStatsSystemsApi(client).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        return f"{sockets() - before} sockets left"

    def verify(self) -> Any:
        return self.get()

    def log(self) -> Any:
        text = io.StringIO()
        with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
            logging.basicConfig(stream=text, level=logging.DEBUG, force=True)
            self.config.debug = True
            with contextlib.suppress(Exception):
                self.get()
            with contextlib.suppress(Exception):
                self.aa.SessionsApi(self.aa.ApiClient(self.config)).sessions_create_session_simple(
                    "H", "u", TOKEN
                )
        return f"token written {text.getvalue().count(TOKEN)} times"

    def pickled(self) -> Any:
        try:
            self.get()
        except Exception as error:
            other = pickle.loads(pickle.dumps(error))
            return f"{type(other).__name__} {getattr(other, 'status', None)}"
        return "no error"

    def model_pickled(self) -> Any:
        return str(pickle.loads(pickle.dumps(self._count())) == self._count())

    def refresh(self) -> Any:
        def renew(config: Any) -> bool:
            config.api_key["Authorization"] = config.api_key["faststats_auth"] = "fresh"
            return True

        self.config.refresh_access_token = renew
        return self.get()

    def pages(self) -> Any:
        from apteco_api.toolkit.paging import paginate

        codes = self.api.fast_stats_systems_get_fast_stats_variable_codes
        return f"{len(list(paginate(codes, 'H', 'h', 'v', count=2)))} items"

    def jobs(self) -> Any:
        from apteco_api.toolkit.jobs import Poller

        api = self.aa.FastStatsBuildsApi(self.client)
        name = next(name for name, op in api.operations.items() if op.job and op.job.step == "create")
        return type(Poller.start(getattr(api, name), "H", "h").wait(5, pause=0.01)).__name__

    def rows(self) -> Any:
        from apteco_api.toolkit.rows import stream

        api = self.aa.ExportsApi(self.client)
        return sum(1 for _ in stream(api.exports_perform_export_synchronously, "H", "h", path="$.rows"))

    def export(self) -> Any:
        api = self.aa.ExportsApi(self.client)
        return len(api.exports_perform_export_synchronously("H", "h").rows)

    def fuzz(self) -> Any:
        self.config.retries = 0  # the waits between tries are not the matter here
        self.api = self.aa.FastStatsSystemsApi(self.aa.ApiClient(self.config))
        foreign: dict[str, int] = {}
        for _ in range(150):
            try:
                self.get()
            except Exception as error:
                if not isinstance(error, getattr(self.aa, "ApiException", ())):
                    name = f"{type(error).__module__}.{type(error).__name__}"
                    foreign[name] = foreign.get(name, 0) + 1
        return foreign

    def cancel(self) -> Any:
        import asyncio

        async def run() -> str:
            async with self.aa.aio.AsyncApiClient(self.config) as client:
                api = self.aa.aio.FastStatsSystemsApi(client)
                task = asyncio.create_task(api.fast_stats_systems_get_fast_stats_variable("H", "h", "slow"))
                await asyncio.sleep(0.3)
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                found = await api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
                return f"{type(found).__name__} {found.name}"

        return asyncio.run(run())


if __name__ == "__main__":
    main()

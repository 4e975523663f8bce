"""Operations that run through a client. The cases in `measured` call them by name."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import pickle
import threading
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from support.lab import TOKEN, sockets


class NoSuchThing(Exception):
    """Raised if the client lacks the measured feature."""


class OnlyForward(io.RawIOBase):
    """A file that can be read once."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._data.readinto(buffer)


def in_threads(count: int, work: Any) -> list[Any]:
    """Run `work(number)` in several threads at once; return each result, or the name of the exception."""
    outcomes: list[Any] = []

    def run(number: int) -> None:
        try:
            outcomes.append(work(number))
        except Exception as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class Work:
    """A client, and the operations on it."""

    def __init__(self, aa: Any, config: Any, argument: dict[str, Any]) -> None:
        self.aa, self.config, self.argument = aa, config, argument
        self.client = aa.ApiClient(config)
        self.api = aa.FastStatsSystemsApi(self.client)
        self.options: dict[str, Any] = {}
        if "timeout" in argument:
            self.options["_request_timeout"] = argument["timeout"]
        self.ours = hasattr(aa, "paginate")

    # ---- calls

    def get(self) -> Any:
        name = self.argument.get("name", "v")
        found = self.api.fast_stats_systems_get_fast_stats_variable("H", "h", name, **self.options)
        return self.said(found)

    def said(self, found: Any) -> str:
        """Describe in words what the client made of an answer with the variable `peName`."""
        if found is None:
            return "None"
        name = getattr(found, "name", None)
        return "a result" if name == "peName" else f"a result with the name {name!r}"

    def fields(self) -> Any:
        found = self.api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        return {name: repr(getattr(found, name)) for name in ("name", "description", "table_name", "type")}

    def query_object(self, table: str) -> Any:
        field = "table_name" if self.aa.__name__ == "apteco_api" else "tableName"
        return self.aa.Query(selection=self.aa.Selection(**{field: table}))

    def count(self, **options: Any) -> Any:
        api = self.aa.QueriesApi(self.client)
        query = self.query_object("People")
        return api.queries_perform_query_count_synchronously("H", "h", query=query, **options, **self.options)

    def date(self) -> Any:
        return repr(self.count().run_date)

    def post(self) -> Any:
        return "a result" if type(self.count()).__name__ == "QueryResult" else "another object"

    def create(self) -> Any:
        key = self.argument.get("key")
        options = {"_idempotency_key": key} if key else {}
        team = self.aa.CreateTeamDetails(name="North")
        found = self.aa.TeamsApi(self.client).teams_create_team(
            "H", team_details=team, **options, **self.options
        )
        return "a result" if type(found).__name__ == "TeamSummary" else "another object"

    def twice(self) -> Any:
        self.count()
        time.sleep(0.1)
        return self.post()

    def keys(self) -> Any:
        self.client.set_default_header("X-Api-Key", TOKEN)
        self.client.cookie = f"session={TOKEN}"
        return self.get()

    def query(self) -> Any:
        codes = self.api.fast_stats_systems_get_fast_stats_variable_codes
        return type(codes("H", "h", "v", **self.argument["values"])).__name__

    def switch(self) -> Any:
        about = self.aa.AboutApi(self.client)
        return type(about.about_get_endpoints(exclude_endpoints_with_no_role_requirements=True)).__name__

    def path(self) -> Any:
        return self.free(self.argument["path"])

    def listed(self) -> Any:
        return self.free("/x", [("q", [1, "a b"])], {"q": "multi"})

    def free(self, path: str, query: Any = None, formats: Any = None, body: Any = None) -> Any:
        """Send a request that no generated method makes."""
        verb = "GET" if body is None else "POST"
        if self.aa.__name__ == "apteco_api":
            self.client.call_api(path, verb, query_params=query, collection_formats=formats, body=body)
        else:
            made = self.client.param_serialize(
                verb, path, query_params=query, collection_formats=formats, body=body
            )
            self.client.call_api(*made)
        return "sent"

    # ---- credentials, and characters that break a line

    def breaks(self) -> Any:
        text, kind = TOKEN + self.argument["ending"], self.argument["kind"]
        if kind == "header":
            self.client.set_default_header("X-Custom", text)
        elif kind == "cookie":
            self.client.cookie = text
        elif kind == "token":
            for name in self.config.api_key:
                self.config.api_key[name] = text
        else:
            path = Path(self.argument["folder"]) / f"{text}.csv"
            path.write_bytes(b"data")
            try:
                return self.put(str(path))
            finally:
                path.unlink()
        return self.post()

    def put(self, file: Any) -> Any:
        self.aa.FilesApi(self.client).files_upsert_file("H", "h", "a.csv", file)
        return "sent"

    def upload(self) -> Any:
        kind = self.argument["kind"]
        if kind == "path":
            path = Path(self.argument["folder"]) / "upload.csv"
            path.write_bytes(b"data")
            return self.put(str(path))
        return self.put(io.BytesIO(b"data") if kind == "file" else OnlyForward(b"data"))

    def renew(self) -> Any:
        renewals: list[int] = []

        def hook(config: Any) -> bool:
            renewals.append(1)
            time.sleep(0.1)
            config.api_key["Authorization"] = config.api_key["faststats_auth"] = self.argument["token"]
            return True

        # The peers have only the other hook, which is called before each request that needs a key.
        setattr(self.config, "refresh_access_token" if self.ours else "refresh_api_key_hook", hook)
        count = self.argument["threads"]
        good = in_threads(count, lambda _: self.post()).count("a result")
        return f"{len(renewals)} renewal{'s'[: len(renewals) != 1]}, {good} of {count} calls"

    def warnings(self) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(3):
                self.get()
        found = [item for item in caught if "ertificate" in str(item.message)]
        return f"{len(found)} warning{'s'[: len(found) != 1]}"

    # ---- files

    def download(self) -> Any:
        folder = Path(self.argument["folder"])
        victim = folder.parent / "victim"
        victim.write_text("old")
        (folder / "existing").write_text("old")
        with contextlib.suppress(FileExistsError):
            (folder / "link").symlink_to(victim)
        self.config.temp_folder_path = str(folder)
        found = self.aa.FilesApi(self.aa.ApiClient(self.config)).files_get_file("H", "h", "a.csv")
        if isinstance(found, bytes | bytearray):
            raise NoSuchThing("gives the bytes, no file")
        inside = Path(found).resolve().parent == folder.resolve()
        return f"{'inside' if inside else 'OUTSIDE'} {os.stat(found).st_mode & 0o777:o}"

    # ---- threads, processes, many clients

    def threads(self) -> Any:
        return dict(Counter(in_threads(64, lambda _: self.post())))

    def storm(self) -> Any:
        mark = f"{time.time():.0f}-{os.getpid()}"

        # Only ten threads, so that the client and not a busy machine spreads the second attempts.
        def twenty(first: int) -> int:
            for number in range(first, first + 20):
                api = self.aa.FastStatsSystemsApi(self.aa.ApiClient(self.config))
                api.fast_stats_systems_get_fast_stats_variable("H", "h", f"{mark}-{number}")
            return 20

        return f"{sum(in_threads(10, lambda number: twenty(20 * number)))} results"

    def fork(self) -> Any:
        self.count()
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
        for _ in range(1000):
            with self.aa.ApiClient(self.config) as client:
                self.aa.FastStatsSystemsApi(client).fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        left = sockets() - before
        return f"{left} socket{'s'[: left != 1]} left"

    def fuzz(self) -> Any:
        self.config.retries = 0  # the case is about answers, not about retries
        self.api = self.aa.FastStatsSystemsApi(self.aa.ApiClient(self.config))
        foreign: Counter[str] = Counter()
        for _ in range(self.argument["calls"]):
            try:
                self.get()
            except Exception as error:
                if not isinstance(error, self.aa.ApiException):
                    foreign[type(error).__name__] += 1
        return dict(foreign)

    # ---- pickles and tokens

    def pickled(self) -> Any:
        try:
            self.get()
        except Exception as error:
            other = pickle.loads(pickle.dumps(error))
            return f"{type(other).__name__} {getattr(other, 'status', None)}"
        return "no error"

    def model_pickled(self) -> Any:
        found = self.api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
        return str(pickle.loads(pickle.dumps(found)) == found)

    def forged(self) -> Any:
        values = '"values": {"audience_id": 4}'
        good = f'{{"family": "audience-calculate", "ids": [3], "many": false, {values}, "version": 1}}'
        section = self.aa.AudiencesApi(self.client)
        assert self.aa.Poller.resume(section, good).token == good
        tokens = [
            "", "[]", "{}", pickle.dumps(good).decode("latin-1"), good.replace("1}", "2}"), "[" * 100_000,
            good.replace("[3]", "[]"), good.replace("[3]", '[{"a": 1}]'), good.replace("audience-", "x-"),
            good.replace("4}", '["x"]}'),
        ]  # fmt: skip
        refused = 0
        for token in tokens:
            with contextlib.suppress(self.aa.ApiValueError):
                self.aa.Poller.resume(section, token)
                continue
            refused += 1
        return f"{refused} of {len(tokens)} refused"

    # ---- features that only our client has

    def pages(self) -> Any:
        codes = self.api.fast_stats_systems_get_fast_stats_variable_codes
        found = [item.code for item in self.aa.paginate(codes, "H", "h", "v", count=2)]
        assert len(set(found)) == len(found), found
        return f"{len(found)} items"

    def job(self) -> Any:
        api = self.aa.FastStatsBuildsApi(self.client)
        name = next(name for name, op in api.operations.items() if op.job and op.job.step == "create")
        return api, self.aa.Poller.start(getattr(api, name), "H", "h")

    def jobs(self) -> Any:
        return type(self.job()[1].wait(8, pause=0.01)).__name__

    def interrupted(self) -> Any:
        def interrupt(_: float) -> None:
            raise KeyboardInterrupt

        _, poller = self.job()
        try:
            poller.wait(8, interrupt, pause=0.01)
        finally:
            poller.cancel()

    def resumed(self) -> Any:
        api, poller = self.job()
        try:
            poller.wait(0.01, pause=0.05)
        except self.aa.exceptions.JobTimeout as error:
            json.loads(error.token)
            return type(self.aa.Poller.resume(api, error.token).wait(8, pause=0.01)).__name__
        return "ended too early"

    def rows(self) -> Any:
        operation = self.aa.ExportsApi.operations["exports_perform_export_synchronously"]
        values = ["H", "h", *[None] * (len(operation.parameters) - 2)]
        return sum(1 for _ in self.client.stream(operation, values, path="$.rows"))

    def export(self) -> Any:
        api = self.aa.ExportsApi(self.client)
        return len(api.exports_perform_export_synchronously("H", "h").rows)

    def cancel(self) -> Any:
        async def main() -> str:
            before = sockets()
            async with self.aa.aio.AsyncApiClient(self.config, engine=self.argument["engine"]) as client:
                api = self.aa.aio.FastStatsSystemsApi(client)
                task = asyncio.create_task(api.fast_stats_systems_get_fast_stats_variable("H", "h", "slow"))
                await asyncio.sleep(0.3)
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                found = await api.fast_stats_systems_get_fast_stats_variable("H", "h", "v")
            await asyncio.sleep(0.2)
            return f"{self.said(found)}, {sockets() - before} sockets left"

        return asyncio.run(main())

"""Run operations through one client, each in its own process; report the outcome, the time and the memory.

    python peer.py PACKAGE URL

PACKAGE is the import name of a client: ours, apteco-api 0.3.2 (`apteco_api` in another environment), or one
that OpenAPI Generator made of our spec. Reads jobs as lines of JSON (operation, url, argument, environment,
limit) and prints one line of JSON for each. The package is loaded once; each job is a forked child, ended
after `limit` seconds. URL answers the two calls that load what a call needs, before anything is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from peer_canary import places  # noqa: E402
from peer_given import OddWork  # noqa: E402
from peer_work import TOKEN, NoSuchThing  # noqa: E402


class Job(OddWork):
    """All operations; the names are those of the cases in `measured`."""

    def canary(self) -> Any:
        """Return in how many places a secret shows up."""
        return places(self.aa, self.config, self.argument["kind"])

    def way(self) -> Any:
        """Return the engine that calls are awaited by."""
        return self.aa.ApiClient.call.engine


def tap() -> None:
    """Wrap `urlopen` as tracers do, which makes our calls go through plain urllib3."""
    from urllib3 import HTTPConnectionPool

    original = HTTPConnectionPool.urlopen

    def urlopen(self: Any, *args: Any, **options: Any) -> Any:
        return original(self, *args, **options)

    HTTPConnectionPool.urlopen = urlopen  # type: ignore[method-assign]


def await_calls(aa: Any, engine: str) -> None:
    """Let each call of a client run through `await` and one of the engines; each thread has its own loop."""
    made = threading.local()
    awaited = aa.aio.AsyncApiClient.call

    def call(client: Any, *args: Any, host: str | None = None, **options: Any) -> Any:
        if getattr(made, "process", None) != os.getpid():
            made.process, made.loop, made.clients = os.getpid(), asyncio.new_event_loop(), {}
        if (found := made.clients.get(client)) is None:
            found = made.clients[client] = aa.aio.AsyncApiClient(client.configuration, engine=engine)
            found.sync = client
            if engine == "aiohttp":
                found._aiohttp._transport = client.transport
        return made.loop.run_until_complete(awaited(found, *args, **options))

    call.engine = engine  # type: ignore[attr-defined]
    aa.ApiClient.call = call


def main() -> None:
    aa = importlib.import_module(sys.argv[1])
    way = os.environ.get("WAY")
    if way == "plain":
        tap()
    elif way:
        await_calls(aa, way)
    logging.getLogger(aa.__name__).setLevel(logging.ERROR)  # hides our warnings about drift
    warm = Job(aa, aa.Configuration(host=sys.argv[2]), {})
    with contextlib.suppress(ImportError):
        importlib.import_module("aiohttp")
    for operation in (warm.get, warm.post):
        with contextlib.suppress(Exception):  # the answer fits only one of the two
            operation()
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            run(aa, job)
            os._exit(0)
        end = time.monotonic() + job["limit"]
        while os.waitpid(child, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                grown = (os.wait4(child, 0)[2].ru_maxrss - peak()) / 1024
                text = f"none within {job['limit']:g} s"
                outcome = {"cut": text, "seconds": job["limit"], "megabytes": max(0.0, round(grown, 1))}
                print("\n" + json.dumps(outcome))
                break
            time.sleep(0.005)
        print("\ndone", flush=True)


def peak() -> int:
    """Return the peak memory of this process in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run(aa: Any, job: dict[str, Any]) -> None:
    """Do one job and print what came out."""
    os.environ.update(job["environment"])
    config = aa.Configuration(host=job["url"])
    for key in ("Authorization", "faststats_auth"):
        config.api_key[key] = TOKEN
        config.api_key_prefix[key] = "Bearer"
    for name, value in job["argument"].pop("settings", {}).items():
        setattr(config, name, value)
    before = peak()
    started = time.monotonic()
    outcome: dict[str, Any]
    try:
        outcome = {"value": getattr(Job(aa, config, job["argument"]), job["operation"])()}
    except NoSuchThing as error:
        outcome = {"none": str(error)}
    except BaseException as error:  # any exception is a result to report
        outcome = {
            "error": f"{type(error).__module__}.{type(error).__qualname__}",
            "own": isinstance(error, getattr(aa, "OpenApiException", Exception)),
            "text": str(error)[:2000],
            "retry_after": getattr(error, "retry_after", None),
        }
    outcome["seconds"] = round(time.monotonic() - started, 3)
    outcome["megabytes"] = round((peak() - before) / 1024, 1)
    print("\n" + json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()

"""Cases 37 to 40: pages, jobs, cancelled calls, damaged answers."""

from __future__ import annotations

import random
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mutations import mutate
from support import lab
from support.lab import VARIABLE, Seen, answer

from .case import GET, WHOLE, Bench, Case, Outcome, Variant, value

NO_PAGES, NO_JOBS, NO_CANCEL = "paging", "jobs", "cancelling"


def listing(pages: Any) -> Any:
    """Make a server of pages: `pages(offset, count, number)` returns items and total."""

    def respond(request: Seen, number: int) -> bytes:
        query = parse_qs(urlsplit(request.target).query)
        offset, count = int(query.get("offset", ["0"])[0]), int(query.get("count", ["2"])[0])
        items, total = pages(offset, count, number)
        listed = [{"code": str(item), "description": "d"} for item in items]
        return answer(body={"offset": offset, "count": count, "totalCount": total, "list": listed})

    return respond


def job_of(*states: Any) -> Any:
    """Make a server with one job: polls get the states in turn, then the last one. A number is progress."""

    def respond(request: Seen, number: int) -> Any:
        made = {"id": 3, "isComplete": False, "queuePosition": 0, "progress": 0}
        if request.method == "POST":
            return answer(201, body=made)
        if request.method == "DELETE":
            return answer(204, content_type=None)
        state = states[min(number - 2, len(states) - 1)]
        if state is None or isinstance(state, bytes):
            return state
        if state == "failed":
            return answer(body={**made, "isComplete": True})
        done = {"isComplete": True, "buildResult": {}} if state == 100 else {}
        return answer(body={**made, "progress": state, **done})

    return respond


def slow_or_not(request: Seen, number: int) -> Any:
    def begin(sock: Any, request: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        time.sleep(30)

    return begin if "slow" in request.target else WHOLE


def cases(bench: Bench) -> list[Case]:
    def cancelled_once(outcome: Outcome, server: lab.Server) -> bool:
        deletes = [request for request in server.requests if request.method == "DELETE"]
        return outcome.get("error") == "builtins.KeyboardInterrupt" and len(deletes) == 1

    def damaged() -> Any:
        rng = random.Random(11)
        return lambda *_: lambda sock, request: sock.sendall(mutate(answer(body=VARIABLE), rng))

    def unshaken(outcome: Outcome, server: lab.Server) -> bool:
        return outcome.get("value") == {} and outcome["megabytes"] < 8

    nine = list(range(9))
    return [
        Case(37, "P-PAGE", "a server that answers with wrong pages", "the iteration ends, each item once, at most `max_pages` pages", (
            Variant("count lies", listing(lambda o, c, n: (nine[o : o + 1], 9)), "pages", value("9 items"), ours_only=NO_PAGES),
            Variant("empty page", listing(lambda o, c, n: ([1, 2] if n == 1 else [], 99)), "pages", value("2 items"), ours_only=NO_PAGES),
            Variant("repeated page", lambda request, number: answer(body={"offset": 0, "count": 2, "totalCount": 100, "list": [{"code": "1", "description": "d"}, {"code": "2", "description": "d"}]}), "pages", value("2 items"), ours_only=NO_PAGES),
            Variant("total shrinks", listing(lambda o, c, n: (nine[o : o + c], 9 if n == 1 else 6)), "pages", value("6 items"), ours_only=NO_PAGES),
            Variant("without an end", listing(lambda o, c, n: ([o, o + 1], 10**9)), "pages", lambda o, s: o.get("error", "").endswith("PageLimit"), {"settings": {"max_pages": 20}}, ours_only=NO_PAGES),
        )),
        Case(38, "L-POLL", "a job that fails, disappears, goes back; a server that restarts; Ctrl-C", "the result or a typed error; cancelled once; can be resumed", (
            Variant("fails", job_of(10, "failed"), "jobs", lambda o, s: o.get("error", "").endswith("JobFailed"), ours_only=NO_JOBS),
            Variant("disappears", job_of(10, answer(404)), "jobs", lambda o, s: o.get("error", "").endswith("JobLost"), ours_only=NO_JOBS),
            Variant("progress goes back", job_of(50, 20, 70, 100), "jobs", value("BuildResult"), ours_only=NO_JOBS),
            Variant("server restarts", job_of(10, None, answer(503), answer(500), 100), "jobs", value("BuildResult"), {"settings": {"retries": 0}}, ours_only=NO_JOBS),
            Variant("Ctrl-C", job_of(10), "interrupted", cancelled_once, ours_only=NO_JOBS),
            Variant("resumed", job_of(10, 20, 30, 40, 100), "resumed", value("BuildResult"), ours_only=NO_JOBS),
        )),
        Case(39, "M-THREAD/M-ASYNC", "a call cancelled inside its body", "its socket is closed, the next calls work", (
            Variant("threads", slow_or_not, "cancel", value(f"{GET}, 0 sockets left"), {"engine": "threads"}, ours_only=NO_CANCEL),
            Variant("aiohttp", slow_or_not, "cancel", value(f"{GET}, 0 sockets left"), {"engine": "aiohttp"}, ours_only=NO_CANCEL),
        )),
        Case(40, "C-FUZZ", "10,000 damaged answers with a seed", "an object or own error, no hang, memory steady", (
            Variant("", damaged(), "fuzz", unshaken, {"calls": 10_000}, limit=180),
        )),
    ]  # fmt: skip

"""Put a secret in one place of a client, make calls that fail, and search all that they write for it."""

from __future__ import annotations

import contextlib
import io
import logging
import pickle
import traceback
from typing import Any

CANARY = "c4nary-0f-this-pl4ce"


def client_with(aa: Any, config: Any, kind: str) -> Any:
    """Return a client that holds the canary in the place that `kind` names."""
    if kind in ("key", "prefix"):
        for name in config.api_key:
            store = config.api_key if kind == "key" else config.api_key_prefix
            store[name] = CANARY
    elif kind == "user in the URL":
        config.host = config.host.replace("://", f"://user:{CANARY}@")
    elif kind == "proxy URL":
        config.proxy = f"http://user:{CANARY}@127.0.0.1:1"
    elif kind == "access token":
        config.access_token = CANARY
    elif kind == "basic auth":
        config.username, config.password = "user", CANARY
    client = aa.ApiClient(config, cookie=f"session={CANARY}" if kind == "cookie" else None)
    if kind == "header":
        client.set_default_header("X-Api-Key", CANARY)
    return client


def calls(aa: Any, client: Any, kind: str) -> list[Any]:
    """Return the calls to make, with the canary as an argument where `kind` is one."""
    systems, field = (
        aa.FastStatsSystemsApi(client),
        "table_name" if aa.__name__ == "apteco_api" else "tableName",
    )
    query = aa.Query(selection=aa.Selection(**{field: CANARY if kind == "body" else "People"}))
    password = CANARY if kind == "password" else "p"
    condition = CANARY if kind == "query" else "f"
    return [
        lambda: systems.fast_stats_systems_get_fast_stats_variables("H", "h", filter=condition),
        lambda: aa.QueriesApi(client).queries_perform_query_count_synchronously("H", "h", query=query),
        lambda: aa.SessionsApi(client).sessions_create_session_simple("H", "u", password),
    ]


def shown(error: BaseException) -> dict[str, str]:
    """Return every form in which an error is written down."""
    with contextlib.suppress(Exception):
        return {
            "text": str(error), "repr": repr(error), "vars": repr(vars(error)),
            "traceback": "".join(traceback.format_exception(error)), "pickle": repr(pickle.dumps(error)),
        }  # fmt: skip
    return {"text": str(error), "repr": repr(error), "traceback": "".join(traceback.format_exception(error))}


def places(aa: Any, config: Any, kind: str) -> str:
    """Return in how many places the canary shows up, and in which."""
    import http.client

    found: set[str] = set()
    log = io.StringIO()
    config.retries = 0
    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        client = client_with(aa, config, kind)
        made = calls(aa, client, kind)  # before the log is on: 0.3.2 turns it off whenever it builds a model
        logging.basicConfig(stream=log, level=1, force=True)
        for name in (None, "urllib3", "urllib3.connectionpool", aa.__name__):
            logging.getLogger(name).setLevel(1)
        http.client.HTTPConnection.debuglevel = 1
        config.debug = True
        for call in made * 6:
            try:
                call()
            except Exception as error:
                found |= {name for name, text in shown(error).items() if CANARY in text}
        found |= {
            name
            for name, text in {"configuration": repr(config), "client": repr(client)}.items()
            if CANARY in text
        }
        if hasattr(client, "as_curl") and kind != "user in the URL":
            operation = aa.FastStatsSystemsApi.operations["fast_stats_systems_get_fast_stats_variables"]
            values = [
                "H",
                "h",
                CANARY if kind == "query" else None,
                *[None] * (len(operation.parameters) - 3),
            ]
            if CANARY in client.as_curl(operation, values):
                found.add("curl")
    if CANARY in log.getvalue():
        found.add("log")
    return f"{len(found)} place{'s'[: len(found) != 1]}" + (f": {', '.join(sorted(found))}" if found else "")

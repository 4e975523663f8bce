"""Queries, their results and jobs."""

from __future__ import annotations

import datetime
from typing import Any

from . import files, parameters, shapes, world
from .calls import Call, File, route
from .jobs import Job, text_hash
from .shapes import SERVER_ERROR, Refusal, must
from .store import Doc, now

NO_RESULT = "No cached result found for this query."
_SETTABLE = (
    *("name", "description", "query", "data_source_id", "options", "schedule", "tags", "is_draft"),
    *("latest_query_data_id", "is_archived"),
)


def _list(call: Call, docs: list[Doc]) -> Doc:
    return shapes.page(docs, call.asked, lambda doc: shapes.query(call.store, doc, call.caller_id))


def _live(call: Call) -> list[Doc]:
    return call.store.all("query", is_archived=False)


def _one(call: Call) -> Doc:
    return must(call.store.find("query", call.id("query_id")))


@route("GET", "/queries")
def list_queries(call: Call) -> Any:
    """Return all queries that are not archived."""
    return _list(call, _live(call))


@route("GET", "/queries/favorites")
def favorites(call: Call) -> Any:
    """Return the caller's favourites."""
    return _list(call, [doc for doc in _live(call) if call.caller_id in doc["favorite_of"]])


@route("GET", "/queries/my")
def my_queries(call: Call) -> Any:
    """Return the caller's own queries."""
    return _list(call, [doc for doc in _live(call) if doc["user_id"] == call.caller_id])


@route("GET", "/queries/archive")
def archived(call: Call) -> Any:
    """Return the archived queries."""
    return _list(call, call.store.all("query", is_archived=True))


@route("GET", "/queries/tags")
def query_tags(call: Call) -> Any:
    """Return the tags with counts."""
    return shapes.tags(_live(call))


@route("POST", "/queries")
def create_query(call: Call) -> Any:
    """Make a draft."""
    sent = call.needs("data_source_id", "query", "name")
    if call.store.find("source", shapes.number(str(sent["data_source_id"]))) is None:
        raise Refusal(500, SERVER_ERROR)
    members = {name: sent[name] for name in _SETTABLE if name in sent and sent[name] is not None}
    doc = world.add_query(call.store, call.caller_id or 0, {**members, "is_draft": True})
    return shapes.query(call.store, doc, call.caller_id, visualizations=True)


@route("GET", "/queries/{query_id}", query_key=True)
def get_query(call: Call) -> Any:
    """Return one query."""
    return shapes.query(call.store, _one(call), call.caller_id, visualizations=True)


@route("POST", "/queries/{query_id}")
def update_query(call: Call) -> Any:
    """Set members; an old version is a conflict."""
    doc = _one(call)
    call.may_change(doc)
    if call.sent.get("version", doc["version"]) != doc["version"]:
        raise Refusal(409, "")
    doc.update({name: call.sent[name] for name in _SETTABLE if name in call.sent})
    doc.update(version=doc["version"] + 1, updated_at=now(), last_modified_by_id=call.caller_id)
    doc["query_hash"] = text_hash(doc["query"])
    doc["options"] = {"parameters": [], **(doc["options"] or {})}
    call.store.put("query", doc)
    return shapes.query(call.store, doc, call.caller_id, visualizations=True)


@route("DELETE", "/queries/{query_id}")
def archive_query(call: Call) -> Any:
    """Archive a query: remove it from the lists, and its visualizations from the dashboards."""
    doc = _one(call)
    call.may_change(doc)
    shown = {each["id"] for each in call.store.all("visualization", query_id=doc["id"])}
    for widget in call.store.all("widget"):
        if widget["visualization_id"] in shown:
            call.store.remove("widget", widget["id"])
    call.store.put("query", {**doc, "is_archived": True, "schedule": None})
    return None


@route("POST", "/queries/{query_id}/fork")
def fork(call: Call) -> Any:
    """Make a copy with its visualizations."""
    doc = _one(call)
    members = {name: doc[name] for name in ("data_source_id", "query", "description", "options", "tags")}
    members["latest_query_data_id"] = doc["latest_query_data_id"]
    copy = world.add_query(
        call.store, call.caller_id or 0, {**members, "name": f"Copy of (#{doc['id']}) {doc['name']}"}
    )
    for each in call.store.all("visualization", query_id=doc["id"]):
        if each["type"] != "TABLE":
            world.add_visualization(call.store, copy["id"], each["type"], each["name"], each["options"])
    return shapes.query(call.store, copy, call.caller_id, visualizations=True)


@route("POST", "/queries/{query_id}/favorite")
def star(call: Call) -> Any:
    """Set the caller's star."""
    doc = _one(call)
    call.store.put(
        "query", {**doc, "favorite_of": list(dict.fromkeys([*doc["favorite_of"], call.caller_id]))}
    )
    return None


@route("DELETE", "/queries/{query_id}/favorite")
def unstar(call: Call) -> Any:
    """Remove the caller's star."""
    doc = _one(call)
    call.store.put(
        "query", {**doc, "favorite_of": [each for each in doc["favorite_of"] if each != call.caller_id]}
    )
    return None


@route("POST", "/queries/{query_id}/regenerate_api_key")
def new_key(call: Call) -> Any:
    """Give the query another key."""
    doc = _one(call)
    call.may_change(doc)
    doc["api_key"] = f"{doc['api_key'].rpartition('.')[0] or doc['api_key']}.{doc['version']}"
    doc["version"] += 1
    call.store.put("query", doc)
    return shapes.query(call.store, doc, call.caller_id)


def _run(call: Call, source: int, text: str, definitions: list[Doc], values: Doc, max_age: Any) -> Any:
    """Answer from the cache or start a job, by the rules of the real server."""
    unfit = parameters.unfit(definitions, values)
    if unfit:
        raise Refusal(
            400, f"The following parameter values are incompatible with their definitions: {', '.join(unfit)}"
        )
    missing = parameters.missing(text, values)
    if missing:
        error = f"Missing parameter value for: {', '.join(missing)}"
        raise Refusal(400, {"job": {"status": 4, "error": error}})
    filled = parameters.fill(text, values)
    age = -1 if max_age is None else shapes.number(str(max_age))
    cached = call.store.all("result", query_hash=text_hash(filled), data_source_id=source) if age else []
    if cached and (age < 0 or _age(cached[-1]) <= age):
        return {"query_result": cached[-1]}
    return {"job": call.worker.run(source, filled).shape()}


def _age(result: Doc) -> float:
    made = datetime.datetime.fromisoformat(result["retrieved_at"])
    return (datetime.datetime.now(datetime.UTC) - made).total_seconds()


@route("POST", "/queries/{query_id}/results", query_key=True)
def run_query(call: Call) -> Any:
    """Return the cached result of a saved query, or run it."""
    doc, sent = _one(call), call.sent
    definitions: list[Doc] = doc["options"]["parameters"]
    return _run(
        call,
        doc["data_source_id"],
        doc["query"],
        definitions,
        sent.get("parameters") or {},
        sent.get("max_age"),
    )


@route("POST", "/queries/{query_id}/refresh")
def refresh(call: Call) -> Any:
    """Run a saved query without the cache; values are ``p_name`` in the address."""
    doc = _one(call)
    values = {name[2:]: each[0] for name, each in call.asked.items() if name.startswith("p_")}
    return _run(call, doc["data_source_id"], doc["query"], doc["options"]["parameters"], values, 0)


@route("POST", "/query_results")
def run_text(call: Call) -> Any:
    """Run any text."""
    sent = call.needs("query", "data_source_id")
    source = shapes.number(str(sent["data_source_id"]))
    if call.store.find("source", source) is None:
        raise Refusal(500, SERVER_ERROR)
    return _run(call, source, sent["query"], [], sent.get("parameters") or {}, sent.get("max_age"))


@route("GET", "/query_results/{query_result_id}")
@route("GET", "/query_results/{query_result_id}.{filetype}")
def get_result(call: Call) -> Any:
    """Return a result by its number."""
    return _as_file(call, must(call.store.find("result", call.id("query_result_id"))), None)


@route("GET", "/queries/{query_id}/results", query_key=True)
@route("GET", "/queries/{query_id}/results.{filetype}", query_key=True)
@route("GET", "/queries/{query_id}/results/{query_result_id}.{filetype}", query_key=True)
def get_result_of_query(call: Call) -> Any:
    """Return the latest result of a query, or one of its results."""
    query = _one(call)
    wanted = call.id("query_result_id") if "query_result_id" in call.path else query["latest_query_data_id"]
    result = call.store.find("result", wanted or 0)
    if result is None or (call.caller is None and result["query_hash"] != query["query_hash"]):
        raise Refusal(404, NO_RESULT)
    return _as_file(call, result, query)


def _as_file(call: Call, result: Doc, query: Doc | None) -> Any:
    filetype = call.path.get("filetype")
    if filetype is None:
        return {"query_result": result}
    kind = filetype if filetype in files.TYPES else "csv"
    name = query["name"] if query else str(result["id"])
    return File(files.render(result, kind), files.TYPES[kind], f"{name}_{result['retrieved_at'][:10]}.{kind}")


def _job(call: Call) -> Job:
    job = call.worker.find(call.path["job_id"])
    if job is None:
        raise Refusal(500, SERVER_ERROR)
    return job


@route("GET", "/jobs/{job_id}")
@route("GET", "/queries/{query_id}/jobs/{job_id}", query_key=True)
def get_job(call: Call) -> Any:
    """Return the state of a job."""
    return {"job": _job(call).shape()}


@route("DELETE", "/jobs/{job_id}")
@route("DELETE", "/queries/{query_id}/jobs/{job_id}", query_key=True)
def cancel_job(call: Call) -> Any:
    """Stop a job."""
    _job(call).cancel()
    return None

"""The Model Context Protocol server, over standard input and output, with the official client."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from support.sandbox import without_right

import apteco_api as aa
from apteco_api.sandbox import Sandbox

mcp = pytest.importorskip("mcp")

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("list_tables", {}),
    ("list_variables", {"table": "Bookings", "search": "cost"}),
    ("list_codes", {"variable": "Destination", "search": "fran"}),
    ("search", {"text": "destination"}),
    ("count", {"table": "Bookings"}),
    ("count", {"where": ["Destination=France", "Cost>=500"], "table": "People"}),
    ("count", {"saved_query": "Private/Bookings to France or Germany.xml"}),
    (
        "export",
        {
            "table": "Bookings",
            "columns": ["boURN", "Cost", "Booking Date"],
            "order_by": ["-Cost"],
            "limit": 3,
        },
    ),
    ("cube", {"table": "Bookings", "dimensions": ["Product"], "measures": ["Sum(Cost)"]}),
    ("list_saved_queries", {}),
    ("describe_query", {"saved_query": "Private/Bookings to France or Germany.xml"}),
    ("list_audiences", {}),
]
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("count", {"table": "Bokings"}, "did you mean 'Bookings'"),
    ("count", {}, "give a table"),
    ("count", {"where": ["Cost>dear"]}, "'dear'"),
    ("count", {"where": ["Cost>1"], "saved_query": "x"}, "exclude each other"),
    ("export", {"table": "Bookings", "columns": ["boURN"], "limit": 1001}, "from 1 to 1000"),
    ("list_codes", {"variable": "Cost"}, "has no codes"),
    ("count", {"saved_query": "Private/none.xml"}, "404"),
]


Step = tuple[str, str, dict[str, Any]]
"""An operation that the user may not call meanwhile, or an empty text; a tool and its arguments."""


def _server(box: Sandbox, user: str, words: tuple[str, ...]) -> Any:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APTECO_API")}
    login = {"HOST": box.url, "DATA_VIEW": box.data_view, "SYSTEM": box.system, "USER": user}
    login |= {"PASSWORD": box.password, "CONFIG": "none.toml"}
    return mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "apteco_api", "mcp", *words],
        env={**kept, **{f"APTECO_API_{name}": value for name, value in login.items()}},
    )


async def _steps(box: Sandbox, admin: aa.Session, steps: list[Step]) -> list[Any]:
    found: list[Any] = []
    async with (
        mcp.stdio_client(_server(box, "analyst", ())) as (read, write),
        mcp.ClientSession(read, write) as session,
    ):
        await session.initialize()
        for operation, name, given in steps:
            with without_right(admin, operation) if operation else nullcontext():
                found.append(await session.call_tool(name, given))
    return found


async def _talk(
    box: Sandbox, user: str, words: tuple[str, ...], calls: list[tuple[str, dict[str, Any]]]
) -> Any:
    server = _server(box, user, words)
    async with mcp.stdio_client(server) as (read, write), mcp.ClientSession(read, write) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        return tools, [await session.call_tool(name, given) for name, given in calls]


def talk(box: Sandbox, calls: list[tuple[str, dict[str, Any]]], *words: str, user: str = "") -> Any:
    return asyncio.run(asyncio.wait_for(_talk(box, user or box.username, words, calls), 90))


def answer(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content
    found: dict[str, Any] = json.loads(result.content[0].text)
    return found


@pytest.mark.slow
def test_each_tool_answers_as_the_session_does(box: Sandbox, session: aa.Session) -> None:
    tools, results = talk(box, CALLS)
    assert {tool.name for tool in tools} == {name for name, _ in CALLS}
    assert all(len(tool.description) > 40 and tool.annotations.read_only_hint for tool in tools)
    found = dict(zip(map(json.dumps, CALLS), map(answer, results), strict=True))
    by_call = {json.dumps(call): call for call in CALLS}
    assert len(by_call) == len(CALLS)
    answers = list(found.values())
    assert answers[0]["tables"][2] == {"table": "Bookings", "parent": "People", "records": 20_000}
    assert [each["name"] for each in answers[1]["variables"]] == ["boCost"]
    assert [each["description"] for each in answers[2]["codes"]] == ["France"]
    assert "boDest" in [each["name"] for each in answers[3]["variables"]]
    assert answers[4]["counts"]["Bookings"] == 20_000
    both = (aa.where("Destination") == "France") & (aa.where("Cost") >= 500)
    assert answers[5]["counts"]["People"] == session.count(both, table="People")
    saved = aa.QueryFile("Private/Bookings to France or Germany.xml")
    assert answers[6]["counts"]["Bookings"] == session.count(saved)
    dearest = session.export("Bookings", ["boURN", "Cost"], order_by="-Cost", limit=3)
    assert [row[:2] for row in answers[7]["rows"]] == [list(row) for row in dearest]
    assert answers[7]["total"] == 20_000
    frame = session.cube("Bookings", ["Product"], ["Sum(Cost)"])
    assert answers[8]["rows"] == [list(row) for row in frame.rows()]
    assert saved.path in answers[9]["queries"]
    assert "France" in answers[10]["query"] or "06" in answers[10]["query"]
    assert answers[11] == {"audiences": [], "more": False}


@pytest.mark.slow
def test_a_mistake_is_one_line_that_tells_what_to_do(box: Sandbox) -> None:
    _, results = talk(box, [(name, given) for name, given, _ in WRONG])
    for (name, _, said), result in zip(WRONG, results, strict=True):
        text = result.content[0].text
        assert result.is_error, name
        assert said in text
        assert "Traceback" not in text
        assert len(text.splitlines()) == 1


@pytest.mark.slow
def test_nothing_is_changed_unless_it_is_allowed(box: Sandbox, session: aa.Session) -> None:
    changes: list[tuple[str, dict[str, Any]]] = [
        ("save_query", {"path": "Private/By a model.xml", "where": ["Destination=Sweden"]}),
        ("create_audience", {"title": "By a model", "where": ["Destination=Sweden"]}),
        ("calculate_audience", {"audience": "By a model"}),
        ("count", {"audience": "By a model"}),
    ]
    _, refused = talk(box, changes[:3])
    assert all(result.is_error for result in refused)
    assert "By a model" not in session.audiences.names()
    tools, results = talk(box, changes, "--allow-changes")
    try:
        assert len(tools) > len({name for name, _ in CALLS})
        right = session.count(aa.where("Destination") == "Sweden")
        assert answer(results[2])["records"] == right
        assert answer(results[3])["counts"]["Bookings"] == right
        assert session.count(aa.QueryFile("Private/By a model.xml")) == right
    finally:
        session.audiences.refresh()
        session.audiences["By a model"].delete()
        session.files.remove("Private/By a model.xml")


@pytest.mark.slow
def test_an_ordinary_user_gets_what_he_may_see(box: Sandbox, session: aa.Session) -> None:
    """Own and shared audiences, and word of what is left out; the same with one right missing."""
    france = aa.where("Destination") == "France"
    with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as analyst:
        own = analyst.audiences.create("Own to France", france)
        shared = session.audiences.create("Shared to France", france).share("analyst")
        hidden = session.audiences.create("Hidden to France", france)
        try:
            steps: list[Step] = [
                ("", "list_audiences", {}),
                ("", "search", {"text": "to france"}),
                ("", "count", {"audience": "Shared to France"}),
                ("", "describe_query", {"audience": "Hidden to France"}),
                ("Users_GetUserAudiences", "search", {"text": "dest"}),
                ("Users_GetUserAudiences", "list_audiences", {}),
                ("Queries_PerformQueryCountSynchronously", "count", {"table": "Bookings"}),
                ("Directories_GetFileEntries", "list_saved_queries", {}),
                ("", "list_saved_queries", {}),
            ]
            found = asyncio.run(asyncio.wait_for(_steps(box, session, steps), 90))
        finally:
            for each in (own, shared, hidden):
                each.delete()
    titles = ["Own to France", "Shared to France"]
    assert sorted(each["title"] for each in answer(found[0])["audiences"]) == titles
    assert sorted(each["title"] for each in answer(found[1])["audiences"]) == titles
    for result in found[:2]:
        assert answer(result)["left_out"] == ["audiences: analyst may list their own and shared ones only"]
    assert answer(found[2])["counts"]["Bookings"] == session.count(france)
    assert "there is no audience 'Hidden to France'" in found[3].content[0].text
    assert "boDest" in [each["name"] for each in answer(found[4])["variables"]]
    assert any("leaves out audiences" in line for line in answer(found[4])["left_out"])
    for (operation, name, _), result in zip(steps[5:7], found[5:7], strict=True):
        text = result.content[0].text
        assert result.is_error, name
        assert operation.lower() in text.lower()
        assert len(text.splitlines()) == 1
    assert answer(found[7])["queries"] == []
    assert "files: analyst may not list Private, which is left out" in answer(found[7])["left_out"]
    assert answer(found[8])["queries"]


def test_without_the_package_the_command_says_how_to_get_it(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] == "mcp":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert "pip install 'apteco-api[mcp]'" in run("mcp", status=1)
    assert Path.cwd().exists()

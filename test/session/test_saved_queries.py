"""Queries saved on the server: saved, listed, and used by their path wherever a query is asked for."""

from __future__ import annotations

import asyncio

import pytest

import apteco_api as aa
from apteco_api.query.catalogue import UnknownName
from apteco_api.sandbox import Sandbox

PATH = "Private/Students.xml"
STUDENTS = aa.where("Occupation") == "Student"


def test_a_query_is_saved_and_used_by_its_path_everywhere(session: aa.Session) -> None:
    saved = session.queries.save(PATH, STUDENTS)
    try:
        assert saved == session.query(STUDENTS) == session.queries.read(PATH)
        assert PATH in [entry.path for entry in session.queries.saved("Private")]
        named, columns = aa.QueryFile(PATH), ["peURN", "Occupation"]
        assert session.count(named) == session.count(STUDENTS)
        assert session.counts(named) == session.counts(STUDENTS)
        assert session.count(named, table="Bookings") == session.count(STUDENTS, table="Bookings")
        assert list(session.export(named, columns)) == list(session.export(STUDENTS, columns))
        assert [len(rows) for rows in session.stream_export(named, columns)] == [session.count(STUDENTS)]
        one, other = (session.cube(each, ["Occupation"]) for each in (named, STUDENTS))
        assert list(one.rows()) == list(other.rows())
        audience = session.audiences.create("Students by path", named)
        assert audience.query == saved
        audience.delete()
        replaced = session.queries.save(PATH, ~STUDENTS, table="Households")
        assert session.queries.read(PATH) == replaced != saved
        assert session.count(named) == session.count(~STUDENTS, table="Households")
    finally:
        session.files.remove(PATH)


def test_an_awaited_session_takes_a_saved_query_too(box: Sandbox, session: aa.Session) -> None:
    path = "Private/Students or young women.xml"

    async def count() -> int:
        async with aa.aio.AsyncSession.from_token(session.to_token()) as each:
            return await each.count(aa.QueryFile(path))

    assert asyncio.run(count()) == session.count(aa.QueryFile(path)) > 0


def test_the_error_for_a_path_in_place_of_a_table_names_queryfile(session: aa.Session) -> None:
    with pytest.raises(UnknownName, match=r"a saved query is aa.QueryFile\('Private/Students.xml'\)"):
        session.count(PATH)


def test_a_saved_query_that_is_not_there_is_an_error_of_its_own(session: aa.Session) -> None:
    with pytest.raises(aa.ApiNotFound):
        session.count(aa.QueryFile("Private/Nothing.xml"))


def test_a_search_can_be_for_some_kinds_only(session: aa.Session) -> None:
    assert set(session.search("book")) >= {"tables", "variables"}
    assert list(session.search("book", "tables")) == ["tables"]
    with pytest.raises(UnknownName, match="did you mean 'tables'"):
        session.search("book", "table")

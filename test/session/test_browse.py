"""Looking around: lazy, cached, by name or description, shown as a card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import apteco_api as aa
from apteco_api.query.catalogue import UnknownName
from apteco_api.sandbox import Sandbox
from apteco_api.session.collection import Collection


def test_tables_form_a_tree(session: aa.Session) -> None:
    assert len(session.tables) == 9
    assert session.tables.names()[:3] == ["Households", "People", "Bookings"]
    bookings = session.tables["Bookings"]
    assert bookings.total_records == 20_000
    assert bookings.parent is not None
    assert bookings.parent.name == "People"
    assert [each.name for each in bookings.ancestors] == ["People", "Households"]
    assert session.tables[0].parent is None
    assert "Bookings" in [each.name for each in session.tables["People"].children]
    assert bookings.count() == 20_000
    assert (
        0
        < session.tables["People"].count(aa.where("Destination") == "France")
        <= bookings.parent.total_records
    )


def test_variables_are_found_by_name_and_description(session: aa.Session) -> None:
    assert len(session.variables) == 94
    cost = session.variables["Cost"]
    assert cost is session.variables["boCost"]
    assert (cost.kind, cost.table.name, cost.facts.decimals) == ("numeric", "Bookings", True)
    assert "boDest" in [each.name for each in session.variables.search("DESTIN")]
    assert session.variables.get("nothing") is None
    assert "boCost" in session.variables
    with pytest.raises(UnknownName, match="did you mean"):
        _ = session.variables["boCots"]
    assert {each.name for each in session.tables["Bookings"].variables} >= {"boDest", "boCost", "boDate"}
    kinds = {each.kind for each in session.variables}
    assert {"selector", "numeric", "text", "date", "datetime", "reference", "flags", "array"} <= kinds


def test_codes_of_all_pages_are_there(session: aa.Session) -> None:
    codes = session.variables["Destination"].codes
    assert len(codes) == 20
    assert codes["06"].description == codes["France"].description == "France"
    assert codes[0].description == "Unclassified"
    assert sum(code.count or 0 for code in codes) == 20_000
    assert len(session.variables["boCost"].codes) == 0


def test_a_variable_starts_a_condition(session: aa.Session) -> None:
    variable = session.variables["Destination"]
    assert session.count(variable.where == "France") == variable.codes["France"].count


def test_folders_are_walked(session: aa.Session) -> None:
    names = {variable.name for folder in session.folders.walk() for variable in folder.variables}
    assert "boDest" in names
    first = session.folders.folders[0]
    assert first.path == first.name
    assert first.name in repr(first)


def test_a_directory_that_contains_itself_is_walked_once(
    session: aa.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = aa.FileEntry(path="Private", name="Private", type="Directory")
    monkeypatch.setattr(type(session.files), "_entries", lambda files, path: iter([entry]))
    assert [each.path for each in session.files.walk()] == ["Private"]
    folder = type(session.folders)(session, "People", "")
    monkeypatch.setattr(type(folder), "_folders", lambda each: iter([folder]))
    assert list(folder.walk()) == [folder]


def test_directories_without_end_are_an_error_of_ours(
    session: aa.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def entries(files: object, path: str) -> Iterator[aa.FileEntry]:
        yield aa.FileEntry(path=f"{path}/a", name="a", type="Directory")

    monkeypatch.setattr(type(session.files), "_entries", entries)
    with pytest.raises(aa.ApiDecodeError, match=r"more than 150 levels, down to '/a/a"):
        list(session.files.walk())


def test_cards_show_what_something_is(session: aa.Session) -> None:
    for shown in (
        session.tables,
        session.tables["Bookings"],
        session.variables,
        session.variables["Cost"],
        session.variables["Destination"].codes,
        session.folders,
        session,
    ):
        card = shown._repr_html_()
        assert "<table>" in card
        assert len(repr(shown)) < 300
    assert "20,000" in session.tables["Bookings"]._repr_html_()


def test_a_collection_fetches_no_more_than_is_looked_at() -> None:
    pages: list[int] = []

    def pagewise() -> Iterator[str]:
        for page in range(3):
            pages.append(page)
            yield from (f"item {page}{n}" for n in range(2))

    found: Collection[str] = Collection("item", pagewise, lambda item: (item,))
    assert pages == []
    assert found[0] == "item 00"
    assert pages == [0]
    assert len(found) == 6
    assert list(found) == list(found)
    assert pages == [0, 1, 2]
    found.refresh()
    assert found[-1] == "item 21"
    assert pages == [0, 1, 2, 0, 1, 2]
    assert found[1:3] == ["item 01", "item 10"]
    assert found._ipython_key_completions_() == found.names()
    with pytest.raises(IndexError):
        _ = found[99]


def test_a_failure_while_fetching_is_not_kept() -> None:
    state = {"broken": True}

    def load() -> Iterator[str]:
        yield "a"
        if state["broken"]:
            raise OSError("away")
        yield "b"

    found: Collection[str] = Collection("item", load, lambda item: (item,))
    with pytest.raises(OSError, match="away"):
        list(found)
    state["broken"] = False
    assert list(found) == ["a", "b"]


def test_a_loop_over_a_list_ends_although_it_adds_to_the_list() -> None:
    server = [f"item {number}" for number in range(5)]

    def load() -> Iterator[str]:
        for place in range(0, 100, 2):  # pages of two
            page = server[place : place + 2]
            if not page:
                return
            yield from page

    found: Collection[str] = Collection("item", load, lambda item: (item,))
    seen = []
    for item in found:
        found.settle()
        server.insert(0, f"copy of {item}")
        found.refresh()
        seen.append(item)
    assert seen == [f"item {number}" for number in range(5)]
    assert len(found) == 10


@pytest.mark.parametrize("key", [None, 1.5, True, b"x", ("a",)])
def test_a_key_that_is_neither_name_nor_number_is_refused(key: object) -> None:
    for number in (None, int):
        found: Collection[str] = Collection("item", lambda: ["1", "2"], lambda item: (item,), number=number)
        with pytest.raises(aa.ApiTypeError, match="by name or number"):
            found[key]  # type: ignore[index]


def test_the_integers_of_numpy_are_numbers() -> None:
    np = pytest.importorskip("numpy", reason="numpy is part of an extra")
    numbered: Collection[str] = Collection("item", lambda: ["7", "8"], lambda item: (item,), number=int)
    placed: Collection[str] = Collection("item", lambda: ["7", "8"], lambda item: (item,))
    assert (numbered[np.int64(8)], placed[np.int64(1)]) == ("8", "8")


def test_a_search_goes_over_everything(session: aa.Session) -> None:
    found = session.search("BOOK")
    assert "Bookings" in [each.name for each in found["tables"]]
    assert "boDate" in [each.name for each in found["variables"]]
    assert session.search("no such thing anywhere") == {}


def test_the_default_configuration_holds_for_sessions(box: Sandbox) -> None:
    before = aa.Configuration.get_default()
    aa.Configuration.set_default(aa.Configuration(timeout=33))
    try:
        with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as session:
            assert session.client.configuration.timeout == 33
            assert session.count("Bookings") == 20_000
    finally:
        aa.Configuration.set_default(before)


def test_a_description_that_several_have_is_refused_with_the_names_that_tell_them_apart() -> None:
    from apteco_api.session.collection import Collection

    pairs = [("boTime", "Time"), ("cmTime", "Time"), ("Time of Day", "")]
    found = Collection("variable", lambda: pairs, lambda pair: pair)
    with pytest.raises(aa.AmbiguousName, match="2 variables are called 'Time': say 'boTime' or 'cmTime'"):
        found["Time"]
    assert found["cmTime"] == pairs[1]
    assert found["Time of Day"] == pairs[2]
    assert found.get("Time") == pairs[0]
    assert "Time" in found

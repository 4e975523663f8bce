"""Rights and items, for an administrator, an ordinary user, and a user without a right."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.sandbox import calls_of, without_right

import apteco_api as aa
from apteco_api.sandbox import Sandbox
from apteco_api.session.session import Session

FRANCE = aa.where("Destination") == "France"


@pytest.fixture(scope="module")
def analyst(box: Sandbox) -> Iterator[aa.Session]:
    """Yield an ordinary user's session."""
    with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as found:
        yield found


@pytest.fixture
def shared_out(session: aa.Session) -> Iterator[aa.Audience]:
    """Yield an audience of the administrator."""
    audience = session.audiences.create("Of the administrator", FRANCE)
    yield audience
    if audience.id in session.audiences:
        audience.delete()


WORK: dict[str, Any] = {
    "system": lambda s: s.system.name,
    "tables": lambda s: s.tables.names(),
    "variables": lambda s: s.variables.names(),
    "codes": lambda s: s.variables["Destination"].codes.names(),
    "folders": lambda s: [folder.name for folder in s.folders.folders],
    "catalogue": lambda s: s.catalogue.facts("Cost"),
    "audiences": lambda s: [each.title for each in s.audiences],
    "files": lambda s: s.files.names(),
    "queries": lambda s: [each.path for each in s.queries.saved("Private")],
    "search": lambda s: sorted(s.search("o")),
    "count": lambda s: s.count(FRANCE),
    "counts": lambda s: s.counts(FRANCE),
    "export": lambda s: len(s.export(FRANCE, ["Cost"], limit=3)),
    "cube": lambda s: s.cube(FRANCE, ["Product"]).totals(),
    "user_name": lambda s: bool(s.user_name),
    "request": lambda s: s.request("GET", "/About/Version") is not None,
    "map": lambda s: list(s.map(s.count, ["Bookings"])),
    "job": lambda s: bool(s.audiences.create("Of a job", FRANCE).start().wait(30, progress=False)),
}


@pytest.mark.parametrize("name", WORK)
def test_an_ordinary_user_may_use_every_attribute_of_a_session(
    session: aa.Session, analyst: aa.Session, name: str
) -> None:
    mine, theirs = WORK[name](analyst), WORK[name](session)
    if name in ("count", "counts", "export", "cube", "tables", "variables", "codes", "catalogue", "map"):
        assert mine == theirs


def refused(work: Callable[[], Any]) -> str:
    """Do some work; the error if a right is missing."""
    try:
        work()
    except aa.ApiForbidden as error:
        return str(error)
    return ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", WORK)
def test_an_attribute_names_the_missing_right_or_says_what_it_leaves_out(
    box: Sandbox, session: aa.Session, analyst: aa.Session, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    def work() -> Any:
        with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as own:
            return WORK[name](own)

    _, operations = calls_of(work)
    for operation in sorted(operations - {"Sessions_CreateSessionSimple"}):
        caplog.clear()
        with without_right(session, operation):
            error = refused(work)
        if error:
            assert operation.lower() in error.lower()
            continue
        said = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
        assert any("leaves out" in text or "left out" in text or "logout" in text for text in said), operation


def test_every_attribute_of_a_session_is_tried() -> None:
    # These call the same operations as others that are tried.
    alike = {"stream_export", "export_to", "query", "resume_job"}
    own = {name for name in vars(Session) if name[0] != "_"}
    assert own - alike <= set(WORK)


def test_a_folder_that_a_user_may_not_list_is_left_out_of_a_walk(
    session: aa.Session, analyst: aa.Session, caplog: pytest.LogCaptureFixture
) -> None:
    with without_right(session, "Directories_GetFileEntries"):
        assert {entry.type for entry in analyst.files.walk()} == {"Directory"}
        with pytest.raises(aa.ApiForbidden):
            list(analyst.files.walk("Private"))
    said = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert said[:1] == ["files: analyst may not list Private, which is left out"]


def test_a_move_that_may_not_delete_says_where_the_copy_is(
    session: aa.Session, analyst: aa.Session, caplog: pytest.LogCaptureFixture
) -> None:
    analyst.files.upload("Private/stays.txt", b"x")
    with without_right(session, "Files_DeleteFile"), pytest.raises(aa.ApiForbidden):
        analyst.files.move("Private/stays.txt", "Private/moved.txt")
    told = "files: Private/stays.txt was copied to Private/moved.txt, but could not be deleted"
    assert told in [each.getMessage() for each in caplog.records]
    for path in ("Private/stays.txt", "Private/moved.txt"):
        analyst.files.remove(path)


def test_an_ordinary_user_lists_own_and_shared_audiences_and_is_told_so(
    box: Sandbox, shared_out: aa.Audience, caplog: pytest.LogCaptureFixture
) -> None:
    with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as analyst:
        with caplog.at_level(logging.WARNING):
            assert shared_out.title not in analyst.audiences
        lines = [record.getMessage() for record in caplog.records if "audiences" in record.getMessage()]
        assert lines == ["audiences: analyst may list their own and shared ones only"]
        own = analyst.audiences.create("Own", FRANCE)
        assert analyst.audiences[own.id].calculate().nett_results is not None
        shared_out.share("analyst", notes="look")
        analyst.audiences.refresh()
        assert {"Own", shared_out.title} <= set(analyst.audiences.names())
        assert analyst.count(analyst.audiences[shared_out.id]) == analyst.count(FRANCE)
        shared_out.unshare("analyst")
        analyst.audiences.refresh()
        assert shared_out.title not in analyst.audiences
        own.delete()


def test_search_leaves_out_what_is_forbidden_and_says_so_in_one_line(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with aa.login(box.url, box.data_view, "analyst", box.password, system=box.system) as analyst:

        def forbidden(*_: Any, **__: Any) -> Any:
            raise aa.ApiForbidden(403, "Forbidden")

        monkeypatch.setattr(analyst.files, "_load", forbidden)
        with caplog.at_level(logging.WARNING):
            found = analyst.search("o")
        assert "files" not in found and "variables" in found  # noqa: PT018
        said = [record.getMessage() for record in caplog.records]
        assert said.count("search leaves out files: analyst may not list them") == 1


def test_sharing_names_users_that_do_not_exist_and_needs_one(shared_out: aa.Audience) -> None:
    with pytest.raises(aa.UnknownName, match="'nobody'"):
        shared_out.share("nobody")
    with pytest.raises(ValueError, match="at least one"):
        shared_out.share()
    with pytest.raises(ValueError, match="not shared"):
        shared_out.unshare("analyst")


def test_numbers_are_ids_and_deleted_audiences_are_gone_while_one_iterates(session: aa.Session) -> None:
    made = [session.audiences.create(f"Number {number}", FRANCE) for number in range(6)]
    seen = []
    for audience in session.audiences:
        if audience.title.startswith("Number"):
            seen.append(audience.title)
            audience.delete()
            assert audience.title not in session.audiences
    assert seen == [each.title for each in made]
    assert not {each.id for each in made} & {each.id for each in session.audiences}
    with pytest.raises(aa.UnknownName, match=f"number {made[0].id}"):
        session.audiences[made[0].id]
    assert made[0].id not in session.audiences
    kept = session.audiences.create("Kept", FRANCE)
    assert session.audiences[kept.id].title == "Kept"
    assert kept.id in session.audiences
    assert kept.history[next(iter(kept.history)).id].title == "Kept"
    kept.delete()


def test_the_list_of_audiences_knows_copies_and_new_titles(session: aa.Session) -> None:
    made = session.audiences.create("First title", FRANCE)
    for audience in session.audiences:
        if audience.id == made.id:
            copied = audience.copy("Copy of it")
    assert "Copy of it" in session.audiences
    made.save(title="Second title")
    assert "Second title" in session.audiences
    assert "First title" not in session.audiences
    made.delete()
    copied.delete()


@pytest.mark.parametrize("users", [(2,), (None,), ([1],), (["analyst", 2],)])
def test_users_of_a_share_are_names(session: aa.Session, users: Any) -> None:
    audience = session.audiences.create("To share", FRANCE)
    with pytest.raises(aa.ApiTypeError, match="names or email addresses"):
        audience.share(*users)
    assert audience.share(["analyst"]).model.number_of_users_shared_with == 1
    audience.delete()


@pytest.mark.parametrize("method", ["FOO", "GET /x HTTP/1.1\r\nX: 1\r\n\r\nGET", "GET ", "", None, b"GET"])
def test_a_request_takes_the_verbs_of_http_only(session: aa.Session, method: Any) -> None:
    with pytest.raises(aa.ApiValueError, match="http method must be one of"):
        session.request(method, "/About/Version")


@pytest.mark.parametrize(
    "path", [None, 5, "About/Version", "//evil.example/x", "/a?b=1", "https://evil.example"]
)
def test_a_request_names_the_path_that_it_refuses(session: aa.Session, path: Any) -> None:
    with pytest.raises(aa.ApiValueError, match="begins with one slash") as error:
        session.request("GET", path)
    assert repr(path) in str(error.value)


def test_files_are_copied_moved_and_renamed(session: aa.Session) -> None:
    files = session.files
    files.upload("Private/Room/a.txt", b"bonjour")
    found = files.stat("Private/Room/a.txt")
    assert (found.path, found.size) == ("Private/Room/a.txt", 7)
    assert files.copy("Private/Room/a.txt", "Private/New/Deep/") == "Private/New/Deep/a.txt"
    assert files.rename("Private/Room/a.txt", "b.txt") == "Private/Room/b.txt"
    assert files.move("Private/Room/b.txt", "Private/New") == "Private/New/b.txt"
    assert files.read("Private/New/b.txt") == b"bonjour"
    assert files.entries("Private/Room").names() == []
    for wrong in ("Private/New/b.txt", "Private/New/B.TXT", "/Private/New/b.txt"):
        with pytest.raises(ValueError, match="is the file itself"):
            files.move("Private/New/b.txt", wrong)
    assert files.read("Private/New/b.txt") == b"bonjour"
    files.upload("Private/New/c.txt", b"salut")
    with pytest.raises(ValueError, match="overwrite=True"):
        files.move("Private/New/b.txt", "Private/New/c.txt")
    files.move("Private/New/b.txt", "Private/New/c.txt", overwrite=True)
    assert files.read("Private/New/c.txt") == b"bonjour"
    with pytest.raises(ValueError, match="is a folder"):
        files.copy("Private/New/Deep", "Private/Other")
    with pytest.raises(aa.ApiNotFound):
        files.stat("Private/New/none.txt")
    with pytest.raises(aa.ApiNotFound):
        files.move("Private/New/none.txt", "Private/New/some.txt")
    files.mkdir("Private/Empty/")
    files.mkdir("Private/Empty")
    assert any(entry.path == "Private/Empty" for entry in files.entries("Private"))


@pytest.mark.parametrize(("fields", "body"), [("query", "body"), ("params", "json")])
def test_request_takes_its_fields_and_body_by_either_name(
    session: aa.Session, fields: str, body: str
) -> None:
    path = "/{dataViewName}/FastStatsSystems/{systemName}/Tables"
    assert len(session.request("GET", path, **{fields: {"count": 2}})["list"]) == 2
    query = session.query("Bookings")
    counted = session.request("POST", "/{dataViewName}/Queries/{systemName}/CountSync", **{body: query})
    assert counted["counts"][0]["countValue"] == session.count("Bookings")


def test_request_refuses_what_it_would_drop(session: aa.Session) -> None:
    with pytest.raises(TypeError, match="nonsense"):
        session.request("GET", "/About/Version", nonsense=1)
    with pytest.raises(TypeError, match="query or params"):
        session.request("GET", "/About/Version", query={"a": 1}, params={"a": 1})
    with pytest.raises(TypeError, match="'id'"):
        session.request("GET", "/{dataViewName}/Things", id=3)


def test_a_method_that_is_no_operation_is_named(session: aa.Session) -> None:
    with pytest.raises(aa.ApiTypeError, match=r"Session\.count is not an operation"):
        session.job(session.count, "Bookings")


@pytest.mark.parametrize(
    ("columns", "headers"),
    [
        (None, None),
        ("*", None),
        (["*"], None),
        (["Surname", "*"], None),
        ("Cost", ["Cost"]),
        ({"Ref": "boURN"}, ["Ref"]),
    ],
)
def test_columns_by_default_are_all_of_the_table(session: aa.Session, columns: Any, headers: Any) -> None:
    own = [variable.description for variable in session.tables["Bookings"].variables]
    found = session.export("Bookings", columns, limit=1).headers
    assert found[-len(own) :] == own if headers is None else found == headers


def test_the_error_for_a_mapping_of_variables_to_headings_says_so(session: aa.Session) -> None:
    with pytest.raises(aa.UnknownName, match=r"heading to variable: \{'Ref': 'boURN'\}"):
        session.export("Bookings", {"boURN": "Ref"})

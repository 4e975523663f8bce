"""Audiences, files and jobs as objects, with the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

import apteco_api as aa
from apteco_api.sandbox import serve
from apteco_api.session.jobs import Job
from apteco_api.session.progress import NotebookBar, Silent, TerminalBar, progress_bar


def test_an_audience_is_made_calculated_changed_copied_and_deleted(session: aa.Session) -> None:
    france = aa.where("Destination") == "France"
    audience = session.audiences.create("Francophiles", france, description="Booked France")
    assert "Francophiles" in session.audiences
    assert session.audiences.search("booked france")[0].id == audience.id
    assert audience.count is None or audience.count >= 0
    result = audience.calculate()
    assert isinstance(result, aa.AudienceResultDetail)
    assert audience.count == session.count(france)
    audience.save(title="Francophiles 2", query=france & (aa.where("Cost") > 500))
    assert audience.title == "Francophiles 2"
    assert audience.detail.description == "Booked France"
    assert len(audience.history) == 2
    assert {each.title for each in audience.history} == {"Francophiles", "Francophiles 2"}
    assert len(audience.results) == 1
    copy = audience.copy("Third")
    assert copy.query == audience.query
    assert copy.query is not None
    assert session.count(copy.query) == session.count(france & (aa.where("Cost") > 500))
    for each in (audience, copy):
        each.delete()
    session.audiences.refresh()
    assert "Third" not in session.audiences
    assert "Francophiles 2" in repr(audience)
    assert "Francophiles 2" in audience._repr_html_()


def test_the_section_of_audiences_still_has_all_operations(session: aa.Session) -> None:
    assert callable(session.audiences.audiences_get_audience_hits_for_audience)
    assert "audience" in repr(session.audiences)


def test_files_go_up_and_come_down_again(session: aa.Session, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10
    entry = session.files.upload("Private/blob.bin", content)
    assert isinstance(entry, aa.FileEntry)
    assert session.files.read("Private/blob.bin") == content
    assert "blob.bin" in session.files.entries("Private")
    local = session.files.download("Private/blob.bin", tmp_path)
    assert local.read_bytes() == content
    assert local.parent == tmp_path
    (tmp_path / "up.txt").write_text("hello", "utf-8")
    session.files.upload("Private/up.txt", tmp_path / "up.txt")
    assert session.files.read("Private/up.txt") == b"hello"
    assert "Private/up.txt" in [each.path for each in session.files.walk()]
    for path in ("Private/up.txt", "Private/blob.bin"):
        session.files.remove(path)
    with pytest.raises(aa.ApiNotFound):
        session.files.read("Private/up.txt")
    assert "Private" in session.files


def test_a_job_is_watched_and_can_be_resumed_elsewhere(session: aa.Session) -> None:
    audience = session.audiences.create("For a job", "Bookings")
    job = audience.start()
    token = job.token
    assert "audience-calculate" in repr(job)
    again = session.resume_job(token)
    assert isinstance(again, Job)
    first, second = job.wait(30), again.wait(30)
    assert first.id == second.id
    assert job.done
    assert job.progress == 100
    assert job.queue_position is None
    assert "ended" in repr(job)
    audience.delete()


def test_a_job_that_queues_tells_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    with serve(scale=2_000, trouble="busy=1 on Audiences_CreateCalculate*") as box:
        with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as session:
            audience = session.audiences.create("Popular", "Bookings")
            jobs = [audience.start() for _ in range(3)]
            jobs[-1].wait(30, progress=True)
            assert all(job.wait(30) for job in jobs)
    drawn = capsys.readouterr().err
    assert "in the queue" in drawn
    assert "audience-calculate [" in drawn


def test_a_job_can_be_cancelled(session: aa.Session) -> None:
    audience = session.audiences.create("To cancel", "Bookings")
    job = audience.start()
    assert job.cancel()
    assert not job.cancel(), "the server is asked to cancel once"
    with pytest.raises(aa.JobCancelled):
        job.wait(10)
    audience.delete()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"family": "unheard of"}'])
def test_a_forged_job_token_is_refused(session: aa.Session, text: str) -> None:
    with pytest.raises(aa.ApiValueError):
        session.resume_job(text)


def test_a_method_without_a_job_is_refused(session: aa.Session) -> None:
    with pytest.raises(aa.ApiValueError, match="creates no job"):
        session.job(session.audiences.audiences_get_audiences)


def test_a_terminal_gets_one_line_that_goes_away_again(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar("counting", True)
    assert isinstance(bar, TerminalBar)
    bar.update(1, 4, "1/4")
    bar.update(4, 4, "4/4")
    bar.close()
    drawn = capsys.readouterr().err
    assert "counting [########......................]  25% 1/4" in drawn
    assert "100% 4/4" in drawn
    assert "\n" not in drawn
    assert drawn.endswith("\r")


def test_without_a_terminal_or_notebook_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(progress_bar("x"), Silent)
    assert isinstance(progress_bar("x", False), Silent)
    assert capsys.readouterr().err == ""


def test_a_notebook_gets_one_bar_that_is_updated_in_place() -> None:
    shown: list[dict[str, str]] = []

    class Handle:
        def update(self, content: dict[str, str], raw: bool) -> None:
            shown.append(content)

    def display(content: dict[str, str], raw: bool, display_id: bool) -> Handle:
        shown.append(content)
        return Handle()

    bar = NotebookBar("<b>", display)
    bar.update(1, 2)
    bar.update(1, 2)
    bar.update(2, 2)
    bar.close()
    assert len(shown) == 2
    assert "value='0.50'" in shown[0]["text/html"]
    assert "&lt;b&gt;" in shown[0]["text/html"]

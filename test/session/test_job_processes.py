"""Jobs in separate processes: resumed by token, abandoned, interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve

RESUME = """
import sys, apteco_api as aa
session = aa.Session.from_token(sys.argv[1])
job = session.resume_job(sys.argv[2])
print(job.wait(60).body_results.counts[0].count_value, job.progress)
"""
WAIT = """
import signal, sys, apteco_api as aa
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test worker passes on that it ignores Ctrl-C
session = aa.Session.from_token(sys.argv[1])
job = session.resume_job(sys.argv[2])
job.wait(60, given_up=lambda: print("ended" if job.done else "waiting", flush=True))  # after each answer
"""


@pytest.fixture(scope="module")
def slow() -> Iterator[Sandbox]:
    """Yield a sandbox whose jobs take two seconds."""
    with serve(scale=2_000, job_seconds=2) as box:
        yield box


@pytest.fixture
def session(slow: Sandbox) -> Iterator[aa.Session]:
    """Yield a session with that sandbox."""
    with aa.login(slow.url, slow.data_view, slow.username, slow.password, system=slow.system) as found:
        yield found


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Return a process with its output in pipes, not in a terminal."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_another_process_takes_the_result_by_token_and_draws_nothing(session: aa.Session) -> None:
    job = session.audiences.create("Elsewhere", "Bookings").start()
    out, err = child(RESUME, session.to_token(), job.token).communicate(timeout=60)
    assert (out, err) == ("2000 100.0\n", "")


def test_a_wait_can_time_out_and_be_taken_up_again(session: aa.Session) -> None:
    job = session.audiences.create("Patience", "Bookings").start()
    with pytest.raises(aa.JobTimeout, match=r"not ended after 0.1 s") as caught:
        job.wait(0.1)
    assert caught.value.token == job.token
    assert not job.done
    assert job.wait(60).body_results.counts[0].count_value == 2_000


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_ends_the_waiting_only_and_says_how_to_go_on(session: aa.Session) -> None:
    audience = session.audiences.create("Interrupted", "Bookings")
    err = ""
    while "KeyboardInterrupt" not in err:
        job = audience.start()
        process = child(WAIT, session.to_token(), job.token)
        assert process.stdout is not None
        if process.stdout.readline() == "waiting\n":  # on a busy machine the job has ended before that
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        err = "" if "ended" in out else err
    said = next(line for line in err.splitlines() if "the job goes on" in line)
    assert repr(job.token) in said
    assert "resume_job" in said
    assert job.wait(60).body_results.counts[0].count_value == 2_000


def test_the_command_takes_a_job_up_again_in_another_process(slow: Sandbox, session: aa.Session) -> None:
    audience = session.audiences.create("By command", "Bookings")
    given = {"HOST": slow.url, "DATA_VIEW": slow.data_view, "SYSTEM": slow.system}
    environ = {f"APTECO_API_{name}": value for name, value in given.items()}
    environ["APTECO_API_TOKEN"] = session.client.configuration.api_key["Authorization"]

    def command(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "apteco_api.cli", *words],
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    token = command("audiences", "calculate", audience.title, "--no-wait").strip()
    assert "2000" in command("jobs", "wait", token)

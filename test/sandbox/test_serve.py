"""Starting, stopping, state on disk, many clients at once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import urllib3
from support.lab import interruptible

from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox import data as data_module

pytest_plugins = ["pytester"]
COUNT = "Queries_PerformQueryCountSynchronously"
QUERY = {"selection": {"tableName": "Bookings"}}

# Imports once, then forks a server for each line of its input; each server writes until it is killed.
WRITER = """
import json, os, sys, urllib3
from apteco_api.sandbox import serve

serve  # duckdb and the web server are loaded before the first fork, no database is open

def write(data, number):
    server = serve(data=data)
    pool = urllib3.PoolManager(retries=False)
    form = {"UserLogin": server.username, "Password": server.password}
    url = server.url + "/Holidays"
    login = pool.request("POST", url + "/Sessions/SimpleLogin", fields=form, encode_multipart=False).json()
    token = {"Authorization": "Bearer " + login["accessToken"]}

    def send(verb, path, **options):
        answer = pool.request(verb, url + path, headers=token, **options)
        assert answer.status in (200, 201), (path, answer.status, answer.data)
        return answer

    while True:
        small, large = bytes([number % 256]) * 5000, bytes([number % 256]) * 300_000
        query = {"selection": {"tableName": "People"}}
        audience = {"title": f"audience {number}", "systemName": "holidays", "bodyQuery": query}
        files, temporary = "/Files/holidays/Public/", f"/TemporaryFiles/t{number}/"
        send("POST", "/Teams", json={"name": f"team {number}"})
        send("PUT", files + f"{number}/a/b/new.bin", fields={"file": ("x", small)})
        send("PUT", files + "again.bin", fields={"file": ("x", large)})
        send("POST", "/Audiences", json=audience)
        send("PUT", f"/Settings/DataView/kept/{number}", json={"number": number})
        send("PUT", temporary + "0", fields={"file": ("x", small)})
        send("PUT", temporary + "1?finalPart=true", fields={"file": ("x", large)})
        os.write(1, f"{number}\\n".encode())
        number += 1

for line in sys.stdin:
    child = os.fork()
    if not child:
        write(sys.argv[1], int(line))
    os.write(1, f"pid {child}\\n".encode())
    os.waitpid(child, 0)
    os.write(1, b"dead\\n")
"""


def killed_fifty_times(data: Path) -> list[int]:
    """Return the numbers whose writes were acknowledged before the server was killed during other writes."""
    command = [sys.executable, "-c", WRITER, str(data)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    acknowledged: list[int] = []
    number = 1
    with subprocess.Popen(command, **pipes, text=True, bufsize=1) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        for round_number in range(50):
            parent.stdin.write(f"{number}\n")
            child, moments = 0, list[float]()
            for line in parent.stdout:
                word, _, rest = line.partition(" ")
                if word == "pid":
                    child = int(rest)
                elif word == "dead\n":
                    break
                else:
                    acknowledged.append(int(word))
                    number = int(word) + 1
                    moments.append(time.monotonic())
                    if child and len(moments) == 2:
                        # Each round kills a little later within the next number's writes, which take about as
                        # long as the last number's.
                        time.sleep((moments[1] - moments[0]) * round_number / 50)
                        os.kill(child, signal.SIGKILL)
                        child = 0
            number += 1  # interrupted writes may have been committed
        parent.stdin.close()
    return acknowledged


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost_or_halved_by_50_kills(tmp_path: Path) -> None:
    data = tmp_path / "holidays.duckdb"
    with serve(data=data, scale=500):
        pass
    acknowledged = killed_fifty_times(data)
    assert len(acknowledged) >= 80
    with serve(data=data) as server:
        store, files = server.world.store, server.world.files
        user = server.world.access.user_named("Administrator")
        settings = store.get("settings", "data-view")
        assert user is not None
        assert settings is not None
        kept: dict[str, Any] = settings["tree"]["kept"]
        teams = {row["name"] for row in store.rows("team")}
        updates = {row["id"]: row for row in store.rows("audience-update")}
        titles = {updates[row["lastUpdateId"]]["title"] for row in store.rows("audience")}
        for number in acknowledged:
            small, large = bytes([number % 256]) * 5000, bytes([number % 256]) * 300_000
            assert f"team {number}" in teams
            assert f"audience {number}" in titles
            assert kept[str(number)] == {"number": number}
            assert files.read(f"Public/{number}/a/b/new.bin", user) == small
            assert store.content(f"temporary:{user['id']}:t{number}") == small + large
        begun = [int(name.removeprefix("team ")) for name in teams if name.startswith("team ")]
        stages = set[tuple[bool, bool, int]]()
        for number in set(begun) - set(acknowledged):
            parts = store.content(f"temporary:{user['id']}:t{number}") or b""
            stages.add((f"audience {number}" in titles, str(number) in kept, len(parts)))
        assert len(stages) >= 3, "the kills hit too few kinds of writes"
        # an interrupted write is there completely or not at all
        stored = store.rows("file", lambda row: not row["directory"])
        for row in stored:
            content = store.content(row["content"])
            assert content is not None
            assert len(content) == row["size"]
            assert row["name"] not in ("new.bin", "again.bin") or len(set(content)) == 1
        contents = server.world.database.cursor().execute("SELECT DISTINCT key FROM state.content").fetchall()
        rows = {row["content"] for row in stored} | {row["id"] for row in store.rows("temporary")}
        assert {key for (key,) in contents} == rows
        assert {row["audienceId"] for row in updates.values()} == {
            row["id"] for row in store.rows("audience")
        }


def test_state_survives_a_restart(tmp_path: Path, new_api: Any) -> None:
    data = tmp_path / "state.duckdb"
    with serve(data=data, scale=500) as server:
        api = new_api(server.url, server.username, server.password)
        api("Files_UpsertFile", filePath="Private/kept.txt", file=("x", b"kept"))
        counted = api(COUNT, body=QUERY)["counts"]
        token, session = api.token, api.session
    start = time.monotonic()
    with serve(data=data) as server:
        assert time.monotonic() - start < 5, "the saved file was generated again"
        api = new_api(server.url)
        api.token = token
        assert api("Files_GetFile", filePath="Private/kept.txt") == b"kept"
        assert api(COUNT, body=QUERY)["counts"] == counted
        assert api("Sessions_GetSessionDetails", sessionId=session)["user"]["username"] == "Administrator"


def test_a_saved_file_caches_slow_lists_until_they_are_refreshed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "listings.duckdb"
    with serve(data=path, scale=500) as server:
        listed, codes = server.world.data.variables(), server.world.data.codes("boDest")
    scans: list[str] = []

    def scan(cursor: object) -> list[dict[str, Any]]:
        scans.append("variables")
        return listed[:1]

    monkeypatch.setattr(data_module, "variable_details", scan)
    with serve(data=path) as server:
        assert server.world.data.variables() == listed
        assert server.world.data.codes("boDest") == codes
        assert scans == []
        server.world.data.forget()
        assert server.world.data.variables() == listed[:1]
    with serve(data=path) as server:
        assert server.world.data.variables() == listed[:1]
        assert scans == ["variables"]
    with serve(data=path, scale=600) as server:
        server.world.data.variables()
        assert scans == ["variables"] * 2, "the cached variables of other data were used"


def test_a_job_that_was_running_when_the_server_stopped_is_gone_afterwards(
    tmp_path: Path, new_api: Any
) -> None:
    data = tmp_path / "state.duckdb"
    with serve(data=data, scale=500, job_seconds=30) as server:
        api = new_api(server.url, server.username, server.password)
        job = api("FastStatsBuilds_CreateFastStatsBuildJob", body={})
        token = api.token
    with serve(data=data) as server:
        api = new_api(server.url)
        api.token = token
        assert api.refused("FastStatsBuilds_GetFastStatsBuildJob", jobId=job["id"])[0] == 404


@pytest.mark.slow
def test_fifty_clients_at_once_get_right_answers(server: Sandbox, admin: Any, new_api: Any) -> None:
    expected = admin(COUNT, body=QUERY)["counts"]

    def work(number: int) -> int:
        api = new_api(server.url)
        api.token = admin.token
        for _ in range(4):
            assert api(COUNT, body=QUERY)["counts"] == expected
            api("Settings_UpdateDataViewSettings", settingsPath=f"clients/{number}", body={"number": number})
        return 1

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(work, range(50))) == 50
    stored = admin("Settings_GetDataViewSettings", settingsPath="clients")
    assert stored == {str(number): {"number": number} for number in range(50)}
    admin("Settings_DeleteDataViewSettingsRoot")


def test_a_slow_client_delays_no_other_client(server: Sandbox, admin: Any, new_api: Any) -> None:
    def slow() -> None:
        api = new_api(server.url)
        api.token = admin.token
        api(COUNT, body=QUERY, headers={"X-Sandbox-Trouble": "slow=2"})

    waiting = [threading.Thread(target=slow) for _ in range(30)]
    for thread in waiting:
        thread.start()
    start = time.monotonic()
    admin(COUNT, body=QUERY)
    assert time.monotonic() - start < 1.5
    for thread in waiting:
        thread.join()


def test_a_client_that_stops_reading_or_sending_delays_no_other_client(new_api: Any) -> None:
    content = os.urandom(8_000_000)  # more than the buffers between two programs hold
    stalled: list[socket.socket] = []
    with serve(scale=500, workers=4) as server:
        api = new_api(server.url, server.username, server.password)
        api("Files_UpsertFile", filePath="Public/large.bin", file=("x", content))
        port = int(server.url.split(":")[2].split("/")[0])
        files = "/OrbitAPI/Holidays/Files/holidays"
        common = f"Host: localhost\r\nAuthorization: Bearer {api.token}\r\nConnection: close\r\n"
        part = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
            + content
            + b"\r\n--b--"
        )
        kind = f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(part)}\r\n\r\n"
        for number in range(8):  # twice as many of each as there are workers
            for head in (
                f"GET {files}/Public/large.bin HTTP/1.1\r\n{common}\r\n",
                f"PUT {files}/Private/{number}.bin HTTP/1.1\r\n{common}{kind}",
            ):
                connection = socket.create_connection(("127.0.0.1", port), timeout=30)
                connection.sendall(head.encode())
                if head.startswith("PUT"):
                    connection.sendall(part[:4_000_000])
                stalled.append(connection)
        others = urllib3.PoolManager(retries=False, timeout=20)
        for number in range(50):
            api.pool = others
            assert api(COUNT, body=QUERY)["counts"] == [{"tableName": "Bookings", "countValue": 500}]
            api("Files_UpsertFile", filePath=f"Private/other {number}.bin", file=("x", b"1"))
        for number, connection in enumerate(stalled):
            with connection:
                if number % 2:
                    connection.sendall(part[4_000_000:])
                answer = b"".join(iter(lambda c=connection: c.recv(1_000_000), b""))  # type: ignore[misc]
            assert answer.startswith(b"HTTP/1.1 201" if number % 2 else b"HTTP/1.1 200"), answer[:300]
            assert number % 2 or answer.endswith(content)
        assert api("Files_GetFile", filePath="Private/7.bin") == content


def test_closing_twice_is_the_same_as_closing_once() -> None:
    server = serve(scale=500)
    server.close()
    server.close()
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.PoolManager(retries=False).request("GET", server.url + "/About/Version")


def test_a_port_that_is_taken_is_an_error_at_once(server: Sandbox) -> None:
    port = int(server.url.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match="in use"):
        serve(port=port, scale=500)


@pytest.mark.parametrize(
    "setting",
    [{"workers": 0}, {"job_workers": 0}, {"job_seconds": -1}, {"job_seconds": float("nan")}, {"port": 65536},
     {"session_seconds": 0}, {"query_seconds": 0}, {"body_limit": 0}, {"licensing_credit": -1},
     {"data_view": ""}, {"system": "a/b"}, {"scale": 99}, {"seed": -1}],
)  # fmt: skip
def test_an_invalid_setting_is_refused_by_name(setting: dict[str, Any]) -> None:
    (name,) = setting
    with pytest.raises(ValueError, match=name):
        serve(**{"scale": 500, **setting})


def test_an_invalid_fault_schedule_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="earthquake"):
        serve(scale=500, data=tmp_path / "x.duckdb", trouble="earthquake")
    assert not list(tmp_path.iterdir())


def test_a_misspelt_setting_is_an_error() -> None:
    with pytest.raises(TypeError, match="scael"):
        serve(scael=3)


@pytest.mark.slow
def test_pytest_has_the_fixtures(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # An installed package registers the plugin by its entry point; a checkout on the path needs `-p`.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    installed = any(point.name == "apteco_sandbox" for point in entry_points(group="pytest11"))
    told = () if installed else ("-p", "apteco_api.sandbox.pytest_plugin")
    pytester.makepyfile(
        """
        import urllib.request

        def test_mine(fresh_apteco_sandbox):
            with urllib.request.urlopen(fresh_apteco_sandbox.url + "/About/Version") as answer:
                assert answer.status == 200
        """
    )
    result = pytester.runpytest_subprocess(*told, "-q")
    result.assert_outcomes(passed=1)


def test_the_command_says_where_to_point_client_and_browser() -> None:
    command = [sys.executable, "-u", "-m", "apteco_api.cli", "sandbox", "--scale", "500"]
    with interruptible():
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        lines = [child.stdout.readline() for _ in range(4)]
        url = lines[0].split()[1]
        answer = urllib3.PoolManager(retries=False).request("GET", f"{url}/About/Version")
        assert json.loads(answer.data)["version"]
        assert f"{url}/swagger/ui/index.html" in lines[1]
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=20) == 0
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_the_demo_runs_the_steps_of_the_readme() -> None:
    command = [sys.executable, "-m", "apteco_api.cli", "demo", "--scale", "5000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "There are 9 tables in the Holidays system:\nHouseholds\nPeople\n" in done.stdout
    assert "The query matched 2," in done.stdout
    assert "401: Unauthorized\n" in done.stdout


def test_a_sandbox_starts_where_unix_sockets_are_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any) -> Any:
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socketpair", forbidden)
    with serve(scale=200) as server:
        answer = urllib3.PoolManager(retries=False).request("GET", f"{server.url}/About/Version", timeout=20)
    assert answer.status == 200


def test_a_loop_that_can_not_start_is_an_error_of_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    from apteco_api.sandbox import server

    def refused() -> Any:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(server, "_new_loop", refused)
    with pytest.raises(OSError, match="Too many open files"):
        serve(scale=200)

"""Case 30: files on their way in and out."""

from __future__ import annotations

import io
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from engines import ENGINES, download, get
from support.lab import VARIABLE, Seen, answer, run_child

import apteco_api as aa
from apteco_api._runtime.downloads import name_of
from apteco_api.exceptions import ApiFileError, ApiInterrupted

NAMES = {
    'attachment; filename="../x"': "x",
    'attachment; filename="/etc/x"': "x",
    r'attachment; filename="C:\dir\x.txt"': "x.txt",
    "attachment; filename=CON": "_CON",
    'attachment; filename="my report.csv"': "my report.csv",
    "attachment; filename*=UTF-8''%e2%82%ac%2f..%2frates.csv": "rates.csv",
    "attachment; filename*=nope''%e9x.csv; filename=y.csv": "y.csv",
    'attachment; filename=".."': "download",
    'attachment; filename=""': "download",
    "attachment; filename*=UTF-8''a%00b": "a_b",
    "attachment; filename*=UTF-8''%2e%2e%2f%2e%2e%2fx": "x",
    "attachment; filename*=UTF-8''%2fetc%2fx; filename=y": "x",
    "attachment; filename=lpt1.txt": "_lpt1.txt",
    "attachment; filename*=UTF-8''a%e2%80%aecod.exe": "a_cod.exe",
    "inline": "download",
}


def fetch(client: aa.ApiClient, **options: Any) -> Path:
    return Path(aa.FilesApi(client).files_get_file("Holidays", "holidays", "Private/a.csv", **options))


@pytest.mark.parametrize("disposition", NAMES)
def test_30_a_download_lands_in_its_folder_under_a_safe_name(
    disposition: str, serve: Any, client: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    server = serve(answer(body=b"data", content_type="text/csv", Content_Disposition=disposition))
    saved = fetch(client(server), _save_to=folder)
    assert saved == folder / NAMES[disposition]
    assert saved.read_bytes() == b"data"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [saved.name]


@pytest.mark.parametrize("taken", ["file", "link to a file", "link to nothing", "folder"])
def test_30_a_name_that_is_taken_is_left_alone(taken: str, serve: Any, client: Any, tmp_path: Path) -> None:
    folder, victim = tmp_path / "inner", tmp_path / "victim"
    folder.mkdir()
    victim.write_text("precious")
    place = folder / "a.csv"
    if taken == "file":
        place.write_text("precious")
    elif taken == "folder":
        place.mkdir()
    else:
        place.symlink_to(victim if taken == "link to a file" else tmp_path / "nothing")
    server = serve(answer(body=b"data", Content_Disposition="attachment; filename=a.csv"))
    saved = fetch(client(server), _save_to=folder)
    assert saved == folder / "a (1).csv"
    assert saved.read_bytes() == b"data"
    assert victim.read_text() == "precious"
    assert taken != "file" or place.read_text() == "precious"
    assert not (tmp_path / "nothing").exists()


def test_30_downloads_of_one_name_at_one_time_are_all_kept(serve: Any, client: Any, tmp_path: Path) -> None:
    def respond(request: Seen, number: int) -> bytes:
        return answer(body=b"%d" % number * 1000, Content_Disposition="attachment; filename=a.csv")

    shared = client(serve(respond))
    saved: list[Path] = []
    threads = [
        threading.Thread(target=lambda: saved.append(fetch(shared, _save_to=tmp_path))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(set(saved)) == 20
    assert len({path.read_bytes() for path in saved}) == 20
    assert sorted(tmp_path.iterdir()) == sorted(saved)


def test_30_a_name_of_four_kibibytes_is_cut(serve: Any, client: Any, tmp_path: Path) -> None:
    server = serve(answer(body=b"data", Content_Disposition=f'attachment; filename="{"n" * 4096}.csv"'))
    saved = fetch(client(server), _save_to=tmp_path)
    assert len(saved.name) == 150
    assert saved.suffix == ".csv"


def test_30_nothing_is_overwritten_and_no_link_is_followed(serve: Any, client: Any, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "a.csv").symlink_to(victim)
    server = serve(answer(body=b"data", Content_Disposition="attachment; filename=a.csv"))
    shared = client(server)
    assert fetch(shared, _save_to=folder).name == "a (1).csv"
    assert fetch(shared, _save_to=folder).name == "a (2).csv"
    assert fetch(shared, _save_to=folder / "a.csv").read_bytes() == b"data"
    assert victim.read_text() == "precious"


def test_30_a_download_that_fails_leaves_nothing(serve: Any, client: Any, tmp_path: Path) -> None:
    broken = answer(body=b"d" * 1000).replace(b"Content-Length: ", b"Content-Length: 9")
    before = tmp_path / "a.csv"
    before.write_text("old")
    with pytest.raises(aa.ApiException):
        fetch(client(serve(lambda *_: lambda sock, request: sock.sendall(broken))), _save_to=before)
    assert before.read_text() == "old"
    assert list(tmp_path.iterdir()) == [before]
    with pytest.raises(ApiFileError):
        fetch(client(serve(answer(body=b"x"))), _save_to=tmp_path / "missing" / "a.csv")


def test_30_a_download_is_resumed_where_the_server_allows_it(serve: Any, client: Any, tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000

    def respond(request: Seen, number: int) -> Any:
        if number == 1:
            whole = answer(body=data, ETag='"v1"', content_type="text/csv")
            return lambda sock, seen: sock.sendall(whole[: len(whole) - 100_000])
        start = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
        assert request.headers["if-range"] == '"v1"'
        return answer(
            206, data[start:], "text/csv", Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}"
        )

    shared = client(serve(respond))
    steps: list[tuple[int, Any]] = []
    target = tmp_path / "a.csv"
    with pytest.raises(aa.ApiException):
        fetch(shared, _save_to=target, _resume=True)
    assert not target.exists()
    assert fetch(shared, _save_to=target, _resume=True, _progress=lambda *step: steps.append(step)) == target
    assert target.read_bytes() == data
    assert steps[-1] == (len(data), len(data))
    assert steps[0][0] > len(data) - 100_001
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("range_", "tag", "whole"),
    [
        ("bytes */256", '"v1"', True),
        ("bytes */256", None, True),
        ("bytes */255", '"v1"', False),
        ("bytes */9999", '"v1"', False),
        ("bytes */256", '"v2"', False),
        ("bytes */*", '"v1"', False),
        (None, '"v1"', False),
    ],
)
def test_30_a_part_that_lacks_nothing_is_the_file_when_the_server_has_no_more(
    range_: str | None, tag: str | None, whole: bool, serve: Any, client: Any, tmp_path: Path
) -> None:
    data = bytes(range(256))
    (tmp_path / ".a.csv.part").write_bytes(data)
    (tmp_path / ".a.csv.part.tag").write_text('"v1"')
    target = tmp_path / "a.csv"

    def respond(request: Seen, number: int) -> bytes:
        if request.headers.get("range") is None:
            return answer(body=b"anew", ETag='"v2"', content_type="text/csv")
        assert request.headers["range"] == "bytes=256-"
        headers = {"Content_Range": range_, "ETag": tag}
        return answer(416, b"{}", **{name: text for name, text in headers.items() if text})

    shared = client(serve(respond))
    if whole:
        assert fetch(shared, _save_to=target, _resume=True) == target
        assert target.read_bytes() == data
    else:
        with pytest.raises(aa.ApiException) as caught:
            fetch(shared, _save_to=target, _resume=True)
        assert caught.value.status == 416
        assert not target.exists()
        assert fetch(shared, _save_to=target, _resume=True) == target
        assert target.read_bytes() == b"anew"
    assert list(tmp_path.iterdir()) == [target]


def test_30_a_refused_range_of_the_callers_own_is_an_error(serve: Any, client: Any, tmp_path: Path) -> None:
    server = serve(answer(416, b"{}", Content_Range="bytes */4"))
    with pytest.raises(aa.ApiException) as caught:
        fetch(client(server), _save_to=tmp_path / "a.csv", _headers={"Range": "bytes=9-"})
    assert caught.value.status == 416
    assert list(tmp_path.iterdir()) == []


def test_uploads_take_a_path_bytes_or_a_file_and_stream(serve: Any, client: Any, tmp_path: Path) -> None:
    server = serve(answer(204, content_type=None))
    path = tmp_path / "my file.csv"
    path.write_bytes(b"1,2\n")
    steps: list[tuple[int, Any]] = []
    shared = client(server)
    api = aa.FilesApi(shared)
    for given in (str(path), path, b"1,2\n", io.BytesIO(b"1,2\n"), ("a.csv", b"1,2\n"), ("a.csv", path)):
        api.files_upsert_file("H", "h", "x.csv", given, _progress=lambda *step: steps.append(step))
    names = [request.body.split(b'filename="')[1].split(b'"')[0] for request in server.requests]
    assert names == [b"my file.csv", b"my file.csv", b"upload", b"upload", b"a.csv", b"a.csv"]
    assert all(b"\r\n\r\n1,2\n\r\n--" in request.body for request in server.requests)
    assert steps[-1][0] == steps[-1][1] == len(server.requests[-1].body)
    with pytest.raises(aa.ApiValueError, match="does not exist"):
        api.files_upsert_file("H", "h", "x.csv", str(tmp_path / "none.csv"))


STREAMED = """
    import resource, sys, os
    sys.path.insert(0, "test")
    import apteco_api as aa

    kind, url, path = sys.argv[1:]
    with aa.ApiClient(aa.Configuration(host=url)) as client:
        api = aa.FilesApi(client)
        api.files_get_file("H", "h", "small", _save_to=path + ".small")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if kind == "down":
            size = os.stat(api.files_get_file("H", "h", "large", _save_to=path)).st_size
        elif kind == "path":
            size = api.files_upsert_file("H", "h", "large", path).name
        else:
            with open(path, "rb") as file:
                size = api.files_upsert_file("H", "h", "large", file).name
    print(size, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.parametrize("kind", ["down", "path", "file object"])
def test_30_a_large_file_is_never_held_in_memory(kind: str, serve: Any, tmp_path: Path) -> None:
    size = 200 * 1024 * 1024
    path = tmp_path / "large.bin"
    if kind != "down":
        with path.open("wb") as file:
            file.truncate(size)

    def send(sock: Any, request: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 2**20):
            sock.sendall(bytes(2**20))

    def respond(request: Seen, number: int) -> Any:
        if request.method == "PUT":
            entry = {"path": "large", "name": str(len(request.body)), "type": "File"}
            request.body = b""
            return answer(201, entry)
        return send if "large" in request.target else answer(body=b"small")

    got, grown = run_child(STREAMED, kind, serve(respond).url, str(path)).split()
    assert size <= int(got) <= size + 1000  # the rest is the multipart form
    assert float(grown) < 16


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Range: bytes 10-14/1000", b"ABCDE"),
        ("Content-Range: bytes 10-999/1000", b"ABCDE"),
        ("Content-Range: bytes 9-999/1000", b"x" * 991),
        ("Content-Range: bytes 10-1000/1000", b"x" * 991),
        ("Content-Range: bytes 10-5/1000", b"ABCDE"),
        ("Content-Range: items 10-999/1000", b"x" * 990),
        ("X: y", b"x" * 990),
        ('ETag: "other"\r\nContent-Range: bytes 10-999/1000', b"x" * 990),
    ],
)
def test_a_part_that_is_not_the_rest_is_never_the_file(
    head: str, body: bytes, serve: Any, tmp_path: Path
) -> None:
    target = tmp_path / "a.csv"
    begun = b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 1000\r\n\r\n0123456789'
    with pytest.raises(ApiInterrupted):
        download(
            "sync",
            serve(lambda r, n: lambda sock, seen: sock.sendall(begun)).url,
            {"_save_to": target, "_resume": True},
        )
    rest = f"HTTP/1.1 206 Partial Content\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    server = serve(rest)
    with pytest.raises(aa.ApiException):
        download("sync", server.url, {"_save_to": target, "_resume": True})
    assert server.requests[0].headers["range"] == "bytes=10-"
    assert not target.exists()
    whole = b'HTTP/1.1 206 P\r\nETag: "e"\r\nContent-Range: bytes %d-999/1000\r\nContent-Length: %d\r\n\r\n'

    def go_on(request: Seen, number: int) -> bytes:
        start = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
        return whole % (start, 1000 - start) + b"x" * (1000 - start)

    download("sync", serve(go_on).url, {"_save_to": target, "_resume": True})
    assert target.stat().st_size == 1000


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("tag", ['"größe"', '"\x80\xff"', '""', "", "größe", '"' + "e" * 2000 + '"'])
def test_a_part_with_any_tag_is_resumed_or_fetched_anew(
    engine: str, tag: str, serve: Any, tmp_path: Path
) -> None:
    target, data = tmp_path / "a.csv", b"0123456789" * 100
    line = b"HTTP/1.1 %s\r\nETag: " + tag.encode("latin-1") + b"\r\nContent-Length: %d\r\n"

    def respond(request: Seen, number: int) -> Any:
        if number == 1:
            return lambda sock, seen: sock.sendall(line % (b"200 OK", 1000) + b"\r\n" + data[:10])
        if "range" not in request.headers:
            return line % (b"200 OK", 1000) + b"\r\n" + data
        assert request.headers.get("if-range") in (None, tag)
        return line % (b"206 P", 990) + b"Content-Range: bytes 10-999/1000\r\n\r\n" + data[10:]

    url = serve(respond).url
    with pytest.raises(ApiInterrupted):
        download(engine, url, {"_save_to": target, "_resume": True})
    download(engine, url, {"_save_to": target, "_resume": True})
    assert target.read_bytes() == data


@pytest.mark.parametrize("engine", ENGINES)
def test_a_part_that_was_not_asked_for_is_refused(engine: str, serve: Any, tmp_path: Path) -> None:
    server = serve(answer(206, VARIABLE, Content_Range="bytes 0-4/1000"))
    with pytest.raises(ApiInterrupted, match="206"):
        get(engine, server.url)
    with pytest.raises(ApiInterrupted, match="206"):
        download(engine, server.url, {"_save_to": tmp_path / "x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename=a b c.csv", "a b c.csv"),
        ("attachment; filename=a b.csv; size=3", "a b.csv"),
        ('attachment; filename="a;b.csv"', "a;b.csv"),
        ("attachment; xfilename=no.csv", "download"),
        ("attachment; xfilename=no.csv; filename=yes.csv", "yes.csv"),
        ("attachment; x-filename*=UTF-8''no.csv", "download"),
        ("attachment; filename=" + "café.csv".encode().decode("latin-1"), "café.csv"),
        ("attachment; filename=caf\xe9.csv", "café.csv"),
        ('attachment; filename="=?UTF-8?B?Y2Fmw6kuY3N2?="', "café.csv"),
        ('attachment; filename="=?utf-8?q?caf=C3=A9.csv?="', "café.csv"),
        ('attachment; filename="=?x?y?z?="', "=_x_y_z_="),
        ("attachment; filename*=UTF-8''caf%C3%A9.csv", "café.csv"),
        ("attachment; filename*=utf-8'en'a%20b.csv; filename=c.csv", "a b.csv"),
        ("attachment; filename*=idna''a.csv; filename=c.csv", "c.csv"),
        ("attachment; filename*=UTF-8''%FF.csv; filename=c.csv", "c.csv"),
        ("attachment; filename*=UTF-8''", "download"),
        ("attachment; filename*=x", "download"),
        ("attachment; filename=", "download"),
        ("attachment; filename", "download"),
    ],
)
def test_names_of_downloads_however_servers_write_them(header: str, name: str) -> None:
    assert name_of(header) == name

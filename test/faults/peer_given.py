"""Operations of the cases from 41: odd arguments, files and environments."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import decimal
import math
import os
import pickle
import resource
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from peer_work import NoSuchThing, Work, in_threads
from support.lab import answer

BIG = 64 * 1024 * 1024


def itself(made: Any) -> Any:
    """Put a list or a dict into itself."""
    made.append(made) if isinstance(made, list) else made.update(b=[made])
    return made


def levels(count: int) -> Any:
    made: Any = 1
    for _ in range(count):
        made = [made]
    return made


BODIES: dict[str, Any] = {
    "a list in itself": lambda: itself([1]), "a dict in itself": lambda: itself({"a": 1}),
    "2,000 levels": lambda: levels(2000), "NaN": lambda: {"a": math.nan}, "infinity": lambda: [math.inf],
    "Decimal NaN": lambda: {"a": decimal.Decimal("NaN")},
    "Decimal infinity": lambda: [decimal.Decimal("-Infinity")], "surrogate": lambda: {"a": "\ud800"},
    "an object": lambda: {"a": object()},
}  # fmt: skip
HEADER_NAMES: dict[str, Any] = {"number": 5, "bytes": b"X-A", "empty": ""}


class OddWork(Work):
    """Operations of the cases in `measured.hostile` and `measured.given`."""

    # ---- answers

    def listing(self) -> Any:
        found = self.api.fast_stats_systems_get_fast_stats_variables("H", "h", **self.options)
        return f"{len(found.list)} items"

    def error_text(self) -> Any:
        try:
            self.get()
        except Exception as error:
            odd = [c for c in str(error) if not (c.isprintable() or c == "\n")]
            return f"{len(odd)} control characters" if odd else "printable"
        return "no error"

    def words(self) -> Any:
        try:
            self.get()
        except Exception as error:
            return str(pickle.loads(pickle.dumps(error))).replace("\n", " ")
        return "no error"

    def used(self) -> Any:
        found = self.count()
        repr(found), str(found)
        assert copy.deepcopy(found) == found
        assert pickle.loads(pickle.dumps(found)) == found
        return "shown, copied, pickled"

    def second(self) -> Any:
        with contextlib.suppress(Exception):
            self.get()
        return self.get()

    def awaited(self) -> Any:
        async def main() -> Any:
            async with self.aa.aio.AsyncApiClient(self.config, engine=self.argument["engine"]) as client:
                api = self.aa.aio.FastStatsSystemsApi(client)
                return await api.fast_stats_systems_get_fast_stats_variable("H", "h", "v", **self.options)

        if self.argument["engine"] == "aiohttp":
            import aiohttp  # noqa: F401 - loading it on a busy machine takes as long as the call may
        self.config.retries = 0
        return self.said(asyncio.run(main()))

    def rest(self) -> Any:
        folder = Path(self.argument["folder"]) / "rest"
        folder.mkdir(exist_ok=True)
        target, part, tag = (folder / name for name in ("a.csv", "a.csv.part", "a.csv.part.tag"))
        target.unlink(missing_ok=True)
        part.write_bytes(b"ab")
        tag.write_text('"1"')
        files = self.aa.FilesApi(self.client)
        try:
            files.files_get_file("H", "h", "a.csv", _save_to=str(target), _resume=True)
        except self.aa.OpenApiException:
            kept = part.exists() and part.read_bytes()[:2] == b"ab" and not target.exists()
            return "an own error, the part as it was" if kept else "an own error, the part lost"
        return f"a file of {target.stat().st_size} bytes"

    def slow_reader(self) -> Any:
        operation = self.aa.ExportsApi.operations["exports_perform_export_synchronously"]
        values = ["H", "h", *[None] * (len(operation.parameters) - 2)]
        count = 0
        for _ in self.client.stream(operation, values, path="$.rows"):
            count += 1
            if count == 1000:
                time.sleep(3)
        return f"{count} rows"

    # ---- arguments

    def body(self) -> Any:
        return self.free("/x", body=BODIES[self.argument["kind"]]())

    def digits(self) -> Any:
        number, kind = 10**5000, self.argument["kind"]
        if kind == "path":
            found = self.api.fast_stats_systems_get_fast_stats_variable("H", "h", number)
            return type(found).__name__
        return self.free("/x", body={"a": number}) if kind == "body" else self.free("/x", [("q", number)])

    def named(self) -> Any:
        name = self.argument["name"]
        self.client.set_default_header(HEADER_NAMES.get(name, name), "x")
        return self.get()

    def headed(self) -> Any:
        self.client.set_default_header(self.argument["name"], self.argument["text"])
        return self.get()

    def framed(self) -> Any:
        self.client.set_default_header(self.argument["name"], self.argument["text"])
        return self.post()

    def odd_upload(self) -> Any:
        names = {
            "name of bytes": b"gr\xf6sse.csv",
            "surrogate in the name": "a\udc80.csv".encode("utf-8", "surrogateescape"),
        }
        path = os.fsencode(self.argument["folder"]) + b"/" + names[self.argument["kind"]]
        Path(os.fsdecode(path)).write_bytes(b"data")
        return self.put(os.fsdecode(path))

    # ---- files

    def download_name(self) -> Any:
        self.config.temp_folder_path = str(Path(self.argument["folder"]) / "names")
        Path(self.config.temp_folder_path).mkdir(exist_ok=True)
        for old in Path(self.config.temp_folder_path).iterdir():
            old.unlink()
        found = self.aa.FilesApi(self.aa.ApiClient(self.config)).files_get_file("H", "h", "a.csv")
        if isinstance(found, bytes | bytearray):
            raise NoSuchThing("gives the bytes, no file")
        return Path(found).name

    def same_name(self) -> Any:
        folder = Path(self.argument["folder"]) / "same"
        folder.mkdir(exist_ok=True)
        self.config.temp_folder_path = str(folder)
        files = self.aa.FilesApi(self.aa.ApiClient(self.config))
        found = in_threads(8, lambda _: files.files_get_file("H", "h", "a.csv"))
        if any(isinstance(item, bytes | bytearray) for item in found):
            raise NoSuchThing("gives the bytes, no file")
        whole = [
            path
            for path in folder.iterdir()
            if len(set(path.read_bytes())) == 1 and path.stat().st_size == 100_000
        ]
        return f"{len(whole)} whole file{'s'[: len(whole) != 1]}"

    def logged(self) -> Any:
        path = Path(self.argument["folder"]) / "all.log"
        configs = [self.aa.Configuration(host="http://127.0.0.1:1") for _ in range(3)]
        for config in configs:
            config.logger_file = str(path)
        configs.append(copy.deepcopy(configs[0]))
        configs[0].logger["package_logger"].error("something happened")
        count = path.read_text().count("something happened")
        return f"{count} line{'s'[: count != 1]}"

    # ---- environment

    def starved(self) -> Any:
        with contextlib.suppress(Exception):
            self.aa.ApiClient(self.config)
        used = len(os.listdir("/proc/self/fd")) - 1
        resource.setrlimit(resource.RLIMIT_NOFILE, (used, used))
        held: list[int] = []
        with contextlib.suppress(OSError):
            while True:
                held.append(os.dup(0))
        return self.get()

    def addresses(self) -> Any:
        port = int(self.config.host.rpartition(":")[2].partition("/")[0])
        deaf: list[socket.socket] = []
        if self.argument["kind"] == "silent":
            listener = socket.socket()
            listener.bind(("127.0.0.2", port))
            listener.listen(0)
            deaf = [listener, *(socket.socket() for _ in range(8))]
            for sock in deaf[1:]:
                sock.setblocking(False)
                sock.connect_ex(("127.0.0.2", port))
        original = socket.getaddrinfo

        def resolve(host: Any, *args: Any, **options: Any) -> Any:
            if host not in ("two.example", b"two.example"):
                return original(host, *args, **options)
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in ("127.0.0.2", "127.0.0.1")
            ]

        socket.getaddrinfo = resolve
        self.config.host = f"http://two.example:{port}/OrbitAPI"
        self.api = self.aa.FastStatsSystemsApi(self.aa.ApiClient(self.config))
        return self.get()

    @contextlib.contextmanager
    def deaf_server(self, said: bytes = b"") -> Iterator[None]:
        """Let the client call a server that reads only the head of a request and then sends `said`."""
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                sock = listener.accept()[0]
                kept.append(sock)
                sock.recv(1000)
                if said:
                    sock.sendall(said)
                    time.sleep(0.3)
                    sock.close()

        threading.Thread(target=serve, daemon=True).start()
        self.config.host = f"http://127.0.0.1:{listener.getsockname()[1]}/OrbitAPI"
        self.client = self.aa.ApiClient(self.config)
        yield

    def large(self) -> Any:
        path = Path(self.argument.get("folder", "/tmp")) / f"large-{os.getpid()}.csv"
        with path.open("wb") as file:
            file.truncate(BIG)
        try:
            self.aa.FilesApi(self.client).files_upsert_file("H", "h", "a.csv", str(path), **self.options)
        finally:
            path.unlink()
        return "sent"

    def unread_upload(self) -> Any:
        with self.deaf_server():
            return self.large()

    def refused_upload(self) -> Any:
        said = answer(413, {"message": "too large"}, reason="Payload Too Large", Connection="close")
        with self.deaf_server(said):
            try:
                return self.large()
            except self.aa.ApiException as error:
                return str(error.status)

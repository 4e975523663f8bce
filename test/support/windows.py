"""Remove from this Python what Windows does not have, so that code that needs it fails here.

`take_away()` runs once, from test/conftest.py, when APTECO_TEST_WINDOWS is set (`tox -e windows-like`).
Paths, `os.name` and the libraries that are loaded before stay as they are on Linux.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.abc
import importlib.machinery
import math
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from types import ModuleType

import _pytest.compat
import _pytest.pathlib
import _pytest.tmpdir

MODULES = frozenset(
    ("curses", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty")
)
"""Modules of the standard library that Windows does not have."""

OS_NAMES = """
    O_CLOEXEC O_DIRECTORY O_DSYNC O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC WEXITSTATUS WIFEXITED chown
    chroot confstr ctermid fchdir fchmod fchown fork forkpty fpathconf getegid geteuid getgid getgroups
    getloadavg getpgid getpgrp getpriority getresuid getsid getuid initgroups killpg lchown mkfifo mknod
    nice openpty pathconf posix_spawn pread preadv pwrite pwritev register_at_fork sched_getaffinity
    sendfile setegid seteuid setgid setgroups setpgid setpriority setsid setuid statvfs sync sysconf
    tcgetpgrp uname wait wait3 wait4
"""
SIGNAL_NAMES = """
    SIGALRM SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGUSR1 SIGUSR2
    SIGWINCH alarm getitimer pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending
    sigtimedwait sigwait
"""
SOCKET_NAMES = "AF_UNIX CMSG_LEN MSG_DONTWAIT SO_REUSEPORT recv_fds send_fds sethostname"
TIME_NAMES = "clock_gettime clock_settime pthread_getcpuclockid tzset"

NAMES = {
    "os": frozenset(OS_NAMES.split()),
    "signal": frozenset(SIGNAL_NAMES.split()),
    "socket": frozenset(SOCKET_NAMES.split()),
    "time": frozenset(TIME_NAMES.split()),
}
"""Names of other modules that Windows does not have."""

TICK = 1 / 64
"""Seconds between two readings of Windows' clock that differ."""

LOADED = (
    "anyio._backends._asyncio", "duckdb", "getpass", "http.server", "matplotlib.figure", "msgspec", "pandas",
    "platformdirs", "polars", "pyarrow.parquet", "rich.console", "shutil", "subprocess", "tempfile",
    "uvicorn.protocols.http.h11_impl", "xdist",
)  # fmt: skip
"""Libraries with separate code for each system, which are imported before anything is removed."""


class Refusing(importlib.abc.MetaPathFinder):
    """An import hook that refuses the removed modules."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def loopback_pair(*_: object, **__: object) -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets, as `socket.socketpair` makes them on Windows."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        first = socket.create_connection(listener.getsockname())
        second, _ = listener.accept()
    return first, second


def take_away() -> None:
    """Remove the modules and names, start processes by spawning, and slow the clock down."""
    for name in LOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    for module in (_pytest.compat, _pytest.pathlib, _pytest.tmpdir):  # pytest calls os.getuid
        vars(module)["get_user_id"] = lambda: None
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Refusing())
    for module, names in NAMES.items():
        for name in names:
            if hasattr(sys.modules[module], name):
                delattr(sys.modules[module], name)
    socket.socketpair = loopback_pair  # type: ignore[assignment]
    multiprocessing.set_start_method("spawn", force=True)
    monotonic, clock = time.monotonic, time.time
    time.monotonic = lambda: math.floor(monotonic() / TICK) * TICK
    time.time = lambda: math.floor(clock() / TICK) * TICK
    assert asyncio.get_event_loop_policy() is not None
    assert not hasattr(os, "fork")
    assert not hasattr(signal, "SIGKILL")

"""What can be set about a sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .versions import NEWEST, VERSIONS

BASE_PATH = "/OrbitAPI"
SMALL_SCALE = 20_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How a sandbox is set up. `serve` takes the same names as keywords, the command as options."""

    scale: int | None = None
    """Number of bookings, 100 to 30 million; the other tables grow with it.

    Without it 20,000, or what `data` holds.
    """
    seed: int | None = None
    """Another seed gives other data of the same kind; the same seed gives the same data."""
    data: Path | None = None
    """DuckDB file that keeps data and state; everything is in memory, and gone at the end, without it."""
    host: str = "127.0.0.1"
    port: int = 0
    """TCP port; 0 takes a free one."""
    data_view: str = "Holidays"
    system: str = "holidays"
    password: str = "holidays"  # noqa: S105 - the documented password of a server that listens on loopback only
    """Password of the accounts that a new sandbox starts with."""
    version: str = NEWEST
    """The server that the sandbox stands for: one of `versions.VERSIONS`. An older one answers 404 to the
    operations that came later."""
    session_seconds: float = 8 * 3600
    """How long a session lasts after its login."""
    token_seconds: float | None = None
    """How long an access token lasts. A new one comes from another login, or from `Sessions/ConvertSession`.

    Without it `exp` says five minutes, as the vendor's servers do, and the token goes on to open its session
    for a script that does not renew it.
    """
    query_seconds: float = 300
    """The time limit of a query, an export or a cube whose call sets no `timeoutInSeconds`."""
    job_seconds: float = 0.25
    """The least time that a job takes from its start, so that clients see it running and done."""
    licensing_credit: int = 10_000
    """What a new sandbox's account for data licensing holds; a purchase that costs more is refused."""
    strict_fields: bool = False
    """Refuse the fields in `filter` and `orderBy` that the vendor does not list for the operation, instead of
    taking every property of the listed rows."""
    workers: int = 8
    """Requests that are worked on at the same time; more of them wait their turn."""
    job_workers: int = 2
    """Jobs that are worked on at the same time; more of them queue."""
    body_limit: int = 64 * 1024 * 1024
    """Most bytes of a request body; larger files go up in parts."""
    origins: tuple[str, ...] = ()
    """Web pages that may call the sandbox from a browser: their origins, such as `http://localhost:4200`."""
    trouble: str = ""
    """Faults to inject, by schedule (see `faults`), such as `503 every 5; slow=0.2 on Queries_*`."""

    def __post_init__(self) -> None:
        least = {"workers": 1, "job_workers": 1, "body_limit": 1, "job_seconds": 0, "licensing_credit": 0}
        for name, low in least.items():
            if not getattr(self, name) >= low:
                raise ValueError(f"{name} is at least {low}, not {getattr(self, name)}")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port is from 0 to 65535, not {self.port}")
        if self.version not in VERSIONS:
            raise ValueError(f"version is one of {', '.join(VERSIONS)}, not {self.version!r}")
        for name in ("session_seconds", "token_seconds", "query_seconds"):
            if getattr(self, name) is not None and not getattr(self, name) > 0:
                raise ValueError(f"{name} is more than 0, not {getattr(self, name)}")
        for name in ("data_view", "system"):
            if not getattr(self, name).strip("/ ") or "/" in getattr(self, name):
                raise ValueError(f"{name} is a name without slashes, not {getattr(self, name)!r}")

    @property
    def is_local(self) -> bool:
        """Whether only programs on this machine can reach the server."""
        return self.host in ("127.0.0.1", "::1", "localhost")

"""The settings of a sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .versions import NEWEST, VERSIONS

BASE_PATH = "/OrbitAPI"
SMALL_SCALE = 20_000


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a sandbox. `serve` takes the same names as keywords, the command as options."""

    scale: int | None = None
    """Number of bookings, 100 to 30 million; the other tables grow with it.

    By default 20,000, or the number in the file `data`.
    """
    seed: int | None = None
    """Another seed gives other data of the same kind; the same seed gives the same data."""
    data: Path | None = None
    """DuckDB file that stores data and state; by default, all is in memory and lost at the end."""
    host: str = "127.0.0.1"
    port: int = 0
    """TCP port; 0 takes a free one."""
    data_view: str = "Holidays"
    system: str = "holidays"
    password: str = "holidays"  # noqa: S105 - the documented password of a server that listens on loopback only
    """Password of the accounts that a new sandbox starts with."""
    version: str = NEWEST
    """The server version that the sandbox imitates: one of `versions.VERSIONS`. An old version answers 404 to
    newer operations."""
    session_seconds: float = 8 * 3600
    """Seconds for which a session lasts after its login."""
    token_seconds: float | None = None
    """Seconds for which an access token lasts. Another login, or `Sessions/ConvertSession`, gives a new one.

    By default, `exp` is in five minutes, as on the vendor's servers, but the token stays valid as long as its
    session, for scripts that don't renew it.
    """
    query_seconds: float = 300
    """The time limit of a query, an export or a cube whose call sets no `timeoutInSeconds`."""
    job_seconds: float = 0.25
    """The least seconds that a job takes from its start, so that clients see it running and done."""
    licensing_credit: int = 10_000
    """The credit of a new sandbox's account for data licensing; a purchase that costs more is refused."""
    strict_fields: bool = False
    """Refuse fields in `filter` and `orderBy` that the vendor does not list for the operation. By default,
    every property of the listed rows is accepted."""
    workers: int = 8
    """Requests that are processed at the same time; further requests wait."""
    job_workers: int = 2
    """Jobs that run at the same time; further jobs are queued."""
    body_limit: int = 64 * 1024 * 1024
    """Most bytes of a request body; larger files must be uploaded in parts."""
    origins: tuple[str, ...] = ()
    """Web pages that may call the sandbox from a browser: their origins, such as `http://localhost:4200`."""
    trouble: str = ""
    """Faults to inject, by schedule (see `faults`), such as `503 every 5; slow=0.2 on Queries_*`."""

    def __post_init__(self) -> None:
        least = {"workers": 1, "job_workers": 1, "body_limit": 1, "job_seconds": 0, "licensing_credit": 0}
        for name, low in least.items():
            if not getattr(self, name) >= low:
                raise ValueError(f"{name} must be at least {low}, not {getattr(self, name)}")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {self.port}")
        if self.version not in VERSIONS:
            raise ValueError(f"version must be one of {', '.join(VERSIONS)}, not {self.version!r}")
        for name in ("session_seconds", "token_seconds", "query_seconds"):
            if getattr(self, name) is not None and not getattr(self, name) > 0:
                raise ValueError(f"{name} must be more than 0, not {getattr(self, name)}")
        for name in ("data_view", "system"):
            if not getattr(self, name).strip("/ ") or "/" in getattr(self, name):
                raise ValueError(f"{name} must be a name without slashes, not {getattr(self, name)!r}")

    @property
    def is_local(self) -> bool:
        """Whether only programs on this machine can reach the server."""
        return self.host in ("127.0.0.1", "::1", "localhost")

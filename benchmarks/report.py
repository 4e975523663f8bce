"""The figures as Markdown tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .frames import COLUMNS, FRAMES, MEGABYTES, RATIO
from .rows import ALL, Row

HEADINGS = {
    "ours": "ours",
    "published": "0.3.2",
    "oag": "OpenAPI Generator 7",
    "opc": "openapi-python-client",
}
NOTES = Path(__file__).with_name("notes.md")


@dataclass
class Page:
    """The contents of docs/performance.md."""

    machine: str
    versions: dict[str, str]
    sizes: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[Row, dict[str, float], float | None]] = field(default_factory=list)
    flat: dict[str, float] = field(default_factory=dict)
    streaming: dict[str, float] = field(default_factory=dict)
    frames: dict[str, float] = field(default_factory=dict)
    sandbox: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, row: Row, figures: dict[str, float], ratio: float | None) -> None:
        """Add a row to the client's table; the time of the bare interpreter is subtracted."""
        bare = figures.pop("bare", 0.0)
        self.lines.append((row, {name: value - bare for name, value in figures.items()}, ratio))

    def text(self) -> str:
        """Return the page."""
        parts = [
            "# Performance",
            "Written by `tox -e bench` (`python -m benchmarks`); do not edit it by hand. Each figure is a median of fresh "
            "processes that take turns. The machine is shared, and its speed changes within a minute. So a ratio to the floor "
            "is the median of ratios of neighbours in time, measured by turns in one process if a process can do the work more "
            "than once. These ratios hold; the absolute times do not.",
            f"Machine: {self.machine}. Versions: "
            + ", ".join(f"{name} {version}" for name, version in self.versions.items())
            + ". Payloads, made from the spec with a seed: "
            + ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in self.sizes.items())
            + ".",
        ]
        if self.lines:
            parts += ["## The client", self._client()]
        if self.flat:
            parts += ["## Import does not grow with the spec", self._flat()]
        if self.streaming:
            parts += ["## A streamed export", self._streaming()]
        if self.frames:
            parts += ["## A frame of a million rows", self._frames()]
        if self.sandbox:
            parts += ["## The sandbox", self._sandbox()]
        if NOTES.exists():
            parts.append(NOTES.read_text("utf-8").strip())
        return "\n\n".join(parts) + "\n"

    def _client(self) -> str:
        head = [
            "work",
            *(HEADINGS[client] for client in ALL),
            "json.loads",
            "orjson",
            "floor",
            "limit of ours",
            "met",
        ]
        table = [_row(head), _row(["---"] * len(head))]
        for row, figures, ratio in self.lines:
            if row.floor:
                told = f"{row.limit:g} × floor"
                met = f"{_yes(ratio <= row.limit)} ({ratio:.2f} × floor)" if ratio else "no floor"
            else:
                told = f"{_number(row.limit)} {row.unit}"
                met = _yes(figures.get("ours", float("nan")) <= row.limit)
            cells = [
                _cell(figures.get(client), row.unit) for client in (*ALL, "json", "orjson", row.floor or "-")
            ]
            table.append(_row([row.name, *cells, told, met]))
        return "\n".join(table)

    def _flat(self) -> str:
        return (
            f"`import apteco_api` takes {_number(self.flat['ours'])} ms with {self.flat['operations']:,.0f} operations, and "
            f"{_number(self.flat['ten times'])} ms in a client of a spec with ten times the operations "
            f"({self.flat['operations, ten times']:,.0f}) and schemas. The start of the interpreter is not counted."
        )

    def _streaming(self) -> str:
        found = self.streaming
        table = [
            _row(["to", "seconds", "share of the raw read speed", "memory added at the peak"]),
            _row(["---"] * 4),
        ]
        table.append(_row(["nowhere (urllib3, bytes dropped)", f"{found['raw seconds']:.2f}", "100 %", "-"]))
        for kind in ("parquet", "csv"):
            seconds, share = found[f"{kind} seconds"], found[f"{kind} share"]
            memory = f"{found[f'{kind} memory']:.0f} MB"
            table.append(_row([kind, f"{seconds:.2f}", f"{share:.0%}", memory]))
        told = (
            f"{found['rows']:,.0f} rows of 4 columns from the sandbox, {found['megabytes']:.0f} MB of JSON."
        )
        return told + " The limits are 64 MB of memory and 60 % of the raw read speed.\n\n" + "\n".join(table)

    def _frames(self) -> str:
        found = self.frames
        table = [
            _row(["to", "seconds", "multiple of the file's time", "memory added at the peak", "met"]),
            _row(["---"] * 5),
        ]
        for name in ("Parquet", *FRAMES):
            cells = [name, f"{found[f'{name} seconds']:.2f}", "1", f"{found[f'{name} memory']:.0f} MB", "–"]
            if name in FRAMES:
                ratio, memory = found[f"{name} ratio"], found[f"{name} memory"]
                cells[2], cells[4] = f"{ratio:.2f}", _yes(ratio <= RATIO and memory <= MEGABYTES)
            table.append(_row(cells))
        told = f"{found['rows']:,.0f} rows of {len(COLUMNS)} columns from the sandbox: `export(…).to_pandas()` and "
        told += "`.to_polars()`, each compared with `export_to` of the same rows to a Parquet file. "
        told += f"The limits are {RATIO} times the file's time and {MEGABYTES} MB."
        return told + "\n\n" + "\n".join(table)

    def _sandbox(self) -> str:
        scales = list(self.sandbox)
        table = [_row(["bookings", *scales]), _row(["---"] * (len(scales) + 1))]
        for name in next(iter(self.sandbox.values())):
            table.append(_row([name, *(_number(self.sandbox[scale][name]) for scale in scales)]))
        return (
            "Requests over HTTP on loopback, compared with hand-written SQL for the same question in the same DuckDB. The "
            "limits at 1 M bookings: 1.5 × the bare SQL plus 3 ms for a count and a cube, 800 ms for an export, 400 MB of "
            "memory, 2 s until it is ready from a saved file, no failed call.\n\n" + "\n".join(table)
        )


def _yes(met: bool) -> str:
    return "yes" if met else "no"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cell(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{_number(value)} {unit}"

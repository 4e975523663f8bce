"""Write docs/day-reference.md: every public name of a session and what belongs to it, from the docstrings.

python docs/internals/make_day_reference.py [--check]
"""

from __future__ import annotations

import inspect
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
TARGET = HERE / "day-reference.md"
sys.path.insert(0, str(HERE.parent))

import apteco_api  # noqa: E402 - the checkout, not what is installed

# what is shown, in the order of a day: the public names, as users write them
PARTS: dict[str, list[str]] = {
    "Logging in": ["aa.login", "aa.Session", "aa.CredentialsError"],
    "Looking around": [
        "aa.Collection",
        "aa.SystemTable",
        "aa.SystemVariable",
        "aa.VariableFolder",
        "aa.Audiences",
        "aa.Audience",
        "aa.session.Files",
        "aa.session.Queries",
    ],
    "Conditions": [
        "aa.where",
        "aa.Where",
        "aa.Condition",
        "aa.UnknownName",
        "aa.AmbiguousName",
        "aa.query.Catalogue",
        "aa.query.StaticCatalogue",
        "aa.query.Facts",
    ],
    "Frames": ["aa.Rows", "aa.RowStream", "aa.CubeFrame", "aa.BadCell", "aa.MissingExtra"],
    "Pages and jobs": ["aa.paginate", "aa.Job", "aa.Poller"],
    "Many at once": ["aa.Batch", "aa.Outcome"],
    "Async": ["aa.aio.login", "aa.AsyncSession", "aa.AsyncJob"],
    "Seeing what happens": ["aa.show_log", "aa.trace"],
}


def page() -> str:
    """The whole document."""
    lines = [
        "<!-- Written by docs/internals/make_day_reference.py from the docstrings. Do not edit. -->",
        "# A day's work, by name",
        "",
        "What [day.md](day.md) shows in use, with all arguments. The generated controllers are in",
        "[reference](reference/index.md).",
    ]
    for title, names in PARTS.items():
        lines += ["", f"## {title}"]
        for name in names:
            lines += ["", *entry(name, attrgetter(name.removeprefix("aa."))(apteco_api))]
    return "\n".join(lines) + "\n"


def entry(name: str, thing: Any) -> list[str]:
    """One class with its members, or one function."""
    if not inspect.isclass(thing):
        return [f"### `{name}{signature(thing)}`", "", "```text", docstring(thing), "```"]
    lines = [f"### `{name}`", "", "```text", docstring(thing), "```"]
    for member, value in members(thing):
        function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        if not callable(function):
            lines += ["", f"`.{member}`: {docstring(value)}"]
        else:
            shown = signature(function).replace("(self, ", "(").replace("(self)", "()").replace("(cls, ", "(")
            lines += ["", f"`.{member}{shown}`", "", "```text", docstring(function), "```"]
    return lines


def members(thing: type[Any]) -> list[tuple[str, Any]]:
    """The public methods and properties that a class of this package defines itself."""
    return [
        (name, value)
        for name, value in vars(thing).items()
        if not name.startswith("_") and (callable(value) or hasattr(value, "__get__")) and docstring(value)
    ]


def docstring(thing: Any) -> str:
    """The text, without its indentation; nothing for the fields of a named tuple, which have none."""
    text = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
    return "" if text.startswith("Alias for field number") else text


def signature(thing: Any) -> str:
    """The arguments as they are written."""
    return str(inspect.signature(thing)).replace("'", "").replace('"', "'")


def main() -> int:
    """Write the page, or say whether it is up to date."""
    text = page()
    if "--check" in sys.argv:
        return int(not TARGET.exists() or TARGET.read_text("utf-8") != text)
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

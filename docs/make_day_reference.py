"""Write docs/day-reference.md: every public name of a session and what belongs to it, from the docstrings.

python docs/make_day_reference.py [--check]
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TARGET = HERE / "day-reference.md"
sys.path.insert(0, str(HERE.parent))

# what is shown, in the order of a day: module, names
PARTS: dict[str, list[tuple[str, list[str]]]] = {
    "Logging in": [
        ("session", ["login", "Session"]),
        ("connection", ["Connection", "token_of_login", "login_of_token", "found_again"]),
        ("connection", ["settings_for", "explained", "refuse_calls"]),
    ],
    "Credentials": [("credentials", ["resolve", "Login", "read_profiles", "save_profile", "config_path"])],
    "Looking around": [
        ("collection", ["Collection"]),
        ("browse", ["SystemTable", "SystemVariable", "VariableFolder"]),
        ("audiences", ["Audiences", "Audience"]),
        ("filestore", ["Files"]),
        ("savedqueries", ["Queries"]),
    ],
    "Conditions": [
        ("comparing", ["where", "Where"]),
        ("conditions", ["Condition"]),
        ("catalogue", ["Catalogue", "StaticCatalogue", "Facts"]),
    ],
    "Frames": [("frames", ["Rows"]), ("rowstream", ["RowStream"]), ("cubes", ["CubeFrame"])],
    "Pages and jobs": [("toolkit.paging", ["paginate", "Pages"]), ("job", ["Job"])],
    "Many at once": [("batch", ["Batch", "Outcome", "run_batch", "await_batch"])],
    "Async": [
        ("aio_session", ["login", "AsyncSession"]),
        ("aio_connection", ["AsyncConnection"]),
        ("aio_job", ["AsyncJob"]),
    ],
    "Seeing what happens": [("observability", ["show_log", "trace", "end_tracing", "Redacting"])],
    "Errors": [
        ("credentials", ["CredentialsError"]),
        ("catalogue", ["UnknownName", "AmbiguousName"]),
        ("columns", ["BadCell"]),
        ("extras", ["MissingExtra"]),
    ],
    "Building blocks": [
        ("browse", ["SessionCatalogue", "facts_of", "tables_of", "variables_of"]),
        ("aio_catalogue", ["AsyncCatalogue"]),
        (
            "catalogue",
            [
                "kind_of",
                "ancestors",
                "route",
                "match_codes",
                "unknown",
                "ambiguous",
                "near",
                "variable_called",
            ],
        ),
        ("conditions", ["Comparison", "Combined", "Negated", "Carried", "Limited", "carry", "no_bool"]),
        ("columns", ["ExportColumn", "split_rows", "values", "is_whole", "may_be_whole", "day"]),
        ("columns", ["arrow_type", "arrow_schema", "arrow_table", "with_codes"]),
        ("cube_axes", ["CubeDimension", "CubeMeasure", "dimension", "measure", "cube_request"]),
        ("cube_axes", ["as_list", "check_labels"]),
        ("periods", ["period_start"]),
        ("credentials", ["keyring_name", "keyring_password"]),
        ("job", ["start_job", "resume_job", "WatchedPoller", "GivenUp"]),
        ("frames", ["opened"]),
        ("extras", ["need"]),
        ("observability", ["trace_if_used"]),
    ],
}


def page() -> str:
    """The whole document."""
    lines = [
        "<!-- Written by docs/make_day_reference.py from the docstrings. Do not edit. -->",
        "# A day's work, by name",
        "",
        "What [day.md](day.md) shows in use, with all arguments. The generated controllers are in",
        "[reference](reference/index.md).",
    ]
    for title, modules in PARTS.items():
        lines += ["", f"## {title}"]
        for module, names in modules:
            found = import_module(f"apteco_api.{module}")
            for name in names:
                lines += ["", *entry(f"{module.rpartition('.')[2]}.{name}", getattr(found, name))]
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

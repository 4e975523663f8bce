"""Arguments that several commands share."""

from __future__ import annotations

from ..command import Arg, arg


def _target(text: str) -> str:
    """Return the file to write, or an empty text for `-`, which is standard output."""
    return "" if text == "-" else text


GROUPS: dict[str, tuple[str, tuple[Arg, ...]]] = {
    "login": (
        "where to log in (items that are not given come from the environment, a profile or the keyring)",
        (
            arg("--host", "base URL of the API (APTECO_API_HOST)", metavar="URL"),
            arg("--data-view", "data view (APTECO_API_DATA_VIEW)", metavar="NAME"),
            arg("--system", "FastStats system (APTECO_API_SYSTEM)", metavar="NAME"),
            arg("--user", "username or email (APTECO_API_USER); a terminal asks for password and code"),
            arg("--profile", "profile that `login` has stored (APTECO_API_PROFILE)", metavar="NAME"),
        ),
    ),
    "output": (
        "form of the output",
        (
            arg(
                "--format",
                "table (default in a terminal), csv (default elsewhere), json, parquet or xlsx",
                choices=("table", "csv", "json", "parquet", "xlsx"),
                metavar="FORMAT",
            ),
            arg("--output", "write to FILE; its ending decides the format", type=_target, metavar="FILE"),
        ),
    ),
    "listing": (
        "order and columns",
        (
            arg("--sort", "sort by a column; `-NAME` puts the largest first", metavar="NAME"),
            arg("--columns", "only these columns, in this order", metavar="NAME,NAME"),
        ),
    ),
    "query": (
        "which records (all conditions must hold; those on one table, for the same record)",
        (
            arg(
                "--where",
                "NAME=VALUE,VALUE; also != < <= > >= ~ (contains); NAME=LOW..HIGH; NAME= (missing); "
                "NAME=@FILE (one value on each line); DATE=last 12 months",
                action="append",
                default=[],
                metavar="CONDITION",
            ),
            arg(
                "--query",
                "a file of `export-queries --json`, or - for standard input",
                metavar="FILE",
            ),
            arg("--query-file", "a query saved on the server", metavar="PATH"),
        ),
    ),
}

CALL_OPTIONS = (
    arg("--json", "the body: JSON, @FILE, or - for standard input", metavar="BODY"),
    arg("--all", "get all pages, as one list", action="store_true"),
    arg("--save-to", "write the answer to FILE, or to standard output for -", metavar="FILE"),
    arg("--dry-run", "show the request, send nothing", action="store_true"),
    arg("--as-curl", "show the request as a curl command, send nothing", action="store_true"),
)
"""Options of every operation, before or after its name."""

WAIT = arg(
    "--timeout", "wait at most N seconds (default: %(default)s)", type=float, default=3600.0, metavar="N"
)
FORCE = arg("--force", "replace a file that exists", action="store_true")
AUDIENCE = arg("audience", "title or id")
OF_TABLE = arg("table", "table of the records to select; by default the first condition's", nargs="?")
EXPORT = (
    arg("columns", "variables, by name or description; by default all", nargs="*", metavar="column"),
    arg("--limit", "at most N rows (a table in a terminal: 50)", type=int, metavar="N"),
    arg("--sort", "sort by a column; `-NAME` puts the largest first", action="append", metavar="NAME"),
    arg("--codes", "write codes in place of descriptions (csv only)", action="store_true"),
    arg(
        "--partition-by",
        "write a Parquet dataset into the folder --output, split by the values of a column; may be repeated",
        action="append",
        metavar="NAME",
    ),
)
"""Arguments that every export takes."""

"""The commands of `apteco-api`: one table, which the parser, the completion and the documents are made of.

Nothing else is imported here, so that a command starts quickly: what a command needs is loaded when it runs.
"""

from __future__ import annotations

from .command import Arg, Command, arg

GROUPS: dict[str, tuple[str, tuple[Arg, ...]]] = {
    "login": (
        "where to log in (what is not given: environment, profile, keyring)",
        (
            arg("--host", "base URL of the API (APTECO_API_HOST)", metavar="URL"),
            arg("--data-view", "data view (APTECO_API_DATA_VIEW)", metavar="NAME"),
            arg("--system", "FastStats system (APTECO_API_SYSTEM)", metavar="NAME"),
            arg("--user", "user name (APTECO_API_USER); the password is asked for in a terminal"),
            arg("--profile", "profile that `login` has stored (APTECO_API_PROFILE)", metavar="NAME"),
        ),
    ),
    "output": (
        "what comes out",
        (
            arg(
                "--format",
                "table (default in a terminal), csv (default elsewhere), json or parquet",
                choices=("table", "csv", "json", "parquet"),
            ),
            arg("--output", "write to FILE; its ending decides the format", metavar="FILE"),
        ),
    ),
    "query": (
        "which records (all conditions must hold; those of one table, for the same record)",
        (
            arg(
                "--where",
                "NAME=VALUE,VALUE; also != < <= > >= ~ (contains); NAME=LOW..HIGH; NAME= (missing)",
                action="append",
                default=[],
                metavar="CONDITION",
            ),
            arg("--query", "JSON of a Query, `-` for standard input", metavar="FILE"),
            arg("--query-file", "a query saved on the server", metavar="PATH"),
        ),
    ),
}

CALL_OPTIONS = (
    arg("--json", "the body: JSON, @FILE, or - for standard input", metavar="BODY"),
    arg("--all", "all pages, as one list", action="store_true"),
    arg("--save-to", "write the answer to FILE", metavar="FILE"),
    arg("--dry-run", "show the request and don't send it", action="store_true"),
    arg("--as-curl", "show the request as a curl command and don't send it", action="store_true"),
)
"""What each operation takes beside its own arguments; before or after its name."""

COMMANDS: tuple[Command, ...] = (
    Command(
        "login",
        "check credentials and store them as a profile, in a file that only you can read",
        "apteco-api login --host https://server/OrbitAPI --data-view holidays --user ann",
        "login:login",
        (
            arg("--password-stdin", "read the password from standard input", action="store_true"),
            arg("--keyring", "keep the password in the keyring, not in the file", action="store_true"),
            arg("--no-password", "don't keep the password", action="store_true"),
            arg("--default", "make it the profile that is used if none is named", action="store_true"),
        ),
        ("login",),
        session=False,
        about="What is not given is asked for. The password is never shown, and never an argument. "
        "The profile is called `default` unless --profile says otherwise.",
    ),
    Command(
        "tables",
        "list the tables of the system",
        "apteco-api tables",
        "catalogue:tables",
        (arg("search", "only those with this text in a name", nargs="?"),),
        ("login", "output"),
    ),
    Command(
        "variables",
        "list the variables of the system, or of a table",
        "apteco-api variables cost --table Bookings",
        "catalogue:variables",
        (
            arg("search", "only those with this text in name or description", nargs="?"),
            arg("--table", "only those of this table", metavar="NAME"),
        ),
        ("login", "output"),
    ),
    Command(
        "codes",
        "list the codes of a variable, with their counts",
        "apteco-api codes Destination --format csv",
        "catalogue:codes",
        (
            arg("variable", "name or description"),
            arg("search", "only those with this text in code or description", nargs="?"),
        ),
        ("login", "output"),
    ),
    Command(
        "count",
        "count records",
        'apteco-api count People --where "Destination=France,Germany" --where "Cost>=500"',
        "questions:count",
        (
            arg("table", "count records of this table; by default of the first condition's", nargs="?"),
            arg("--ancestors", "count the records of the tables above as well", action="store_true"),
        ),
        ("query", "login", "output"),
    ),
    Command(
        "export",
        "export records, as they arrive",
        'apteco-api export Bookings boURN Destination Cost --where "Cost>2000" --output dear.parquet',
        "questions:export",
        (
            arg("table", "export records of this table"),
            arg("columns", "variables, by name or description", nargs="+", metavar="column"),
            arg("--limit", "at most so many rows (a table in a terminal: 50)", type=int, metavar="N"),
            arg("--codes", "codes in place of descriptions (csv only)", action="store_true"),
        ),
        ("query", "login", "output"),
    ),
    Command(
        "cube",
        "figures for every combination of some variables' values",
        'apteco-api cube Bookings Product "Booking Date by Years" --measure "Sum(Cost)" --plot cost.png',
        "questions:cube",
        (
            arg("table", "analyse records of this table"),
            arg(
                "dimensions",
                'selectors; dates "by Years", Quarters, Months …',
                nargs="+",
                metavar="dimension",
            ),
            arg(
                "--measure",
                "Count, a table's name, or Sum(Cost), Mean(Cost) …; may be repeated",
                action="append",
                metavar="MEASURE",
            ),
            arg("--totals", "keep totals", action="store_true"),
            arg("--unclassified", "keep unclassified values", action="store_true"),
            arg(
                "--plot",
                "draw the first measure: into a picture FILE (png, svg, pdf), without FILE as bars of text",
                nargs="?",
                const="",
                metavar="FILE",
            ),
        ),
        ("query", "login", "output"),
    ),
    Command(
        "files ls",
        "list a directory of the server",
        "apteco-api files ls Private",
        "files:files_ls",
        (
            arg("path", "directory; by default the root", nargs="?", default=""),
            arg("--recursive", "with everything below", action="store_true"),
        ),
        ("login", "output"),
    ),
    Command(
        "files get",
        "download a file",
        'apteco-api files get "Private/Bookings to France or Germany.xml" backup/',
        "files:files_get",
        (
            arg("path", "path on the server"),
            arg("to", "file, folder, or - for standard output (default: this folder)", nargs="?"),
        ),
        ("login",),
    ),
    Command(
        "files put",
        "upload a file, in place of one that is there",
        "apteco-api files put notes.txt Private/notes.txt",
        "files:files_put",
        (
            arg("file", "local file, or - for standard input"),
            arg("to", "path on the server; a / at its end keeps the file's name"),
        ),
        ("login",),
    ),
    Command(
        "files rm",
        "delete files on the server",
        "apteco-api files rm Private/notes.txt",
        "files:files_rm",
        (arg("paths", "paths on the server", nargs="+", metavar="path"),),
        ("login",),
    ),
    Command(
        "audiences ls",
        "list the audiences",
        "apteco-api audiences ls --format json",
        "audiences:audiences_ls",
        (arg("search", "only those with this text in title or description", nargs="?"),),
        ("login", "output"),
    ),
    Command(
        "audiences create",
        "make an audience, and print its id",
        'apteco-api audiences create "To France" People --where Destination=France',
        "audiences:audiences_create",
        (
            arg("title", "title"),
            arg("table", "whose records; by default of the first condition's table", nargs="?"),
            arg("--description", "what it is for", default=""),
        ),
        ("query", "login"),
    ),
    Command(
        "audiences calculate",
        "calculate an audience, and print how many records it has",
        'apteco-api audiences calculate "To France"',
        "audiences:audiences_calculate",
        (
            arg("audience", "title or id"),
            arg("--no-wait", "print the token of the job, for `jobs wait`", action="store_true"),
            arg(
                "--timeout", "wait at most so many seconds (default: %(default)s)", type=float, default=3600.0
            ),
        ),
        ("login",),
    ),
    Command(
        "audiences rm",
        "delete an audience",
        'apteco-api audiences rm "To France"',
        "audiences:audiences_rm",
        (arg("audience", "title or id"),),
        ("login",),
    ),
    Command(
        "jobs ls",
        "list the server's jobs, the newest first",
        "apteco-api jobs ls --limit 5",
        "jobs:jobs_ls",
        (arg("--limit", "at most so many (default: %(default)s)", type=int, default=50, metavar="N"),),
        ("login", "output"),
    ),
    Command(
        "jobs wait",
        "wait for a job, and print its result as JSON",
        'apteco-api audiences calculate "To France" --no-wait | apteco-api jobs wait -',
        "jobs:jobs_wait",
        (
            arg("token", "token of the job, - for standard input"),
            arg(
                "--timeout", "wait at most so many seconds (default: %(default)s)", type=float, default=3600.0
            ),
        ),
        ("login",),
    ),
    Command(
        "jobs cancel",
        "stop a job",
        'apteco-api jobs cancel "$TOKEN"',
        "jobs:jobs_cancel",
        (arg("token", "token of the job, - for standard input"),),
        ("login",),
    ),
    Command(
        "find term",
        "find a term in saved queries and audiences",
        "apteco-api find term boDest",
        "find:find_term",
        (
            arg("term", "text to look for: in names, values, titles, descriptions, paths"),
            arg("--regex", "the term is a regular expression", action="store_true"),
            arg("--case", "capitals matter", action="store_true"),
        ),
        ("login", "output"),
        about="The exit status is 4 if the term is nowhere.",
    ),
    Command(
        "find tables",
        "find which tables and variables the saved queries and audiences use",
        "apteco-api find tables boDest",
        "find:find_tables",
        (arg("name", "only who uses the table or variable of this name", nargs="?"),),
        ("login", "output"),
    ),
    Command(
        "clone dashboard",
        "copy a dashboard with all its items and queries, and print the new id",
        'apteco-api clone dashboard 3 "Copy for Ann"',
        "clone:clone_dashboard",
        (arg("id", "id of the dashboard", type=int), arg("title", "title of the copy")),
        ("login",),
    ),
    Command(
        "clone collection",
        "copy a collection with all its parts, and print the new id",
        'apteco-api clone collection 3 "Copy for Ann"',
        "clone:clone_collection",
        (
            arg("id", "id of the collection", type=int),
            arg("title", "title of the copy"),
            arg("--file", "path of the copy's file (default: beside the original)", metavar="PATH"),
        ),
        ("login",),
    ),
    Command(
        "export-queries",
        "write all saved queries and audiences as text files",
        "apteco-api export-queries backup",
        "export_queries:export_queries",
        (
            arg("folder", "local folder, made if it is not there"),
            arg(
                "--json",
                "as JSON, not as an outline; that of a query is what `count --query` reads",
                action="store_true",
            ),
        ),
        ("login",),
    ),
    Command(
        "call",
        "call any of the operations of the API",
        "apteco-api call fast_stats_systems_get_fast_stats_table --table-name Bookings",
        "call:call",
        (
            arg("operation", "name of the method, or the operation's id; `list` lists them all"),
            arg("arguments", "its arguments: `call OPERATION --help` shows them", nargs="..."),
            *CALL_OPTIONS,
        ),
        ("login",),
        session=False,
        about="Data view and system are filled in. A body is given as --json TEXT, @FILE or -, which is "
        "standard input; the answer is JSON. --dry-run shows the request, --as-curl a curl command; "
        "neither sends it.",
    ),
    Command(
        "completion",
        "print a script for the shell that completes commands, options and operations",
        'eval "$(apteco-api completion bash)"',
        "completion:completion",
        (arg("shell", "bash, zsh or fish", choices=("bash", "zsh", "fish")),),
        session=False,
    ),
    Command(
        "sandbox",
        "serve the whole API over a synthetic Holidays system, until interrupted",
        "apteco-api sandbox --port 8080 --data holidays.duckdb",
        "sandbox:run",
        (
            arg("--port", "TCP port (default: a free one)", type=int, default=0),
            arg("--host", "address to listen on (default: %(default)s)", default="127.0.0.1"),
            arg("--scale", "number of bookings (default: 1,000,000, or what FILE holds)", type=int),
            arg("--seed", "other data of the same kind", type=int),
            arg("--data", "DuckDB file to keep data and state in", metavar="FILE"),
            arg("--password", "password of the accounts of a new sandbox (default: holidays)"),
            arg("--session-seconds", "how long a session lasts (default: 8 hours)", type=float),
            arg("--query-seconds", "the longest that a query may take (default: 300)", type=float),
            arg("--trouble", "such as '503 every 5; slow=0.2 on Queries_*'", default="", metavar="RULES"),
        ),
        session=False,
    ),
    Command(
        "demo",
        "start a sandbox, log in, read, count, log out: with the code shown",
        "apteco-api demo",
        "demo:run",
        (arg("--scale", "number of bookings (default: %(default)s)", type=int, default=1_000_000),),
        session=False,
    ),
)

"""Commands that log in, look at the data and ask questions."""

from __future__ import annotations

from ..command import Command, arg
from .arguments import EXPORT

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
            arg("--default", "use this profile when none is named", action="store_true"),
        ),
        ("login",),
        session=False,
        about="The command asks for items that are not given. The password is never shown, nor given as an "
        "argument. The profile is called `default` unless --profile names another.",
    ),
    Command(
        "token",
        "log in and print the access token, for APTECO_API_TOKEN and for curl",
        "apteco-api token --profile test",
        "login:token",
        (),
        ("login",),
        session=False,
        about="Keep the token as you would a password. The session stays open until the server ends it.",
    ),
    Command(
        "tables",
        "list the tables of the system",
        "apteco-api tables",
        "catalogue:tables",
        (arg("search", "only tables with this text in a name", nargs="?"),),
        ("login", "output", "listing"),
    ),
    Command(
        "variables",
        "list the variables of the system, or of a table",
        "apteco-api variables cost --table Bookings",
        "catalogue:variables",
        (
            arg("search", "only variables with this text in name or description", nargs="?"),
            arg("--table", "only variables of this table", metavar="NAME"),
        ),
        ("login", "output", "listing"),
    ),
    Command(
        "codes",
        "list the codes of a variable, with their counts",
        "apteco-api codes Destination --format csv",
        "catalogue:codes",
        (
            arg("variable", "name or description"),
            arg("search", "only codes with this text in code or description", nargs="?"),
        ),
        ("login", "output", "listing"),
    ),
    Command(
        "count",
        "count records",
        'apteco-api count People --where "Destination=France,Germany" --where "Cost>=500"',
        "questions:count",
        (
            arg("table", "count records of this table; by default the first condition's", nargs="?"),
            arg("--ancestors", "count the records of the tables above as well", action="store_true"),
        ),
        ("query", "login", "output"),
    ),
    Command(
        "export",
        "export records as they arrive",
        'apteco-api export Bookings boURN Destination Cost --where "Cost>2000" --output dear.parquet',
        "questions:export",
        (
            arg("table", "export records of this table"),
            *EXPORT,
        ),
        ("query", "login", "output"),
    ),
    Command(
        "cube",
        "calculate figures for each combination of the values of some variables",
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
            arg("--totals", "include totals", action="store_true"),
            arg("--unclassified", "include unclassified values", action="store_true"),
            arg(
                "--plot",
                "draw the first measure into a picture FILE (png, svg, pdf); without FILE, as bars of text",
                nargs="?",
                const="",
                metavar="FILE",
            ),
        ),
        ("query", "login", "output", "listing"),
    ),
)

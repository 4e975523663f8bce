"""Commands for what people keep in Orbit: dashboards, favourites, export templates, campaigns."""

from __future__ import annotations

from ..command import Command, arg
from .arguments import WAIT

DASHBOARD = arg("dashboard", "title or id")
ELEMENT = arg("element", "id of the element, as `campaigns ls` prints it")
NO_WAIT = arg("--no-wait", "print the token of the job, for `jobs wait`", action="store_true")

COMMANDS: tuple[Command, ...] = (
    Command(
        "dashboards ls",
        "list the dashboards",
        "apteco-api dashboards ls --format json",
        "dashboards:dashboards_ls",
        (arg("search", "only those with this text in the title", nargs="?"),),
        ("login", "output", "listing"),
        about="An administrator sees every dashboard, others see their own and shared ones.",
    ),
    Command(
        "dashboards refresh",
        "calculate the tiles of a dashboard, and print each with its total",
        "apteco-api dashboards refresh Sales",
        "dashboards:dashboards_refresh",
        (DASHBOARD, WAIT),
        ("login", "output", "listing"),
    ),
    Command(
        "dashboards copy",
        "copy a dashboard under another title, and print the id of the copy",
        'apteco-api dashboards copy Sales "Sales, copy"',
        "dashboards:dashboards_copy",
        (DASHBOARD, arg("title", "title of the copy")),
        ("login",),
    ),
    Command(
        "dashboards transfer",
        "give a dashboard to another user (servers since 2026)",
        "apteco-api dashboards transfer Sales analyst",
        "dashboards:dashboards_transfer",
        (DASHBOARD, arg("owner", "user name of the new owner")),
        ("login",),
    ),
    Command(
        "dashboards rm",
        "delete a dashboard",
        "apteco-api dashboards rm Sales",
        "dashboards:dashboards_rm",
        (DASHBOARD,),
        ("login",),
    ),
    Command(
        "favourites ls",
        "list your favourites (servers since 2026)",
        "apteco-api favourites ls",
        "favourites:favourites_ls",
        (arg("search", "only those with this text in the title", nargs="?"),),
        ("login", "output", "listing"),
    ),
    Command(
        "favourites rename",
        "give a favourite another title",
        'apteco-api favourites rename "Top destinations" Destinations',
        "favourites:favourites_rename",
        (arg("favourite", "title or id"), arg("title", "new title")),
        ("login",),
    ),
    Command(
        "favourites rm",
        "delete a favourite",
        "apteco-api favourites rm Destinations",
        "favourites:favourites_rm",
        (arg("favourite", "title or id"),),
        ("login",),
    ),
    Command(
        "templates ls",
        "list the export templates with their columns (servers since 2022-12)",
        "apteco-api templates ls",
        "favourites:templates_ls",
        (arg("search", "only those with this text in the title", nargs="?"),),
        ("login", "output", "listing"),
    ),
    Command(
        "templates create",
        "make an export template, and print its id",
        "apteco-api templates create Mailing peURN Surname",
        "favourites:templates_create",
        (
            arg("title", "title"),
            arg("columns", "variables, by name or description", nargs="+", metavar="column"),
        ),
        ("login",),
    ),
    Command(
        "templates export",
        "export the records of an audience with the columns of a template, as they arrive",
        'apteco-api templates export Mailing "To France" --output france.csv',
        "favourites:templates_export",
        (
            arg("template", "title or id of the template"),
            arg("audience", "title or id of the audience"),
            arg("--limit", "at most N rows (a table in a terminal: 50)", type=int, metavar="N"),
            arg(
                "--sort", "sort by a column; `-NAME` begins with the largest", action="append", metavar="NAME"
            ),
            arg("--codes", "codes in place of descriptions (csv only)", action="store_true"),
        ),
        ("login", "output"),
    ),
    Command(
        "templates rm",
        "delete an export template",
        "apteco-api templates rm Mailing",
        "favourites:templates_rm",
        (arg("template", "title or id"),),
        ("login",),
    ),
    Command(
        "campaigns ls",
        "list elements of the PeopleStage diagram",
        "apteco-api campaigns ls --recursive",
        "campaigns:campaigns_ls",
        (
            arg("element", "list what is below this element (default: the diagram's root)", nargs="?"),
            arg("--recursive", "with everything below", action="store_true"),
        ),
        ("login", "output", "listing"),
    ),
    Command(
        "campaigns status",
        "print how the campaigns of elements stand",
        "apteco-api campaigns status",
        "campaigns:campaigns_status",
        (arg("element", "id of the element (default: those of the root)", nargs="?"),),
        ("login", "output", "listing"),
    ),
    Command(
        "campaigns pause",
        "pause the campaigns of an element, or all (servers since 2022-12)",
        "apteco-api campaigns pause campaign-3",
        "campaigns:campaigns_pause",
        (arg("element", "id of the element; `all` pauses the system, for administrators"),),
        ("login",),
    ),
    Command(
        "campaigns resume",
        "let paused campaigns go on",
        "apteco-api campaigns resume campaign-3",
        "campaigns:campaigns_resume",
        (arg("element", "id of the element; `all` resumes the system, for administrators"),),
        ("login",),
    ),
    Command(
        "campaigns check-out",
        "check an element out, so that you alone may edit it",
        "apteco-api campaigns check-out campaign-3",
        "campaigns:campaigns_check_out",
        (ELEMENT, NO_WAIT, WAIT),
        ("login",),
    ),
    Command(
        "campaigns check-in",
        "check an element in again, so that others may edit it",
        "apteco-api campaigns check-in campaign-3",
        "campaigns:campaigns_check_in",
        (ELEMENT, NO_WAIT, WAIT),
        ("login",),
    ),
    Command(
        "campaigns publish",
        "publish an element, so that what was edited takes effect",
        "apteco-api campaigns publish campaign-3",
        "campaigns:campaigns_publish",
        (ELEMENT, NO_WAIT, WAIT),
        ("login",),
    ),
    Command(
        "server",
        "print the server's version, and what belongs to a user on newer servers",
        "apteco-api server",
        "favourites:server",
        (arg("--counts", "count what belongs to USER (servers since 2026)", metavar="USER"),),
        ("login", "output", "listing"),
    ),
    Command(
        "temporary-url",
        "print an address that opens one resource for some minutes without a login",
        "apteco-api temporary-url /{dataViewName}/TemporaryFiles/report",
        "favourites:temporary_url",
        (arg("path", "path of the resource below the host; data view and system are filled in"),),
        ("login",),
        about="Keep the address as you would a password. Servers since 2022-12.",
    ),
)

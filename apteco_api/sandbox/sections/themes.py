"""The section Themes: the colours of dashboards."""

from __future__ import annotations

from ..call import Call, handles
from ..resources import Resource, register
from ..store import Row, Writer


@handles("Themes_GetThemes")
def themes(call: Call) -> list[Row]:
    """List the themes."""
    return call.world.store.rows("theme")


@handles("Themes_GetUsage")
def theme_usage(call: Call) -> Row:
    """Count the dashboards of each theme."""
    used = [
        row.get("themeId") or 0
        for row in call.world.store.rows("dashboard", lambda row: not row["deletedOn"])
    ]
    known = call.world.store.rows("theme")
    counted = [{"themeId": theme["id"], "numberOfDashboards": used.count(theme["id"])} for theme in known]
    return {"numberOfDashboardsSetToDefaultTheme": used.count(0), "themeUsageSummaries": counted}


def _make_theme(call: Call) -> Row:
    names = ("name", "default", "published", "definition", "logoId")
    return {**{name: call.body[name] for name in names}, "systemThemeId": 0}


def _only_default(writer: Writer, theme: Row) -> None:
    """If this theme is a default, make it the only default."""
    for other in writer.rows("theme") if theme["default"] else ():
        if other["default"] and other["id"] != theme["id"]:
            writer.change("theme", other, default=False)


def _forget_theme(writer: Writer, theme: Row) -> None:
    """Give dashboards whose theme was deleted the default theme."""
    for dashboard in writer.rows("dashboard"):
        if dashboard.get("themeId") == theme["id"]:
            writer.change("dashboard", dashboard, themeId=None)


register(
    Resource(
        "theme",
        "theme",
        "themeId",
        reads="Themes_GetTheme",
        creates="Themes_CreateTheme",
        changes="Themes_UpdateTheme",
        deletes="Themes_DeleteTheme",
        make=_make_theme,
        stored=_only_default,
        deleted=_forget_theme,
    ),
)

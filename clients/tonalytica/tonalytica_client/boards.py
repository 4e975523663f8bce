"""Find the dashboard that an argument names, on any version of the server.

In addresses, Redash 9 and earlier name a dashboard by its slug, later versions by its number. Since Redash
10, the server shows a slug that is made of the name, so two dashboards may show the same slug. The slug that
the server itself looks up is another one, and is never shown. So this module looks up a slug in the list of
dashboards, and refuses a slug that two dashboards have. Rows and answers name their dashboard by its number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from .basics import MAX_PAGE_SIZE, Basics, as_object, listing
from .client.api.dashboards_api import DashboardsApi
from .errors import AmbiguousSlugError, NotFoundError, ServerError
from .results import ResultObject

DashboardKey = int | str | Mapping[str, Any]
"""A name of a dashboard: its number, a row or an answer with the number, its slug, or the text of the address
bar (`25-url-form`, or the whole address)."""

CALLS = DashboardsApi.operations
_NUMBERED = re.compile(r"(\d+)-(.*)", re.DOTALL)


class Boards(Basics):
    """Methods that find dashboards."""

    tonalytica_url: str
    _numbered: bool | None = None
    """Whether this server names dashboards in addresses by number; None before this is known."""

    def dashboard_url(self, dashboard: DashboardKey) -> str:
        """Return the address of the web page that shows a dashboard.

        Args:
            dashboard: its number, its row or answer, its slug, or the text of the address bar.
        """
        board = self._board(dashboard)
        slug = quote(str(board["slug"]), safe="")
        if self._numbered is False:
            return f"{self.tonalytica_url}/dashboard/{slug}"
        return f"{self.tonalytica_url}/dashboards/{board['id']}-{slug}"

    # ---- internals

    def _number(self, key: DashboardKey) -> int:
        """Return the number of a dashboard, for addresses that use the number on every version."""
        key = self._plain(key)
        if isinstance(key, Mapping):
            return int(key["id"])
        if isinstance(key, int) or key.isdecimal():
            return int(key)
        return int(self._row(key)["id"])

    def _board(self, key: DashboardKey, slug_first: bool = False) -> ResultObject:
        """Return a dashboard with its widgets.

        Args:
            key: the name of the dashboard.
            slug_first: read a text of digits as a slug, if a dashboard has that slug.
        """
        key = self._plain(key)
        if isinstance(key, Mapping):
            return self._whole(key)
        if isinstance(key, str) and not key.isdecimal():
            return self._whole(self._row(key))
        rows = self._rows() if slug_first else []
        if any(row["slug"] == str(key) for row in rows):
            return self._whole(self._row(str(key), rows))
        return self._by_id(key)

    def _by_id(self, key: int | str) -> ResultObject:
        """Return a dashboard by its number; by its slug if it is a text and no dashboard has the number."""
        number = int(key)
        found = None if self._numbered is False else self._by_number(number)
        if found is not None:
            return found
        rows = self._rows()
        row = next((each for each in rows if each["id"] == number), None)
        if row is None and isinstance(key, str):
            row = self._row(key, rows)
        if row is None:  # raise the server's own message
            return as_object(self._wire.call(CALLS, "get_dashboard", dashboard=number))
        return self._whole(row)

    def _address(self, key: DashboardKey) -> int | str:
        """Return the name of a dashboard in this server's addresses: its number or its slug."""
        board = self._board(key)
        number: int = board["id"]
        if self._numbered is None and self._by_number(number) is None:
            self._numbered = False
        return str(board["slug"]) if self._numbered is False else number

    def _plain(self, key: DashboardKey) -> DashboardKey:
        """Return a key without the address around it.

        Raises:
            ValueError: the key is empty, or an address of another server or of something else.
        """
        if isinstance(key, Mapping) or not isinstance(key, str):
            return key
        text = key.strip()
        if "://" in text or text.startswith("/"):
            parts = urlsplit(text)
            own = urlsplit(self.tonalytica_url)
            place = re.fullmatch(r".*/dashboards?/([^/]+)/?", parts.path)
            if place is None or parts.netloc not in ("", own.netloc):
                raise ValueError(f"{key!r} is not the address of a dashboard of {self.tonalytica_url}")
            text = unquote(place[1])
        if not text:
            raise ValueError("dashboard must be a number or a slug, not an empty text")
        return text

    def _rows(self) -> list[Any]:
        def page(page: int, page_size: int) -> ResultObject:
            return as_object(self._wire.call(CALLS, "list_dashboards", **listing(page, page_size, {})))

        return list(self.iterate(page, page_size=MAX_PAGE_SIZE))

    def _row(self, key: str, rows: list[Any] | None = None) -> Mapping[str, Any]:
        """Return the dashboard that a text names by its slug, or as the address bar shows it.

        Raises:
            AmbiguousSlugError: two dashboards have this slug.
            NotFoundError: no dashboard has it.
        """
        rows = self._rows() if rows is None else rows
        form = _NUMBERED.fullmatch(key)
        number, rest = (int(form[1]), form[2]) if form else (None, "")
        exact = [row for row in rows if row["slug"] == key or (row["id"] == number and row["slug"] == rest)]
        if len(exact) > 1:
            raise AmbiguousSlugError(key, [row["id"] for row in exact])
        if exact:
            return exact[0]  # type: ignore[no-any-return]
        if number is not None:  # the web page reads only the number
            row = next((each for each in rows if each["id"] == number), None) or self._by_number(number)
            if row is not None:
                return row
        # a slug from before a rename, or of an archived dashboard: no other dashboard has it
        return as_object(self._wire.call(CALLS, "get_dashboard", dashboard=key, legacy=""))

    def _whole(self, row: Mapping[str, Any]) -> ResultObject:
        """Return the dashboard of a row, with its widgets."""
        number: int = row["id"]
        if self._numbered is not False:
            found = self._by_number(number)
            if found is not None:
                return found
        found = as_object(self._wire.call(CALLS, "get_dashboard", dashboard=row["slug"], legacy=""))
        if found["id"] != number:  # the slug of another dashboard: only the number names this one
            return as_object(self._wire.call(CALLS, "get_dashboard", dashboard=number))
        self._numbered = False
        return found

    def _by_number(self, number: int) -> ResultObject | None:
        """Return the dashboard with a number; None if this server does not find one by its number."""
        try:
            found = as_object(self._wire.call(CALLS, "get_dashboard", dashboard=number))
        except NotFoundError:
            return None
        except ServerError as error:
            if error.status != 500:
                raise
            return None
        if found.get("id") != number:  # the server read the number as a slug of digits
            return None
        if found.get("slug") != str(number):
            self._numbered = True
        return found

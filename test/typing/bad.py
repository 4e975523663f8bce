# ruff: noqa: B018 - some mistakes are expressions whose value is not used
"""Mistakes: mypy and pyright must both report each line that is marked, and no other."""

from __future__ import annotations

import apteco_api as aa
from apteco_api import aio

client = aa.ApiClient()
api = aa.QueriesApi(client)

aa.QueryFile(pth="x")  # WRONG
aa.QueryFile()  # WRONG
aa.QueryFile(5)  # WRONG
aa.Criteria("boDest", include="yes")  # WRONG
aa.Selection(rule=aa.Rule())  # WRONG
aa.QueryFile("x").paht  # WRONG
aa.QueryFile("x").path = 5  # WRONG
aa.NoSuchModel  # WRONG
aa.Table  # right
api.queries_perform_query_file_count_synchronously("holidays")  # WRONG
api.queries_perform_query_file_count_synchronously("holidays", 5)  # WRONG
api.queries_perform_query_file_count_synchronously("holidays", "holidays", query_fil=None)  # WRONG
api.queries_perform_query_file_count_synchronously("holidays", "holidays", 30)  # WRONG
api.queries_perform_query_file_count_synchronously("holidays", "holidays", _request_timeout="soon")  # WRONG
api.queries_no_such_method()  # WRONG
aio.QueriesApi(client)  # WRONG
number: int = aa.AboutApi(client).about_get_version()  # WRONG
data, status = aa.AboutApi(client).about_get_version_with_http_info()  # WRONG

"""Pages: filter, order and cut a list by the query parameters of a paged operation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .call import Answer, Call
from .filter import Fields, compile_filter, sort_rows
from .store import Row

DEFAULT_COUNT = 10
_SHAPED = ""


def page(call: Call, rows: Iterable[Row]) -> Answer:
    """Return the requested page of `rows`, with only the fields of the listed schema in each row."""
    schemas = call.world.spec.schemas
    answer = schemas.resolve(call.operation.answer or {})
    item = answer["properties"]["list"]["items"]
    shape = schemas.shape(item)
    # also for an operation that does not declare these parameters: it must not silently ignore them
    condition, order = call.given.get("filter", ""), call.given.get("orderBy", "")
    if not condition.strip() and not order.strip():
        return cut(call, [shape(row) for row in rows])
    # a listed field may be only in the stored row, such as the browser of a hit
    shown = [(shape(row), row) for row in rows]
    chosen: list[Row] = [{**stored, **shaped, _SHAPED: shaped} for shaped, stored in shown]
    fields = Fields(schemas, item, call.operation.fields, strict=call.world.settings.strict_fields)
    if condition.strip():
        chosen = list(filter(compile_filter(condition, fields), chosen))
    if order.strip():
        chosen = sort_rows(chosen, order, fields)
    return cut(call, [row[_SHAPED] for row in chosen])


def cut(call: Call, rows: list[Any]) -> Answer:
    """Return the page at offset and count, from rows that are filtered and ordered already."""
    offset = call.query.get("offset") or 0
    count = call.query.get("count")
    rest = rows[offset:] if count is None else rows[offset : offset + count]
    chosen = rest[:DEFAULT_COUNT] if count is None else rest
    return whole(chosen, offset, len(rows))


def whole(rows: list[Any], offset: int = 0, total: int | None = None) -> Answer:
    """Return a page of exactly these rows."""
    body = {"offset": offset, "count": len(rows), "totalCount": len(rows) if total is None else total}
    return Answer({**body, "list": rows}, shaped=True)

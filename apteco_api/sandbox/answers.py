"""Convert the result or the error of a handler to an answer: cut down to the spec, in the requested form."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from itertools import chain, islice
from typing import Any

import msgspec
from starlette.responses import Response

from . import faults, media, xml_form
from .call import Answer
from .problem import Problem
from .schema import Json, Mismatch, Schemas
from .spec import Operation
from .store import Row
from .streamed import Streamed

_ERROR: Json = {"$ref": "#/components/schemas/ErrorMessage"}
# a stored text must not run as a page of the sandbox
_SAFE = {"X-Content-Type-Options": "nosniff"}


def render(
    operation: Operation, result: Any, accept: str, schemas: Schemas, injected: list[faults.Fault]
) -> Response:
    """Return the response for a handler's result."""
    answer = result if isinstance(result, Answer) else Answer(result)
    status = answer.status or operation.status
    if isinstance(answer.body, bytes):
        kind = answer.media_type
        if kind in operation.produces:
            kind = media.choose(accept, operation.produces) or kind
        return Response(answer.body, status, {**_SAFE, **answer.headers}, kind)
    schema = operation.answers.get(status)
    if schema is None:
        return Response(status_code=status, headers=answer.headers)
    kind = media.choose(accept, operation.produces) or answer.media_type
    body = answer.body if answer.shaped else schemas.shape(schema)(answer.body)
    if answer.rows is not None:
        first = list(islice(answer.rows, 2))
        if len(first) == 2 and not injected and not media.is_xml(kind):
            return Streamed(
                _with_rows(body, chain(first, answer.rows)), status, {**_SAFE, **answer.headers}, kind
            )
        body = {**body, "rows": list(chain(*first, *answer.rows))}
    if injected:
        body = faults.spoil(body, schema, schemas, injected)
    try:
        data = _encode(body, schema, kind, schemas)
    except Mismatch as mismatch:
        raise Problem(406, f"The answer {mismatch.message}; ask for {media.JSON}.", accept=accept) from None
    return Response(data, status, {**_SAFE, **answer.headers}, kind)


def _with_rows(body: Row, batches: Iterable[list[Row]]) -> Generator[bytes]:
    """Yield the JSON of a body and its rows, a chunk for each batch."""
    before = msgspec.json.encode(body)[:-1] + b',"rows":['
    for batch in batches:
        yield before + msgspec.json.encode(batch)[1:-1]
        before = b","
    yield b"]}"


def refusal(problem: Problem, accept: str, schemas: Schemas) -> Response:
    """Return the response to a call that is refused."""
    kind = media.choose(accept, media.ANSWERS) or media.JSON
    body = problem.body()
    try:
        data = _encode(body, _ERROR, kind, schemas)
    except Mismatch:
        data, kind = msgspec.json.encode(body), media.JSON
    return Response(data, problem.status, {**_SAFE, **problem.headers}, kind)


def _encode(body: Any, schema: Json, kind: str, schemas: Schemas) -> bytes:
    return xml_form.write(body, schema, schemas) if media.is_xml(kind) else msgspec.json.encode(body)

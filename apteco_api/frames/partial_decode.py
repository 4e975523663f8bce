"""Decode only the readable texts, or only the codes, of the answer to an export.

Large exports are decoded into these models, as the decoder skips fields that a model does not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from .._runtime.codec.model import Model, required
from .requests import arguments

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from .. import models
    from .._runtime.budget import Call
    from .._runtime.client import ApiClient
    from .._runtime.configuration import Configuration
    from .._runtime.operation import Operation

Part = Literal["descriptions", "codes", "both"]
"""The part of each row to decode."""


class Texts(Model):
    """A row as readable texts."""

    descriptions: str = required()
    """Values separated by tabs."""


class Codes(Model):
    """A row as codes."""

    codes: str = required()
    """Values separated by tabs."""


class ExportOfTexts(Model, rename={"ran_successfully": "ranSuccessfully"}):
    """An export with readable texts only."""

    ran_successfully: bool | None = None
    """False if the export failed; then the rows must not be used."""

    rows: list[Texts] | None = None
    """The rows."""


class ExportOfCodes(Model, rename={"ran_successfully": "ranSuccessfully"}):
    """An export with codes only."""

    ran_successfully: bool | None = None
    """False if the export failed; then the rows must not be used."""

    rows: list[Codes] | None = None
    """The rows."""


_RESULTS: dict[Part, type[Model]] = {"descriptions": ExportOfTexts, "codes": ExportOfCodes}


def read_export(
    client: ApiClient,
    filled: Mapping[str, str],
    request: models.Export,
    part: Part,
    call: Call | None = None,
    timeout: float | None = None,
) -> Generator[list[Any], None, Any]:
    """Yield lists of rows as they arrive; return the answer without rows.

    Args:
        client: the client for the call.
        filled: data view and system.
        request: the export.
        part: the part of each row to decode.
        call: the call's budget, with which another thread can cancel the call.
        timeout: seconds for the whole export; None for no limit.
    """
    from .._runtime.streaming import batches
    from ..api.exports_api import ExportsApi

    operation = ExportsApi.operations["exports_perform_export_synchronously"]
    values = arguments(operation, **filled, export=request)
    wanted = as_wanted(operation, part, client.configuration)
    return batches(client, wanted, values, {"_request_timeout": timeout}, path="$.rows", call=call)


def as_wanted(operation: Operation, part: Part, configuration: Configuration) -> Operation:
    """Return the export operation with the type of answer that has only the wanted part.

    With `strict_responses`, the type stays, so that the whole answer is checked.
    """
    if part == "both" or configuration.strict_responses:
        return operation
    types = cast("Mapping[int, str]", dict.fromkeys(operation.responses, _RESULTS[part]))
    return operation._replace(responses=types)

"""The answer to an export of which only the readable texts, or only the codes, are looked at.

Large exports are read through these: the decoder skips fields that are not asked for.
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
"""What of each row is wanted."""


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
    """False if the rows are not to be used."""

    rows: list[Texts] | None = None
    """The rows."""


class ExportOfCodes(Model, rename={"ran_successfully": "ranSuccessfully"}):
    """An export with codes only."""

    ran_successfully: bool | None = None
    """False if the rows are not to be used."""

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
    """Yield lists of rows as they come; return the answer without them.

    Args:
        client: what to call through.
        filled: data view and system.
        request: the export.
        part: what of each row is wanted.
        call: the call's budget, for who may want to cancel it from elsewhere.
        timeout: seconds for the whole export; None: it may last.
    """
    from .._runtime.streaming import batches
    from ..api.exports_api import ExportsApi

    operation = ExportsApi.operations["exports_perform_export_synchronously"]
    values = arguments(operation, **filled, export=request)
    wanted = as_wanted(operation, part, client.configuration)
    return batches(client, wanted, values, {"_request_timeout": timeout}, path="$.rows", call=call)


def as_wanted(operation: Operation, part: Part, configuration: Configuration) -> Operation:
    """Return the export operation, with the type of answer that holds no more than what is wanted.

    With `strict_responses` all of the answer is looked at, whatever is wanted of it.
    """
    if part == "both" or configuration.strict_responses:
        return operation
    types = cast("Mapping[int, str]", dict.fromkeys(operation.responses, _RESULTS[part]))
    return operation._replace(responses=types)

"""The base of the generated sections of an API."""

from __future__ import annotations

from sys import is_finalizing
from typing import TYPE_CHECKING, Any, ClassVar

from .client import CALL_API, ApiClient
from .exceptions import ApiTransportError
from .seams import call_by_call_api, call_by_twin
from .twins import is_twin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .operation import Operation

_BEFORE = "Make the call before the program ends: in a `with` block, or in a function given to `atexit`."


class Controller:
    """The base of the generated sections of an API.

    Args:
        api_client: the client to call through; a new one with the default configuration if not given.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = ApiClient() if api_client is None else api_client

    def _call(self, name: str, values: Sequence[Any], options: Mapping[str, Any]) -> Any:
        client = self.api_client
        operation = self.operations[name]
        if "_return_http_data_only" not in options:
            twin = getattr(self, f"{name}_with_http_info", None)
            if twin is not None and not is_twin(twin):
                return call_by_twin(twin, operation, values, options)
        try:
            if getattr(client.call_api, "__func__", None) is CALL_API:
                return client.call(operation, values, options, name=name)
            return call_by_call_api(client, operation, values, options, name)
        except ImportError:
            if not is_finalizing():
                raise
            text = "Python is shutting down: a call in `__del__` comes too late"
            raise ApiTransportError(0, text, sent="unknown", hint=_BEFORE, operation=operation.id) from None

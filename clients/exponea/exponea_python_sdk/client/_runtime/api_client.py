"""The client that everybody uses: `Client`, and the published ways to make requests that no method makes."""

# Values of any type pass through here.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from .adhoc import Pairs, form_arguments, free_operation, pairs_of
from .client import Client
from .codec.decode import decode
from .codec.encode import sanitize
from .configuration import Configuration
from .headers import header_name, header_value, put_header, select_accept, select_content_type
from .package import user_agent
from .workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .operation import Operation
    from .rest import RESTClientObject


class ApiClient(Client):
    """Calls the operations of an API. Safe to share between threads; use it in a `with` or close it.

    Args:
        configuration: settings; the object itself is kept, so later changes count. None: the default's.
        header_name: name of a header to send with each request.
        header_value: its value.
        cookie: value of the Cookie header of each request.
        pool_threads: most threads for calls with `async_req=True`.
    """

    PRIMITIVE_TYPES: ClassVar[tuple[type, ...]] = (float, bool, bytes, str, int)
    NATIVE_TYPES_MAPPING: ClassVar[dict[str, Any]] = {
        "int": int, "long": int, "float": float, "str": str, "bool": bool,
        "date": dt.date, "datetime": dt.datetime, "object": object,
    }  # fmt: skip

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
    ) -> None:
        super().__init__(configuration or Configuration.get_default_copy())
        self.pool_threads = pool_threads
        self._workers: Workers | None = None
        self.default_headers = {"User-Agent": user_agent(), "Accept-Encoding": "gzip"}
        if header_name is not None:
            self.set_default_header(header_name, header_value or "")
        self.cookie = cookie

    def close(self) -> None:
        """Close the idle connections and let the threads end; a later call opens new ones."""
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()
        super().close()

    @property
    def pool(self) -> Workers:
        """The threads for calls with `async_req=True`; made on first use."""
        if self._workers is None:
            self._workers = Workers(self.pool_threads)
        return self._workers

    def call(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        name: str = "",
        host: str | None = None,
    ) -> Any:
        """Call an operation; see `Client.call`. With `async_req=True`, return a handle (`.get()`) at once."""
        if not options or not options.get("async_req"):
            return super().call(operation, values, options, name=name, host=host)
        request, call = self.prepare(operation, values, options, name, host)

        def finish() -> Any:  # a budget of its own: the time spent in the queue is not the call's
            budget = self.budget(options, call.stream)
            return self.result(request, budget, self.exchange(request, budget), operation, options)

        return self.pool.submit(finish)

    def stream(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        path: str | None = None,
        name: str = "",
    ) -> Iterator[Any]:
        """Call an operation and yield the items of a list in its answer as they come; see `rows.stream`."""
        from .streaming import batches

        for batch in batches(self, operation, values, options, path=path, name=name):
            yield from batch

    def as_curl(
        self, operation: Operation, values: Sequence[Any], options: Mapping[str, Any] | None = None
    ) -> str:
        """Return the curl command that sends the same request, credentials and form values masked."""
        from .curl import curl

        return curl(self.prepare(operation, values, options or {})[0])

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = header_value("User-Agent", value)

    def set_default_header(self, header_name_: str, header_value_: str) -> None:
        """Send a header with each request of this client."""
        name = header_name(header_name_)
        put_header(self.default_headers, name, header_value(header_name_, header_value_))

    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Any = None,
        query_params: Any = None,
        header_params: Any = None,
        body: Any = None,
        post_params: Any = None,
        files: Mapping[str, Any] | None = None,
        response_type: str | None = None,
        auth_settings: Sequence[str] | None = None,
        async_req: bool | None = None,
        _return_http_data_only: bool | None = None,
        collection_formats: Mapping[str, str] | None = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
        _host: str | None = None,
    ) -> Any:
        """Make a request that no generated method makes.

        Args:
            resource_path: path template, relative to the host.
            method: HTTP verb.
            path_params, query_params, header_params, post_params: mappings or lists of pairs.
            body: anything that has a JSON form, or bytes.
            files: form name to path, or a list of paths.
            response_type: type expression of the result; None: no result.
            auth_settings: names of the security schemes to use.
            async_req, _return_http_data_only, _preload_content, _request_timeout: as for each method.
            collection_formats: parameter name to `csv`, `ssv`, `tsv`, `pipes` or `multi`.
            _host: base URL instead of the configured one.

        Returns:
            `(result, status, headers)`, or the result alone with `_return_http_data_only=True`.
        """
        headers = {name: str(value) for name, value in pairs_of(header_params, collection_formats)}
        media = next((headers[name] for name in headers if name.lower() == "content-type"), None)
        arguments: dict[str, Pairs] = {
            "path": pairs_of(path_params, collection_formats),
            "query": pairs_of(query_params, collection_formats),
            **form_arguments(pairs_of(post_params, collection_formats)),
            "body": [] if body is None else [("body", body)],
        }
        arguments["file"] += [pair for pair in (files or {}).items() if pair[1]]
        if arguments["file"] or media == "multipart/form-data":  # the form itself says its boundary
            headers = {name: text for name, text in headers.items() if name.lower() != "content-type"}
        operation, values = free_operation(
            method, resource_path, arguments,
            content_type=media, result=response_type or "", security=auth_settings or (),
        )  # fmt: skip
        options = {
            "_headers": headers,
            "async_req": async_req,
            "_return_http_data_only": bool(_return_http_data_only),
            "_preload_content": _preload_content,
            "_request_timeout": _request_timeout,
        }
        return self.call(operation, values, options, host=_host)

    def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        """Send one request to a URL, without credentials; see `RESTClientObject.request`."""
        return self.rest_client.request(
            method, url, query_params, headers, body, post_params, _preload_content, _request_timeout
        )

    @property
    def rest_client(self) -> RESTClientObject:
        """A client for single requests over this client's connections."""
        from .rest import RESTClientObject

        return RESTClientObject(self.configuration, transport=self.transport)

    def deserialize(self, response: Any, response_type: Any) -> Any:
        """Return the object that a response's body holds.

        Args:
            response: anything with `data` (text or bytes).
            response_type: a type expression or a class.
        """
        data = response.data
        if response_type == "file":
            from .downloads import store

            return store(data, response, self.configuration)
        if response_type is None or data is None:
            return None
        return decode(data.encode() if isinstance(data, str) else data, response_type)

    def sanitize_for_serialization(self, obj: Any) -> Any:
        """Return an object as plain JSON types: models by their JSON names, dates as ISO texts."""
        return sanitize(obj)

    def parameters_to_tuples(self, params: Any, collection_formats: Mapping[str, str] | None) -> Pairs:
        """Return parameters as pairs, with lists joined as the formats say."""
        return pairs_of(params, collection_formats)

    def files_parameters(self, files: Mapping[str, Any] | None = None) -> Pairs:
        """Return `(form name, (file name, bytes, media type))` for each path, bytes or file object."""
        from .uploads import file_part

        each = [(n, item) for n, many in (files or {}).items() for item in _listed(many) if item]
        parts = [(name, file_part(item, name)) for name, item in each]
        return [(name, (part.filename, b"".join(part.pieces()), part.media_type)) for name, part in parts]

    def select_header_accept(self, accepts: Sequence[str]) -> str | None:
        """Return the Accept header for media types."""
        return select_accept(accepts)

    def select_header_content_type(self, content_types: Sequence[str]) -> str:
        """Return the Content-Type header for media types."""
        return select_content_type(content_types)

    def update_params_for_auth(
        self, headers: dict[str, str], querys: list[tuple[str, str]], auth_settings: Any
    ) -> None:
        """Add what the named security schemes ask for to headers and query."""
        settings = self.configuration.auth_settings()
        for found in filter(None, map(settings.get, auth_settings or ())):
            if found["in"] == "query":
                querys.append((found["key"], found["value"]))
            else:
                headers["Cookie" if found["in"] == "cookie" else found["key"]] = found["value"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

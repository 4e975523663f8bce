"""The client: one call in five steps, and the published ways to make other requests.

values -> request (`request.build`) -> policies (`pipeline`) -> connection (`transport`)
-> bytes -> object (`answers`)
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from . import answers
from .adhoc import Pairs, file_pairs, pairs_of, published_operation
from .codec.decode import decode
from .codec.encode import sanitize
from .configuration import Configuration
from .headers import header_name, header_value, put_header, select_accept, select_content_type
from .hidden import HiddenHeaders
from .package import user_agent
from .pipeline import Pipeline
from .policies import add_credentials
from .seams import behind, call_by_request, is_sending_replaced, remember, send_by_verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from multiprocessing.pool import ThreadPool
    from types import TracebackType

    from .budget import Call
    from .exceptions import ApiException
    from .operation import Operation
    from .policies import Policy
    from .request import Request
    from .response import Response
    from .rest import RESTClientObject, RESTResponse
    from .transport import Transport


class ApiClient(HiddenHeaders):
    """A client that calls the operations of an API. Safe to share between threads; close it, or use `with`.

    Args:
        configuration: settings; later changes of this object take effect. None: a copy of the default.
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
        self.configuration = configuration or Configuration.get_default_copy()
        self.client_side_validation = self.configuration.client_side_validation
        self.pipeline = Pipeline(self.configuration)
        self.pool_threads = pool_threads
        self.default_headers = {"User-Agent": user_agent(), "Accept-Encoding": "gzip"}
        self.cookie = cookie
        if header_name is not None:
            self.set_default_header(header_name, header_value or "")
        self._pool: ThreadPool | None = None
        self._rest: RESTClientObject | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections and end the threads; a later call opens new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
        self.pipeline.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.configuration!r}>"

    @property
    def pool(self) -> ThreadPool:
        """The threads for calls with `async_req=True`; made on first use."""
        if self._pool is None:
            from .workers import thread_pool

            self._pool = thread_pool(self, self.pool_threads)
        return self._pool

    @property
    def transport(self) -> Transport:
        """The connections of this client."""
        return self.pipeline.transport

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies around the sending of each request of this client, outermost first.

        Assign a tuple to change them: `client.policies = (mine, *client.policies)`; see `policies`.
        """
        return self.pipeline.policies

    @policies.setter
    def policies(self, value: Iterable[Policy]) -> None:
        self.pipeline.policies = tuple(value)

    @property
    def last_response(self) -> RESTResponse:
        """The last answer in this thread; before the first one here, the client's last answer.

        Raises:
            AttributeError: no call was made yet.
        """
        if self.pipeline.last is None:
            raise AttributeError("no call has been made yet")
        from .rest import answer_of

        return answer_of(*self.pipeline.last)

    def call(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        name: str = "",
        host: str | None = None,
    ) -> Any:
        """Call an operation.

        Args:
            operation: the operation.
            values: its arguments in the order of its parameters; None means not given.
            options: see `CallOptions`.
            name, host: the method's Python name, for messages; base URL instead of the configured one.

        Returns:
            The result. With `_return_http_data_only=False`, `(result, status, headers)`. With
            `_preload_content=False`, the raw urllib3 response. With `async_req=True`, a handle whose `get()`
            returns one of these; the call then runs in another thread.

        Raises:
            ApiTypeError, ApiValueError: an argument can't be sent; nothing was sent.
            ApiException: the call has no result; the class says why.
        """
        options = options or {}
        if is_sending_replaced(self, self._rest):
            work = partial(call_by_request, self, operation, values, options, name, host)
            return self.pool.apply_async(work) if options.get("async_req") else work()
        request, call = self.prepare(operation, values, options, name, host)
        if not options.get("async_req"):
            return self.result(request, call, self.exchange(request, call), operation, options)

        def finish() -> Any:  # with a new budget, as the time in the queue does not count
            budget = self.budget(options, call.stream)
            return self.result(request, budget, self.exchange(request, budget), operation, options)

        return self.pool.apply_async(finish)

    def prepare(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any],
        name: str = "",
        host: str | None = None,
    ) -> tuple[Request, Call]:
        """Return the request for a call and its budget; nothing is sent."""
        return self.pipeline.prepare(
            operation, values, options, name, host,
            self.default_headers, self.cookie, self.client_side_validation,
        )  # fmt: skip

    def budget(self, options: Mapping[str, Any], stream: bool = False, *, limited: bool = True) -> Call:
        """Return the time, size and retries that a call may use."""
        return self.pipeline.budget(options, stream, limited=limited)

    def exchange(self, request: Request, call: Call) -> Response:
        """Send a request through the policies; see `Pipeline.exchange`."""
        return self.pipeline.exchange(request, call)

    def result(
        self,
        request: Request,
        call: Call,
        response: Response,
        operation: Operation,
        options: Mapping[str, Any],
    ) -> Any:
        """Return the result of a call, from its response.

        Raises:
            ApiException: the status is not a success, or the body can't be used.
        """
        if answers.promised(operation, response, call) is None:
            raise call.finish(self.error(response, operation, request), request)
        if options.get("_preload_content") is False:
            from .rest import raw_response

            self.pipeline.remember(response, None)
            return raw_response(response, call)
        data = answers.result_of(response, request, call, operation, options)
        if response.drift:
            answers.report(response, operation, self.configuration)
        self.pipeline.remember(response, data)
        if options.get("_return_http_data_only") is False:
            return data, response.status, response.headers
        return data

    def error(self, response: Response, operation: Operation | None, request: Request) -> ApiException:
        """Return the error for a response that is not a success, and remember the response."""
        error = answers.error_of(response, request, self.configuration, operation)
        self.pipeline.remember(response, error.body, error.body)
        return error

    def stream(
        self,
        operation: Operation,
        values: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        path: str | None = None,
        name: str = "",
    ) -> Iterator[Any]:
        """Call an operation and yield the items of a list in its answer as they arrive; see `stream`."""
        from .streaming import batches

        for batch in batches(self, operation, values, options, path=path, name=name):
            yield from batch

    def as_curl(
        self, operation: Operation, values: Sequence[Any], options: Mapping[str, Any] | None = None
    ) -> str:
        """Return the curl command for the same request, with credentials and form values masked."""
        from .curl import curl

        return curl(self.prepare(operation, values, options or {})[0])

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
        """Send a request for which there is no generated method.

        Args:
            resource_path: path template, relative to the host.
            method: HTTP verb.
            path_params, query_params, header_params, post_params: mappings or lists of pairs.
            body: anything that can be written as JSON, or bytes.
            files: form name to path, or a list of paths.
            response_type: type expression of the result; None: no result.
            auth_settings: names of the security schemes to use.
            collection_formats: parameter name to `csv`, `ssv`, `tsv`, `pipes` or `multi`.
            _host: base URL instead of the configured one.

        Returns:
            `(result, status, headers)`, or the result alone with `_return_http_data_only=True`.
        """
        operation, values, headers = published_operation(
            method, resource_path, path_params, query_params, header_params, body, post_params, files,
            response_type, auth_settings, collection_formats,
        )  # fmt: skip
        operation, more = behind(operation)
        options = {
            **more,
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
        return send_by_verb(
            self.rest_client, method, url, query_params, headers, post_params, body,
            _preload_content=_preload_content, _request_timeout=_request_timeout,
        )  # fmt: skip

    @property
    def rest_client(self) -> RESTClientObject:
        """A client for single requests over this client's connections. A replacement sends all calls."""
        if self._rest is None:
            from .rest import RESTClientObject

            self._rest = RESTClientObject(self.configuration, pipeline=self.pipeline)
        return self._rest

    @rest_client.setter
    def rest_client(self, value: Any) -> None:
        self._rest = value

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.set_default_header("User-Agent", value)

    def set_default_header(self, header_name_: str, header_value_: str) -> None:
        """Send a header with each request of this client."""
        headers = self.default_headers
        try:  # a name that is set, and plain text: both can be sent
            if header_name_ in headers and header_value_.isascii() and header_value_.isprintable():
                headers[header_name_] = header_value_.strip(" ")
                return
        except (AttributeError, TypeError):
            pass
        put_header(headers, header_name(header_name_), header_value(header_name_, header_value_))

    def deserialize(self, response: Any, response_type: Any) -> Any:
        """Return the object in a response's body.

        Args:
            response, response_type: anything with `data` (text or bytes); a type expression or a class.
        """
        data = response.data
        if response_type == "file":
            from .downloads import store

            return store(data, response, self.configuration)
        if response_type is None or data is None:
            return None
        strict = self.configuration.strict_responses
        return decode(data.encode() if isinstance(data, str) else data, response_type, strict=strict)

    def sanitize_for_serialization(self, obj: Any) -> Any:
        """Convert an object to plain JSON types: models by their JSON names, dates as ISO texts."""
        return sanitize(obj)

    def parameters_to_tuples(self, params: Any, collection_formats: Mapping[str, str] | None) -> Pairs:
        """Return parameters as pairs, with lists joined as the formats say."""
        return pairs_of(params, collection_formats)

    def files_parameters(self, files: Mapping[str, Any] | None = None) -> Pairs:
        """Return `(form name, (file name, bytes, media type))` for each path, bytes or file object."""
        return file_pairs(files) if files else []

    def select_header_accept(self, accepts: Sequence[str]) -> str | None:
        """Return the Accept header for media types."""
        return select_accept(accepts) if accepts else None

    def select_header_content_type(self, content_types: Sequence[str]) -> str:
        """Return the Content-Type header for media types."""
        return select_content_type(content_types)

    def update_params_for_auth(
        self, headers: dict[str, str], querys: list[tuple[str, str]], auth_settings: Any
    ) -> None:
        """Add the credentials of the named security schemes to headers and query."""
        add_credentials(self.configuration, auth_settings, headers, querys)


CALL_API = ApiClient.call_api  # to see whether it was replaced
remember(ApiClient)

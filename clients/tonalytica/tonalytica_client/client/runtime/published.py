"""The methods of the published ApiClient that scripts may call beside the generated ones."""

# Values of any type pass through here.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from . import codec
from .headers import header_name, header_value, select_accept, select_content_type
from .request import Request, body_bytes, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .budget import Call
    from .configuration import Configuration
    from .wire import Response
    from .workers import Workers


class PublishedClient:
    """See `ApiClient`."""

    PRIMITIVE_TYPES: ClassVar[tuple[type, ...]] = (float, bool, bytes, str, int)
    NATIVE_TYPES_MAPPING: ClassVar[dict[str, Any]] = {
        "int": int, "long": int, "float": float, "str": str, "bool": bool,
        "date": dt.date, "datetime": dt.datetime, "object": object,
    }  # fmt: skip

    if TYPE_CHECKING:
        configuration: Configuration
        default_headers: dict[str, str]
        cookie: str | None

        @property
        def pool(self) -> Workers: ...
        def budget(self, options: Mapping[str, Any], stream: bool = False) -> Call: ...
        def exchange(self, request: Request, call: Call) -> Response: ...
        def result(
            self, request: Request, call: Call, response: Response, operation: Any, options: Mapping[str, Any]
        ) -> Any: ...

    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Any = None,
        query_params: Any = None,
        header_params: Any = None,
        body: Any = None,
        post_params: Any = None,
        files: Any = None,
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
        from urllib.parse import urlencode

        from .operation import Operation, Parameter
        from .request import path_value

        formats = collection_formats or {}
        path = resource_path
        for name, value in self.parameters_to_tuples(path_params or {}, formats):
            parameter = Parameter(name, name, "path", required=True)
            path = path.replace(
                "{" + name + "}",
                path_value(parameter, value, self.configuration.safe_chars_for_path_param, path),
            )
        origin = origin_of(_host or self.configuration.host)
        target = origin.base + path
        if query_params:
            target += "?" + urlencode(self.parameters_to_tuples(query_params, formats))
        headers = dict(self.default_headers)
        if self.cookie:
            headers["Cookie"] = header_value("cookie", self.cookie)
        for name, value in self.parameters_to_tuples(header_params or {}, formats):
            headers[header_name(name)] = header_value(name, value)
        payload: Any = None
        if files or post_params:
            payload, headers["Content-Type"] = self._form(
                post_params, files, headers.get("Content-Type"), formats
            )
        elif body is not None:
            payload = body_bytes(body)
            headers.setdefault("Content-Type", "application/json")
        operation = Operation(
            id=f"{method} {resource_path}", method=method.upper(), path=resource_path,
            responses=dict.fromkeys(range(200, 300), response_type or ""),
            security=tuple(auth_settings or ()),
        )  # fmt: skip
        request = Request(operation.method, origin, target, headers, payload, operation, operation.security)
        options = {
            "_return_http_data_only": bool(_return_http_data_only),
            "_preload_content": _preload_content,
            "_request_timeout": _request_timeout,
        }
        stream = response_type == "file" or not _preload_content
        self.budget(options, stream)  # a time that makes no sense is refused here, not in the thread
        run = partial(self._run_free, request, operation, options, stream)
        return self.pool.submit(run) if async_req else run()

    def _run_free(self, request: Request, operation: Any, options: Mapping[str, Any], stream: bool) -> Any:
        call = self.budget(options, stream)
        return self.result(request, call, self.exchange(request, call), operation, options)

    def _form(
        self, post_params: Any, files: Any, content_type: str | None, formats: Mapping[str, str]
    ) -> tuple[Any, str]:
        from urllib.parse import urlencode

        pairs = self.parameters_to_tuples(post_params or {}, formats)
        if files or content_type == "multipart/form-data":
            from .uploads import multipart_of

            parts = multipart_of([*pairs, *self.files_parameters(files)])
            return parts, parts.content_type
        return urlencode(pairs).encode("ascii"), "application/x-www-form-urlencoded"

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
        from .rest import RESTClientObject

        return RESTClientObject(self.configuration, transport=getattr(self, "transport", None)).request(
            method, url, query_params, headers, body, post_params, _preload_content, _request_timeout
        )

    @property
    def rest_client(self) -> Any:
        """A client for single requests over this client's connections."""
        from .rest import RESTClientObject

        return RESTClientObject(self.configuration, transport=getattr(self, "transport", None))

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
        return codec.decode(data.encode() if isinstance(data, str) else data, response_type)

    def sanitize_for_serialization(self, obj: Any) -> Any:
        """Return an object as plain JSON types: models by their JSON names, dates as ISO texts."""
        return codec.sanitize(obj)

    def parameters_to_tuples(
        self, params: Any, collection_formats: Mapping[str, str] | None
    ) -> list[tuple[str, Any]]:
        """Return parameters as pairs, with lists joined as the formats say."""
        pairs: list[tuple[str, Any]] = []
        formats = collection_formats or {}
        separators = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
        for name, value in params.items() if isinstance(params, dict) else params:
            form = formats.get(name)
            if form == "multi":
                pairs.extend((name, item) for item in value)
            elif form is not None:
                pairs.append((name, separators.get(form, ",").join(str(item) for item in value)))
            else:
                pairs.append((name, value))
        return pairs

    def files_parameters(self, files: Any = None) -> list[tuple[str, Any]]:
        """Return `(form name, (file name, bytes, media type))` for each path, bytes or file object."""
        from .uploads import file_part

        pairs: list[tuple[str, Any]] = []
        for name, given in (files or {}).items():
            for item in given if isinstance(given, list) else [given]:
                if item:
                    part = file_part(item, name)
                    pairs.append((name, (part.filename, b"".join(part.pieces()), part.media_type)))
        return pairs

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
        for name in auth_settings or ():
            found = settings.get(name)
            if not found:
                continue
            if found["in"] == "cookie":
                headers["Cookie"] = found["value"]
            elif found["in"] == "header":
                headers[found["key"]] = found["value"]
            else:
                querys.append((found["key"], found["value"]))

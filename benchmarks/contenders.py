"""The measured clients and floors behind one interface: a GET, a model, a decoder and an encoder.

`worker.py` imports this module under the interpreter of the client's own environment, so nothing of this
package is imported here, and each class imports its client when an object is made.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Ours:
    """apteco_api of this repository."""

    module = "apteco_api"

    def __init__(self, host: str) -> None:
        import apteco_api as aa

        self.aa: Any = aa
        self.client: Any = aa.ApiClient(aa.Configuration(host=host))
        self.about: Any = aa.AboutApi(self.client)

    def get(self) -> Any:
        return self.about.about_get_version()

    def slow(self) -> Any:
        return self.about.about_get_language_details()

    def model(self) -> Any:
        return self.aa.Count(table_name="Bookings", count_value=1)

    def decoder(self, schema: str) -> Callable[[bytes], Any]:
        from apteco_api._runtime.codec.decode import decode

        return lambda data: decode(data, schema)

    def encoder(self, value: Any) -> Callable[[], Any]:
        from apteco_api._runtime.codec.encode import encode

        return lambda: encode(value)


class Published(Ours):
    """apteco-api 0.3.2."""

    def decoder(self, schema: str) -> Callable[[bytes], Any]:
        class Answer:
            data = ""

        def decode(data: bytes) -> Any:
            answer = Answer()
            answer.data = data.decode()
            return self.client.deserialize(answer, schema)

        return decode

    def encoder(self, value: Any) -> Callable[[], Any]:
        return lambda: json.dumps(self.client.sanitize_for_serialization(value)).encode()


class Generated(Published):
    """A client that OpenAPI Generator 7 makes of our spec."""

    module = "oag_client"

    def __init__(self, host: str) -> None:
        import oag_client as aa

        self.aa = aa
        self.client = aa.ApiClient(aa.Configuration(host=host))
        self.about = aa.AboutApi(self.client)

    def decoder(self, schema: str) -> Callable[[bytes], Any]:
        return lambda data: self.client.deserialize(data.decode(), schema, "application/json")


class Attrs(Ours):
    """A client that openapi-python-client makes of our spec."""

    module = "opc_client"

    def __init__(self, host: str) -> None:
        import opc_client
        from opc_client.api.about import about_get_language_details, about_get_version
        from opc_client.models.count import Count

        self.count = Count
        self.client = opc_client.Client(base_url=host)
        self.version = about_get_version.sync
        self.language = about_get_language_details.sync

    def get(self) -> Any:
        return self.version(client=self.client)

    def slow(self) -> Any:
        return self.language(client=self.client)

    def model(self) -> Any:
        return self.count(table_name="Bookings", count_value=1)

    def decoder(self, schema: str) -> Callable[[bytes], Any]:
        import importlib

        models = importlib.import_module("opc_client.models")
        kind = getattr(models, schema)
        return lambda data: kind.from_dict(json.loads(data))

    def encoder(self, value: Any) -> Callable[[], Any]:
        return lambda: json.dumps(value.to_dict()).encode()


class Structs:
    """Floor: msgspec with plain Structs made from the spec; HTTP by urllib3's own pool."""

    module = "urllib3, msgspec"

    def __init__(self, host: str) -> None:
        import urllib3

        self.pool = urllib3.PoolManager()
        self.url = host + "/About/Version"
        self.host = host
        self.decode_version = self.decoder("VersionDetails")
        self.kind = self.types["Count"]

    @property
    def types(self) -> dict[str, Any]:
        if not hasattr(self, "_types"):
            self._types = plain_structs(Path(sys.argv[3]) / "structs.py")
        return self._types

    def get(self) -> Any:
        return self.decode_version(self.pool.request("GET", self.url).data)

    def slow(self) -> Any:
        return self.pool.request("GET", self.host + "/About/Language").data

    def model(self) -> Any:
        return self.kind(tableName="Bookings", countValue=1)

    def decoder(self, schema: str) -> Callable[[bytes], Any]:
        import msgspec

        decoder: Callable[[bytes], Any] = msgspec.json.Decoder(self.types[schema]).decode
        return decoder

    def encoder(self, value: Any) -> Callable[[], Any]:
        import msgspec

        encode = msgspec.json.Encoder().encode
        return lambda: encode(value)


class Parsed(Structs):
    """Floor: json.loads, no objects."""

    def decoder(self, schema: str) -> Callable[[bytes], Any]:
        return json.loads

    def encoder(self, value: Any) -> Callable[[], Any]:
        return lambda: json.dumps(value)


class ParsedFast(Structs):
    """Floor: orjson, no objects."""

    def decoder(self, schema: str) -> Callable[[bytes], Any]:
        import orjson

        loads: Callable[[bytes], Any] = orjson.loads
        return loads

    def encoder(self, value: Any) -> Callable[[], Any]:
        import orjson

        return lambda: orjson.dumps(value)


CLIENTS: dict[str, type[Any]] = {
    "ours": Ours,
    "published": Published,
    "oag": Generated,
    "opc": Attrs,
    "structs": Structs,
    "urllib3": Structs,
    "json": Parsed,
    "orjson": ParsedFast,
}


def plain_structs(path: Path) -> dict[str, Any]:
    """Return the Structs that `floor.py` wrote for the spec's schemas."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("bench_structs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_structs"] = module
    spec.loader.exec_module(module)
    return vars(module)

"""Settings of a client: server, credentials, and the time, size and retries that a call may use.

Each setting has a default. It can be given as an environment variable (`<PREFIX>_TIMEOUT=30`), as an
argument, or as an attribute; of these, the later one wins. docs/settings.md lists all settings with units and
examples.
"""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any, ClassVar

from .exceptions import ApiTypeError, ApiValueError
from .hidden import HiddenSettings
from .package import package_info, package_logger, security_schemes
from .settings import ENVIRONMENT, KINDS, check, read, variables

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

MIB = 1024 * 1024
CPUS = os.cpu_count() or 1


_put = object.__setattr__


class Configuration(HiddenSettings):
    """Settings of one or more clients.

    Args:
        host: base URL of the API, such as `https://server/api`.
        api_key: credentials by header name: `{"Authorization": token}`.
        api_key_prefix: word before the credential: `{"Authorization": "Bearer"}`.
        username: for HTTP basic authentication, where an API uses it.
        password: for HTTP basic authentication.
        discard_unknown_keys: published; has no effect, as unknown fields in answers are always ignored.
        server_index: index of a server in the spec, in place of `host`; by default the first.
        server_variables: values for the variables in that server's address; others keep their defaults.
        settings: any of the settings below, by name.

    Attributes:
        access_token: for HTTP bearer authentication, where an API uses it.
        refresh_api_key_hook: called with this object before each request that needs a key.
        refresh_access_token: called with this object when the server answers 401 to a credential. It gets a
            new credential, stores it in `api_key`, and returns True on success. Called once for all waiting
            threads.
        cert_file, key_file: client certificate and its key (paths).
        key_password: pass phrase of the key, if it has one.
        assert_hostname: name to expect in the server's certificate, in place of the host's.
        proxy_headers: headers for the proxy, such as its authentication.
        safe_chars_for_path_param: characters that are not escaped in path values.
        logger_file: file to which the log is also written.
        debug: log each call in detail. Never logs credentials or bodies.

    The client reads host, credentials, hooks and timeouts for each call. It reads TLS, proxy, pool, retries
    and client_side_validation once, when it is built.
    """

    _default: ClassVar[Configuration | None] = None

    timeout: float = 120.0
    """Seconds for a whole call: all attempts, waits, headers and bodies."""
    connect_timeout: float = 10.0
    """Seconds for one attempt to connect, including TLS."""
    read_timeout: float | None = None
    """Longest wait for the next byte from the server, in seconds; None: only `timeout` applies."""
    retries: Any = None
    """Number of retries; None: 3; 0 or False turns retries off; or a `urllib3.Retry`."""
    backoff: float = 0.5
    """Upper limit of the first random wait, in seconds; doubles with each retry."""
    max_backoff: float = 8.0
    """Upper limit of every random wait between attempts, in seconds."""
    max_retry_after: float = 60.0
    """Longest Retry-After to wait for, in seconds; a longer one fails at once."""
    max_redirects: int = 5
    """Most redirects to follow, on the same origin."""
    cross_origin_redirects: bool = False
    """Follow redirects to other origins, without credentials or body."""
    max_body_size: int = 256 * MIB
    """Bytes of the largest answer in memory, after decompression."""
    max_download_size: int = 65536 * MIB
    """Bytes of the largest answer to a file or a stream."""
    max_pages: int = 10_000
    """Most pages that `paginate` reads."""
    strict_responses: bool = False
    """Raise an error if an answer differs from the spec."""
    client_side_validation: bool = True
    """Check models and parameters before sending."""
    connection_pool_maxsize: int | None
    """Most idle connections for each server; by default five for each processor."""
    connection_pool_block: bool = False
    """Wait for a free connection instead of opening more than `connection_pool_maxsize`."""
    verify_ssl: bool = True
    """Check the server's certificate."""
    ssl_ca_cert: str | None = None
    """File with the CA certificates to trust; None: certifi's."""
    system_ca: bool = False
    """Trust the operating system's CA certificates, not certifi's."""
    proxy: str | None
    """URL of the proxy for every request; None: HTTP_PROXY, HTTPS_PROXY, NO_PROXY."""
    trust_env: bool = True
    """Use the proxy variables of the environment."""
    temp_folder_path: str | None = None
    """Folder of downloads without `_save_to`; None: the system's folder for temporary files."""
    refresh_api_key_hook: Callable[[Configuration], object] | None = None
    refresh_access_token: Callable[[Configuration], object] | None = None
    cert_file: str | None = None
    key_file: str | None = None
    key_password: str | None
    assert_hostname: str | bool | None = None
    safe_chars_for_path_param: str = ""
    logger_stream_handler: logging.Handler | None = None
    logger_file_handler: logging.Handler | None = None
    _logger_file: str | None = None
    _logger_format = "%(asctime)s %(levelname)s %(message)s"
    _debug = False

    def __init__(
        self,
        host: str | None = None,
        api_key: dict[str, str] | None = None,
        api_key_prefix: dict[str, str] | None = None,
        username: str | None = None,
        password: str | None = None,
        discard_unknown_keys: bool = False,
        *,
        server_index: int | None = None,
        server_variables: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        for name, value in (
            ("host", host), ("api_key", api_key), ("api_key_prefix", api_key_prefix), ("password", password)
        ):  # fmt: skip
            if value is not None:
                check(name, value)
        info = package_info()
        if server_index is not None or server_variables is not None:
            if host:
                raise ApiValueError("give either host, or server_index and server_variables")
            host = self.get_host_from_settings(server_index or 0, server_variables)
        for name in HiddenSettings.__slots__:
            _put(self, name, None)
        self.host = host or os.environ.get(f"{info.env_prefix}_HOST") or info.default_host
        _put(self, "api_key", api_key or {})
        _put(self, "api_key_prefix", api_key_prefix or {})
        self.password = password
        self.username = username
        self.discard_unknown_keys = discard_unknown_keys
        self.connection_pool_maxsize = CPUS * 5
        for name, variable, key in variables(info.env_prefix):
            if key in ENVIRONMENT:
                setattr(self, name, read(name, variable))
        for name, value in settings.items():
            if not hasattr(self, name):
                raise ApiTypeError(f"Configuration has no setting {name!r}")
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in KINDS:
            check(name, value)
        _put(self, name, value)

    # ---- the published life of a configuration

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Make a copy of a configuration the default of `ApiClient()`."""
        cls._default = copy.deepcopy(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """Return a copy of the default configuration, or a new one."""
        return copy.deepcopy(cls._default) if cls._default is not None else cls()

    @classmethod
    def get_default(cls) -> Configuration | None:
        """Return the default configuration itself, or None if none was set."""
        return cls._default

    def __deepcopy__(self, memo: dict[int, Any]) -> Configuration:
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        for name, value in {**self.__dict__, **self._secrets()}.items():
            shared = name.startswith("logger") or callable(value)
            _put(result, name, value if shared else copy.deepcopy(value, memo))
        if self.logger_file_handler is not None:
            from . import log_files

            log_files.share(result, self.logger_file_handler)
        return result

    def __getstate__(self) -> tuple[dict[str, Any], dict[str, Any]]:
        # Handlers have locks and open files.
        shown = {**self.__dict__, "logger_stream_handler": None, "logger_file_handler": None}
        return shown, self._secrets()

    def _secrets(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in HiddenSettings.__slots__}

    def __repr__(self) -> str:
        return f"<Configuration host={safe_url(self.host)!r}>"

    # ---- logging

    @property
    def logger(self) -> dict[str, logging.Logger]:
        """The loggers of this package and of its transport."""
        import logging

        return {
            "package_logger": package_logger(),
            "urllib3_logger": logging.getLogger("urllib3"),
        }

    @property
    def debug(self) -> bool:
        """Whether the package logs each call in detail."""
        return self._debug

    @debug.setter
    def debug(self, value: bool) -> None:
        if value == self._debug:
            return
        import logging

        self._debug = value
        # Don't touch urllib3's logger and http.client's debuglevel: they are not ours, and debuglevel prints
        # credentials.
        package_logger().setLevel(logging.DEBUG if value else logging.WARNING)

    @property
    def logger_file(self) -> str | None:
        """The file to which the log is also written."""
        return self._logger_file

    @logger_file.setter
    def logger_file(self, value: str | None) -> None:
        from . import log_files

        if self.logger_file_handler is not None:
            log_files.leave(self, self.logger_file_handler)
            self.logger_file_handler = None
        self._logger_file = value
        if value:
            self.logger_file_handler = log_files.join(self, value, self._logger_format)

    @property
    def logger_format(self) -> str:
        """The format of lines in the log file."""
        return self._logger_format

    @logger_format.setter
    def logger_format(self, value: str) -> None:
        import logging

        self._logger_format = value
        for handler in (self.logger_file_handler, self.logger_stream_handler):
            if handler is not None:
                handler.setFormatter(logging.Formatter(value))

    # ---- credentials

    def get_api_key_with_prefix(self, identifier: str) -> str | None:
        """Return the credential stored under a name, with its prefix; None without one."""
        if self.refresh_api_key_hook is not None:
            self.refresh_api_key_hook(self)
        key = self.api_key.get(identifier)
        if not key:
            return None
        prefix = self.api_key_prefix.get(identifier)
        return f"{prefix} {key}" if prefix else str(key)

    def get_basic_auth_token(self) -> str:
        """Return the value of the Authorization header for username and password."""
        import base64

        pair = f"{self.username or ''}:{self.password or ''}"
        return "Basic " + base64.b64encode(pair.encode()).decode()

    def auth_settings(self) -> dict[str, dict[str, Any]]:
        """Return what is to be sent for each security scheme that has a credential."""
        found: dict[str, dict[str, Any]] = {}
        keys = self.api_key
        for name, kind, location, key in security_schemes():
            if kind == "apiKey":
                kind, stored = "api_key", key if key in keys else name
                value = self.get_api_key_with_prefix(stored) if stored in keys else None
            elif kind == "basic":
                value = self.get_basic_auth_token() if self.username else None
            else:
                value = f"Bearer {self.access_token}" if self.access_token else None
            if value:
                found[name] = {"type": kind, "in": location, "key": key, "value": value}
        return found

    # ---- information

    def to_debug_report(self) -> str:
        """Return versions for a bug report."""
        import sys

        info = package_info()
        return (
            "Python SDK Debug Report:\n"
            f"OS: {sys.platform}\n"
            f"Python Version: {sys.version}\n"
            f"Version of the API: {info.spec_version}\n"
            f"SDK Package Version: {info.version}"
        )

    def get_host_settings(self) -> list[dict[str, Any]]:
        """Return the servers that the spec names."""
        info = package_info()
        if info.servers:
            return list(map(dict, info.servers))
        return [{"url": info.default_host, "description": "No description provided"}]

    def get_host_from_settings(self, index: int, variables: Mapping[str, str] | None = None) -> str:
        """Return the URL of a server that the spec names, its variables filled in.

        Raises:
            ValueError: the spec names no server of this index, or does not allow the value of a variable.
        """
        servers = self.get_host_settings()
        if not 0 <= index < len(servers):
            text = f"Invalid index {index} when selecting the host settings. Must be less than {len(servers)}"
            raise ApiValueError(text)
        server = servers[index]
        url = str(server["url"])
        if unknown := sorted(set(variables or {}) - set(server.get("variables") or {})):
            raise ApiValueError(f"The host URL {url} has no variable {', '.join(unknown)}.")
        for name, variable in dict(server.get("variables") or {}).items():
            value = str((variables or {}).get(name, variable["default_value"]))
            allowed = variable.get("enum_values")
            if allowed and value not in allowed:
                text = f"The variable `{name}` in the host URL has invalid value {value}. Must be {allowed}."
                raise ApiValueError(text)
            url = url.replace("{" + name + "}", value)
        return url


def safe_url(url: str) -> str:
    """Return a URL without user, password, query and fragment."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url.partition("?")[0]
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path.partition('?')[0].partition('#')[0]}"


__all__ = ["Configuration"]

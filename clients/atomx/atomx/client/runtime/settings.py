"""The settings that the environment may give, as data."""

from __future__ import annotations

from typing import Any, NamedTuple

MIB = 1024 * 1024
SWITCH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


class Setting(NamedTuple):
    """One setting that the environment may give.

    Args:
        name: attribute of `Configuration`; the variable is the client's prefix, `_`, and this in capitals.
        kind: `text`, `number`, `whole`, `size` (bytes) or `switch` (1/0, true/false, yes/no, on/off).
        default: value when nothing is given.
        unit: unit of the value.
        meaning: what it does.
    """

    name: str
    kind: str
    default: Any
    unit: str
    meaning: str


SETTINGS = (
    Setting(
        "timeout", "number", 120.0, "seconds", "the whole of a call: tries, waits, slow headers and bodies"
    ),
    Setting("connect_timeout", "number", 10.0, "seconds", "one attempt to connect, TLS included"),
    Setting(
        "read_timeout",
        "number",
        None,
        "seconds",
        "longest silence of the server; none: only `timeout` counts",
    ),
    Setting("retries", "whole", None, "retries", "tries after the first; none: 3; 0 turns retries off"),
    Setting("backoff", "number", 0.5, "seconds", "upper end of the first random wait; doubles with each try"),
    Setting("max_backoff", "number", 8.0, "seconds", "upper end of any random wait between tries"),
    Setting(
        "max_retry_after",
        "number",
        60.0,
        "seconds",
        "longest Retry-After waited for; longer ones fail at once",
    ),
    Setting("max_redirects", "whole", 5, "redirects", "redirects followed, on the same origin"),
    Setting(
        "cross_origin_redirects",
        "switch",
        False,
        "",
        "follow redirects elsewhere, without credentials or body",
    ),
    Setting(
        "max_body_size", "size", 256 * MIB, "bytes", "largest answer held in memory, after decompression"
    ),
    Setting(
        "max_download_size", "size", 65536 * MIB, "bytes", "largest answer written to a file or streamed"
    ),
    Setting("max_pages", "whole", 10_000, "pages", "most pages that one `paginate` reads"),
    Setting("strict_responses", "switch", False, "", "an answer that differs from the spec is an error"),
    Setting("client_side_validation", "switch", True, "", "check models and parameters before sending"),
    Setting(
        "connection_pool_maxsize",
        "whole",
        None,
        "connections",
        "idle connections kept for a server; none: 5 a processor",
    ),
    Setting("connection_pool_block", "switch", False, "", "wait for a connection instead of opening more"),
    Setting("verify_ssl", "switch", True, "", "check the server's certificate"),
    Setting("ssl_ca_cert", "text", None, "path", "file with the CA certificates to trust; none: certifi's"),
    Setting("system_ca", "switch", False, "", "trust the operating system's CA certificates, not certifi's"),
    Setting("proxy", "text", None, "URL", "proxy for every request; none: HTTP_PROXY, HTTPS_PROXY, NO_PROXY"),
    Setting("trust_env", "switch", True, "", "use the proxy variables of the environment"),
    Setting(
        "temp_folder_path", "text", None, "path", "folder of downloads without `_save_to`; none: the system's"
    ),
)


def read_setting(setting: Setting, text: str, variable: str) -> Any:
    """Return the value that a variable's text stands for; a text that makes no sense is a ValueError."""
    try:
        if setting.kind == "switch":
            return SWITCH[text.strip().lower()]
        if setting.kind == "text":
            return text
        number = float(text) if setting.kind == "number" else int(text)
        if not 0 <= number < float("inf"):
            raise ValueError(text)
        return number
    except (KeyError, ValueError):
        raise ValueError(
            f"{variable}={text!r} is not a {setting.kind} ({setting.unit or '1 or 0'})"
        ) from None

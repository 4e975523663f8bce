"""Plain HTTP costs no TLS: certificates are read where they are needed, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from apteco_api._runtime.configuration import Configuration
from apteco_api._runtime.exceptions import ApiConnectionError
from apteco_api._runtime.origin import origin_of
from apteco_api._runtime.transport import Transport


def test_certificates_are_read_for_https_only(tmp_path: Path) -> None:
    settings = Configuration(ssl_ca_cert=str(tmp_path / "missing.pem"), trust_env=False)
    transport = Transport(settings)
    plain = transport.pool(origin_of("http://127.0.0.1:1/api"))
    assert plain is transport.pool(origin_of("http://127.0.0.1:1/other"))
    with pytest.raises(ApiConnectionError, match="certificates"):
        transport.pool(origin_of("https://127.0.0.1:1/api"))
    transport.close()


def test_a_proxy_that_speaks_tls_needs_certificates(tmp_path: Path) -> None:
    settings = Configuration(ssl_ca_cert=str(tmp_path / "missing.pem"), proxy="https://127.0.0.1:1")
    with pytest.raises(ApiConnectionError, match="certificates"):
        Transport(settings).pool(origin_of("http://example.com/api"))

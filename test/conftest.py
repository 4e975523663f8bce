"""Settings for every test."""

from __future__ import annotations

import os
import signal

import pytest

LIMIT = 300
"""Seconds that a test may take."""

if os.environ.get("APTECO_TEST_WINDOWS"):
    from support.windows import take_away

    take_away()

try:
    from hypothesis import HealthCheck, settings
except ImportError:  # `tox -e downstream` installs only what its own tests need
    pass
else:
    # A busy machine must not fail a property test: what these tests assert is never a time.
    settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("calm")


@pytest.hookimpl(tryfirst=True)  # before pytest-timeout reads its options
def pytest_configure(config: pytest.Config) -> None:
    """Give every test a time limit, so that one that hangs fails. A mark gives a test a limit of its own."""
    if config.pluginmanager.hasplugin("timeout"):
        config.option.timeout = config.option.timeout or LIMIT
        if not hasattr(signal, "SIGALRM"):
            config.option.timeout_method = "thread"
    else:
        config.addinivalue_line("markers", "timeout(seconds): a time limit of its own (pytest-timeout)")

"""What holds for every test."""

from __future__ import annotations

try:
    from hypothesis import HealthCheck, settings
except ImportError:  # `tox -e downstream` brings only what its own tests need
    pass
else:
    # A busy machine is no reason to fail: no test asserts a time.
    settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("calm")

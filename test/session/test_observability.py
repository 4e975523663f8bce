"""The log in one call, spans for a program that traces, and no secret in either."""

from __future__ import annotations

import io
import logging
import subprocess
import sys

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve
from apteco_api.session.observability import Redacting, end_tracing


def test_the_log_is_shown_and_hidden_again_in_one_call(session: aa.Session) -> None:
    text = io.StringIO()
    level = logging.getLogger("apteco_api").level
    hide = aa.show_log("DEBUG", text)
    session.count("Bookings")
    hide()
    shown = text.getvalue()
    assert "Queries_PerformQueryCountSynchronously: POST to 127.0.0.1" in shown
    assert ": 200 after 0." in shown
    session.count("Bookings")
    assert text.getvalue() == shown
    assert logging.getLogger("apteco_api").level == level
    assert session.client.configuration.api_key["Authorization"] not in shown


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer canary",
        "token=canary&x=1",
        'password: "canary"',
        "api_key = canary",
        "Basic canary",
    ],
)
def test_what_looks_like_a_credential_is_taken_out(text: str) -> None:
    record = logging.LogRecord("apteco_api", 10, "f", 1, "%s", (text,), None)
    assert Redacting().filter(record)
    assert "canary" not in record.getMessage()
    assert "***" in record.getMessage()


def test_calls_are_spans_with_names_and_no_values(box: Sandbox) -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="spans need OpenTelemetry")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    aa.trace(provider)
    try:
        with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as session:
            session.count("Bookings")
            with pytest.raises(aa.ApiNotFound):
                session.fast_stats_systems.fast_stats_systems_get_fast_stats_table("Nothing")
            token = session.client.configuration.api_key["Authorization"]
    finally:
        end_tracing()
    spans = {span.name: span for span in kept.get_finished_spans()}
    count = spans["Queries_PerformQueryCountSynchronously"]
    assert count.attributes is not None
    assert count.attributes["http.response.status_code"] == 200
    assert count.attributes["http.request.method"] == "POST"
    assert count.attributes["server.address"] == "127.0.0.1"
    failed = spans["FastStatsSystems_GetFastStatsTable"]
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == "404"
    assert not failed.status.is_ok
    for span in spans.values():
        shown = span.to_json()
        assert token not in shown
        assert box.password not in shown


def test_retries_and_failures_show_in_the_span() -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="spans need OpenTelemetry")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with serve(scale=2_000, trouble="503 every 2 on FastStatsSystems_*") as box:
        quick = aa.Configuration(backoff=0.01)
        with aa.login(
            box.url, box.data_view, box.username, box.password, system=box.system, configuration=quick
        ) as session:
            aa.trace(provider)
            try:
                for _ in range(3):
                    session.fast_stats_systems.fast_stats_systems_get_fast_stats_system()
            finally:
                end_tracing()
    counts = [
        (span.attributes or {}).get("http.request.resend_count", 0) for span in kept.get_finished_spans()
    ]
    assert max(int(str(count)) for count in counts) >= 1


def test_a_program_without_opentelemetry_does_not_load_it(box: Sandbox) -> None:
    code = """
import sys, apteco_api as aa
with aa.login(*sys.argv[1:5], system=sys.argv[5]) as session:
    session.count("Bookings")
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    command = [sys.executable, "-c", code, box.url, box.data_view, box.username, box.password, box.system]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_session_traces_by_itself_where_the_program_does(box: Sandbox) -> None:
    pytest.importorskip("opentelemetry.trace", reason="spans need OpenTelemetry")
    from apteco_api.session import observability

    with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as session:
        try:
            assert len(observability._tracing) == 1
            assert session.count("Bookings") == 20_000
        finally:
            end_tracing()

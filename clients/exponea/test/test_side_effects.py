"""Logs, output, threads and closing: a client has no side effects on the program that uses it."""

from __future__ import annotations

import base64
import inspect
import logging
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from exponea_python_sdk import Exponea
from exponea_python_sdk.exceptions import APIException
from exponea_python_sdk.sandbox import Sandbox
from scripted import WHO


@pytest.mark.parametrize("setup", ["", "exponea.logger.setLevel('ERROR')", "logging.basicConfig()"])
@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_refusal_prints_nothing_unless_the_script_asks(script: Any, setup: str, status: int) -> None:
    script.say({"success": False, "errors": ["no"]}, status)
    program = f"""
import logging, sys
from exponea_python_sdk import Exponea
from exponea_python_sdk.exceptions import APIException
from scripted import DONE, WHO
exponea = Exponea("t0ken", username="key", password="secret", url=sys.argv[1])
{setup}
try:
    exponea.catalog.create_catalog("shop", [])
except APIException as error:
    print(error, error.call)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", program, script.url]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "['no'] catalog.create_catalog"
    shown = f"ERROR:exponea-python-sdk:catalog.create_catalog failed: status {status}"
    assert run.stderr.strip() == (shown if setup else "")


def test_log_and_error_name_the_call_that_was_made(
    scripted_client: Exponea, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script.say({"success": False, "errors": ["no"]}, 400)
    calls = {
        "get_catalog_name": lambda: scripted_client.catalog.get_catalog_name("c"),
        "get_catalog_items": lambda: scripted_client.catalog.get_catalog_items("c"),
        "add_event": lambda: scripted_client.tracking.add_event(WHO, "visit"),
        "get_funnel": lambda: scripted_client.analyses.get_funnel("f"),
        "get_customer": lambda: scripted_client.customer.get_customer(WHO),
        "delete_catalog_items": lambda: scripted_client.catalog.delete_catalog_items("c"),
        "get_customer_consents": lambda: scripted_client.customer.get_customer_consents(WHO, ["a"]),
        "POST /any": lambda: scripted_client.post("/any?key=secret1", {}),
    }
    for name, call in calls.items():
        caplog.clear()
        with pytest.raises(APIException) as caught:
            call()
        assert caught.value.call.rpartition(".")[2] == name
        assert [record.message for record in caplog.records] == [f"{caught.value.call} failed: status 400"]


def test_importing_leaves_the_applications_logging_alone() -> None:
    program = "import logging, exponea_python_sdk.client as c; c.Exponea; print(logging.root.handlers)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


def test_debug_messages_go_through_the_applications_handlers_only(
    exponea: Exponea, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG, logger="exponea-python-sdk"):
        exponea.tracking.get_system_time()
    assert "Response status code: 200" in caplog.text
    assert capsys.readouterr().err == ""


def test_the_log_holds_no_personal_data_and_no_secret(
    scripted_client: Exponea, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script.say({"success": False, "error": "ann@example.com is not allowed"}, 403)
    with caplog.at_level(logging.DEBUG), pytest.raises(APIException) as caught:
        scripted_client.tracking.add_event({"registered": "ann@example.com"}, "visit", {"iban": "SK31"})
    assert "403" in caplog.text
    for private in ("ann@example.com", "SK31", "secret", base64.b64encode(b"key:secret").decode()):
        assert private not in caplog.text
    assert "secret" not in repr(scripted_client)
    assert "secret" not in repr(caught.value.__cause__)


def test_defaults_are_not_shared_between_calls(scripted_client: Exponea) -> None:
    signature = inspect.signature(scripted_client.customer.get_customer_attributes)
    assert not any(isinstance(each.default, list | dict) for each in signature.parameters.values())


def test_one_client_serves_many_threads(exponea: Exponea, sandbox: Sandbox) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(10):
                exponea.tracking.add_event({"registered": f"thread{number}"}, "tick", {"step": step})
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    assert len(sandbox.store.events("project_token", types=["tick"])) == 80


def test_a_closed_client_can_be_closed_again(exponea: Exponea) -> None:
    exponea.tracking.get_system_time()
    exponea.close()
    exponea.close()

"""`python -m benchmarks.functions [--only NAME]`: each published function beside that of 0.3.2, in turns.

Prints nanoseconds and the ratio, and exits with 1 where ours is slower. Functions of the wire (calls, downloads) have
rows in `rows.py`. The same file is the worker: it runs under the interpreter of either client.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import timeit
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETUP = """
import json
import urllib3
import apteco_api as aa
from apteco_api.rest import RESTResponse
config = aa.Configuration(host="http://127.0.0.1:1/x", api_key={"Authorization": "abc"}, username="u", password="p")
config.api_key_prefix = {"Authorization": "Bearer"}
client = aa.ApiClient(config)
count = aa.Count(table_name="Bookings", count_value=1)
same = aa.Count(table_name="Bookings", count_value=1)
criteria = aa.Criteria(variable_name="boURN", path="", include=True, logic="OR", ignore_case=True,
    value_rules=[], table_name="Bookings")
logic = aa.Logic(operation="AND", operands=[aa.Clause(criteria=criteria), aa.Clause(criteria=criteria)],
    table_name="Bookings")
query = aa.Query(selection=aa.Selection(rule=aa.Rule(clause=aa.Clause(logic=logic)), table_name="Bookings"))
equal = aa.Query(selection=aa.Selection(rule=aa.Rule(clause=aa.Clause(logic=logic)), table_name="Bookings"))
pairs = [("a", 1), ("b", [1, 2])]
raw = urllib3.HTTPResponse(b"{}", {"Content-Type": "application/json", "X-A": "b"}, 200, preload_content=True)
answer = RESTResponse(raw)
answer.data = '{"tableName": "Bookings", "countValue": 5}'
class Failed:
    status, reason, data = 404, "Not Found", b"{}"
    def getheaders(self): return {"A": "b"}
failed = Failed()
error = aa.ApiException(http_resp=failed)
headers, querys = {}, []
"""
WORK = {
    "Configuration()": "aa.Configuration()",
    "Configuration.get_default_copy": "aa.Configuration.get_default_copy()",
    "Configuration.get_api_key_with_prefix": "config.get_api_key_with_prefix('Authorization')",
    "Configuration.get_basic_auth_token": "config.get_basic_auth_token()",
    "Configuration.auth_settings": "config.auth_settings()",
    "Configuration.get_host_settings": "config.get_host_settings()",
    "Configuration.to_debug_report": "config.to_debug_report()",
    "Configuration.debug": "config.debug = False",
    "Configuration.logger_format": "config.logger_format = '%(message)s'",
    "ApiClient()": "aa.ApiClient(config)",
    "ApiClient.user_agent": "client.user_agent",
    "ApiClient.user_agent, set": "client.user_agent = 'me/1'",
    "ApiClient.set_default_header": "client.set_default_header('X-Tenant', 'value')",
    "ApiClient.set_default_header, one that is set": "client.set_default_header('X-Tenant', 'other')",
    "ApiClient.parameters_to_tuples": "client.parameters_to_tuples({'a': 1, 'b': 2}, None)",
    "ApiClient.parameters_to_tuples, pairs": "client.parameters_to_tuples(pairs, {})",
    "ApiClient.parameters_to_tuples, joined": "client.parameters_to_tuples(pairs, {'b': 'csv'})",
    "ApiClient.parameters_to_tuples, multi": "client.parameters_to_tuples(pairs, {'b': 'multi'})",
    "ApiClient.files_parameters": "client.files_parameters({})",
    "ApiClient.select_header_accept": "client.select_header_accept(['application/json', 'text/json'])",
    "ApiClient.select_header_accept, others": "client.select_header_accept(['Text/CSV', 'text/xml'])",
    "ApiClient.select_header_accept, none": "client.select_header_accept([])",
    "ApiClient.select_header_content_type": "client.select_header_content_type(['application/json', 'text/json'])",
    "ApiClient.select_header_content_type, others": "client.select_header_content_type(['Text/CSV', 'text/xml'])",
    "ApiClient.update_params_for_auth": "client.update_params_for_auth(headers, querys, ['faststats_auth'])",
    "ApiClient.sanitize_for_serialization, a text": "client.sanitize_for_serialization('x')",
    "ApiClient.sanitize_for_serialization, a dict": "client.sanitize_for_serialization({'a': 1, 'b': ['x']})",
    "ApiClient.sanitize_for_serialization, a model": "client.sanitize_for_serialization(count)",
    "ApiClient.sanitize_for_serialization, a query": "client.sanitize_for_serialization(query)",
    "ApiClient.deserialize, a model": "client.deserialize(answer, 'Count')",
    "ApiClient.deserialize, a dict": "client.deserialize(answer, 'object')",
    "a model by position": "aa.Count('Bookings', 1)",
    "a model by keywords": "aa.Count(table_name='Bookings', count_value=1)",
    "a field": "count.table_name",
    "a field, set": "count.table_name = 'Bookings'",
    "an enumerated field, set": "logic.operation = 'AND'",
    "Model.to_dict": "count.to_dict()",
    "Model.to_dict, a query": "query.to_dict()",
    "Model.to_str": "count.to_str()",
    "repr(model)": "repr(query)",
    "model == its like": "count == same",
    "query == its like": "query == equal",
    "query == another model": "query == count",
    "RESTResponse()": "RESTResponse(raw)",
    "RESTResponse.getheader": "answer.getheader('content-type')",
    "RESTResponse.getheaders": "answer.getheaders()",
    "ApiException(status, reason)": "aa.ApiException(404, 'Not Found')",
    "ApiException(http_resp=...)": "aa.ApiException(http_resp=failed)",
    "str(ApiException)": "str(error)",
    "ApiTypeError()": "aa.ApiTypeError('text', path_to_item=['a', 0])",
    "ApiValueError()": "aa.ApiValueError('text', path_to_item=['a', 0])",
    "ApiKeyError()": "aa.ApiKeyError('text', path_to_item=['a', 0])",
    "a section of operations": "aa.AboutApi(client)",
}
"""What is measured, by name."""


SERIES = 0.0001
"""Seconds of one series of runs: short, so that other programs interrupt few of them."""


def nanoseconds(code: str) -> float:
    """Return the nanoseconds that a statement takes: the best of several series."""
    timer = timeit.Timer(code, SETUP)
    timer.timeit(1)  # a first use may import modules or resolve annotations
    number = 1
    while (taken := timer.timeit(number)) < SERIES / 2:
        number = max(2 * number, int(number * SERIES / max(taken, 1e-7) / 2))
    return min(timer.repeat(100, number)) / number * 1e9


def measured(python: str, only: str, **environment: str) -> dict[str, float]:
    """Return the figures that a fresh process of an interpreter gives."""
    command = [python, "-P", str(Path(__file__)), "--worker", "--only", only]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode:
        raise SystemExit(f"{python}: {done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure both clients in turns and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.functions", description=__doc__)
    parser.add_argument("--only", default="", help="only functions that have this in their name")
    parser.add_argument("--rounds", type=int, default=7, help="processes of each client")
    parser.add_argument(
        "--published", help="an interpreter that has apteco-api 0.3.2; without one it is installed"
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps({name: nanoseconds(code) for name, code in WORK.items() if options.only in name}))
        return
    if not options.published:
        from . import peers

        options.published = str(peers.published(ROOT / ".bench"))
    both: list[tuple[dict[str, float], dict[str, float]]] = []
    for _ in range(options.rounds):
        ours = measured(sys.executable, options.only, PYTHONPATH=str(ROOT))
        both.append((ours, measured(options.published, options.only)))
    slower = 0
    for name in both[0][0]:
        fastest, published = (min(each[who][name] for each in both) for who in (0, 1))
        ratio = fastest / published
        slower += ratio > 1
        note = "  slower" if ratio > 1 else ""
        print(f"{ratio:6.2f}  {fastest:10.0f} ns  {published:10.0f} ns  {name}{note}")
    sys.exit(bool(slower))


if __name__ == "__main__":
    main()

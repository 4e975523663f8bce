"""Cases 63 to 84: faults of callers, files and the environment."""

from __future__ import annotations

from typing import Any

from support.lab import COUNT, Seen, answer, in_time

from .case import GET, WHOLE, Bench, Case, Outcome, Variant, own, own_error, refused, silent, value

NO_STREAM = "stream"
NAMES = {
    "raw UTF-8": ("attachment; filename=Gr\xc3\xb6\xc3\x9fe.csv", "Größe.csv"),
    "RFC 2047": ("attachment; filename==?utf-8?b?R3LDtsOfZS5jc3Y=?=", "Größe.csv"),
    "blanks without quotes": ("attachment; filename=my rows.csv", "my rows.csv"),
    "another parameter": ('attachment; xfilename="no.csv"; filename="yes.csv"', "yes.csv"),
    "both": ("attachment; filename=\"a.csv\"; filename*=UTF-8''b%20c.csv", "b c.csv"),
}
PROXIES = ("socks5://127.0.0.1:9", "http://[::1", "ftp://127.0.0.1:9", "http://127.0.0.1:port")


def paced(request: Seen, number: int) -> Any:
    """Send twenty batches of rows at once, to a slow caller."""
    row = b'{"codes": "1", "descriptions": "a"}'
    return answer(body=b'{"rows": [' + b",".join([row] * 200_000) + b"]}")


def cases(bench: Bench) -> list[Case]:
    def no_prompt(outcome: Outcome, server: Any) -> bool:
        return own(outcome) and in_time(outcome["seconds"], 5)

    def one_header(*lines: str) -> Any:
        def judge(outcome: Outcome, server: Any) -> bool:
            if not server.requests:
                return False
            seen = [line.lower() for line in server.requests[0].raw.decode("latin-1").split("\r\n")]
            name = lines[0].partition(":")[0]
            return [line for line in seen if line.startswith(f"{name}:")] == list(lines)

        return judge

    def first_only(outcome: Outcome, server: Any) -> bool:
        return own(outcome) and server.connections == 1

    def direct(outcome: Outcome, server: Any) -> bool:
        return outcome.get("value") == GET

    def file_named(outcome: Outcome, server: Any) -> bool:
        return own(outcome) and "missing-authority.pem" in outcome["text"]

    trusting = {"ssl_ca_cert": bench.certificates}
    keys = {"cert_file": bench.client_certificate, "key_file": bench.client_key}
    good = bench.contexts["good"]
    nowhere = "http://user:pass@127.0.0.1:1"
    unset = {"HTTP_PROXY": nowhere, "http_proxy": nowhere}
    return [
        Case(63, "X-SELF", "an argument that contains itself; one of a thousand levels", "own error, nothing sent", tuple(
            Variant(kind, answer(204, content_type=None), "body", refused, {"kind": kind}) for kind in ("a list in itself", "a dict in itself", "2,000 levels")
        ), test="test_40_any_arguments_make_one_request_or_our_error"),
        Case(64, "X-NAN", "NaN and infinity as numbers and decimals; half a surrogate pair; a set", "own error, nothing sent", tuple(
            Variant(kind, answer(204, content_type=None), "body", refused, {"kind": kind})
            for kind in ("NaN", "infinity", "Decimal NaN", "Decimal infinity", "surrogate", "an object")
        ), test="test_40_any_arguments_make_one_request_or_our_error"),
        Case(65, "X-DIGITS", "a whole number of 5,000 digits as path value, query value and body", "sent, or own error", tuple(
            Variant(kind, WHOLE, "digits", lambda o, s: own(o) or "value" in o, {"kind": kind}) for kind in ("path", "query", "body")
        ), test="test_40_any_arguments_make_one_request_or_our_error"),
        Case(66, "X-TIMEOUT", "timeouts of 1e10 s and of a billionth of a second", "the object; own timeout", (
            Variant("1e10", WHOLE, "get", value(GET), {"timeout": 1e10}),
            Variant("a pair", WHOLE, "get", value(GET), {"timeout": [1, 1e10]}),
            Variant("1e-9", silent, "get", own_error, {"timeout": 1e-9}),
        ), test="test_40_any_arguments_make_one_request_or_our_error"),
        Case(67, "X-HEADER-NAME", "header names that are not text, empty, or hold a colon, a blank, a line break", "own error, nothing sent", tuple(
            Variant(name, WHOLE, "named", refused, {"name": name}) for name in ("number", "bytes", "empty", "a:b", "a b", "a\r\nb", "é")
        ), test="test_a_header_name_must_be_text"),
        Case(68, "X-UPLOAD-NAME", "a local file whose name is not UTF-8; a media type with half a surrogate pair", "sent, or own error", tuple(
            Variant(kind, answer(201, {"path": "a", "name": "a", "type": "File", "size": 4}), "odd_upload", lambda o, s: own(o) or o.get("value") == "sent", {"kind": kind, "folder": bench.folder})
            for kind in ("name of bytes", "surrogate in the name")
        ), test="test_40_any_arguments_make_one_request_or_our_error"),
        Case(69, "X-DESCRIPTORS", "no file descriptor left for a connection", "own error", (
            Variant("", WHOLE, "starved", own_error),
        ), test="test_no_thread_for_a_look_up_is_our_error"),
        Case(70, "X-PROXY-ENV", "proxies in the environment that can't be used: SOCKS, half a URL, ftp:, no port", "own error that names the variable", tuple(
            Variant(text, WHOLE, "get", lambda o, s: own(o) and "HTTP_PROXY" in o["text"], environment={"HTTP_PROXY": text}) for text in PROXIES
        ), test="test_a_proxy_that_cannot_be_used_is_refused_by_its_name"),
        Case(71, "S-NO-PROXY", "NO_PROXY with a port, a final dot, a star, an IDN", "the proxy is not used", tuple(
            Variant(rule, WHOLE, "get", direct, environment={**unset, "NO_PROXY": rule}, url=f"http://{host}:{{port}}/OrbitAPI")
            for rule, host in (("127.0.0.1:{port}", "127.0.0.1"), ("localhost.", "localhost"), ("*", "127.0.0.1"), (".localhost", "localhost"))
        ), test="test_no_proxy_rules"),
        Case(72, "H-CASE", "the caller's header in another case than ours", "sent once, the caller's", (
            Variant("accept", WHOLE, "headed", one_header("accept: text/x"), {"name": "accept", "text": "text/x"}),
            Variant("USER-AGENT", WHOLE, "headed", one_header("user-agent: me"), {"name": "USER-AGENT", "text": "me"}),
            Variant("authorization", WHOLE, "headed", one_header("authorization: mine"), {"name": "authorization", "text": "mine"}),
        ), test="test_the_callers_header_takes_the_place_of_ours_whatever_the_case"),
        Case(73, "H-FRAMING", "Content-Length and Transfer-Encoding as the caller's headers of a POST", "own error, nothing sent", tuple(
            Variant(name, answer(body=COUNT), "framed", refused, {"name": name, "text": text})
            for name, text in (("Content-Length", "3"), ("transfer-encoding", "chunked"))
        ), test="test_headers_that_frame_a_request_are_refused"),
        Case(74, "L-FILE", "three configurations with one log file; one of its copies", "one line a message", (
            Variant("", WHOLE, "logged", value("1 line"), {"folder": bench.folder}),
        ), test="test_a_log_file_has_each_line_once_and_is_closed_with_its_last_configuration"),
        Case(75, "T-ADDRESSES", "a host with two addresses: the first refuses, or is silent", "the second one is tried, within the time", (
            Variant("refuses", WHOLE, "addresses", value(GET), {"kind": "refuses", "timeout": 5}),
            Variant("silent", WHOLE, "addresses", value(GET), {"kind": "silent", "timeout": 5}),
        ), test="test_the_next_address_is_tried_when_one_is_silent"),
        Case(76, "T-UPLOAD", "a server that reads nothing of an upload of 64 MiB, timeout 2 s", "own timeout at 2 s", (
            Variant("", None, "unread_upload", lambda o, s: own(o) and in_time(o["seconds"], 2.6), {"timeout": 2}),
        ), test="test_39_async_calls_have_the_same_errors_and_deadline"),
        Case(77, "R-REFUSED-UPLOAD", "413 before the upload of 64 MiB is read, then a reset", "own error with the status", (
            Variant("", None, "refused_upload", value("413"), {"timeout": 8}),
        ), test="test_a_refusal_before_the_upload_is_read_is_the_answer"),
        Case(78, "S-KEY-PASS", "a client key with a pass phrase that nobody gives", "own error at once, no prompt", (
            Variant("", WHOLE, "get", no_prompt, {"settings": {**trusting, **keys}}, context=good),
            Variant("given", WHOLE, "get", value(GET), {"settings": {**trusting, **keys, "key_password": "hunter2-hunter2"}}, context=good, ours_only="pass phrases"),
        ), test="test_a_key_with_a_pass_phrase_needs_the_setting"),
        Case(79, "S-CA-FILE", "a file of CA certificates that is missing", "own error that names it", (
            Variant("setting", WHOLE, "get", file_named, {"settings": {"ssl_ca_cert": "/nowhere/missing-authority.pem"}}, context=good),
        ), test="test_a_file_of_certificates_that_is_missing_is_named"),
        Case(80, "S-REFUSED-ONCE", "a certificate that is refused", "one connection only: a retry can't help", (
            Variant("", WHOLE, "get", first_only, context=bench.contexts["unknown"]),
        ), test="test_a_refused_certificate_is_not_tried_again"),
        Case(81, "F-NAMES", "names of downloads as servers write them", "the name that the server meant", tuple(
            Variant(kind, answer(body=b"data", content_type="application/octet-stream", Content_Disposition=text), "download_name", value(name), {"folder": bench.folder})
            for kind, (text, name) in NAMES.items()
        ), test="test_names_of_downloads_however_servers_write_them"),
        Case(82, "F-SAME-NAME", "eight downloads at a time whose answers have one name", "all kept, each whole", (
            Variant("", lambda request, number: answer(body=b"%d" % (number % 10) * 100_000, content_type="text/csv", Content_Disposition="attachment; filename=a.csv"), "same_name", value("8 whole files"), {"folder": bench.folder}),
        ), test="test_30_downloads_of_one_name_at_one_time_are_all_kept"),
        Case(83, "T-CALLER", "a caller that works 3 s between two batches of a stream, timeout 2 s", "all rows: the caller's time is not the server's", (
            Variant("", paced, "slow_reader", value("200000 rows"), {"timeout": 2}, ours_only=NO_STREAM),
        ), test="test_the_time_between_two_batches_is_the_callers"),
        Case(84, "E-WORDS", "an error with a message of the server; the error pickled", "it begins with the server's words, and says status and operation", (
            Variant("", answer(404, {"message": "There is not a variable xyz"}), "words", lambda o, s: str(o.get("value", "")).startswith("There is not a variable xyz") and "404" in o["value"]),
        ), test="test_an_error_begins_with_the_servers_words_and_what_to_do"),
    ]  # fmt: skip

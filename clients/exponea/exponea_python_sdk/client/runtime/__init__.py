"""The runtime of a generated client, in one reading order.

A call walks from top to bottom, its answer back up:

1. `configuration`  settings: host, credentials, time and size budgets, retries, proxies
2. `operation`      what an operation is, as data: `Operation`, `Parameter`
3. `api_client`     `ApiClient.call`: the five steps; `Controller`, the base of the generated sections
4. `request`        a call becomes a request: method, URL, headers, body (pure, no I/O)
5. `policies`       retry, redirect, auth, log: what may happen between request and response (pure)
6. `transport`      a request becomes bytes on a pooled connection; `wire` reads HTTP/1.1 from it
7. `codec`          bytes become typed objects; `lenient` when the server broke its own contract
8. `model`          the base of the generated models
9. `exceptions`     every error that can leave this package, as one tree

Beside the road: `files` (downloads, uploads), `rows` (streams of rows), `paging`, `jobs`, `workers`
(threads), `aio` (the same for `await`), `rest` (published low-level names).

This folder is written by hand in `generator/runtime` and copied unchanged into every client.
"""

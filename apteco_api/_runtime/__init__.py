"""How a call becomes an object, in one reading order.

A call walks from top to bottom, its answer back up:

1. `configuration`  settings: host, credentials, time and size limits, retries, proxies
2. `operation`      what an operation is, as data: `Operation`, `Parameter`
3. `client`         a call in five steps; `Controller`, the base of the generated sections
4. `request`        a call becomes a request: method, URL, headers, body (pure, no I/O); `uploads` are forms
5. `policies`       retry, redirect, auth, log: what may happen between request and response (pure)
6. `transport`      a request becomes bytes on a pooled connection; `http1` reads HTTP/1.1 from it
7. `codec`          bytes become typed objects; `downloads` become files
8. `exceptions`     every error that can leave this package, as one tree

Helpers of these: `budget` (the time, size and retries that a call may use), `renewal` (a new access token),
`proxies` (the way out), `headers` (clean names and values),
`values` (arguments as text), `hidden` (credentials stay out of `vars()`),
`package` (which client this copy belongs to), `lazy` (names of a package
that load on first use), `moved` (modules under their old names).

What stands on a client, each to be read by itself:

- `api_client`: the published client; `adhoc`, `rest`: requests that no generated method makes
- `paging` (all items of a paged list), `streaming` (the items of a large answer as they arrive)
- `jobs` (start, follow, take the result, resume); `binding` (a method and its arguments, not called yet)
- `workers` (threads), `async_client` (the client for `await`), `aiohttp_engine`; `curl` (a request to show)

The original is `apteco_api/_runtime`. `python -m generator` copies it unchanged into every other client.
"""

"""How a call becomes an object, in the order in which to read the modules.

A call passes these modules from top to bottom, and its answer passes them from bottom to top:

1. `configuration`  settings: host, credentials, time and size limits, retries, proxies;
                    `settings` says which values each may have
2. `operation`      what an operation is, as data: `Operation`, `Parameter`
3. `controller`     the base of the generated sections: a method's name and values go to the client;
                    `twins` makes `<name>_with_http_info` and the async methods of `aio` from it
4. `client`         `ApiClient`: a call in five steps, and the published ways to make other requests
5. `request`        a call becomes a request: method, URL, headers, body (pure, no I/O); `uploads` are forms,
                    `origin` is where it goes
6. `pipeline`       the policies around a transport, which all calls of a client share
7. `policies`       retry, redirect, auth and log, between request and response (pure)
8. `transport`      a request becomes bytes on a connection, which `connect` opens and `places` keeps;
                    `http1` reads HTTP/1.1 from it into a `response`; `parts` are answers of status 206
9. `answers`        a response becomes a result or an error (pure)
10. `codec`         bytes become typed objects; `downloads` become files
11. `exceptions`    every error that can leave this package, as one tree; `list_errors` of lists and jobs

Helpers of these: `budget` (the time, size and retries that a call may use), `renewal` (a new access token),
`oauth` (tokens of OAuth 2), `proxies` (the proxy for a request), `masking` (no secret in a text),
`log_files`, `headers` (clean names and values), `values` (arguments as text), `hidden` (credentials stay out
of `vars()`), `watch` (ends calls whose time is over), `files` (local files, written completely or not at
all), `package` (the client that this copy belongs to), `lazy` (names of a package that load on first use),
`moved` (modules under their old names), `unset` (the value "not given" where None means null).

Features on top of a client, which can be read one by one:

- `adhoc` (operations that no spec has), `rest` (single requests to a URL)
- `seams` (the places where mocks, tracers and scripts hook in), `plain` (the transport for them)
- `paging` (all items of a paged list), `streaming` (the items of a large answer as they arrive)
- `page_rules` (lists whose pages follow each other by page number, cursor or link)
- `events` (server-sent events, and streams with one JSON document on each line)
- `jobs` (start, follow, get the result, resume), `job_states` (the state of a job in an answer)
- `binding` (a method and its arguments, not called yet)
- `command_line` (every operation as a command: `python -m your_api call …`)
- `workers` (threads), `async_client` (the client for `await`), `aiohttp_engine`; `curl` (a request as a
command)

The original is `apteco_api/_runtime`. The siblings in `clients/` link to it; other clients get a copy.
"""

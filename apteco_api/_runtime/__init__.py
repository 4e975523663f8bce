"""How a call becomes an object, in one reading order.

A call walks from top to bottom, its answer back up:

1. `configuration`  settings: host, credentials, time and size limits, retries, proxies;
                    `settings` says what each may hold
2. `operation`      what an operation is, as data: `Operation`, `Parameter`
3. `controller`     the base of the generated sections: a method's name and values go to the client;
                    `twins` makes `<name>_with_http_info` and the awaited methods of `aio` of a method
4. `client`         `ApiClient`: a call in five steps, and the published ways to make other requests
5. `request`        a call becomes a request: method, URL, headers, body (pure, no I/O); `uploads` are forms,
                    `origin` is where it goes
6. `pipeline`       the way to the server and back, which all calls of a client share
7. `policies`       retry, redirect, auth, log: what may happen between request and response (pure)
8. `transport`      a request becomes bytes on a connection, which `connect` opens and `places` keeps;
                    `http1` reads HTTP/1.1 from it into a `response`; `parts` are answers of status 206
9. `answers`        a response becomes a result or an error (pure)
10. `codec`         bytes become typed objects; `downloads` become files
11. `exceptions`    every error that can leave this package, as one tree; `list_errors` of lists and jobs

Helpers of these: `budget` (the time, size and retries that a call may use), `renewal` (a new access token),
`oauth` (tokens of OAuth 2), `proxies` (the way out), `masking` (no secret in a text), `log_files`,
`headers` (clean names and values), `values` (arguments as text), `hidden` (credentials stay out of `vars()`),
`watch` (ends calls whose time is over),
`files` (local files, written whole or not at all), `package` (which client this copy belongs to), `lazy`
(names of a package that load on first use), `moved` (modules under their old names),
`unset` (stands for "not given" where None means null).

What stands on a client, each to be read by itself:

- `adhoc` (operations that no spec has), `rest` (single requests to a URL)
- `seams` (where mocks, tracers and scripts hook in, as they always have), `plain` (what they see)
- `paging` (all items of a paged list), `streaming` (the items of a large answer as they arrive)
- `page_rules` (lists whose pages follow each other by page number, cursor or link)
- `events` (server-sent events, and JSON one document a line)
- `jobs` (start, follow, take the result, resume), `job_states` (how far a job is)
- `binding` (a method and its arguments, not called yet)
- `command_line` (every operation as a command: `python -m your_api call …`)
- `workers` (threads), `async_client` (the client for `await`), `aiohttp_engine`; `curl` (a request to show)

The original is `apteco_api/_runtime`. The siblings in `clients/` link to it; other clients get a copy.
"""

"""How a call becomes an object, in one reading order.

A call walks from top to bottom, its answer back up:

1. `configuration`  settings: host, credentials, time and size budgets, retries, proxies
2. `operation`      what an operation is, as data: `Operation`, `Parameter`
3. `client`         `Client.call`: the five steps; `Controller`, the base of the generated sections
4. `request`        a call becomes a request: method, URL, headers, body (pure, no I/O)
5. `policies`       retry, redirect, auth, log: what may happen between request and response (pure)
6. `transport`      a request becomes bytes on a pooled connection; `wire` reads HTTP/1.1 from it
7. `..codec`        bytes become typed objects
8. `exceptions`     every error that can leave this package, as one tree

`budget` is what a call may use and has used, `renewal` gets a new credential, `proxies` chooses the way out,
`headers` keeps headers clean, `hidden` keeps credentials out of `vars()`, `package` says which client this
is. What stands on all this (the public client, files, pages, jobs, streams, threads, `await`) is `..toolkit`.

This folder is written by hand in `generator/runtime` and copied unchanged into every client.
"""

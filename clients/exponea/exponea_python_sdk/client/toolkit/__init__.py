"""What stands on the runtime: each module can be read by itself.

- `api_client`: the client that everybody uses; `free`, `rest`: requests that no method makes
- files: `uploads` (forms that stream), `downloads` (whole or not at all, under safe names)
- long lists: `paging` (all items of a paged list), `rows` (the items of a large answer as they come)
- long work: `jobs` (start, follow, take the result, come back later)
- many at once: `workers` (threads), `aio` (the same client for `await`), `aiohttp_engine`
- `calls` (a method and its arguments, not called yet), `curl` (a request to show)

This folder is written by hand in `generator/toolkit` and copied unchanged into every client.
"""

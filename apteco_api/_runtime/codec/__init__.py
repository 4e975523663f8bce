"""Bytes and typed objects: what a model is, and how an answer becomes one.

1. `model`        the base of the generated models; `fields` helps it
2. `expressions`  `list[Table]` and the like: the types that operations are written in
3. `decode`       bytes become objects, strictly
4. `lenient`      the same when the server broke its own contract: nothing is lost, every difference is listed
5. `encode`       objects become bytes
6. `unions`       unions that JSON alone does not tell apart, and types that hold themselves
7. `encodings`    gzip and deflate undone, a bounded piece at a time

Of the rest of the runtime, only errors and settings are used here: no call, no connection.
"""

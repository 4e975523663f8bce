"""Bytes and typed objects: what a model is, and how an answer becomes one.

1. `model`        the base of the generated models, as callers see it
   `structs`      how it is made; with `marks` (required and later fields), `checks` (what a caller must not
                  give), `fields` (annotations read), `attached` (attributes beside the fields) and
                  `explained` (what `help()` shows); `building`: what runs when a caller builds one
2. `expressions`  `list[Table]` and the like: the types that operations are written in
3. `decode`       bytes become objects, strictly
4. `lenient`      the same when the server broke its own contract: nothing is lost, every difference is listed
5. `unions`       unions that JSON alone does not tell apart, and types that hold themselves
6. `drift`        the list of differences; `depth` refuses what is nested too deeply; `texts`: what users see;
                  `shapes`: type guards for parsed JSON
7. `encode`       objects become bytes
8. `encodings`    gzip and deflate undone, a bounded piece at a time

Of the rest of the runtime, only errors and settings are used here: no call, no connection.
"""

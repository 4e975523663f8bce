"""Convert between bytes and typed objects.

1. `model`        the base of the generated models, as callers see it
   `structs`      how it is made; with `marks` (required and later fields), `checks` (values that a caller
                  must not give), `building` (the function that runs when a caller builds one), `fields`
                  (reading annotations), `attached` (attributes beside the fields) and `explained` (the text
                  of `help()`)
2. `expressions`  `list[Table]` and the like: the types that operations are written in
3. `decode`       bytes become objects, strictly
4. `lenient`      bytes become objects although the server broke the spec: every difference is listed
5. `unions`       unions whose members JSON alone does not distinguish, and types that contain themselves
6. `drift`        the list of differences; `depth` refuses answers that are nested too deeply; `texts`: texts
                  for users; `shapes`: type guards for parsed JSON
7. `encode`       objects become bytes
8. `encodings`    gzip and deflate are decompressed in bounded chunks

Of the rest of the runtime, only errors and settings are used here: no call, no connection.
"""

"""Damage to a response, from a seed: the same in every run."""

from __future__ import annotations

import random

INSERTED = [b"\x00", b"\xff\xfe", b"NaN", b"null", b"[" * 50, b"\r\n", b'"', b"{}", b"1e999"]
REPLACED = [b"true", b"-1", b"[]", b'""', b"9999999999999999999"]


def mutate(whole: bytes, rng: random.Random) -> bytes:
    """Flip, cut, repeat, insert or replace pieces."""
    data = bytearray(whole)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        place = rng.randrange(len(data))
        match rng.randrange(6):
            case 0:
                data[place] = rng.randrange(256)
            case 1:
                del data[place : place + rng.randint(1, 40)]
            case 2:
                data[place:place] = data[place : place + rng.randint(1, 40)]
            case 3:
                data[place:place] = rng.choice(INSERTED)
            case 4:
                del data[place:]
            case _:
                data[place : place + 4] = rng.choice(REPLACED)
    return bytes(data)

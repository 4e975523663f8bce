"""`UNSET`: a value that is not given, where None means null.

    api.patch_book(7, models.Book(note=None))    # sends {"note": null}: clears the note
    api.patch_book(7, models.Book())             # sends {}: does not change the note

The default of fields and bodies that are optional and may be null is `UNSET`. It is false in a condition.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

__all__ = ["UNSET", "UnsetType"]

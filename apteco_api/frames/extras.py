"""Optional libraries: imported when they are needed, with a plain word on how to get one that is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .._runtime.exceptions import OpenApiException


class MissingExtra(OpenApiException, ImportError):
    """A library that this call needs is not installed; the message says how to install it."""


def need(module: str, extra: str) -> Any:
    """Import a library that belongs to an extra of this package.

    Args:
        module: what to import, such as `pyarrow.parquet`.
        extra: the extra that brings it.

    Raises:
        MissingExtra: it is not installed, or does not go with another library that is.
    """
    library = module.partition(".")[0]
    try:
        import_module(library)  # a part that is loaded already says nothing about the library
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != library:
            raise
        raise MissingExtra(f"this needs {library}: pip install 'apteco-api[{extra}]'", name=library) from None
    except ImportError as error:  # pyarrow beside an old NumPy
        raise MissingExtra(f"this needs {library}, which can't be imported: {error}", name=library) from error

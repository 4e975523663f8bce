"""Import optional libraries when they are needed; the error for a missing one says how to install it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .._runtime.exceptions import OpenApiException


class MissingExtra(OpenApiException, ImportError):
    """A library that this call needs is not installed; the message says how to install it."""


def need(module: str, extra: str) -> Any:
    """Import a library that belongs to an extra of this package.

    Args:
        module: the module to import, such as `pyarrow.parquet`.
        extra: the extra that installs it.

    Raises:
        MissingExtra: the library is not installed, or does not work with another installed library.
    """
    library = module.partition(".")[0]
    try:
        import_module(library)  # `module` alone could be a leftover in sys.modules
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != library:
            raise
        raise MissingExtra(f"this needs {library}: pip install 'apteco-api[{extra}]'", name=library) from None
    except ImportError as error:  # such as pyarrow with an old NumPy
        raise MissingExtra(f"this needs {library}, which can't be imported: {error}", name=library) from error

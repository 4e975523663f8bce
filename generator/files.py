"""Bundle a document of several files: put each file that it refers to into it, below ``x-files``.

Only files below one folder, or addresses below one address, are read: the document's own, or `--refs`.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from .diagnostics import Problems, SpecError
from .document import escape_pointer
from .jsonvalues import Json, is_list, is_object
from .parse import parse
from .reading import is_url, origin, read

MAX_FILES = 5000
MAX_TOTAL = 64 * 1024 * 1024
"""Bytes of all files together."""
KEY = "x-files"
_NAMES = ("/properties", "/responses", "/schemas", "/definitions")
"""Ends of the pointers of objects whose keys are names, not keywords."""
_OPAQUE = frozenset({"example", "examples", "default", "enum", "const"})


def bundled(value: Json, source: str, shown: str, refs: str | None, problems: Problems) -> Json:
    """Return ``value`` with every file that it refers to, and with local references only."""
    return _Bundle(value, source, shown, refs, problems).run()


class _Bundle:
    def __init__(self, value: Json, source: str, shown: str, refs: str | None, problems: Problems) -> None:
        self.root = value
        self.source = source if is_url(source) else str(Path(source).resolve())
        self.shown = shown
        self.problems = problems
        self.refs = refs
        self.base = self._folder(refs) if refs else self.source.rpartition("/")[0] + "/"
        identity = value.get("$self")
        self.identity = identity.partition("#")[0] if isinstance(identity, str) else ""
        self.files: Json = {}
        self.left = MAX_TOTAL
        self.pending: list[tuple[Any, str, str]] = []

    def _folder(self, refs: str) -> str:
        folder = refs if is_url(refs) else str(Path(refs).resolve())
        return folder.rstrip("/") + "/"

    def run(self) -> Json:
        self.pending.append((self.root, self.source, ""))
        while self.pending:
            value, source, pointer = self.pending.pop()
            self._rewrite(value, source, pointer)
        return {**self.root, KEY: self.files} if self.files else self.root

    def _rewrite(self, value: Any, source: str, pointer: str) -> None:
        stack: list[tuple[Any, str]] = [(value, pointer)]
        while stack:
            value, pointer = stack.pop()
            if is_list(value):
                stack.extend((item, f"{pointer}/{index}") for index, item in enumerate(value))
            elif is_object(value):
                reference = value.get("$ref")
                if isinstance(reference, str):
                    value["$ref"] = self._local(reference, source, pointer)
                for key, item in value.items():
                    if key == "mapping" and is_object(item):
                        for name, target in item.items():
                            item[name] = self._mapped(target, source, pointer)
                    elif key == "defaultMapping":
                        value[key] = self._mapped(item, source, pointer)
                    elif (key not in _OPAQUE and not key.startswith("x-")) or pointer.endswith(_NAMES):
                        stack.append((item, f"{pointer}/{escape_pointer(key)}"))

    def _mapped(self, target: Any, source: str, pointer: str) -> Any:
        """Return what a discriminator maps a value to: a name as it is, a reference as a local one."""
        if isinstance(target, str) and ("/" in target or "#" in target or "." in target):
            return self._local(target, source, pointer, sure=False)
        return target

    def _local(self, reference: str, source: str, pointer: str, sure: bool = True) -> str:
        """Return the reference inside this document that means what ``reference`` means in ``source``."""
        place, _, part = reference.partition("#")
        if not place and source == self.source:
            return reference
        target = source if not place else self._target(place, source)
        if target == self.source:
            return f"#{part}"
        if target is None or not self._read(target, reference, pointer, sure):
            return reference
        inside = part if part.startswith("/") else ""
        return f"#/{KEY}/{escape_pointer(self._name(target))}{inside}"

    def _from_here(self, place: str, source: str) -> str:
        """Return an address below the document's `$self` (OpenAPI 3.2) as one below the document's folder."""
        base = urljoin(self.identity, "./")
        if not base.endswith("/") or (source != self.source and not is_url(place)):
            return place
        target = urljoin(self.identity, place)
        if not target.startswith(base):
            return place
        own = self.source if is_url(self.source) else quote(self.source)
        return own if target == self.identity else f"{own.rpartition('/')[0]}/{target.removeprefix(base)}"

    def _target(self, place: str, source: str) -> str | None:
        place = self._from_here(place, source)
        if is_url(source) or is_url(place):
            target = urljoin(source, place) if is_url(source) else place
            parts = urlsplit(target)
            path = posixpath.normpath(unquote(parts.path))
            return f"{parts.scheme}://{parts.netloc}{path}"
        if "://" in place:
            return None
        return str((Path(source).parent / unquote(place)).resolve())

    def _allowed(self, target: str) -> bool:
        if is_url(self.base) != is_url(target):
            return False
        return target.startswith(self.base) and (not is_url(target) or origin(target) == origin(self.base))

    def _name(self, target: str) -> str:
        return target.removeprefix(self.base)

    def _read(self, target: str, reference: str, pointer: str, sure: bool) -> bool:
        name = self._name(target)
        if name in self.files:
            return True
        place = f"{self.shown}#{pointer}"
        if not self._allowed(target):
            if sure:
                self.problems.error(
                    place,
                    "remote-reference",
                    f"the reference {reference!r} leads out of {self._shown_base()}; it is not read",
                    "name the folder or address with --refs, or copy what it points to into the document",
                )
            return False
        try:
            data = read(target, name)
            self.left -= len(data)
            if len(self.files) >= MAX_FILES or self.left < 0:
                text = f"more than {MAX_FILES} files, or more than {MAX_TOTAL} bytes in total"
                raise self.problems.fatal(place, "too-big", text)
            value = parse(data, name, self.problems)
        except SpecError as error:
            if sure:
                for item in error.diagnostics:
                    self.problems.error(place, item.code, f"{reference!r}: {item.message}")
            return False
        self.files[name] = value
        self.pending.append((value, target, f"/{KEY}/{escape_pointer(name)}"))
        return True

    def _shown_base(self) -> str:
        return self.refs or (self.base if is_url(self.base) else "the document's folder")

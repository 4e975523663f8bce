"""A parsed spec, read through nodes that know their JSON pointer: typed access to untyped data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from .diagnostics import Problems, SpecError, printable
from .jsonvalues import is_list, is_object, kind

MAX_REFERENCE_CHAIN = 20
_VALUES = frozenset({"const", "default", "example"})
"""Keys of a schema under which null is a value."""


class Document:
    """The effective document: one JSON value, the name to show in diagnostics, and the findings."""

    def __init__(self, value: Any, source: str, problems: Problems | None = None) -> None:
        self.value = value
        self.source = source
        self.problems = problems if problems is not None else Problems()

    @property
    def root(self) -> Node:
        """The node of the whole document."""
        return Node(self, self.value, "")

    def at(self, reference: str, asked_from: str) -> Node:
        """Return the node that a local reference such as ``#/components/schemas/X`` points to."""
        if not reference.startswith("#"):
            raise self.fail(
                asked_from,
                "remote-reference",
                f"the reference {reference!r} leaves this document, and what it points to could not be read",
                "files below the document's folder are read, or below the place that --refs names",
            )
        found = self.find(reference)
        if found is None:
            raise self.fail(
                asked_from,
                "dangling-reference",
                f"the reference {reference!r} points to nothing",
                "add its target to the document, or with an overlay; the schema {} takes any value",
            )
        return found

    def find(self, reference: str) -> Node | None:
        """Return the node that a local reference points to, or None."""
        value: Any = self.value
        pointer = ""
        if not reference.startswith("#"):
            return None
        for part in reference[1:].split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if not (is_object(value) and key in value) and part.replace("~1", "/") != key:
                key = part.replace("~1", "/").replace("~0", "~")  # a literal percent sign
            pointer += "/" + escape_pointer(key)
            if is_object(value) and key in value:
                value = value[key]
            elif is_list(value) and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            else:
                return None
        return Node(self, value, pointer)

    def reaches(self, node: Node) -> bool:
        """Return whether the chain of references that begins at ``node`` ends at a node that exists."""
        for _ in range(MAX_REFERENCE_CHAIN):
            if not is_object(node.value) or "$ref" not in node.value:
                return True
            found = self.find(str(node.value["$ref"]))
            if found is None:
                return False
            node = found
        return False

    def place(self, pointer: str) -> str:
        """Return how diagnostics name a place in this document."""
        return f"{printable(self.source, 300)}#{printable(pointer, 300)}"

    def fail(self, pointer: str, code: str, message: str, hint: str = "") -> SpecError:
        """Return the error of a step that can't go on; the caller raises it."""
        return self.problems.fatal(self.place(pointer), code, message, hint)


class Node:
    """One value of the document together with its place."""

    __slots__ = ("document", "pointer", "value")

    def __init__(self, document: Document, value: Any, pointer: str) -> None:
        self.document = document
        self.value = value
        self.pointer = pointer

    def error(self, code: str, message: str, hint: str = "") -> None:
        """Record a finding at this place."""
        self.document.problems.error(self.document.place(self.pointer), code, message, hint)

    def note(self, code: str, message: str, hint: str = "") -> None:
        """Record a remark at this place."""
        self.document.problems.note(self.document.place(self.pointer), code, message, hint)

    def fail(self, code: str, message: str, hint: str = "") -> SpecError:
        """Return the error of a step that can't go on because of this place; the caller raises it."""
        return self.document.fail(self.pointer, code, message, hint)

    def mistake(self, code: str, message: str) -> None:
        """Note a value of the wrong kind that the generator can do without; when strict, raise."""
        if self.document.problems.strict:
            raise self.fail(code, message)
        self.note(code, message)

    @property
    def mapping(self) -> dict[str, Any]:
        """The value as an object; anything else is a finding."""
        if not is_object(self.value):
            raise self.fail("wrong-kind", f"an object is needed here, not {kind(self.value)}")
        return self.value

    @property
    def sequence(self) -> list[Any]:
        """The value as a list; anything else is a finding."""
        if self.value == {}:
            self.mistake("wrong-kind", "a list is needed here, not an object; it is read as empty")
            return []
        if not is_list(self.value):
            raise self.fail("wrong-kind", f"a list is needed here, not {kind(self.value)}")
        return self.value

    def has(self, key: str) -> bool:
        """Return whether the object has ``key``."""
        return key in self.mapping

    def get(self, key: str) -> Node | None:
        """Return the child under ``key``, or None. When not strict, null is read as missing."""
        if key not in self.mapping:
            return None
        if self.mapping[key] is None and not self.document.problems.strict and key not in _VALUES:
            self.note("null", f"{key!r} is null; it is read as if it were left out")
            return None
        return Node(self.document, self.mapping[key], f"{self.pointer}/{escape_pointer(key)}")

    def need(self, key: str) -> Node:
        """Return the child under ``key``, which must be there."""
        child = self.get(key)
        if child is None:
            raise self.fail("missing", f"{key!r} is missing")
        return child

    def entries(self, key: str | None = None) -> Iterator[tuple[str, Node]]:
        """Yield the members of this object, or of the one under ``key``, each with its name."""
        if key is not None:
            child = self.get(key)
            if child is not None:
                if is_object(child.value) and isinstance(child.value.get("$ref"), str):
                    child = child.resolved()
                yield from child.entries()
            return
        for name, value in self.mapping.items():
            yield name, Node(self.document, value, f"{self.pointer}/{escape_pointer(name)}")

    def content(self) -> dict[str, Node]:
        """Return the media types under ``content``; in OpenAPI 3.2 they may be references."""
        return {media: node.resolved() for media, node in self.entries("content")}

    def elements(self, key: str | None = None) -> Iterator[Node]:
        """Yield the members of this list, or of the one under ``key``."""
        if key is not None:
            child = self.get(key)
            if child is not None:
                yield from child.elements()
            return
        for index, value in enumerate(self.sequence):
            yield Node(self.document, value, f"{self.pointer}/{index}")

    def text(self, key: str, default: str = "") -> str:
        """Return the string under ``key``; ``default`` when it is not there."""
        child = self.get(key)
        if child is None:
            return default
        if isinstance(child.value, str):
            return child.value
        if (
            is_object(child.value)
            and "$ref" in child.value
            and isinstance(target := child.resolved().value, str)
        ):
            return target
        child.mistake("wrong-kind", f"{key!r} must be a string, not {kind(child.value)}")
        return default if child.value is None or isinstance(child.value, (dict, list)) else str(child.value)

    def need_text(self, key: str) -> str:
        """Return the string under ``key``, which must be there."""
        self.need(key)
        return self.text(key)

    def flag(self, key: str, default: bool = False) -> bool:
        """Return the boolean under ``key``; ``default`` when it is not there."""
        child = self.get(key)
        if child is None:
            return default
        if not isinstance(child.value, bool):
            child.mistake("wrong-kind", f"{key!r} must be true or false, not {kind(child.value)}")
            return {"true": True, "false": False}.get(str(child.value).lower(), default)
        return child.value

    def strings(self, key: str) -> tuple[str, ...]:
        """Return the list of strings under ``key``; empty when it is not there."""
        result: list[str] = []
        for element in self.elements(key):
            if not isinstance(element.value, str):
                element.mistake("wrong-kind", f"{key!r} must hold strings only")
                continue
            result.append(element.value)
        return tuple(result)

    def resolved(self) -> Node:
        """Return this node, or the one that its ``$ref`` leads to in the end."""
        node = self
        for _ in range(MAX_REFERENCE_CHAIN):
            if not is_object(node.value) or "$ref" not in node.value:
                return node
            node = node.document.at(node.text("$ref"), node.pointer)
        raise self.fail("reference-cycle", "this reference leads back to itself")


def escape_pointer(key: str) -> str:
    """Return ``key`` as one segment of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")

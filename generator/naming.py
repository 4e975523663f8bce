"""The only place where a Python name is made.

Names are ASCII identifiers, never keywords, at most 100 characters long (a longer one is cut and marked
with a hash of the whole). The rules are those of the published packages, so that published names stay.
"""

from __future__ import annotations

import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping

from .vendored import public_names

MAX_LENGTH = 100
_READ = 4 * MAX_LENGTH
"""Only this many characters of a name are read, because the patterns take quadratic time."""


class Identifier(str):
    """A name for a parameter, field, method or module: made by this module and nowhere else."""

    __slots__ = ()


class ClassName(str):
    """A name for a class: made by this module and nowhere else."""

    __slots__ = ()


# a field may not take these names: the runtime's model class uses them
MODEL_MEMBERS = frozenset(
    {
        *("openapi_types", "attribute_map", "discriminator", "local_vars_configuration"),
        *("to_dict", "to_str", "additional_properties"),
    }
)
# a parameter may not take these names: the generated method uses them
METHOD_LOCALS = frozenset({"self", "options", "async_req"})
# a method may not take these names: the runtime's controller class uses them
CONTROLLER_MEMBERS = frozenset({"operations", "api_client"})
# a class may not take these names: generated modules import them
MODULE_GLOBALS = frozenset(
    {
        *("Any", "Literal", "TypeAlias", "TYPE_CHECKING", "Unpack", "Model", "Controller", "AsyncController"),
        *("UNSET", "UnsetType", "Operation", "Parameter", "JobStep", "CallOptions", "HTTPHeaderDict"),
    }
)
# a model may not take these names: every package offers them itself
PACKAGE_CLASSES = frozenset(
    {"ApiClient", "Configuration", "Poller", *public_names("exceptions"), *public_names("list_errors")}
)
# lower-case class names that the generator of the published packages reserves, for any language
_RESERVED_CLASSES = frozenset({"property", *(word.lower() for word in keyword.kwlist)})


def camel(name: str) -> str:
    """Return the JSON name that the runtime gives a field in a class with `rename="camel"`."""
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def snake(name: str) -> str:
    """Return ``name`` in snake case: ``useIso8601WeekOfYear`` becomes ``use_iso8601_week_of_year``."""
    text = _ascii(name[:_READ])
    text = re.sub(r"[\[\]]", "", text)
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") if not text.isidentifier() else text
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text)
    text = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", text)
    return text.lower()


def identifier(name: str, taken: frozenset[str] = frozenset()) -> Identifier:
    """Return a name for a parameter, field or method.

    ``taken`` are names that the generated code uses itself. These and keywords get a trailing underscore;
    other leading and trailing underscores are dropped.
    """
    if signed := re.match(r"([+-])(?=\d)", name):  # "+1" and "-1" are two names
        name = f"{'plus' if signed[1] == '+' else 'minus'}_{name[1:]}"
    text = re.sub(r"_+", "_", snake(name)).strip("_") or _nameless(name)
    if text[0].isdigit():
        text = f"n{text}"
    text = _short(text, name)
    if keyword.iskeyword(text) or text in taken:
        text += "_"
    return Identifier(text)


def distinct(
    names: Iterable[str], given: Mapping[str, str], taken: frozenset[str] = frozenset()
) -> dict[str, Identifier]:
    """Return a different identifier for each name: a later duplicate gets a number.

    A name that is already an identifier stays, whatever its position: of ``_id`` and ``id``, ``id`` stays.
    ``given`` has other names to make some identifiers from.
    """
    every = list(names)
    wanted = {name: identifier(given.get(name) or name, taken) for name in every}
    made: dict[str, Identifier] = {}
    used: set[str] = set()
    for name in sorted(every, key=lambda each: wanted[each] != each):
        text, number = wanted[name], 1
        while text in used:
            number += 1
            text = Identifier(f"{wanted[name]}_{number}")
        used.add(text)
        made[name] = text
    return {name: made[name] for name in every}


def last_part(pointer: str) -> str:
    """Return the name at the end of a JSON pointer, or a file's name without folders and extension."""
    key = pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
    if re.search(r"\.(json|ya?ml)$", key):
        key = re.sub(r"\.[^.]*$", "", key.rpartition("/")[2])
    return key


def class_name(*parts: str) -> ClassName:
    """Return a name for a class: ``PagedResults[Table]`` becomes ``PagedResultsTable``.

    Reserved names, and names that every client's package has already, get the prefix ``Model``:
    ``Property`` becomes ``ModelProperty``, ``Configuration`` becomes ``ModelConfiguration``.

    Several parts are joined: an inline schema is named after its place in this way.
    """
    text = "".join(_camel(part) for part in parts)
    if not text:
        text = _nameless("\0".join(parts)).capitalize()
    if text[0].isdigit() or text.lower() in _RESERVED_CLASSES or text in MODULE_GLOBALS | PACKAGE_CLASSES:
        text = f"Model{text}"
    return ClassName(_short(text, "\0".join(parts)))


def section_names(tag: str) -> tuple[ClassName, Identifier]:
    """Return the names of a section's controller class and of its module."""
    name = ClassName(f"{class_name(tag).removeprefix('Model') if tag == 'Property' else class_name(tag)}Api")
    return name, Identifier(snake(name))


def module_of(name: ClassName) -> Identifier:
    """Return the name of the module that holds a class."""
    text = snake(name)
    return Identifier(text + "_" if keyword.iskeyword(text) else text)


def _camel(name: str) -> str:
    text = re.sub(r"[\[\]]", "", _ascii(name[:_READ]))
    words = [word for word in re.split(r"[^A-Za-z0-9]+", text) if word]
    return "".join(word[0].upper() + word[1:] for word in words)


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")


def _nameless(name: str) -> str:
    return f"name_{_digest(name)}"


def _short(text: str, whole: str) -> str:
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 9]}_{_digest(whole)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]

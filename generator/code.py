"""Make parts of generated code as text: operations, parameters, annotations, imports."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count

from . import docstrings, pytypes
from .ir import Alias, Job, Method, PageRule, Parameter
from .pytypes import Type

UNSET_IMPORT = "from .._runtime.unset import UNSET, UnsetType"
STANDARD = ("datetime", "decimal", "uuid")
"""Modules of the standard library that annotations name."""
ORDER = "orderBy"
"""The parameter that names the field to order rows by."""
_OPERATION_WIDTH = 96
MARKERS = ("later", "nullable", "read_only", "required")
"""Functions of the runtime that mark a field."""


class Media:
    """The lists of content types of a section; each is written once, as a named constant."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self.names: dict[tuple[str, ...], str] = {}
        for method in methods:
            for value in (method.consumes, method.produces):
                if len(value) > 1 and value not in self.names:
                    self.names[value] = f"_MEDIA_{len(self.names) + 1}"

    @property
    def constants(self) -> list[tuple[str, str]]:
        return [(name, repr(value)) for value, name in self.names.items()]

    def __getitem__(self, value: tuple[str, ...]) -> str:
        return self.names.get(value, repr(value))


class Parameters:
    """The parameters of a section's operations; each is written once, as a named constant."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self.names: dict[str, str] = {}
        for item in (each for method in methods for each in method.parameters):
            name, text = str(item.name), parameter(item)
            if text not in self.names:
                plain = name.strip("_").upper()  # two underscores would be mangled in a class
                wanted = f"_{plain}" if plain and not plain.startswith("MEDIA") else "_PARAMETER"
                self.names[text] = _free(wanted, set(self.names.values()))

    @property
    def constants(self) -> list[tuple[str, str]]:
        return [(name, text) for text, name in self.names.items()]

    def __getitem__(self, item: Parameter) -> str:
        return self.names[parameter(item)]


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number appended if it is taken."""
    return next(each for n in count(1) if (each := name if n == 1 else f"{name}_{n}") not in taken)


def operation(method: Method, media: Media, parameters: Parameters) -> list[str]:
    """Return the lines of the arguments of an ``Operation``, without those that have default values."""
    parts = [f"id={method.id!r}", f"method={method.verb!r}", f"path={method.path!r}"]
    if method.parameters:
        first, *more = [parameters[item] for item in method.parameters]
        if more:
            parts += [f"parameters=({first}", *more[:-1], f"{more[-1]})"]
        else:
            parts.append(f"parameters=({first},)")
    answers = {item.status: pytypes.expression(item.type) if item.type else "" for item in method.answers}
    if answers:
        parts.append(f"responses={answers!r}")
    errors = {item.status: pytypes.expression(item.type) if item.type else "" for item in method.errors}
    if not any(text for status, text in errors.items() if status < 100):  # no fallback to override
        errors = {status: text for status, text in errors.items() if text}
    if errors:
        parts.append(f"errors={errors!r}")
    if method.consumes:
        parts.append(f"consumes={media[method.consumes]}")
    if method.produces:
        parts.append(f"produces={media[method.produces]}")
    if method.security:
        names = tuple(item[0] if len(item) == 1 else item for item in method.security)
        parts.append(f"security={names!r}")
    if method.not_ready:
        parts.append(f"not_ready={method.not_ready!r}")
    if isinstance(method.paging, PageRule):
        parts.append(f"paging={page_rule(method.paging)}")
    parts += [f"{name}=True" for name in ("paging", "idempotent") if getattr(method, name) is True]
    if method.job:
        parts.append(f"job={job_step(method.job)}")
    if method.role:
        parts.append(f"role={method.role!r}")
    if method.server:
        parts.append(f"server={method.server!r}")
    if method.needs_body:
        parts.append("needs_body=True")
    if method.history.since:
        parts.append(f"since={method.history.since!r}")
    return _filled(parts)


def _filled(parts: Iterable[str]) -> list[str]:
    """Return lines of parts with trailing commas, as many parts on a line as fit."""
    lines: list[str] = []
    for part in parts:
        if '"' not in part and "\\" not in part:
            part = part.replace("'", '"')
        begins = part.startswith(("path=", "parameters=", "responses="))
        if lines and not begins and len(lines[-1]) + len(part) < _OPERATION_WIDTH:
            lines[-1] += f" {part},"
        else:
            lines.append(f"{part},")
    return lines


def job_step(job: Job) -> str:
    """Return the code of a ``JobStep``, without arguments that have default values."""
    parts = [repr(job.family), repr(job.step), repr(job.result)]
    named = ("id", "status", "progress", "done", "failed", "cancelled")
    parts += [f"{name}={getattr(job, name)!r}" for name in named if getattr(job, name)]
    return f"JobStep({', '.join(parts)})"


def page_rule(rule: PageRule) -> str:
    """Return the code of a ``PageRule``, without arguments that have default values."""
    default = PageRule("")
    parts = [f"{key}={value!r}" for key, value in rule._asdict().items() if value != getattr(default, key)]
    return f"PageRule({', '.join(parts)})"


def parameter(item: Parameter) -> str:
    """Return one ``Parameter``, with the optional parts that differ from their defaults."""
    parts = [repr(str(item.name)), repr(item.wire), repr(item.location), repr(pytypes.expression(item.type))]
    if item.required:
        parts.append("required=True")
    for name in ("minimum", "maximum", "explode"):
        if getattr(item, name) is not None:
            parts.append(f"{name}={getattr(item, name)!r}")
    listed = item.type.items[0] if item.type.kind == "list" else item.type
    enum = () if listed.known else listed.enum
    if enum:
        parts.append(f"enum={enum!r}")
    if item.sends_null:
        parts.append("nullable=True")
    if item.style:
        parts.append(f"style={item.style!r}")
    if item.media_type:
        parts.append(f"media_type={item.media_type!r}")
    return f"Parameter({', '.join(parts)})"


class Orders:
    """The lists of fields that rows can be ordered by; each is written once, as a named type."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self.names: dict[tuple[str, ...], str] = {}
        for parameter in (each for method in methods for each in method.parameters):
            if parameter.wire == ORDER and parameter.fields:
                self.names.setdefault(parameter.fields, f"OrderBy{len(self.names) + 1}")

    def name(self, item: Parameter) -> str:
        """Return the type's name for an argument that orders rows; an empty text for any other."""
        return self.names.get(item.fields, "") if item.wire == ORDER else ""

    def types(self) -> list[tuple[str, list[str]]]:
        """Return each name and the lines of its values: every field, alone and with a minus."""
        return [(name, docstrings.wrapped(", ".join(f'"{each}", "-{each}"' for each in fields), "    "))
                for fields, name in self.names.items()]  # fmt: skip


def argument(item: Parameter, shadowed: frozenset[str], order: str = "") -> str:
    """Return the annotation of an argument; ``order`` is the name of its type if it orders rows."""
    if order:
        return order if item.required else f"{order} | None"
    kind = item.type
    if kind.kind == "path":
        text = "str"
    elif _takes_files(kind):
        text = "FileInput" if kind.kind == "file" else "list[FileInput]"
    else:
        text = pytypes.full(kind, shadowed)
    if item.sends_null and not item.required:
        return f"{text} | UnsetType" if text.endswith(("| None", "Any")) else f"{text} | None | UnsetType"
    return text if item.required or text.endswith(("| None", "Any")) else f"{text} | None"


def argument_words(item: Parameter) -> set[str]:
    """Return the names that a module must import for the annotation of an argument."""
    return {"FileInput"} if _takes_files(item.type) else set(pytypes.words(item.type))


def _takes_files(kind: Type) -> bool:
    return kind.kind == "file" or (kind.kind == "list" and kind.items[0].kind == "file")


def returned(method: Method, shadowed: frozenset[str]) -> str:
    """Return the return annotation of a method."""
    texts = list(dict.fromkeys(pytypes.full(kind, shadowed) for kind in method.returned))
    if method.may_return_none and not any(text == "Any" or text.endswith("| None") for text in texts):
        texts.append("None")
    return " | ".join(texts)


def alias_arguments(alias: Alias) -> str:
    """Return the arguments of `named`, which makes the type at run time."""
    parts = ["__name__", repr(str(alias.name)), repr(pytypes.expression(alias.type))]
    if alias.discriminator:
        parts.append(f"discriminator={alias.discriminator!r}")
        parts.append(f"mapping={ {value: str(name) for value, name in alias.mapping}!r}")
    return ", ".join(parts)


def alias_annotation(alias: Alias, local: frozenset[str]) -> str:
    """Return the type that an alias stands for. Aliases of the same module are written without `models.`."""
    text = pytypes.full(alias.type)
    text = re.sub(r"\bmodels\.(\w+)", lambda match: match[1] if match[1] in local else match[0], text)
    return text.replace("\\", "\\\\").replace('"', '\\"')


def alias_imports(used: set[str]) -> list[str]:
    """Return the imports that the aliases need, for type checkers only."""
    lines = [f"import {name}" for name in STANDARD if name in used]
    typing = [*(name for name in ("Any", "Literal") if name in used), "TypeAlias"]
    lines.append(f"from typing import {', '.join(typing)}")
    return [*lines, *(["", "from .. import models"] if "models" in used else [])]


def model_imports(
    used: set[str], names: frozenset[str], tagged: bool, mixin: str, *, unset: bool = False
) -> list[str]:
    """Return the imports of a model's module. A name that a field hides gets a leading underscore."""

    def alias(name: str) -> str:
        return f"{name} as _{name}" if name in names else name

    lines: list[str] = []
    hidden = used & names & pytypes.BUILTINS
    if hidden or (tagged and "property" in names):
        lines.append("import builtins")
    lines += [f"import {alias(name)}" for name in STANDARD if name in used]
    typing = [alias(name) for name in ("Any", "Literal") if name in used]
    if typing:
        lines.append(f"from typing import {', '.join(typing)}")
    if lines:
        lines.append("")
    if "models" in used:
        lines.append(f"from .. import {alias('models')}")
    runtime = ["Model", *(alias(name) for name in MARKERS if name in used)]
    lines.append(f"from .._runtime.codec.model import {', '.join(runtime)}")
    if mixin:
        home, _, name = mixin.rpartition(".")
        lines.append(f"from ..{home} import {name}")
    return [*lines, UNSET_IMPORT] if unset else lines


def section_imports(used: set[str], shadowed: frozenset[str]) -> list[str]:
    """Return the imports of a section's module that only editors and type checkers need."""

    def alias(name: str) -> str:
        return f"{name} as _{name}" if name in shadowed else name

    lines: list[str] = []
    if shadowed & pytypes.BUILTINS:
        lines.append("import builtins")
    lines += [f"import {alias(name)}" for name in STANDARD if name in used]
    typing = [alias(name) for name in ("Any", "Literal", "Unpack") if name in used]
    lines.append(f"from typing import {', '.join(typing)}")
    lines.append("")
    if "models" in used:
        lines.append(f"from .. import {alias('models')}")
    streams = [name for name in ("Event", "Stream") if name in used]
    if streams:
        lines.append(f"from .._runtime.events import {', '.join(streams)}")
    if "FileInput" in used:
        return [*lines, "from .._runtime.operation import CallOptions, FileInput"]
    return [*lines, "from .._runtime.operation import CallOptions"]

"""Turn texts of the intermediate model into docstrings and pages: wrapping, lists of arguments, notes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from .diagnostics import printable
from .ir import Field, Method, Model, Parameter, Section
from .pytypes import Scalar, Type, annotation

WIDTH = 100
STABILITY = {
    "experimental": "Experimental: the server may change this without notice.",
    "subject-to-change": "Subject to change or removal in a later version of the server.",
    "under-development": "Under development: it may not work yet.",
}
OPTIONS = "`_request_timeout`, `_preload_content`, `async_req` and the others of `CallOptions`."
WRONG_ARGUMENT = (
    "A wrong or missing argument raises `ApiValueError` or `ApiTypeError` before anything is sent."
)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, each on one line, without unprintable characters."""
    parts = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    return [line for part in parts if (line := printable(" ".join(part.split()), 20_000))]


def sentence(text: str) -> str:
    """Return ``text`` with a full stop."""
    text = " ".join(paragraphs(text))
    return text if not text or text.endswith((".", "!", "?", ":")) else f"{text}."


def wrapped(text: str, indent: str, hanging: str | None = None, width: int = WIDTH) -> list[str]:
    """Return ``text`` in lines of at most ``width`` characters; a longer word stays whole."""
    return textwrap.wrap(
        text,
        width=width,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def docstring(lines: Sequence[str], indent: int) -> str:
    """Return ``lines`` as an escaped docstring literal; the first line follows the quotes."""
    pad = " " * indent
    safe = [_escaped(line) for line in lines]
    while safe and not safe[-1]:
        safe.pop()
    if not safe:
        safe = ["No description."]
    if len(safe) == 1:
        text = safe[0].strip()
        if text.endswith('"'):
            text = text[:-1] + '\\"'
        return f'"""{text}"""'
    body = "\n".join(f"{pad}{line}".rstrip() for line in safe[1:])
    return f'"""{safe[0].strip()}\n{body}\n{pad}"""'


def _escaped(line: str) -> str:
    return printable(line, 50_000).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def limits(kind: Type, minimum: float | None = None, maximum: float | None = None) -> str:
    """Return the allowed values in words; an empty text if every value of the type is allowed."""
    parts: list[str] = []
    enum = kind.enum or (kind.items[0].enum if kind.kind == "list" else ())
    if enum:
        known = (kind.items[0] if kind.kind == "list" else kind).known
        many = "Each one" if kind.kind == "list" else "One"
        parts.append(f"Known values: {_listed(enum)}." if known else f"{many} of {_listed(enum)}.")
    if minimum is not None and maximum is not None:
        parts.append(f"From {_number(minimum)} to {_number(maximum)}.")
    elif minimum is not None:
        parts.append(f"At least {_number(minimum)}.")
    elif maximum is not None:
        parts.append(f"At most {_number(maximum)}.")
    return " ".join(parts)


def _listed(values: Iterable[Scalar]) -> str:
    return ", ".join(f"`{value!r}`" for value in values)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def type_text(kind: Type) -> str:
    """Return a type as documents show it, without `models.` and without the values of an enum."""
    if kind.kind == "alias":
        return str(kind.name)
    if kind.enum:
        return " or ".join(dict.fromkeys(type(value).__name__ for value in kind.enum))
    if kind.kind == "list":
        return f"list[{type_text(kind.items[0])}]"
    if kind.kind == "tuple":
        return f"tuple[{', '.join(map(type_text, kind.items))}]"
    if kind.kind == "path":
        return "str"
    if kind.kind in ("object", "any"):
        return {"object": "dict", "any": "object"}[kind.kind]
    if kind.kind == "file":
        return "path, bytes or binary file"
    return annotation(kind).replace("models.", "").replace("datetime.date", "date")


def parameter_text(parameter: Parameter) -> str:
    """Return what an argument means, with its limits."""
    parts = [sentence(parameter.doc), limits(parameter.type, parameter.minimum, parameter.maximum)]
    if parameter.type.kind == "path":
        parts.append("Parts are separated by `/`.")
    if parameter.default is not None:
        parts.append(f"The server's default is {parameter.default!r}.")
    if parameter.wire == "orderBy" and parameter.fields:
        parts.append("Fields: those of `filter`.")
    elif parameter.fields:
        parts.append(f"Fields: {', '.join(f'`{name}`' for name in parameter.fields)}.")
        parts += parameter.history.sentences()
    else:
        parts += parameter.history.sentences()
    return " ".join(part for part in parts if part)


def field_text(field: Field, *, values: bool = True) -> str:
    """Return what a field means, and its allowed ``values`` where no annotation shows them."""
    parts = (sentence(field.doc), limits(field.type) if values else "", *field.history.sentences())
    return " ".join(part for part in parts if part)


def entry(name: str, kind: str, text: str, indent: str = "    ", mark: str = "") -> list[str]:
    """Return one argument in a list of arguments."""
    head = f"{name} ({kind}{mark}):" if kind else f"{name}:"
    return wrapped(f"{head} {text}".strip(), indent, indent + "    ")


def notes(method: Method) -> list[str]:
    """Return sentences about who may call a method, and about how stable it is."""
    said = f"{method.summary} {method.doc}".lower()
    result: list[str] = []
    if method.deprecated and "deprecated" not in said:
        result.append("Deprecated: it may be removed in a later version of the server.")
    if method.stability and method.stability.replace("-", " ") not in said.replace("-", " "):
        result.append(STABILITY.get(method.stability, f"Stability: {sentence(method.stability)}"))
    if method.role and method.role.lower() not in said:
        result.append(f"Needs the role {sentence(method.role)}")
    if method.licence and not all(flag.strip().lower() in said for flag in method.licence.split(",")):
        when = "" if method.licence_always else ", depending on what is asked for"
        result.append(f"Needs the licence flag {sentence(method.licence + when)}")
    if not method.security and "login" not in said and "log in" not in said:
        result.append("Open: needs no login.")
    return [*result, *method.history.sentences()]


def returned_text(method: Method) -> str:
    """Return the types that a call returns, as documents show them."""
    names = [type_text(kind) if kind.kind != "file" else "str" for kind in method.returned]
    if method.may_return_none:
        names.append("None")
    return " or ".join(dict.fromkeys(names))


def returns(method: Method) -> str:
    """Return what a call returns, in words."""
    if method.returns_doc:
        return sentence(method.returns_doc)
    told = [
        sentence(answer.doc) for answer in method.answers if answer.status < 300 and answer.type is not None
    ]
    if any(kind.kind == "file" for kind in method.returned):
        told.append("The path of the file that the body was saved to.")
    return " ".join(dict.fromkeys(told)) or "Nothing."


ERROR_CLASSES = {
    **{400: "ApiBadRequest", 401: "ApiUnauthorized", 403: "ApiForbidden", 404: "ApiNotFound"},
    **{409: "ApiConflict", 429: "ApiRateLimited", 502: "ApiUnavailable", 503: "ApiUnavailable"},
    504: "ApiUnavailable",
}


def error_class(status: int) -> str:
    """Return the exception that an error status raises."""
    family = {4: "ApiClientError", 5: "ApiServerError"}.get(status // 100 or status, "ApiException")
    return ERROR_CLASSES.get(status, family)


def status_text(status: int) -> str:
    """Return the words for an error status: one status, a family such as 4xx, or all others."""
    if not status:
        return "any other status"
    return f"status {status}" if status >= 100 else f"any other status {status}xx"


def method_lines(method: Method, example: Sequence[str]) -> list[str]:
    """Return the docstring of a method."""
    lines = [sentence(method.summary) or f"Call `{printable(method.id, 200)}`."]
    for paragraph in (*paragraphs(method.doc), " ".join(notes(method))):
        if paragraph:
            lines += ["", *wrapped(paragraph, "")]
    lines += ["", "Args:"]
    for parameter in method.parameters:
        mark = "" if parameter.required else ", optional"
        lines += entry(parameter.name, type_text(parameter.type), parameter_text(parameter), mark=mark)
    lines += entry("**options", "", OPTIONS)
    lines += ["", "Returns:", *wrapped(f"{returned_text(method)}: {returns(method)}", "    ", "        ")]
    if method.errors:
        lines += ["", "Raises:"]
    for error in method.errors:
        text = f"{status_text(error.status)}: {sentence(error.doc)}"
        lines += entry(error_class(error.status), "", text)
    if example:
        lines += ["", "Example:", *(f"    {line}" for line in example)]
    return lines


def model_lines(model: Model) -> list[str]:
    """Return the docstring of a model."""
    text = paragraphs(model.doc) or [f"The schema `{printable(model.schema, 200)}`."]
    lines = wrapped(" ".join([sentence(text[0]), *model.history.sentences()]), "")
    for paragraph in text[1:]:
        lines += ["", *wrapped(paragraph, "")]
    if model.extras is not None:
        lines += ["", *wrapped("Members that are not listed are kept, in `additional_properties`.", "")]
    return lines


def section_text(section: Section) -> list[str]:
    """Return what a section is for."""
    text = paragraphs(section.doc) or [f"The operations of the section {printable(section.tag, 200)}."]
    lines = wrapped(" ".join([sentence(text[0]), *section.history.sentences()]), "")
    for paragraph in text[1:]:
        lines += ["", *wrapped(paragraph, "")]
    return lines


def section_index(section: Section) -> list[str]:
    """Return a line for each method of a section."""
    twin = "each with a twin `<name>_with_http_info` that returns `(data, status, headers)`"
    lines = ["", *wrapped(WRONG_ARGUMENT, ""), "", *wrapped(f"Methods, {twin}:", ""), ""]
    for method in section.methods:
        lines += wrapped(f"{method.name}: {sentence(method.summary)}", "    ", "        ")
    return lines

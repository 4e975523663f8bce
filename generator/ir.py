"""The intermediate model: what ``build`` hands to ``render``. Frozen, with final Python strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .naming import ClassName, Identifier
from .pytypes import Scalar, Type
from .versions import UNMARKED, History


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a schema."""

    name: Identifier
    wire: str
    type: Type
    required: bool
    doc: str
    pointer: str = ""
    sends_null: bool = False
    """Required and nullable: None is sent as null."""
    unset: bool = False
    """Optional and nullable: None is sent as null, and `UNSET` means not given."""
    read_only: bool = False
    """Set by the server: a caller need not give it."""
    history: History = UNMARKED
    """A field with a `since` is keyword-only and never required: older servers do not have it."""


@dataclass(frozen=True, slots=True)
class Model:
    """One schema as a class. ``extras`` is the type of unknown members that objects keep; None drops them."""

    name: ClassName
    module: Identifier
    schema: str
    doc: str
    fields: tuple[Field, ...]
    extras: Type | None = None
    tag_field: str = ""
    tag: str = ""
    tag_name: Identifier | None = None
    page_items: Type | None = None
    """The type of the items, if a `PageRule` says that the model is one page of a list."""
    history: History = UNMARKED


@dataclass(frozen=True, slots=True)
class Alias:
    """A named type, which contains itself or is long. ``discriminator`` is the JSON name of the property that
    tells its members apart; ``mapping`` has the member for each value of that property."""

    name: ClassName
    schema: str
    doc: str
    type: Type
    discriminator: str = ""
    mapping: tuple[tuple[str, ClassName], ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of an operation. ``location`` is path, query, header, cookie, form, file or body."""

    name: Identifier
    wire: str
    location: str
    type: Type
    required: bool
    doc: str
    minimum: float | None = None
    maximum: float | None = None
    style: str = ""
    explode: bool | None = None
    default: Scalar | None = None
    sends_null: bool = False
    """A body that may be null: None is sent as null. If the body is optional, `UNSET` means no body."""
    history: History = UNMARKED
    media_type: str = ""
    """The content type of a part of a form, if the document names one."""
    fields: tuple[str, ...] = ()
    """Names of the fields that a filter or an order may use."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One documented answer: its status, the type of its body (None: no body), its description."""

    status: int
    type: Type | None
    doc: str


@dataclass(frozen=True, slots=True)
class Job:
    """The place of an operation in a family of long-running jobs."""

    family: str
    step: str
    result: str
    id: str = ""
    status: str = ""
    progress: str = ""
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()


class PageRule(NamedTuple):
    """How to get the next page of a list; `operation.PageRule` of the runtime explains the parts."""

    style: str
    offset: str = ""
    page: str = ""
    size: str = ""
    cursor: str = ""
    next: str = ""
    more: str = ""
    items: str = "$"
    total: str = ""
    pages: str = ""
    first: int = 1


@dataclass(frozen=True, slots=True)
class Method:
    """One operation as a method. ``security`` holds alternatives, each one scheme or several together."""

    name: Identifier
    id: str
    verb: str
    path: str
    summary: str
    doc: str
    returns_doc: str
    parameters: tuple[Parameter, ...]
    answers: tuple[Answer, ...]
    errors: tuple[Answer, ...]
    consumes: tuple[str, ...]
    produces: tuple[str, ...]
    security: tuple[tuple[str, ...], ...]
    not_ready: tuple[int, ...] = ()
    paging: bool | PageRule = False
    job: Job | None = None
    idempotent: bool = False
    stability: str = ""
    role: str = ""
    licence: str = ""
    licence_always: bool = True
    deprecated: bool = False
    pointer: str = ""
    server: str = ""
    """The address of this operation, if it has its own."""
    needs_body: bool = False
    """One of the forms of the body must be given."""
    history: History = UNMARKED

    @property
    def positional(self) -> tuple[Parameter, ...]:
        """The required parameters: positional or by name."""
        return tuple(item for item in self.parameters if item.required)

    @property
    def keyword(self) -> tuple[Parameter, ...]:
        """The optional parameters: by name only."""
        return tuple(item for item in self.parameters if not item.required)

    @property
    def returned(self) -> tuple[Type, ...]:
        """The types that a success can return, each once, in status order."""
        found: list[Type] = []
        for answer in self.answers:
            if answer.status < 300 and answer.type is not None and answer.type not in found:
                found.append(answer.type)
        return tuple(found)

    @property
    def may_return_none(self) -> bool:
        """Whether a documented success has no body."""
        done = [answer for answer in self.answers if answer.status < 300]
        return not done or any(answer.type is None for answer in done)


@dataclass(frozen=True, slots=True)
class Section:
    """One tag as a controller."""

    tag: str
    name: ClassName
    module: Identifier
    doc: str
    methods: tuple[Method, ...]
    history: History = UNMARKED


class OAuthFlow(NamedTuple):
    """One way to get a token: its name, the address that gives tokens, the address that renews them."""

    name: str
    token_url: str = ""
    refresh_url: str = ""


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """One way to authenticate: apiKey, basic or bearer, sent at ``location`` under the name ``parameter``."""

    name: str
    kind: str
    location: str
    parameter: str
    doc: str
    flows: tuple[OAuthFlow, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a server's address."""

    name: str
    default: str
    enum: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True)
class Server:
    """One address, perhaps with variables."""

    url: str
    doc: str
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One body that the API sends by itself, to a webhook or a callback."""

    name: str
    verb: str
    media: str
    type: Type
    doc: str


@dataclass(frozen=True, slots=True)
class Package:
    """A whole client."""

    title: str
    version: str
    servers: tuple[Server, ...]
    security: tuple[SecurityScheme, ...]
    sections: tuple[Section, ...]
    models: tuple[Model, ...]
    aliases: tuple[Alias, ...] = ()
    received: tuple[Message, ...] = ()

    @property
    def flows(self) -> bool:
        """Whether a scheme says where OAuth 2 tokens come from."""
        return any(scheme.flows for scheme in self.security)

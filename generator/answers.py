"""The responses of an operation: the types of successes, the types of errors, and the media types."""

from __future__ import annotations

import re
from dataclasses import replace

from . import streams
from .bodies import JSON, is_binary, json_first
from .diagnostics import SpecError
from .document import Node
from .ir import Answer
from .jsonvalues import is_object
from .naming import ClassName
from .pytypes import Type
from .schemas import Schemas

_OBJECTS = ("model", "alias", "dict", "object", "union")


class Answers:
    """Reader of the responses of operations."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas

    def of(
        self, node: Node, owner: ClassName, *, stream: bool = False
    ) -> tuple[tuple[Answer, ...], tuple[Answer, ...], tuple[int, ...], tuple[str, ...]]:
        """Return the successes, the errors, the statuses that mean "ask again", and the media types."""
        answers: list[Answer] = []
        errors: list[Answer] = []
        not_ready: list[int] = []
        produces: dict[str, None] = dict.fromkeys(node.strings("x-produces"))
        responses = node.get("responses")
        if responses is None or not responses.value:
            node.error("missing", "'responses' is missing; any answer is accepted")
            return (Answer(2, Type("any"), ""),), (), (), ()
        for status_text, reference in sorted(responses.entries()):
            if status_text.startswith("x-"):
                continue
            status = _status(status_text)
            if status is None:
                reference.error("unknown-status", f"{status_text!r} is not an HTTP status; it is left out")
                continue
            if not reference.document.reaches(reference):
                reference.error("dangling-reference", f"the response {status_text} is declared nowhere")
                if 200 <= status < 300:
                    answers.append(Answer(status, Type("any"), ""))
                continue
            response = reference.resolved()
            if response.flag("x-not-ready"):
                not_ready.append(status)
                continue
            try:
                failed = status >= 400 or (not status and bool(answers))
                media, kind = self._content(response, owner, status_text, failed, stream=stream)
            except SpecError as error:
                if response.document.problems.strict or 0 < status < 400 or (not status and not answers):
                    raise  # without the type of its success, the operation can't be made
                cause = error.diagnostics[0]
                response.note(cause.code, f"{cause.message}; the bodies of these errors are not decoded")
                media, kind = (), None
            answer = Answer(status, kind, response.text("description") or response.text("summary"))
            if status_text[1:].upper() == "XX":
                answer = replace(answer, status=status // 100)
            if 200 <= status < 400:
                answers.append(answer)
                produces.update(dict.fromkeys(media))
            else:
                errors.append(replace(answer, type=streams.plain(kind)))
        default = next((answer for answer in errors if answer.status == 0), None)
        if default and not answers and not not_ready:
            answers.append(replace(default, status=2))  # the document says nothing else of a success
        return tuple(answers), tuple(errors), tuple(not_ready), tuple(produces)

    def _content(
        self, response: Node, owner: ClassName, status: str, failed: bool, *, stream: bool = False
    ) -> tuple[tuple[str, ...], Type | None]:
        content = {name: media for name, media in response.content().items() if is_object(media.value)}
        streamed = [media for media in content if streams.kind_of(media)]
        json = json_first(media for media in content if media not in streamed)
        if streamed and (stream or not json):
            kind = streams.type_of(
                streams.kind_of(streamed[0]),
                content[streamed[0]],
                lambda schema: self.schemas.type_of(schema, (owner, f"Item{status}")),
            )
            return tuple(streamed), kind
        content = {media: node for media, node in content.items() if media not in streamed}
        if not content:
            return (), None
        chosen = json[0] if json else next(iter(content))
        schema = content[chosen].get("schema")
        if schema is None and not json:
            return tuple(content), Type("str" if failed or chosen.startswith("text/") else "file")
        kind = self.schemas.type_of(schema, (owner, f"Answer{status}")) if schema else Type("any")
        if failed and not json and kind.kind in _OBJECTS:
            return tuple(content), kind  # JSON all the same: `produces` names the type of successes
        if kind.kind == "bytes" or (not json and is_binary(chosen)):
            return tuple(content), Type("str" if failed else "file")
        if kind.kind == "base64":
            return tuple(content), Type("str")
        if json and json[0] != JSON and JSON not in map(str.lower, content):
            return tuple(json), kind  # a server that is asked for all of them may send another one
        if not json and kind.kind not in ("str", "any"):
            response.note("read-as-text", f"the body is {chosen}; it is returned as text")
            kind = Type("str")
        return tuple(content), kind


def _status(text: str) -> int | None:
    if text == "default":
        return 0
    if re.fullmatch(r"[1-5]\d\d", text):
        return int(text)
    if re.fullmatch(r"[1-5](XX|xx)", text):
        return int(text[0]) * 100
    return None

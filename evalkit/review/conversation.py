"""What the store holds of a Sample and its answer, as messages: with their media, and without keys."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from evalkit.core.message import Media, MediaPart, Message, Part, TextPart
from evalkit.core.message_json import message_object, message_of
from evalkit.core.response import Response
from evalkit.redaction.redact import keys_beyond_doubt
from evalkit.store.review_content import AnswerContent

_MEDIA = re.compile(r"\[(image|audio|file) ([\w.+-]+/[\w.+-]+) sha256:([0-9a-f]{64})\]")
_TURN = re.compile(r"(?:\A|\n\n)(system|developer|user|assistant|tool):\n")


def without_keys(content: AnswerContent) -> AnswerContent:
    """The same with every key cut that certainly is one: what was answered is data otherwise."""
    keys = keys_beyond_doubt()
    steps = keys.cut_all([message_object(step) for step in content.trajectory])
    return replace(
        content,
        input=keys.cut(content.input),
        target=keys.cut_all(content.target),
        output=keys.cut(content.output),
        contexts=tuple(map(keys.cut, content.contexts)),
        tool_calls=tuple(keys.cut_all(list(content.tool_calls))),
        trajectory=tuple(map(message_of, steps)),
    )


def asked(content: AnswerContent) -> tuple[Message, ...]:
    """What the model was asked. The store has it as one text: roles stand in lines of their own, media by
    their hash, and only those that are known to have been shown become media again."""
    return tuple(_message(role, text, content.media) for role, text in turns(content.input))


def asked_of_both(one: AnswerContent, other: AnswerContent) -> tuple[Message, ...]:
    """What both sides of a pair were asked; of unlike prompts the messages that they share, and where they
    share none the last one of the first side: prompts are under test as models are, and are not shown."""
    ours, theirs = asked(one), asked(other)
    if ours == theirs:
        return ours
    return tuple(message for message in ours if message in theirs) or ours[-1:]


def answer(content: AnswerContent) -> Response:
    """What was answered, and what the application did on the way."""
    return Response(
        content.output,
        contexts=content.contexts or None,
        tool_calls=content.tool_calls or None,
        trajectory=content.trajectory or None,
    )


def media_of(content: AnswerContent) -> frozenset[str]:
    """SHA-256 of everything that either shows."""
    steps = (media.sha256 for step in content.trajectory for media in step.media)
    return frozenset({*content.media, *steps})


def turns(text: str) -> list[tuple[str, str]]:
    """Role and text of each message, as ``conversation_text`` writes them; a text without roles is one of
    the user."""
    starts = list(_TURN.finditer(text))
    if not starts or starts[0].start() != 0:
        return [("user", text)]
    ends = [*(each.start() for each in starts[1:]), len(text)]
    return [(start[1], text[start.end() : end]) for start, end in zip(starts, ends, strict=True)]


def _message(role: str, text: str, media: Collection[str]) -> Message:
    parts = list(_parts(text, media)) if media else []
    has_media = any(isinstance(part, MediaPart) for part in parts)
    return Message.of_parts(role, parts) if has_media else Message(role, text)


def _parts(text: str, media: Collection[str]) -> Iterator[Part]:
    start = 0
    for match in _MEDIA.finditer(text):
        if match[3] not in media:
            continue
        before = text[start : match.start()]
        if before.strip():
            yield TextPart(before.strip("\n"))
        kind: Any = match[1]
        yield MediaPart(kind, Media(match[3], match[2], b""))
        start = match.end()
    if text[start:].strip():
        yield TextPart(text[start:].strip("\n"))

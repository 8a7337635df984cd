"""Chat messages: text, media, calls of tools."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from evalkit.core.frozen import frozen

MediaKind = Literal["image", "audio", "file"]


@frozen(slots=True)
class Media:
    """Bytes that are known by their hash: the store keeps them once, however many messages show them.

    Attributes:
        sha256: 64 hex digits of the SHA-256 of ``data``.
        media_type: as RFC 6838 has it (``image/png``).
        name: of the file it was read from, for people; no part of its identity.
    """

    sha256: str
    media_type: str
    data: bytes = field(repr=False)
    name: str | None = field(default=None, compare=False)

    @classmethod
    def of(cls, data: bytes, media_type: str, name: str | None = None) -> Media:
        """With the hash of ``data``."""
        return cls(hashlib.sha256(data).hexdigest(), media_type, data, name)


@frozen(slots=True)
class TextPart:
    """A piece of text between media."""

    text: str


@frozen(slots=True)
class MediaPart:
    """An image, a recording or a file within a message."""

    kind: MediaKind
    media: Media


Part = TextPart | MediaPart


@frozen(slots=True, quick=True)
class Message:
    """One chat message, rendered.

    Attributes:
        role: ``system``, ``user``, ``assistant`` or ``tool``.
        content: the text; if there are parts, the text of the text parts, joined by line ends.
        parts: text and media in order; empty if the message is only text.
        tool_calls: tool calls that an assistant made, each in the form of chat completions:
            ``{"id": …, "type": "function", "function": {"name": …, "arguments": JSON text}}``.
        tool_call_id: for a ``tool`` message, the call that it answers; else None.
    """

    role: str
    content: str
    parts: tuple[Part, ...] = ()
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    tool_call_id: str | None = None

    @classmethod
    def of_parts(cls, role: str, parts: Sequence[Part]) -> Message:
        """A message with these parts; its content is their texts, joined by line ends."""
        texts = [part.text for part in parts if isinstance(part, TextPart)]
        return cls(role, "\n".join(texts), tuple(parts))

    @property
    def is_text(self) -> bool:
        """Whether it has nothing but role and content."""
        return not (self.parts or self.tool_calls or self.tool_call_id)

    @property
    def media(self) -> tuple[Media, ...]:
        """The media of its parts, in order."""
        return tuple(part.media for part in self.parts if isinstance(part, MediaPart))

    @property
    def text(self) -> str:
        """The whole message for people: the content, or the text of the parts with media by type and hash;
        then a line for each tool call."""
        if not (self.parts or self.tool_calls):
            return self.content
        lines = [part.text if isinstance(part, TextPart) else _shown(part) for part in self.parts]
        lines = lines or ([self.content] if self.content else [])
        return "\n".join([*lines, *map(_call_text, self.tool_calls)])


def conversation_text(messages: Sequence[Message]) -> str:
    """Messages as one text, each after a line with its role."""
    return "\n\n".join([f"{message.role}:\n{message.text}" for message in messages])


def _shown(part: MediaPart) -> str:
    return f"[{part.kind} {part.media.media_type} sha256:{part.media.sha256}]"


def _call_text(call: Mapping[str, Any]) -> str:
    function = call.get("function") or {}
    return f"[call {function.get('name')}({function.get('arguments')})]"

"""Chat messages: text, media, calls of tools."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MediaKind = Literal["image", "audio", "file"]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of text between media."""

    text: str


@dataclass(frozen=True, slots=True)
class MediaPart:
    """An image, a recording or a file within a message."""

    kind: MediaKind
    media: Media


Part = TextPart | MediaPart


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message, rendered.

    Attributes:
        role: ``system``, ``user``, ``assistant`` or ``tool``.
        content: the text; of a message with parts, that of its text parts, one after the other.
        parts: text and media in order; empty where the message is text alone.
        tool_calls: calls that an assistant made, each as chat completions write it:
            ``{"id": …, "type": "function", "function": {"name": …, "arguments": JSON text}}``.
        tool_call_id: of a ``tool`` message, the call that it answers.
    """

    role: str
    content: str
    parts: tuple[Part, ...] = ()
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    tool_call_id: str | None = None

    @property
    def is_text(self) -> bool:
        """Whether role and content are all there is to it."""
        return not (self.parts or self.tool_calls or self.tool_call_id)

    @property
    def media(self) -> tuple[Media, ...]:
        """What its parts show, in order."""
        return tuple(part.media for part in self.parts if isinstance(part, MediaPart))

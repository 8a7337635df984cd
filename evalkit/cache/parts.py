"""What a key was made of, kept beside the entry: enough to say later in which part two keys differ.

Messages are kept by role, length and digest: their texts stand in the store. Parameters, tools and the
response format of a task are kept once for all its requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields
from hashlib import blake2b
from typing import Any

import orjson

from evalkit.core.canonical import canonical_json
from evalkit.core.frozen import frozen
from evalkit.core.message import MediaPart, Message
from evalkit.core.request import Request
from evalkit.core.sample import Sample

#: First value of what is written, raised when the rest changes its meaning: what is newer is not read.
_FORM = 1
_DIGEST_BYTES = 6
_OPTIONS_BYTES = 8
#: Bytes of an ``input_digest``, behind which the parts stand in the file.
INPUT_BYTES = 8

#: Fields of a Sample that an application under test may read; a conversation stands in its row.
ASKED = tuple(
    each.name for each in fields(Sample) if each.name not in ("content_hash", "conversation", "quarantine")
)


@frozen(slots=True)
class MessageMark:
    """A message that was sent, by its digest.

    Attributes:
        n_chars: of its text, as ``Message.text`` gives it.
        digest: of its text; behind a ``+`` that of what it has beside text.
        media: SHA-256 of what it shows.
    """

    role: str
    n_chars: int
    digest: str
    media: tuple[str, ...] = ()


@frozen(slots=True)
class Parts:
    """The parts of one request.

    Attributes:
        options: digest of ``options_text``.
        ranked: digests of the continuations and of the choices, None where an answer was generated.
        sample: field to digest, where the model reads the Sample itself.
        written: as ``parts_text`` wrote it, for files.
    """

    options: bytes
    messages: tuple[MessageMark, ...]
    ranked: tuple[str, str] | None = None
    sample: Mapping[str, str] = field(default_factory=dict)
    written: Sequence[Any] = field(default=(), compare=False, repr=False)

    @classmethod
    def load(cls, text: bytes) -> Parts:
        """What ``parts_text`` wrote. Raises ValueError on anything else."""
        try:
            form, options, marks, ranked, sample = given = orjson.loads(text)
            if form != _FORM:
                raise ValueError(f"of form {form!r}")
            found = cls(
                bytes.fromhex(options),
                tuple(_mark(*each) for each in marks),
                None if ranked is None else (_text(ranked[0]), _text(ranked[1])),
                {_text(name): _text(digest) for name, digest in (sample or {}).items()},
                given,
            )
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(f"the parts of a key cannot be read: {error}") from None
        return found


def parts_text(request: Request, options: bytes, *, reads_sample: bool) -> bytes:
    """The parts of a request as the cache's file has them: written for every answer, so without detours.

    Args:
        options: digest of its ``options_text``.
        reads_sample: whether the model reads the Sample itself.
    """
    ranked = sample = None
    if request.continuations is not None:
        ranked = (
            _digest(canonical_json(request.continuations)),
            _digest(canonical_json(request.sample.choices)),
        )
    if reads_sample:
        sample = _sample_marks(request)
    marks = [_mark_values(each) for each in request.messages]
    return canonical_json([_FORM, options.hex(), marks, ranked, sample])


def _mark_values(message: Message) -> list[Any]:
    text = message.text
    digest = text_digest(text)
    if message.is_text:
        return [message.role, len(text), digest]
    shown = [_shown(each) for each in message.parts if isinstance(each, MediaPart)]
    rest = canonical_json([shown, message.tool_calls, message.tool_call_id])
    return [message.role, len(text), f"{digest}+{_digest(rest)}", *(each.sha256 for each in message.media)]


def _shown(part: MediaPart) -> list[str | None]:
    name = part.media.name if part.kind == "file" else None
    return [part.kind, part.media.media_type, name]


def text_digest(text: str) -> str:
    """What tells one text from another."""
    return _digest(text.encode("utf-8", "surrogatepass"))


def input_digest(text: str) -> bytes:
    """What tells one rendered input from another: 8 bytes."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=INPUT_BYTES).digest()


def split_about(about: bytes) -> tuple[bytes, Parts | None]:
    """What stands beside an entry: the ``input_digest``, and the parts of its key where they were noted."""
    digest, text = about[:INPUT_BYTES], about[INPUT_BYTES:]
    try:
        return digest, Parts.load(text) if text else None
    except ValueError:
        return digest, None


def options_text(request: Request) -> bytes:
    """Everything of a request that is the same for all Samples of a task, as canonical JSON."""
    schema = request.response_schema
    return canonical_json({
        "generate": request.generate.as_dict(),
        "roles": request.has_roles,
        "tools": request.tools,
        "tool_choice": request.tool_choice,
        "response_format": schema and schema.as_dict(),
    })  # fmt: skip


def options_digest(text: bytes) -> bytes:
    """What an ``options_text`` is found by: 8 bytes."""
    return blake2b(text, digest_size=_OPTIONS_BYTES).digest()


def _sample_marks(request: Request) -> dict[str, str]:
    sample = request.sample
    found = {name: _digest(canonical_json(getattr(sample, name))) for name in ASKED}
    return {"task": text_digest(request.task), **found}


def _mark(role: Any, n_chars: Any, digest: Any, *media: Any) -> MessageMark:
    if not isinstance(n_chars, int) or n_chars < 0:
        raise ValueError("a length is not a whole number")
    return MessageMark(_text(role), n_chars, _text(digest), tuple(map(_text, media)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is none")
    return value


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()

"""What of a row counts: a Sample is another one when something changes that a prompt, a scorer or the
application under test reads.

Fields of the row that nobody reads may change at will. An application (``python:``) that takes the sample or
the request, a function that scores, and scorers of other packages that do not say what they read get the
whole row, so that every field counts for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from evalkit.core.content import MEDIA, ROW, content_text
from evalkit.core.frozen import frozen
from evalkit.core.prompt import Prompt, PromptPart
from evalkit.core.sample import Sample
from evalkit.core.task import Task
from evalkit.models.model import READS_SAMPLE, Model
from evalkit.prompts.fields import fields_read
from evalkit.prompts.names import names_in
from evalkit.scorers.base import columns_read
from evalkit.scorers.scorer import Scorer

_HASH_BYTES = 8

#: The SHA-256 of each image, recording and file that a prompt shows of a Sample, in order.
Shown = Callable[[Sample], Sequence[str]]


@frozen(slots=True)
class Reads:
    """Fields of the row that are read by name, whether the row is read as a whole, and the media of the
    prompt's own messages."""

    names: frozenset[str] = frozenset()
    is_whole: bool = False
    media: tuple[PromptPart, ...] = ()

    def __or__(self, other: Reads) -> Reads:
        is_whole = self.is_whole or other.is_whole
        return Reads(self.names | other.names, is_whole, self.media + other.media)

    def by_name(self) -> Reads:
        """With the fields that name the media in the place of their bytes: for a whole dataset, of which a
        limit leaves most unread."""
        named = frozenset().union(*(names_in(part.source) for part in self.media))
        return Reads(self.names | (named - {"input", "target"}), self.is_whole)

    def __bool__(self) -> bool:
        return self.is_whole or bool(self.names) or bool(self.media)


def read_by_task(task: Task, prompt: Prompt, scorers: Sequence[Scorer]) -> Reads:
    """What a prompt, with the task's description, and the scorers read."""
    # ``input`` is the Sample's own, and no prompt sees a ``target``.
    names = set(fields_read(prompt, task.description)) - {"input", "target"}
    is_whole = ROW in names
    for scorer in scorers:
        columns = columns_read(scorer)
        is_whole |= columns is None
        names.update(columns or ())
    return Reads(frozenset(names), is_whole, prompt.media)


def read_by_model(model: Model) -> Reads:
    """Whether the application under test gets the row."""
    identity = model.cache_identity or {}
    return Reads(is_whole=model.reads_sample or bool(identity.get(READS_SAMPLE)))


def with_content(samples: Sequence[Sample], reads: Reads, shown: Shown | None = None) -> tuple[Sample, ...]:
    """The Samples with the content that counts where ``reads`` is read too.

    Args:
        shown: what the prompt shows beside text, where ``reads`` has media.

    Raises TemplateError where media cannot be read.
    """
    if not reads:
        return tuple(samples)
    hashes = shown if reads.media and shown is not None else lambda sample: ()
    return tuple(
        replace(sample, content_hash=content_of(sample, reads, hashes(sample))) for sample in samples
    )


#: What is always read, and no more.
_NO_MORE = Reads()


def content_of(sample: Sample, reads: Reads = _NO_MORE, media: Sequence[str] = ()) -> str:
    """See ``evalkit.core.content``. The id is left out: samples are matched by it."""
    fields = _fields(sample, reads)
    return content_text([*fields, (MEDIA, media)] if media else fields)


def dataset_hash(samples: Sequence[Sample]) -> str:
    """16 hex digits over ids and contents, in order."""
    digest = hashlib.blake2b(digest_size=_HASH_BYTES)
    for sample in samples:
        digest.update(f"{sample.id}\0{sample.content_hash}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _fields(sample: Sample, reads: Reads) -> list[tuple[str, Any]]:
    fields: list[tuple[str, Any]] = [("input", sample.input), ("target", sample.target)]
    if sample.choices is not None:
        fields.append(("choices", sample.choices))
    if sample.group is not None:
        fields.append(("group", sample.group))
    if sample.continuations is not None:
        fields.append(("continuations", sample.continuations))
    if sample.assertions:
        fields.append(("assert", sample.row.get("assert")))
    if reads.names:
        fields += [(f"{ROW}.{name}", sample.row[name]) for name in sorted(reads.names) if name in sample.row]
    if reads.is_whole:
        fields.append((ROW, sample.row))
    return fields

"""What all inputs of an evaluation share (instructions, examples), apart from what each sample brings."""

from __future__ import annotations

import re
from collections.abc import Collection

from evalkit.core.frozen import frozen
from evalkit.core.prompt import Prompt
from evalkit.errors import TemplateError

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
#: No question to a model ends with more than this in common with all others.
_END_CHARS = 4_000


@frozen(slots=True)
class Frame:
    """The text before and after the part of each input that differs from sample to sample."""

    before: str = ""
    after: str = ""

    def __len__(self) -> int:
        return len(self.before) + len(self.after)

    def inner(self, text: str) -> str:
        """The sample's own part of one of the inputs that the frame was made from."""
        return text[len(self.before) : len(text) - len(self.after)]


def frame_of(texts: Collection[str], template: str | None) -> Frame:
    """The frame of all ``texts``; empty where there are not two different ones.

    What samples happen to begin with alike ("What is …") belongs to them: the frame ends where the literal
    text of ``template`` does, and at the end of a line where that is not known.
    """
    first, last = min(texts, default=""), max(texts, default="")
    if first == last:
        return Frame()
    start, end = _literals(template)
    # As much as the first and the last in order begin with alike, all do.
    before = _up_to(_shared_start(first, last), start)
    return Frame(before, _from(_shared_end(texts, len(before)), end))


def _shared_start(one: str, other: str) -> str:
    n = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    return one[:n]


def _shared_end(texts: Collection[str], n_skipped: int) -> str:
    """What all end with, behind their first ``n_skipped`` letters."""
    shared = next(iter(texts))[n_skipped:][-_END_CHARS:]
    for text in texts:
        if len(text) - n_skipped < len(shared) or not text.endswith(shared):
            own = text[n_skipped:]
            shared = _shared_start(own[-len(shared) :][::-1], shared[::-1])[::-1] if shared else ""
        if not shared:
            break
    return shared


def _literals(template: str | None) -> tuple[str, str]:
    """What stands in the last message of a prompt before its first tag, on that tag's line, and what stands
    behind its last tag."""
    try:
        text = Prompt.parse(template).turns[-1].template if template else ""
    except TemplateError:
        return "", ""
    tags = list(_TAG.finditer(text))
    if not tags:
        return "", ""
    return text[: tags[0].start()].rpartition("\n")[2], text[tags[-1].end() :].rstrip("\n")


def _up_to(shared: str, literal: str) -> str:
    at = shared.rfind(literal) if literal.strip() else -1
    return shared[: at + len(literal)] if at >= 0 else shared[: shared.rfind("\n") + 1]


def _from(shared: str, literal: str) -> str:
    if literal and shared.endswith(literal):
        return literal
    at = shared.find("\n")
    return shared[at:] if at >= 0 else ""

"""What all inputs of an evaluation share (instructions, examples), apart from what each sample brings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

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


def frame_of(texts: Iterable[str], template: str | None) -> Frame:
    """The frame of all ``texts``; empty where there are not two different ones.

    What samples happen to begin with alike ("What is …") belongs to them: the frame ends where the literal
    text of ``template`` does, and at the end of a line where that is not known.
    """
    different = set(texts)
    if len(different) < 2:
        return Frame()
    start, end = _literals(template)
    before = _up_to(_shared_start(different), start)
    ends = {text[len(before) :][-_END_CHARS:][::-1] for text in different}
    return Frame(before, _from(_shared_start(ends)[::-1], end))


def _shared_start(texts: Collection[str]) -> str:
    """What all begin with: as much as the first and the last in order do."""
    first, last = min(texts), max(texts)
    n = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:n]


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

"""Two prompts line by line: what changed, with the words that did; what stayed is folded away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from evalkit.report.story import DiffLine

#: Lines on both sides of a change that say where it is.
_AROUND = 2
#: Beyond so many words a line that changed is marked as a whole.
_MOST_WORDS = 400
#: Words that two lines share at least, 0..1, to have their words marked.
_ALIKE = 0.3
_WORD = re.compile(r"\s+|\w+|[^\w\s]")

Parts = tuple[tuple[str, bool], ...]


def prompt_lines(before: str, now: str) -> tuple[DiffLine, ...]:
    """All lines of both texts in their order: removed ones before those that were added for them."""
    old, new = before.splitlines(), now.splitlines()
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    found: list[DiffLine] = []
    for at, (kind, i1, i2, j1, j2) in enumerate(codes):
        if kind == "equal":
            found += _same(old[i1:i2], is_first=at == 0, is_last=at == len(codes) - 1)
        else:
            found += _changed(old[i1:i2], new[j1:j2])
    return tuple(found)


def _same(lines: Sequence[str], *, is_first: bool, is_last: bool) -> Iterator[DiffLine]:
    """Those near a change as they are, those between folded away."""
    head = 0 if is_first else _AROUND
    tail = 0 if is_last else _AROUND
    if len(lines) <= head + tail + 1:
        head, tail = len(lines), 0
    middle = lines[head : len(lines) - tail]
    yield from (DiffLine("same", ((line, False),)) for line in lines[:head])
    if middle:
        yield DiffLine("skipped", (("\n".join(middle), False),), len(middle))
    yield from (DiffLine("same", ((line, False),)) for line in lines[len(lines) - tail :] if tail)


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    sides = list(zip(old, new, strict=False)) if len(old) == len(new) else []
    marked = [_words(before, now) for before, now in sides]
    whole_old, whole_new = [((line, True),) for line in old], [((line, True),) for line in new]
    yield from (DiffLine("removed", parts) for parts in ([each[0] for each in marked] or whole_old))
    yield from (DiffLine("added", parts) for parts in ([each[1] for each in marked] or whole_new))


def _words(before: str, now: str) -> tuple[Parts, Parts]:
    """Both lines with the words that are not in the other; whole where they have little in common."""
    old, new = _WORD.findall(before), _WORD.findall(now)
    whole = ((before, True),), ((now, True),)
    if max(len(old), len(new)) > _MOST_WORDS:
        return whole
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return whole
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        left += [("".join(old[i1:i2]), kind != "equal")] if i2 > i1 else []
        right += [("".join(new[j1:j2]), kind != "equal")] if j2 > j1 else []
    return tuple(left), tuple(right)

"""Two texts side by side, by their words: what was taken out, and what was put in."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

#: Words on both sides of a change that say where it is.
_AROUND = 4
#: Lines that are shown of one text.
_MOST_LINES = 6
#: Words of one change that are shown.
_MOST_WORDS = 40
#: Beyond so many words between the first and the last change the texts are not compared word by word.
_MOST_COMPARED = 1_500


def word_changes(old: str, new: str) -> list[str]:
    """One line for changes that are near each other: ``Greet [-Ada-] {+Bob+} and nobody``; empty where all
    words are the same."""
    before, after = old.split(), new.split()
    start = max(0, _common(before, after) - _AROUND)
    end = max(0, _common(before[start:][::-1], after[start:][::-1]) - _AROUND)
    one, other = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(one), len(other)) > _MOST_COMPARED:
        return [f"from word {start + 1} on: {len(one):,} words became {len(other):,}"]
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    groups = list(matcher.get_grouped_opcodes(_AROUND))
    lines = []
    for group in groups[:_MOST_LINES]:
        is_cut_before = start + group[0][1] > 0
        is_cut_after = group[-1][2] < len(one) or end > 0
        words = " ".join(_shown(kind, one[i1:i2], other[j1:j2]) for kind, i1, i2, j1, j2 in group)
        lines.append(("… " if is_cut_before else "") + words + (" …" if is_cut_after else ""))
    n_more = len(groups) - _MOST_LINES
    return lines + ([f"… and {n_more} more places"] if n_more > 0 else [])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Words that both begin with."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _shown(kind: str, old: Sequence[str], new: Sequence[str]) -> str:
    if kind == "equal":
        return " ".join(old)
    marked = [f"[-{_cut(old)}-]" if old else "", f"{{+{_cut(new)}+}}" if new else ""]
    return " ".join(filter(None, marked))


def _cut(words: Sequence[str]) -> str:
    return " ".join(words[:_MOST_WORDS]) + (" …" if len(words) > _MOST_WORDS else "")

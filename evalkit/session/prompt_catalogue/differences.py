"""Two texts of a prompt side by side: by lines, and within a line that changed by words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from evalkit.core.frozen import frozen

#: Lines on both sides of a change that say where it is.
_AROUND = 2
#: Words that two lines share at least, of 1, to stand as one line that changed.
_ALIKE = 0.4
#: Beyond so many words a changed line stands as two.
_MOST_WORDS = 400

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@frozen(slots=True)
class DiffLine:
    """One line of a difference.

    Attributes:
        kind: ``same``, ``removed``, ``added``, ``changed`` (``text`` has ``[-old-]`` and ``{+new+}``), or
            ``skipped`` (``text`` says how many lines are).
    """

    kind: Literal["same", "removed", "added", "changed", "skipped"]
    text: str

    @property
    def shown(self) -> str:
        """With a mark before it, as ``diff`` has them; ``~`` stands before a line that changed."""
        return {"same": "  ", "removed": "- ", "added": "+ ", "changed": "~ ", "skipped": "… "}[
            self.kind
        ] + self.text


def line_changes(old: str, new: str) -> list[DiffLine]:
    """What became of the lines; empty where both texts are the same."""
    before, after = old.splitlines(), new.splitlines()
    if old == new:
        return []
    found: list[DiffLine] = []
    end = 0
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_AROUND):
        found += _skipped(group[0][1] - end)
        end = group[-1][2]
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                found += [DiffLine("same", line) for line in before[i1:i2]]
            else:
                found += _changed(before[i1:i2], after[j1:j2])
    if not found:
        return [DiffLine("changed", "only the ends of lines differ")]
    return found + _skipped(len(before) - end)


def _skipped(n: int) -> list[DiffLine]:
    return [DiffLine("skipped", f"{n:,} more")] if n > 0 else []


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[DiffLine]:
    """Lines that stand at the same place one to one, where both sides have as many."""
    pairs = list(zip(before, after, strict=False)) if len(before) == len(after) else []
    merged = [_by_words(old, new) for old, new in pairs]
    if pairs and all(merged):
        yield from (DiffLine("changed", line) for line in merged if line)
        return
    yield from (DiffLine("removed", line) for line in before)
    yield from (DiffLine("added", line) for line in after)


def _by_words(old: str, new: str) -> str | None:
    """``Say [-yes-]{+no+}.``; None where the lines have little in common."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > _MOST_WORDS:
        return None
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return None
    parts = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        one, other = "".join(before[i1:i2]), "".join(after[j1:j2])
        if kind == "equal":
            parts.append(one)
        else:
            parts += [f"[-{one}-]" if one else "", f"{{+{other}+}}" if other else ""]
    return "".join(parts)

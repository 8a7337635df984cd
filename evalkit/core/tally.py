"""How the answers of an evaluation ended, and which model gave them, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field

from evalkit.core.account import Account
from evalkit.core.frozen import frozen

#: Revisions that are named in a text.
_SHOWN = 6

#: What people call an answer that did not end by itself, by its finish reason.
_ENDINGS: Mapping[str, str] = {
    "length": "cut at max_tokens",
    "refusal": "refused",
    "content_filter": "filtered",
}


@frozen(slots=True)
class Tally:
    """Counts over the responses that were answered, rechecks left out.

    Attributes:
        finish_reasons: finish reason to how many answers ended so; those without one are left out.
        revisions: model revision to how many answers it gave; those without one are left out.
        account: what they cost, and how the other responses failed.
    """

    finish_reasons: Mapping[str, int] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    account: Account = field(default_factory=Account)

    @classmethod
    def of(
        cls, finish_reasons: Iterable[str | None], revisions: Iterable[str | None], account: Account
    ) -> Tally:
        """Count what each answer says."""
        return cls(Counter(filter(None, finish_reasons)), count_revisions(revisions), account)

    @property
    def endings(self) -> str:
        """``12 cut at max_tokens, 3 refused, 1 filtered``; empty where every answer ended by itself."""
        counts = {words: self.finish_reasons.get(reason, 0) for reason, words in _ENDINGS.items()}
        return ", ".join(f"{n:,} {words}" for words, n in counts.items() if n)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the reader of the numbers should know: answers that were cut, several models at work."""
        return tuple(filter(None, (self.endings, mixture(self.revisions))))


def count_revisions(revisions: Iterable[str | None]) -> Counter[str]:
    """Model revision to how often it is there."""
    return Counter(filter(None, revisions))


def joined(revisions: Mapping[str, int]) -> str | None:
    """What stands for all that answered, whatever came first: their names in order; None for none."""
    names = sorted(revisions)
    if len(names) > _SHOWN:
        return ", ".join(names[:_SHOWN]) + f" and {len(names) - _SHOWN} more"
    return ", ".join(names) or None


def mixture(revisions: Mapping[str, int]) -> str:
    """``2 model revisions answered: a (120), b (80)``, the most frequent first; empty where but one did."""
    if len(revisions) < 2:
        return ""
    ordered = sorted(revisions.items(), key=lambda item: (-item[1], item[0]))
    named = ", ".join(f"{name} ({n:,})" for name, n in ordered[:_SHOWN])
    rest = f" and {len(ordered) - _SHOWN:,} more" if len(ordered) > _SHOWN else ""
    return f"{len(ordered):,} model revisions answered: {named}{rest}"

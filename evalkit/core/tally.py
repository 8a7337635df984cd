"""How the answers of an evaluation ended, which model gave them, and how many of them carry what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from evalkit.core.response import Response

#: Revisions that are named in a text.
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over the responses that were answered, rechecks left out.

    Attributes:
        n: answered responses.
        n_known: ``prompt_tokens``, ``completion_tokens`` and ``cost_usd`` to how many carry the number.
        finish_reasons: the provider's word to how many answers ended so; those without one are left out.
        revisions: model revision to how many answers it gave, those without one left out.
    """

    n: int = 0
    n_known: Mapping[str, int] = field(default_factory=dict)
    finish_reasons: Mapping[str, int] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)

    def of_known(self, metric: str) -> str:
        """``of 900 of 1,000 responses`` where a total leaves some out; empty where it is one."""
        n_known = self.n_known.get(metric, self.n)
        return f"of {n_known:,} of {self.n:,} responses" if n_known < self.n else ""


def tally_of(responses: Iterable[Response]) -> Tally:
    """Count the responses that have no error."""
    answered = [response for response in responses if response.error is None]
    return Tally(
        len(answered),
        {name: sum(getattr(r, name) is not None for r in answered) for name in KNOWN},
        Counter(r.finish_reason for r in answered if r.finish_reason),
        count_revisions(r.model_revision for r in answered),
    )


#: Numbers that a provider may leave out, and that are summed.
KNOWN = ("prompt_tokens", "completion_tokens", "cost_usd")


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

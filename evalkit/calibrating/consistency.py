"""Whether a judge says the same when it is asked the same again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from evalkit.calibrating.estimating import Effect, share_effect, unknown
from evalkit.core.judgement import Judgement

_SAME = "share of pairs of rounds with the same verdict (same judge, response and order)"


def consistency_of(judgements: Sequence[tuple[str, Sequence[Judgement]]]) -> Effect:
    """The share that stays, in 0..1; 1 is a judge that never changes its mind.

    Args:
        judgements: sample id and what was said of one response of it.
    """
    values: list[float] = []
    groups: list[str] = []
    for sample_id, its in judgements:
        for same in _rounds(its):
            pairs = [float(a == b) for a, b in combinations(same, 2)]
            if pairs:
                values.append(sum(pairs) / len(pairs))
                groups.append(sample_id)
    if not values:
        return unknown("self-consistency", _SAME, "every response was judged once; ask with --repeats 2")
    return share_effect("self-consistency", _SAME, values, groups)


def _rounds(judgements: Sequence[Judgement]) -> list[list[str]]:
    """The verdicts of the rounds, for each judge and order."""
    found: dict[tuple[str, str | None], list[str]] = {}
    for each in judgements:
        if each.verdict is not None:
            found.setdefault((each.judge, each.order), []).append(each.verdict)
    return list(found.values())

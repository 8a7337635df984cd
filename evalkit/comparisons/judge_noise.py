"""How much of a difference is judges that say another thing when asked the same: explains a verdict, never
changes one."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.comparisons.difference import Difference
from evalkit.comparisons.pairing import Pair
from evalkit.comparisons.tables import statistics
from evalkit.core.columns import column_of
from evalkit.core.estimate import JudgeNoise
from evalkit.core.judge_signature import asks_judge, n_votes
from evalkit.core.observations import Observations
from evalkit.metrics.metric import Metric
from evalkit.metrics.reading import scores_of, source_of

if TYPE_CHECKING:
    from evalkit.core.judgement import Judgement
    from evalkit.stats.judge_variance import Rounds


def noise_of_judges(
    metric: Metric, sides: tuple[Observations, Observations], pair: Pair, difference: Difference
) -> JudgeNoise | None:
    """By the rounds of both sides (``--llm-judge-repeats``, ``evalkit judge rejudge``).

    A side on which nothing was judged twice is taken to vary as the other one does: the same judge judged
    both, else they are not compared. None where neither was, where the metric is not a mean of a scorer's
    values, and where nothing varies.
    """
    if metric.kind not in ("binary", "graded"):
        return None
    rounds = [_rounds(metric, side, pair.sample_ids) for side in sides]
    total = difference.sd**2 / difference.n
    before, after = rounds
    if before is None or after is None or not total > 0:
        return None
    from evalkit.stats.judge_variance import judge_variance_of_mean  # where judges judged

    variances = judge_variance_of_mean(before, after.within), judge_variance_of_mean(after, before.within)
    own = sum(each for each in variances if each is not None)
    if None in variances:
        return None
    n_known = before.n_judged_again + after.n_judged_again
    return JudgeNoise(min(1.0, own / total), sqrt(2 * own), n_known)


def _rounds(metric: Metric, side: Observations, sample_ids: Sequence[str]) -> Rounds | None:
    """What judges said of the paired samples; None where the metric is not a mean of what they said."""
    source = source_of(metric, side)
    if source is None:
        return None
    name, value = source
    signature = side.scorer_signatures.get(name, "")
    if not asks_judge(signature):
        return None
    judgements = column_of(side.scores[name], "judgements")
    if not any(judgements):
        return None
    if not _is_mean_of(metric, side, name if value is None else f"{name}.{value}"):
        return None
    votes = n_votes(signature)
    codes = {sample_id: code for code, sample_id in enumerate(sample_ids)}
    rows = []
    for sample_id, its in zip(side.sample_ids, judgements, strict=True):
        if its and sample_id in codes:
            used, known = _values(its, value, votes)
            if used:
                rows.append((codes[sample_id], used, len(known), float(np.var(known)) * len(known)))
    return _as_rounds(rows) if rows else None


def _as_rounds(rows: Sequence[tuple[int, int, int, float]]) -> Rounds:
    from evalkit.stats.judge_variance import Rounds

    codes, n_used, n_known, squares = zip(*rows, strict=True)
    _, samples = np.unique(codes, return_inverse=True)
    return Rounds(samples, np.array(n_used, float), np.array(n_known, float), np.array(squares, float))


def _values(judgements: Sequence[Judgement], value: str | None, votes: int) -> tuple[int, list[float]]:
    """How many rounds are behind the score, and what each round comes to, those asked later among them."""
    from evalkit.scorers.judge.engine.pooling import pooled

    # Another revision that answers to the same name is another judge, and no noise of this one.
    own = {(each.judge, each.judge_revision) for each in judgements if not each.is_rejudged}
    by_round: dict[int, list[Judgement]] = {}
    for each in judgements:
        if each.is_rejudged and (each.judge, each.judge_revision) not in own:
            continue
        by_round.setdefault(each.round // votes, []).append(each)
    is_binary = all(each.value in (0.0, 1.0) for each in judgements if each.value is not None)
    used, known = 0, []
    for its in by_round.values():
        its.sort(key=lambda each: (each.judge, each.round, each.order or ""))
        found = pooled(its, votes, is_binary=is_binary and votes > 1)
        number = found.value if value is None else (found.values or {}).get(value, found.value)
        if number is not None:
            known.append(number)
            used += not its[0].is_rejudged
    return used, known


def _is_mean_of(metric: Metric, side: Observations, source: str) -> bool:
    """Whether the metric's value for each answer is the scorer's own."""
    rows: Any = statistics(metric, side).rows[:, 0]
    scores = scores_of(side, source)
    columns = zip(column_of(side.responses, "error"), column_of(scores, "value"), strict=True)
    values = [number for failure, number in columns if failure is None and number is not None]
    return np.array_equal(values, rows)

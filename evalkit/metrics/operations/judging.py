"""``judge_calls``, ``judge_cost_usd`` and others: what judges took, apart from what the Subject took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np

from evalkit.core.account import PRICE_HINT
from evalkit.core.columns import column_of
from evalkit.core.judgement import Judgement
from evalkit.core.observations import Observations
from evalkit.errors import UndefinedError
from evalkit.metrics.base import BaseMetric, column, divided, weighted_sums
from evalkit.metrics.metric import Floats, Table


@dataclass(frozen=True)
class JudgementMetric(BaseMetric):
    """Base: a sum over the judgements of all scorers; smaller is better.

    A response stands with the sum over its judgements that carry the number. UndefinedError where none does:
    unknown is not zero.
    """

    kind = "total"
    role = "operation"
    counts_failures = True
    is_higher_better = False
    bounds = (0.0, inf)
    #: What the number is called when no judgement carries it.
    what: ClassVar[str] = "a judgement"
    hint: ClassVar[str | None] = None

    def value_of(self, judgement: Judgement) -> float | None:
        """The number, or None where the judgement does not carry it."""
        raise NotImplementedError

    def table(self, observations: Observations) -> Table:
        """One column, a row for each response that was judged."""
        rows, ids = [], []
        for sample_id, judgements in judged(observations):
            values = [value for each in judgements if (value := self.value_of(each)) is not None]
            if values:
                rows.append(float(sum(values)))
                ids.append(sample_id)
        if not rows:
            raise UndefinedError(f"no judgement carries {self.what}", hint=self.hint)
        return Table(column(rows), tuple(ids), 0)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted sum of the first column."""
        sums, total = weighted_sums(rows, weights)
        return np.where(total > 0, sums[:, 0], np.nan)


@dataclass(frozen=True)
class JudgeCalls(JudgementMetric):
    """Judgements that were asked for, failed ones among them, >= 0; smaller is better."""

    name = "judge_calls"
    unit = "calls"
    brief = "{value:call}"

    def value_of(self, judgement: Judgement) -> float | None:
        return 1.0


@dataclass(frozen=True)
class JudgePromptTokens(JudgementMetric):
    """Tokens that judges read, as their providers count them, >= 0; smaller is better."""

    name = "judge_prompt_tokens"
    unit = "tokens"
    what = "a number of prompt tokens"

    def value_of(self, judgement: Judgement) -> float | None:
        return judgement.prompt_tokens


@dataclass(frozen=True)
class JudgeCompletionTokens(JudgementMetric):
    """Tokens that judges wrote, as their providers count them, >= 0; smaller is better."""

    name = "judge_completion_tokens"
    unit = "tokens"
    what = "a number of completion tokens"

    def value_of(self, judgement: Judgement) -> float | None:
        return judgement.completion_tokens


@dataclass(frozen=True)
class JudgeCostUsd(JudgementMetric):
    """Price of all judgements in US dollars, >= 0; smaller is better.

    Over the judgements whose price is known; what the response cache answered counts with its original price.
    It is not part of ``cost_usd``, which is the Subject's.
    """

    name = "judge_cost_usd"
    unit = "usd"
    what = "a price"
    hint = PRICE_HINT
    brief = "{value}"

    def value_of(self, judgement: Judgement) -> float | None:
        return judgement.cost_usd


@dataclass(frozen=True)
class JudgeErrorRate(BaseMetric):
    """Share in 0..1 of judgements without a verdict: the call failed, or the answer was malformed each time;
    smaller is better. UndefinedError where nothing was judged."""

    name = "judge_error_rate"
    brief = "{count} failed"
    kind = "corpus"
    role = "operation"
    counts_failures = True
    is_higher_better = False

    def table(self, observations: Observations) -> Table:
        """Failed and all judgements of each response that was judged."""
        found = [(sample_id, *_counts(judgements)) for sample_id, judgements in judged(observations)]
        if not found:
            raise UndefinedError("nothing was judged")
        rows = np.array([counts for _, *counts in found], dtype=np.float64)
        return Table(rows, tuple(sample_id for sample_id, *_ in found), 0)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Failed over all."""
        sums, _ = weighted_sums(rows, weights)
        return divided(sums[:, 0], sums[:, 1])


def judged(observations: Observations) -> Iterator[tuple[str, list[Judgement]]]:
    """Sample id and the judgements behind all scores, for each response that was judged."""
    columns = [column_of(scores, "judgements") for scores in observations.scores.values()]
    for row, sample_id in enumerate(observations.sample_ids):
        found = [each for column in columns for each in column[row] or () if not each.is_rejudged]
        if found:
            yield sample_id, found


def _counts(judgements: list[Judgement]) -> tuple[int, int]:
    return sum(each.error is not None for each in judgements), len(judgements)

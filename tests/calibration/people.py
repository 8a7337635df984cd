"""Gates on what people say: how far off the weighed mean of picked answers is, and the plain one; how often
intervals hold the truth; how often gates fail or pass that should not.

Of 200 answers one in eight is odd: people pass 30 % of these, and 96 % of the others. A signal names nine of
ten odd ones, and one in fifty of the others. What is picked goes through the code that picks, what people say
through metrics and gates. Rates of two Subjects, or four, are as good as their strengths say, with ties.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np

from evalkit.comparisons.comparable import Side
from evalkit.comparisons.estimate import estimate
from evalkit.core.estimate import Estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.reviewed import Preference, Reviewed
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding.absolute import AbsoluteDecider
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.decider import Evidence
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats
from evalkit.metrics.open import open_metric
from evalkit.review.picking.pick import Candidate, pick
from evalkit.stats.bradley_terry import Strengths
from tests.calibration.lines import Computed, Line, rate

N, SHARE_ODD, PASS_ODD, PASS_REST = 200, 0.125, 0.3, 0.96
TRUE_RATE = SHARE_ODD * PASS_ODD + (1 - SHARE_ODD) * PASS_REST
PASS_RATE = open_metric(MetricSpec("human_pass_rate"))
PREFERENCE = open_metric(MetricSpec("human_preference"))
#: Odds of a tie between two of equal strength.
TIE = 0.5


@dataclass(frozen=True)
class Review:
    """How much is reviewed.

    Attributes:
        groups: answers that share a group, and are all odd or none; 1 for none.
    """

    n: int
    control_share: float
    groups: int = 1

    def session(self, rng: np.random.Generator) -> Observations:
        """The answers of a run with what people say of those that were picked."""
        odd = np.repeat(rng.random(N // self.groups) < SHARE_ODD, self.groups)
        passes = rng.random(N) < np.where(odd, PASS_ODD, PASS_REST)
        named = rng.random(N) < np.where(odd, 0.9, 0.02)
        candidates = [Candidate(i, {"flip": 1.0} if named[i] else {}) for i in range(N)]
        picks = pick(candidates, self.n, self.control_share, str(rng.integers(2**63)))
        labels = [
            Label(f"s{each.key}", 0, "ann", "pass_fail", float(passes[each.key]), None,
                  each.inclusion_probability)
            for each in picks
        ]  # fmt: skip
        ids = [f"s{i}" for i in range(N)]
        groups = [f"g{i // self.groups}" for i in range(N)] if self.groups > 1 else None
        answers = [Response("fine")] * N
        return Observations(ids, [None] * N, answers, groups=groups, reviewed=Reviewed(labels))


class Counts(NamedTuple):
    """Errors of the two means, sessions whose interval holds the true rate, and those with a gate that passes
    at it."""

    weighed: float
    plain: float
    n_held: int
    n_passed: int


def of_pass_rates(review: Review, n_sessions: int, seed: int = 68) -> Counts:
    rng = np.random.default_rng(seed)
    gate = AbsoluteGate(MetricSpec("human_pass_rate"), ">=", TRUE_RATE)
    errors = np.zeros((n_sessions, 2))
    n_held = n_passed = 0
    for place in range(n_sessions):
        seen = review.session(rng)
        found = estimate(PASS_RATE, "human_pass_rate", seen)
        assert found.value is not None
        assert seen.reviewed is not None
        plain = np.mean([each.value for each in seen.reviewed.labels])
        errors[place] = found.value - TRUE_RATE, plain - TRUE_RATE
        n_held += _holds(found, TRUE_RATE)
        evidence = Evidence(found, 0.01, N, run_id="r", reads_reviews="pass_fail")
        n_passed += AbsoluteDecider().decide(gate, evidence).verdict == "pass"
    weighed, plain = errors.mean(axis=0).tolist()
    return Counts(weighed, plain, n_held, n_passed)


def false_alarms(review: Review, n_sessions: int, seed: int = 69) -> int:
    """Sessions in which a candidate fails that is as good as its baseline."""
    rng = np.random.default_rng(seed)
    gate = RegressionGate(MetricSpec("human_pass_rate"), margin=0.0)
    n_failed = 0
    for place in range(n_sessions):
        sides = [Side(review.session(rng), "task", "data", name) for name in ("now", "then")]
        prepared = prepare_regression(gate, PASS_RATE, *sides, seed=place)
        n_failed += decide_session([prepared])[0].verdict == "fail"
    return n_failed


@dataclass(frozen=True)
class Field:
    """Subjects of these strengths (natural logs), each two of whom meet on the counts of samples given, in
    the order of ``combinations``."""

    logs: tuple[float, ...]
    n_met: tuple[int, ...]

    @property
    def truth(self) -> float:
        """The expected share of the first."""
        return float(self._strengths.mean_shares()[0, 0])

    @property
    def _strengths(self) -> Strengths:
        return Strengths(np.array([self.logs]), np.array([TIE]))

    def session(self, rng: np.random.Generator) -> Observations:
        names = [f"m{i}" for i in range(len(self.logs))]
        said: list[Preference] = []
        for (i, j), n in zip(combinations(range(len(names)), 2), self.n_met, strict=True):
            said += [
                Preference(f"s{place}", "ann", names[i], names[j], value)
                for place, value in enumerate(_outcomes(rng, self.logs[i] - self.logs[j], n).tolist())
            ]
        n_all = max(self.n_met)
        ids = [f"s{i}" for i in range(n_all)]
        answers = [Response("fine")] * n_all
        return Observations(ids, [None] * n_all, answers, reviewed=Reviewed((), said, "m0"))


def _outcomes(rng: np.random.Generator, lead: float, n: int) -> Floats:
    """1, 0 or one half of n comparisons."""
    odds = np.array([np.exp(lead / 2), np.exp(-lead / 2), TIE])
    return rng.choice([1.0, 0.0, 0.5], n, p=odds / odds.sum())


def of_preferences(field: Field, n_sessions: int, seed: int = 70) -> tuple[float, int, int]:
    """The mean error, sessions whose interval holds the true share, and those with a gate proven at it."""
    rng = np.random.default_rng(seed)
    gate = AbsoluteGate(MetricSpec("human_preference"), ">=", field.truth, "proven")
    errors, n_held, n_passed = [], 0, 0
    for _ in range(n_sessions):
        found = estimate(PREFERENCE, "human_preference", field.session(rng))
        assert found.value is not None
        errors.append(found.value - field.truth)
        n_held += _holds(found, field.truth)
        evidence = Evidence(found, 0.01, max(field.n_met), run_id="r", reads_reviews="pairwise")
        n_passed += AbsoluteDecider().decide(gate, evidence).verdict == "pass"
    return float(np.mean(errors)), n_held, n_passed


REVIEWS: dict[str, Review] = {
    "40 picked, 20 % at random": Review(40, 0.2),
    "60 picked, 50 % at random": Review(60, 0.5),
    "100 picked, 20 % at random": Review(100, 0.2),
    "60 picked, all at random": Review(60, 1.0),
    "100 picked, 50 % at random, groups of 4": Review(100, 0.5, 4),
}
FIELDS: dict[str, Field] = {
    "two alike, 30 pairs": Field((0.0, 0.0), (30,)),
    "two alike, 100 pairs": Field((0.0, 0.0), (100,)),
    "two apart (.83), 30 pairs": Field((1.0, -1.0), (30,)),
    "two apart (.83), 100 pairs": Field((1.0, -1.0), (100,)),
    "four, unequally often": Field((0.5, 0.0, 0.0, -0.5), (60, 20, 0, 40, 30, 60)),
}


def lines(n_sessions: int) -> Iterator[Line]:
    """Of preferences, which are dear, a quarter of the sessions."""
    n_dear = min(n_sessions, max(200, n_sessions // 4))
    for name, review in REVIEWS.items():
        title = "Pass rate of 200 answers, a part reviewed: errors in points, coverage, gates passed at it"
        yield Line(title, f"pass rate {name}", partial(_pass_rate, name, review, n_sessions))
    for name, review in REVIEWS.items():
        title = "A candidate as good as its baseline, both reviewed: gates that fail (alpha 5 %)"
        yield Line(title, f"A/A {name}", partial(_alarms, name, review, n_sessions))
    for name, field in FIELDS.items():
        title = "Preference: error in points, coverage, gates proven at the number"
        yield Line(title, f"preference {name}", partial(_preference, name, field, n_dear))


def _pass_rate(name: str, review: Review, n: int) -> Computed:
    found = of_pass_rates(review, n)
    text = (
        f"{name:<40} weighed {100 * found.weighed:+5.2f}  plain {100 * found.plain:+6.2f}"
        f"  held {rate(found.n_held, n)}  passed {rate(found.n_passed, n)}"
    )
    return Computed(text, _is_off(found.n_held / n, found.n_passed / n, n))


def _alarms(name: str, review: Review, n: int) -> Computed:
    n_failed = false_alarms(review, n)
    return Computed(f"{name:<40} failed {rate(n_failed, n)}", n_failed / n > 0.05 + 2.6 * _error(0.05, n))


def _preference(name: str, field: Field, n: int) -> Computed:
    error, n_held, n_passed = of_preferences(field, n)
    text = f"{name:<40} {100 * error:+5.2f}  held {rate(n_held, n)}  passed {rate(n_passed, n)}"
    return Computed(text, _is_off(n_held / n, n_passed / n, n))


def _is_off(held: float, passed: float, n: int) -> bool:
    return held < 0.93 - 2.6 * _error(0.93, n) or passed > 0.04 + 2.6 * _error(0.04, n)


def _error(share: float, n: int) -> float:
    return float(np.sqrt(share * (1 - share) / n))


def _holds(found: Estimate, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high

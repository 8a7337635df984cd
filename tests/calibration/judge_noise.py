"""The judges' share of the variance of a paired difference: what verdicts say of it against the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from evalkit.comparisons.compare import measure
from evalkit.core.judgement import Judgement
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.metrics.graded.mean import Mean
from evalkit.stats.bootstrap import Floats
from tests.calibration.lines import Computed, Line

_TITLE = "Judges' share of the variance of a difference: as verdicts say it, and as it is"
_SIGNATURE = "judge(form=binary,model=m,prompt=0,rubric=0)"
#: How often the mean of a verdict's estimates may lie further from the truth: once in 16,000 unbiased rows.
_Z = 4.0


@dataclass(frozen=True)
class _Case:
    """Attributes:
    n: samples. n_repeats: answers to each. n_rounds: of the judge, baseline and candidate.
    spread: of the chance of yes over answers, 0 where the judge says yes to all as often.
    """

    n: int
    n_repeats: int = 1
    n_rounds: tuple[int, int] = (2, 2)
    spread: float = 1.0


_CASES = {
    "40 samples, 2 rounds": _Case(40),
    "40 samples, 5 rounds": _Case(40, n_rounds=(5, 5)),
    "200 samples, 2 rounds": _Case(200),
    "200 samples, 3 repeats": _Case(200, 3),
    "200 samples, 1 and 3 rounds": _Case(200, n_rounds=(1, 3)),
    "200 samples, coin tosses": _Case(200, spread=0.0),
}


def lines(n_sessions: int) -> Iterator[Line]:
    """A line for each case, of a tenth as many sessions."""
    for label, case in _CASES.items():
        yield Line(_TITLE, label, partial(_line, label, case, max(20, n_sessions // 10)))


def _line(label: str, case: _Case, n_sessions: int) -> Computed:
    rng = np.random.default_rng([case.n, case.n_repeats, *case.n_rounds])
    estimates, moves = [], []
    for _ in range(n_sessions):
        chances = [_chances(rng, case) for _ in range(2)]
        sides = [_side(rng, each, k) for each, k in zip(chances, case.n_rounds, strict=True)]
        found = measure(Mean("judge", bounds=(0.0, 1.0)), "mean:judge", *sides)
        noise = found.judge_noise
        assert noise is not None
        estimates.append(noise.rejudge_sd**2 / 2)
        moves.append(
            sum(float((p * (1 - p)).mean()) / p.size / k for p, k in zip(chances, case.n_rounds, strict=True))
        )
    errors = np.array(estimates) - np.array(moves)
    z = float(errors.mean() / (errors.std(ddof=1) / np.sqrt(n_sessions)))
    text = (
        f"{label:<28} true {1e6 * np.mean(moves):7.1f}e-6  estimated {1e6 * np.mean(estimates):7.1f}e-6, "
        f"{100 * np.mean(estimates) / np.mean(moves):5.1f} % of it (z {z:+.1f})"
    )
    return Computed(text, abs(z) > _Z)


def _chances(rng: np.random.Generator, case: _Case) -> Floats:
    """(n, repeats) of yes to each answer: a sample's own, and around it its answers'."""
    sample = rng.standard_normal((case.n, 1)) * case.spread
    answer = rng.standard_normal((case.n, case.n_repeats)) * case.spread
    return np.asarray(1 / (1 + np.exp(-(sample + answer))), dtype=np.float64)


def _side(rng: np.random.Generator, chances: Floats, n_rounds: int) -> Observations:
    """One evaluation as a session has it."""
    n, n_repeats = chances.shape
    said = (rng.random((n, n_repeats, n_rounds)) < chances[..., None]).astype(float)
    ids = [f"s{i}" for i in range(n) for _ in range(n_repeats)]
    responses = [Response("x", each, at % n_repeats) for at, each in enumerate(ids)]
    scores = [_score(rounds) for rounds in said.reshape(n * n_repeats, n_rounds).tolist()]
    return Observations(ids, [None] * len(ids), responses, {"judge": scores}, None, {"judge": _SIGNATURE})


def _score(rounds: list[float]) -> Score:
    judgements = tuple(
        Judgement("judge", "m", round=number, verdict="yes" if value else "no", value=value)
        for number, value in enumerate(rounds)
    )
    return Score("judge", sum(rounds) / len(rounds), judgements=judgements)

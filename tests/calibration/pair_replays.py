"""A pair without a session: its observations straight from the replay files, and looks in many orders."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalkit.comparisons.changes import sample_changes
from evalkit.comparisons.comparable import Side
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import Task
from evalkit.core.verdict import Verdict
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.deciding.regression_sequence import RegressionSequence
from evalkit.gates.deciding.sequential import LOOKS, why_not_early
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats, Metric
from evalkit.metrics.open import open_metric
from evalkit.models.replay import read_recorded
from evalkit.runner.prepared_task import prepare
from evalkit.runner.scoring import score_response
from evalkit.runner.task_scorers import scoring_of
from evalkit.scorers.scorer import Scorer
from tests.calibration.pair_sets import PairSet, regression_gates

#: Means on both sides, sample by sample.
Pairs = list[tuple[float, float]]


@dataclass(frozen=True)
class GatedPair:
    """One regression gate of a full run.

    Attributes:
        pairs: what the looks of a sequential gate would see; None where they would see nothing.
        n_gates: regression gates of the session.
    """

    task: str
    gate: RegressionGate
    metric: Metric
    verdict: Verdict
    pairs: Pairs | None
    n_gates: int


@dataclass(frozen=True)
class Orders:
    """Looks in many random orders, at one gate alone.

    Attributes:
        shares: (n,) samples looked at, of all.
        decisions: how often a stop decided what; the rest came to the end.
    """

    shares: Floats
    decisions: Counter[str]


class Replays:
    """The systems of one set, each scored once."""

    def __init__(self, which: PairSet, folder: Path) -> None:
        self._folder = folder
        self._gates = regression_gates(which.tasks(folder))
        self._known: dict[tuple[str, str], Observations] = {}

    def full_run(self, baseline: str, candidate: str) -> list[GatedPair]:
        """The verdicts that a session with both models gives, every sample asked."""
        sides = [[self._observed(task, each) for task, _ in self._gates] for each in (baseline, candidate)]
        metrics = [open_metric(gate.metric) for _, gate in self._gates]
        pending = [
            prepare_regression(gate, metric, Side(after, "", ""), Side(before, "", ""))
            for (_, gate), metric, before, after in zip(self._gates, metrics, *sides, strict=True)
        ]
        verdicts = decide_session(pending)
        return [
            GatedPair(
                task.task, gate, metric, verdict, seen_pairs(gate, metric, before, after), len(verdicts)
            )
            for (task, gate), metric, verdict, before, after in zip(
                self._gates, metrics, verdicts, *sides, strict=True
            )
        ]

    def _observed(self, task: Task, system: str) -> Observations:
        key = task.task, system
        if key not in self._known:
            self._known[key] = observed(task, self._folder, system)
        return self._known[key]


def observed(task: Task, folder: Path, system: str) -> Observations:
    """A task's samples with a system's recorded outputs, by the scorers that its regression gates read."""
    samples = _samples(task, folder)
    recorded = read_recorded(folder / f"{system}.jsonl")
    responses = [recorded.get((None, each.id, 0)) or recorded[task.task, each.id, 0] for each in samples]
    read = {name for _, gate in regression_gates([task]) for name in open_metric(gate.metric).scorers}
    scorers = [each for each in scoring_of(task, samples).scorers if each.name in read]
    rows = asyncio.run(_scored(scorers, samples, responses))
    return Observations(
        [each.id for each in samples],
        [each.target for each in samples],
        responses,
        {scorer.name: [row[i] for row in rows] for i, scorer in enumerate(scorers)},
        task.choices,
        {scorer.name: scorer.signature for scorer in scorers},
    )


#: Of the last task, which all systems share.
_last: dict[tuple[str, Path], tuple[Sample, ...]] = {}


def _samples(task: Task, folder: Path) -> tuple[Sample, ...]:
    key = task.task, folder
    if key not in _last:
        mirror = Mirror.open(folder) if (folder / "mirror.yaml").exists() else None
        _last.clear()
        _last[key] = prepare(task, lambda spec: load_rows(spec, base_dir=folder, mirror=mirror)).samples
    return _last[key]


async def _scored(
    scorers: Sequence[Scorer], samples: Sequence[Sample], responses: Sequence[Response]
) -> list[tuple[Score, ...]]:
    pairs = zip(samples, responses, strict=True)
    return [await score_response(scorers, *pair) for pair in pairs]


def seen_pairs(
    gate: RegressionGate, metric: Metric, baseline: Observations, candidate: Observations
) -> Pairs | None:
    """What the looks of a gate see of two evaluations, None for a gate that has none."""
    if why_not_early(metric, gate.metric.label):
        return None
    changes = sample_changes(metric, baseline, candidate)
    return [(c.baseline, c.candidate) for c in changes if c.baseline is not None and c.candidate is not None]


def look(pair: GatedPair, n_orders: int) -> Orders:
    """Ask the samples of a pair in ``n_orders`` random orders until the gate, alone, is decided."""
    assert pair.pairs is not None
    shares, decisions = [], Counter[str]()
    for seed in range(n_orders):
        sequence = RegressionSequence(pair.gate, pair.metric, len(pair.pairs), pair.n_gates)
        n_seen = 0
        for index in np.random.default_rng(seed).permutation(len(pair.pairs)):
            sequence.add(*pair.pairs[index])
            n_seen += 1
            if sequence.decision:
                decisions[sequence.decision] += 1
                break
        shares.append(n_seen / len(pair.pairs))
    return Orders(np.array(shares), decisions)


def fewest_samples(pair: GatedPair) -> float | None:
    """The samples that no bettor can do without on average: log(1 / alpha) over the growth of the best bet.

    The bet is chosen knowing all samples, which no gate does; a sequential test of level alpha that ends
    surely needs as many (Wald 1945; Honda and Takemura 2010, COLT, for bounded values). None for a
    verdict that looks cannot give.
    """
    if pair.pairs is None or pair.verdict.verdict not in ("pass", "fail"):
        return None
    lowest, highest = pair.metric.bounds
    before, after = np.array(pair.pairs).T
    sign = 1.0 if pair.metric.is_higher_better else -1.0
    values = (sign * (after - before) / (highest - lowest) + 1.0) / 2.0
    margin = (1.0 - pair.gate.margin / (highest - lowest)) / 2.0
    own, shared = LOOKS * pair.gate.alpha, LOOKS * pair.gate.alpha / pair.n_gates
    if pair.verdict.verdict == "pass":
        return _fewest(values, margin, own)
    return max(_fewest(1.0 - values, 1.0 - margin, own), _fewest(1.0 - values, 0.5, shared))


def _fewest(values: Floats, mean: float, alpha: float) -> float:
    growth = _best_growth(values - mean, 1.0 / mean)
    return float(np.log(1.0 / alpha) / growth) if growth > 0 else float("inf")


def _best_growth(gains: Floats, most: float) -> float:
    """The largest mean of log(1 + bet * gain) over bets in 0 .. ``most``, which is concave in the bet."""
    low, high = 0.0, most * (1 - 1e-9)
    for _ in range(60):
        bet = (low + high) / 2
        low, high = (bet, high) if np.mean(gains / (1 + bet * gains)) > 0 else (low, bet)
    return float(np.mean(np.log1p(low * gains)))

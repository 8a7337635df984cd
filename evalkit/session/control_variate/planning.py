"""How many samples are asked, which, and whether it is worth it: known before the first call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from evalkit.comparisons.control_variate import Draw, is_correctable
from evalkit.comparisons.wording import percent
from evalkit.core.gate import Gate
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.gates.deciding.compared import regressions
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats
from evalkit.runner.ask_order import ask_order
from evalkit.runner.scoring import describe
from evalkit.runner.task_scorers import ASSERTS
from evalkit.session.baseline import Baseline, Nothing
from evalkit.session.control_variate.correcting import ControlVariates
from evalkit.session.control_variate.history import column_of, contents_of, past_scores
from evalkit.session.options import LEAST_DRAW, Options
from evalkit.session.units import BrokenUnit, PlannedUnit, ReadyUnit
from evalkit.stats.control_variate import control_variate, n_for_error
from evalkit.stats.power import POWER, detection_factor

#: Earlier subjects without which nobody can tell how well they predict each other.
LEAST_SUBJECTS = 2
#: The share of samples that history has to save, by what it would have saved on earlier subjects.
LEAST_SAVING = 0.1
_NOT_CORRECTED = "is not a mean of one bounded value for each sample"


class _Spread(NamedTuple):
    """Variances over samples, the middle ones of those of earlier subjects.

    Attributes:
        plain: of the scores, or of their differences from the baseline's.
        left: of what the other subjects do not predict of it.
    """

    plain: float
    left: float

    @property
    def saving(self) -> float:
        """The share of samples that need not be asked."""
        return 1 - self.left / self.plain if self.plain > 0 else 0.0


def draw_samples(
    planned: Sequence[PlannedUnit], baseline: Baseline, options: Options, *, is_worker: bool
) -> list[PlannedUnit]:
    """The units with a random part of their samples, the same for all Subjects of a task.

    Raises UsageError where that does not help, or cannot be. A worker of pytest-xdist cannot end the session
    by that: there the unit is broken, and nothing of it is asked.
    """
    return [_drawn(each, baseline, options, is_worker=is_worker) for each in planned]


def _drawn(planned: PlannedUnit, baseline: Baseline, options: Options, *, is_worker: bool) -> PlannedUnit:
    if not isinstance(planned, ReadyUnit):
        return planned
    try:
        return _with_draw(planned, baseline, options)
    except UsageError as error:
        if not is_worker:
            raise
        return BrokenUnit(planned.task, planned.subject, planned.items, planned.evaluation, describe(error))


def _with_draw(planned: ReadyUnit, baseline: Baseline, options: Options) -> ReadyUnit:
    refusal = _why_whole(planned)
    if refusal is not None:
        raise _refused(planned, refusal)
    past = past_scores(planned, options.store)
    against = {each.metric.label: _before(planned, each, baseline) for each in regressions(planned.gates)}
    n = options.control_variate or 0
    n_planned = _n_planned(planned, past, against, is_given=n > 0)
    n, n_total = n or n_planned, len(planned.unit.samples)
    if n >= n_total:
        raise _refused(planned, f"it takes all of {plural(n_total, 'sample')}")
    return _asking(planned, n, {**past, **_with_baseline(past, against)})


def _asking(planned: ReadyUnit, n: int, past: dict[str, Floats]) -> ReadyUnit:
    unit, evaluation = planned.unit, planned.evaluation
    seed = evaluation.order_seed or evaluation.run_id
    order = ask_order(len(unit.samples), evaluation.dataset_hash, seed)
    drawn = np.array(order[:n], dtype=np.intp)
    ids = [sample.id for sample in unit.samples]
    draws = {label: Draw(ids, drawn, columns) for label, columns in past.items()}
    control = ControlVariates(contents_of(planned), drawn, draws)
    asked = replace(unit, samples=tuple(unit.samples[index] for index in sorted(order[:n])))
    quarantine = {sample.id: sample.quarantine for sample in asked.samples if sample.quarantine is not None}
    fewer = replace(evaluation, n_samples=n, order_seed=seed, quarantine=quarantine)
    return replace(planned, unit=asked, evaluation=fewer, control=control)


def _why_whole(planned: ReadyUnit) -> str | None:
    """Why the samples of a unit cannot stand for one another, or None."""
    is_asserted = any(item.kind == "sample" for item in planned.items)
    if is_asserted or any(scorer.name == ASSERTS for scorer in planned.scoring.scorers):
        return "its samples are asserted one by one"
    if planned.task.group is not None:
        return "its samples come in groups, and are not drawn one by one"
    if any(spec.slice is not None for spec in planned.scoring.specs.values()):
        return "its metrics or gates are of slices, and a draw of the whole dataset may miss a small one"
    reasons = (_why_not_gate(planned, gate) for gate in planned.gates)
    return next((reason for reason in reasons if reason is not None), None)


def _why_not_gate(planned: ReadyUnit, gate: Gate) -> str | None:
    if gate.kind not in ("absolute", "regression"):
        return f"nothing is known of gates like {gate.text}"
    if not is_correctable(planned.scoring.metrics[gate.metric.label]):
        return f"gate {gate.text}: {gate.metric.label} {_NOT_CORRECTED}"
    if isinstance(gate, RegressionGate) and gate.missing == "worst":
        return f"gate {gate.text} counts missing answers as wrong, which no history predicts"
    return None


def _before(planned: ReadyUnit, gate: RegressionGate, baseline: Baseline) -> Floats | None:
    """(N,) the baseline's scores, None where it has none to compare with."""
    metric = planned.scoring.metrics[gate.metric.label]
    earlier = baseline.earlier(planned)
    if isinstance(earlier, Nothing):
        return None
    seen = earlier.seen_by(metric)
    is_same = seen.evaluation.dataset_hash == planned.evaluation.dataset_hash
    return column_of(planned, metric, seen.observations, is_same_dataset=is_same)


def _with_baseline(past: dict[str, Floats], against: dict[str, Floats | None]) -> dict[str, Floats]:
    """Earlier scores with the baseline's, where it is none of them."""
    found = {}
    for label, before in against.items():
        if before is not None and not _is_among(past[label], before):
            found[label] = np.column_stack([past[label], before])
    return found


def _is_among(columns: Floats, column: Floats) -> bool:
    return bool((columns == column[:, np.newaxis]).all(axis=0).any())


def _n_planned(
    planned: ReadyUnit, past: dict[str, Floats], against: dict[str, Floats | None], *, is_given: bool
) -> int:
    """Samples on which every margin is seen with 80 % power. Raises UsageError where history does not
    help, or no margin says how many."""
    labels = dict.fromkeys(gate.metric.label for gate in planned.gates) or dict.fromkeys(past)
    if not labels:
        what = f"no metric of it {_NOT_CORRECTED.replace('is not a', 'is a')}, with a history"
        raise _refused(planned, what)
    spreads = {label: _spread(planned, label, past, against.get(label)) for label in labels}
    worst = min(spreads, key=lambda label: spreads[label].saving)
    saving = spreads[worst].saving
    if saving < LEAST_SAVING:
        share = percent(max(0.0, round(saving, 3)))
        what = f"history would save {share} of the samples for {worst}, under {percent(LEAST_SAVING)}"
        raise _refused(planned, what)
    if is_given:
        return 0
    gates = regressions(planned.gates)
    if not gates:
        raise _refused(planned, "no regression gate has a margin to plan by: give --llm-control-variate=N")
    return max(LEAST_DRAW, *(_n_for(planned, gate, spreads[gate.metric.label]) for gate in gates))


def _spread(planned: ReadyUnit, label: str, past: dict[str, Floats], before: Floats | None) -> _Spread:
    """How well earlier subjects predict each of them."""
    columns = past.get(label)
    n_known = 0 if columns is None else columns.shape[1]
    if columns is None or n_known < LEAST_SUBJECTS:
        whose = f"scores of {plural(n_known, 'earlier subject')}" if n_known else "no earlier scores"
        raise _refused(
            planned, f"the store has {whose} for {label}, and at least {LEAST_SUBJECTS} are needed"
        )
    bounds = planned.scoring.metrics[label].bounds
    order = np.random.default_rng(0).permutation(len(columns))
    found = []
    for k in range(n_known):
        if before is not None and np.array_equal(columns[:, k], before):
            continue
        others = np.delete(columns, k, axis=1)
        if before is not None and not _is_among(others, before):
            others = np.column_stack([others, before])
        each = control_variate(others, order, columns[order, k], *bounds, before)
        found.append((each.plain_variance, each.variance))
    return _Spread(*np.median(found, axis=0).tolist()) if found else _Spread(0.0, 0.0)


def _n_for(planned: ReadyUnit, gate: RegressionGate, spread: _Spread) -> int:
    power = 1 - (1 - POWER) / 2 if gate.is_two_sided else POWER
    error, n_total = gate.margin / detection_factor(gate.alpha, power), len(planned.unit.samples)
    n = n_for_error(error, spread.left, n_total, spread.plain / n_total)
    if n is None:
        what = f"all of {plural(n_total, 'sample')} do not show the margin of {gate.margin:g} with 80 % power"
        raise _refused(planned, f"{what}: allow more, or give --llm-control-variate=N")
    return n


def _refused(planned: ReadyUnit, reason: str) -> UsageError:
    return UsageError(
        f"--llm-control-variate: {planned.task.task}, {planned.subject.label}: {reason}",
        hint="leave it out to ask all samples",
    )

"""Gates on what people say, which nobody has said when a session ends.

Of an evaluation's responses a part is reviewed, so that the value over all of them is an estimate:

* nobody reviewed anything: ``undecided``, with the command that has people do so and how many reviews do.
* a part was reviewed: a gate on the value is held to the 95 % interval, as one with ``proven`` is. ``pass``
  and ``fail`` then hold whatever the reviews of the rest would be, in 97.5 % of cases each.
* all were reviewed: as any other gate.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, isfinite

from evalkit.comparisons.comparable import Side, over
from evalkit.comparisons.slices.members import members
from evalkit.comparisons.tables import statistics
from evalkit.core.estimate import Estimate
from evalkit.core.gate import Gate
from evalkit.core.observations import Observations
from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.errors import UndefinedError
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.compared import Refused
from evalkit.gates.deciding.decider import Evidence
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Metric, ReviewsRead
from evalkit.metrics.open import open_metric
from evalkit.stats.normal import normal_quantile
from evalkit.stats.power import n_to_allow_flips

_ALPHA = 0.05
#: Share of samples that people say otherwise of, where nothing tells it.
_CHANGED = 0.1
_COMMANDS: dict[ReviewsRead, str] = {
    "pass_fail": "evalkit review {run}",
    "rubric": "evalkit review {run} --kind=rubric",
    "pairwise": "evalkit review {run} --against OTHER",
}

#: What all reviews say where the fewest are enough for a lower bound, and for an upper one.
_ALL: dict[ReviewsRead, tuple[str, str]] = {
    "pass_fail": ("pass", "fail"),
    "rubric": ("are the best", "are the worst"),
    "pairwise": ("prefer it", "prefer the other"),
}


def how_to_review(gate: Gate, kind: ReviewsRead | None, run_id: str) -> str:
    """What has people review a run, and what decides its gates then, a clause."""
    decide = f"'evalkit review decide {run_id or 'RUN'}' decides then"
    return f"'{_command(gate, kind, run_id)}' asks people, {decide}"


def undecided(gate: AbsoluteGate, kind: ReviewsRead | None, evidence: Evidence) -> Verdict | None:
    """The verdict of a gate on its own evaluation that cannot be decided; None where it can be."""
    estimate, n_total = evidence.estimate, evidence.n_total
    if evidence.has_too_many_errors:
        failed = evidence.n_errors, n_total, evidence.max_error_rate, evidence.first_error
        return Verdict(gate.text, "error", sentences.too_many_failed("candidate", *failed))
    if estimate.value is not None or not estimate.is_undefined:
        return None
    detail = (
        f"{gate.metric.label}: nobody has reviewed these responses yet. "
        f"{how_to_review(gate, kind, evidence.run_id)}. {_least(gate, kind, n_total - evidence.n_errors)}"
    )
    return Verdict(gate.text, "undecided", detail)


def held_to(gate: AbsoluteGate, evidence: Evidence) -> AbsoluteGate:
    """The gate as it is decided: on the interval where a part of the responses was reviewed."""
    is_part = evidence.estimate.n < evidence.n_total - evidence.n_errors
    if not is_part or gate.proof != "value" or gate.op == "==":
        return gate
    return replace(gate, proof="proven")


def what_would_do(gate: AbsoluteGate, kind: ReviewsRead | None, evidence: Evidence) -> str:
    """How many more reviews would decide an open gate, a sentence."""
    estimate, n_all = evidence.estimate, evidence.n_total - evidence.n_errors
    needed = min(_needed(gate, estimate) or n_all, n_all)
    n_more = needed - estimate.n
    how = how_to_review(gate, kind, evidence.run_id)
    if n_more <= 0:
        return f"All {n_all:,} are reviewed: more samples narrow it."
    all_of = f"all {n_all:,}" if needed == n_all else f"about {needed:,} of {n_all:,}"
    return f"Reviews of {all_of}, {n_more:,} more, would do if they come out like these: {how}."


def waiting(gate: RegressionGate, metric: Metric, candidate: Side, baseline: Side) -> Refused | None:
    """The verdict of a gate that compares where nobody reviewed a side, or its slice of one; None where both
    have reviews. Raises MetricError where nobody can tell what is in the slice."""
    ids = None if gate.metric.slice is None else members(candidate.observations, gate.metric.slice)
    seen = {
        name: side.observations if ids is None else over(side.observations, ids)
        for name, side in (("candidate", candidate), ("baseline", baseline))
    }
    missing = [name for name, its in seen.items() if not _has_value(metric, its)]
    if not missing:
        return None
    runs = [candidate.run_id if name == "candidate" else baseline.run_id for name in missing]
    commands = [f"'{_command(gate, metric.reads_reviews, run)}'" for run in runs]
    ask = "asks" if len(commands) == 1 else "ask"
    detail = (
        f"{gate.metric.label} cannot be compared yet: nobody has reviewed the {' and the '.join(missing)}. "
        f"{' and '.join(commands)} {ask} people, 'evalkit review decide {candidate.run_id}' decides then. "
        f"{_plan(gate, metric, len(set(seen['candidate'].sample_ids)))}"
    )
    return Refused(
        gate,
        Verdict(gate.text, "undecided", detail, baseline_run_id=baseline.run_id),
        is_waiting=True,
    )


def how_many(metric: Metric, candidate: Side, baseline: Side) -> str:
    """How much of either side was reviewed, a sentence."""
    counts = [statistics(metric, side.observations).n_counted for side in (candidate, baseline)]
    return f"People reviewed {counts[0]:,} of the candidate's and {counts[1]:,} of the baseline's responses."


def _has_value(metric: Metric, observations: Observations) -> bool:
    try:
        statistics(metric, observations)
    except UndefinedError:
        return False
    return True


def _least(gate: AbsoluteGate, kind: ReviewsRead | None, n_all: int) -> str:
    """The fewest reviews that may do: all of one kind."""
    is_lower_bound = gate.op in (">=", ">")
    low, high = open_metric(gate.metric).bounds
    share = (gate.threshold - low) / (high - low)
    far = share if is_lower_bound else 1 - share
    least = n_all if not 0 <= far < 1 or gate.op == "==" else ceil(_z() ** 2 * far / (1 - far) - 1e-9)
    least = max(1, least)
    if least >= n_all:
        return f"It takes a review of all {plural(n_all, 'response')}."
    words = _ALL[kind or "pass_fail"][0 if is_lower_bound else 1]
    return f"At least {plural(least, 'review')} would do, if all {words}."


def _needed(gate: AbsoluteGate, estimate: Estimate) -> int | None:
    """Reviews at which the interval leaves the threshold, the value being what it is; None where it never
    does."""
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None or low is None or high is None:
        return None
    distance = abs(value - gate.threshold)
    half = value - low if value >= gate.threshold else high - value
    n = estimate.n * (half / distance) ** 2 if distance > 0 else float("inf")
    return ceil(n) if isfinite(n) else None


def _plan(gate: RegressionGate, metric: Metric, n_samples: int) -> str:
    low, high = metric.bounds
    n = n_to_allow_flips(gate.margin / (high - low), _CHANGED, gate.alpha)
    if n is None or n >= n_samples:
        return f"Have all {plural(n_samples, 'sample')} reviewed on both sides."
    otherwise = "labelled otherwise" if metric.reads_reviews != "rubric" else "at the other end of the scale"
    return (
        f"About {n:,} samples reviewed on both sides would do, if one in ten is {otherwise} and the "
        "candidate is no worse."
    )


def _command(gate: Gate, kind: ReviewsRead | None, run_id: str | None) -> str:
    """With the scale that the metric is of; a criterion stands in a file of the user's."""
    command = _COMMANDS[kind or "pass_fail"].format(run=run_id or "RUN")
    if kind != "rubric":
        return command
    params = gate.metric.params
    if "criterion" in params or ":" in gate.metric.name:
        return command.replace("--kind=rubric", "--rubric=FILE")
    scale = params.get("scale")
    return command if scale is None else f"{command} --scale={scale[0]:g}-{scale[1]:g}"


def _z() -> float:
    return normal_quantile(1 - _ALPHA / 2)

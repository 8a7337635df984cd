"""Two reported numbers without the samples behind them: all that can be compared is their standard errors."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import hypot

from evalkit.comparisons.compare import Paired
from evalkit.comparisons.difference import MIN_CHANGED, Difference
from evalkit.comparisons.wording import interval, level, number, p_text
from evalkit.core.estimate import Estimate
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.compared import ComparedGate, Measured, Refused
from evalkit.gates.regression import RegressionGate
from evalkit.stats.intervals import Interval
from evalkit.stats.normal import normal_quantile, normal_tail
from evalkit.stats.sides import Sides

#: Half the width of a reported 95 % interval, in standard errors.
Z = 1.96

METHOD = "unpaired z-test, no samples to pair"


def reported_interval(value: float, stderr: float) -> Interval:
    """The 95 % interval of a reported number: value -+ 1.96 standard errors."""
    return Interval(value - Z * stderr, value + Z * stderr)


def reported_error(estimate: Estimate) -> float | None:
    """The standard error behind a reported interval, None where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return None
    return (estimate.high - estimate.low) / (2 * Z)


def prepare_unpaired(
    gate: RegressionGate,
    candidate: Estimate,
    baseline: Estimate,
    identities: list[tuple[str, str, str]],
    run_id: str,
) -> ComparedGate:
    """The z-test of two independent numbers, for ``decide_session``.

    Source: Schenker and Gentleman 2001, The American Statistician 55:182-186.

    Where both runs saw the same samples, as is usual, the true error of the difference is smaller than said
    here, so that what is found worse is worse, and more stays undecided.

    Args:
        identities: name, baseline's and candidate's value of what must be equal (task hash, dataset hash).
        run_id: the baseline's run.
    """
    pairs = [*identities, ("metric signature", baseline.signature, candidate.signature)]
    differing = [pair for pair in pairs if pair[1] != pair[2]]
    if differing:
        return _refused(gate, sentences.unlike(differing), run_id)
    errors = [reported_error(each) for each in (candidate, baseline)]
    if candidate.value is None or baseline.value is None or None in errors:
        label = gate.metric.label
        values = f"{_shown(candidate)}, baseline {_shown(baseline)}"
        return _refused(
            gate, f"{label} {values}: no samples to pair, and no standard error to test by.", run_id
        )
    error = hypot(*(each for each in errors if each is not None))
    if error == 0:
        return _refused(
            gate, f"{gate.metric.label}: both standard errors are 0, which tests nothing.", run_id
        )
    difference = _difference(candidate, candidate.value, baseline.value, error)
    paired = Paired(gate.metric.label, difference, 0, 0, 0)
    return Measured(gate, paired, candidate.is_higher_better, run_id)


def is_unpaired(verdict: Verdict) -> bool:
    """Whether a verdict rests on such a test."""
    return verdict.comparison is not None and verdict.comparison.method == METHOD


def reworded(verdict: Verdict, gate: RegressionGate) -> Verdict:
    """A verdict of ``decide_session`` on such a pair, in words that speak of no paired samples."""
    found = verdict.comparison
    if found is None:
        return verdict
    low, high = interval_ends(found.candidate - found.baseline, found.difference, found.low, found.high)
    moved = number(found.candidate - found.baseline)
    p_value = found.p_value if verdict.p_value is None else verdict.p_value
    detail = (
        f"{found.metric} {number(found.candidate)}, baseline {number(found.baseline)}: {moved} "
        f"{interval(low, high)} by the two standard errors ({level(found)}; {p_text(p_value)}, {METHOD})."
    )
    words = {
        "fail": " Worse than the baseline.",
        "undecided": f" Undecided at a margin of {gate.margin:g}: run both with samples to pair them.",
        "pass": " Better than the baseline." if found.is_better else "",
    }
    comparison = replace(found, n=0, n_wins=0, n_losses=0, n_ties=0, n_planned=None)
    return replace(verdict, detail=detail + words.get(verdict.verdict, ""), comparison=comparison)


def interval_ends(raw: float, turned: float, low: float, high: float) -> tuple[float, float]:
    """The interval of the raw difference where that of the turned one (larger is better) is known."""
    return (low, high) if raw == turned else (-high, -low)


def _difference(candidate: Estimate, after: float, before: float, error: float) -> Difference:
    value = (after - before) * (1.0 if candidate.is_higher_better else -1.0)
    return Difference(
        n=1,
        n_changed=MIN_CHANGED,
        baseline=before,
        candidate=after,
        value=value,
        tests=Sides(normal_tail(-value / error), normal_tail(value / error)),
        sd=error,  # of one observation: the difference itself
        scale=max(abs(after), abs(before)),
        method=METHOD,
        is_flips=False,
        interval_at=partial(_interval, value, error),
    )


def _interval(value: float, error: float, alpha: float) -> Interval:
    half = normal_quantile(1 - alpha / 2) * error
    return Interval(value - half, value + half)


def _refused(gate: RegressionGate, detail: str, run_id: str) -> Refused:
    return Refused(gate, Verdict(gate.text, "error", detail, baseline_run_id=run_id))


def _shown(estimate: Estimate) -> str:
    return "unknown" if estimate.value is None else number(estimate.value)

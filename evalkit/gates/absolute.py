"""``METRIC OP NUMBER``: decided on the point value, the interval always shown; with ``proven`` or ``not
disproven`` behind it, on the interval (``evalkit.gates.proof``)."""

from __future__ import annotations

from dataclasses import replace

from evalkit.comparisons.wording import in_groups, interval, number, percent
from evalkit.core.estimate import Estimate
from evalkit.core.gate import AbsoluteGate
from evalkit.core.text import plural
from evalkit.core.verdict import GateResult, Verdict
from evalkit.gates.proof import Finding, find

#: They describe the responses that came (latency, tokens, cost), so failed ones do not spoil them.
_OF_WHAT_CAME = ("quantile", "total")


def decide_absolute(
    gate: AbsoluteGate,
    estimate: Estimate,
    *,
    max_error_rate: float,
    n_total: int,
    n_errors: int = 0,
    first: str | None = None,
) -> Verdict:
    """The verdict of one absolute gate.

    ``error`` when the metric has no value, and when more than ``max_error_rate`` of the ``n_total``
    responses asked for were left out of it because they failed, or came without the number (a price, a
    count of tokens): the total of what is known is not the total. The same where more than that failed at
    all, whatever the metric makes of it: no number of such a run is to be trusted, not its latency either.

    Args:
        n_errors: responses with an error of the model or of any scorer.
        first: the first such error.
    """
    if estimate.value is None:
        return _verdict(gate, "error", f"{gate.metric.label} has no value: {_reason(estimate)}.")
    n_total = max(n_total, estimate.n + estimate.n_failed)
    if n_errors > max_error_rate * n_total:
        reason = f"; first: {first}" if first else ""
        return _verdict(gate, "error", _too_many_failed(estimate, n_errors, max_error_rate, n_total, reason))
    share = estimate.n_failed / n_total if n_total else 0.0
    if share > max_error_rate and estimate.kind not in _OF_WHAT_CAME:
        return _verdict(
            gate,
            "error",
            _too_many_failed(estimate, estimate.n_failed, max_error_rate, n_total, _first(estimate)),
        )
    n_unknown = n_total - estimate.n - estimate.n_failed
    if n_unknown > max_error_rate * n_total:
        what = f"{n_unknown:,} of {plural(n_total, 'response')} do not carry the number"
        return _verdict(gate, "error", f"{what}. The rest alone: {_numbers(estimate)}.")
    counted = _with_missing(estimate) if gate.missing == "worst" else estimate
    if counted is None:
        what = f"{gate.metric.label} has no worst value for a missing answer"
        return _verdict(gate, "error", f"{what}. The rest alone: {_numbers(estimate)}.")
    found = find(gate, counted)
    required = "" if found.outcome == "pass" else f", required {gate.op} {gate.threshold:g}"
    numbers = f"{_numbers(estimate, gate.threshold)}{required}"
    return _verdict(gate, found.outcome, f"{numbers}; {found.reason}.{_notes(gate, estimate, found)}")


def _with_missing(estimate: Estimate) -> Estimate | None:
    """With the answers that failed as bad as can be; None where nobody can tell."""
    if not estimate.n_failed:
        return estimate
    return None if estimate.worst is None else replace(estimate, value=estimate.worst)


def _verdict(gate: AbsoluteGate, outcome: GateResult, detail: str) -> Verdict:
    return Verdict(gate.text, outcome, detail)


def _numbers(estimate: Estimate, threshold: float | None = None) -> str:
    assert estimate.value is not None
    ends = interval(estimate.low, estimate.high)
    parts = [estimate.metric, number(estimate.value, threshold), ends]
    counted = plural(estimate.n, "response") + in_groups(estimate.n_groups)
    return f"{' '.join(part for part in parts if part)} on {counted}"


def _notes(gate: AbsoluteGate, estimate: Estimate, found: Finding) -> str:
    notes = f" {found.advice}" if found.advice else ""
    if gate.proof == "value" and _is_close(gate, estimate):
        notes += " The interval contains the threshold."
    if estimate.n_failed:
        notes += f" {plural(estimate.n_failed, 'response')} failed and left out{_first(estimate)}."
    if estimate.worst is not None and estimate.best is not None:
        worst, best = (number(end, gate.threshold) for end in (estimate.worst, estimate.best))
        notes += f" Whatever they would have been, the value is {worst} at the worst, {best} at the best."
    return notes


def _is_close(gate: AbsoluteGate, estimate: Estimate) -> bool:
    """Whether another n samples might well decide otherwise. Failed calls are judged as they were: their
    rate is a fact of this run, no estimate."""
    if estimate.low is None or estimate.high is None or gate.metric.name == "error_rate":
        return False
    return estimate.low <= gate.threshold <= estimate.high


def _too_many_failed(
    estimate: Estimate, n_failed: int, max_error_rate: float, n_total: int, first: str
) -> str:
    return (
        f"{n_failed:,} of {plural(n_total, 'response')} failed ({percent(n_failed / n_total)}, "
        f"max_error_rate {percent(max_error_rate)}){first}. The rest alone: {_numbers(estimate)}."
    )


def _reason(estimate: Estimate) -> str:
    text = estimate.error or "nothing was measured"
    return text + _first(estimate) if estimate.first_failure not in (None, text) else text


def _first(estimate: Estimate) -> str:
    return f"; first: {estimate.first_failure}" if estimate.first_failure else ""

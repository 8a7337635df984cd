"""``METRIC OP NUMBER``: decided on the point value, the interval always shown; with ``proven`` or ``not
disproven`` behind it, on the interval (``evalkit.gates.deciding.proof``)."""

from __future__ import annotations

from dataclasses import replace

from evalkit.comparisons.wording import in_groups, interval, number, percent
from evalkit.core.estimate import Estimate
from evalkit.core.text import plural
from evalkit.core.verdict import GateResult, Verdict
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding.absolute_sequence import AbsoluteSequence
from evalkit.gates.deciding.decider import Evidence
from evalkit.gates.deciding.proof import Finding, find
from evalkit.gates.deciding.sequential import why_not_early
from evalkit.metrics.metric import Metric, ReviewsRead
from evalkit.metrics.open import metric_class

#: They describe the responses that came (latency, tokens, cost), so failed ones do not spoil them.
_OF_WHAT_CAME = ("quantile", "total")


class AbsoluteDecider:
    """Decides ``AbsoluteGate``, see ``evalkit.gates.deciding.decider.OwnDecider``."""

    def decide(self, gate: AbsoluteGate, evidence: Evidence) -> Verdict:
        """``error`` when the metric has no value, and when more than ``max_error_rate`` of the responses were
        left out of it because they failed, or came without the number (a price, a count of tokens): the total
        of what is known is not the total. The same where more than that failed at all, whatever the metric
        makes of it: no number of such a run is to be trusted, not its latency either.
        """
        if evidence.reads_reviews is not None:
            return _of_reviews(gate, evidence.reads_reviews, evidence)
        estimate, most = evidence.estimate, evidence.max_error_rate
        if estimate.value is None:
            return _verdict(gate, "error", f"{gate.metric.label} has no value: {_reason(estimate)}.")
        n_total = max(evidence.n_total, estimate.n + estimate.n_failed)
        if evidence.n_errors > most * n_total:
            reason = f"; first: {evidence.first_error}" if evidence.first_error else ""
            failed = _too_many_failed(estimate, evidence.n_errors, most, n_total, reason)
            return _verdict(gate, "error", failed)
        share = estimate.n_failed / n_total if n_total else 0.0
        if share > most and estimate.kind not in _OF_WHAT_CAME:
            failed = _too_many_failed(estimate, estimate.n_failed, most, n_total, _first(estimate))
            return _verdict(gate, "error", failed)
        n_unknown = n_total - estimate.n - estimate.n_failed
        if n_unknown > most * n_total:
            what = f"{n_unknown:,} of {plural(n_total, 'response')} do not carry the number"
            return _verdict(gate, "error", f"{what}. The rest alone: {_numbers(estimate)}.")
        return _decided(gate, estimate)

    def why_not_early(self, gate: AbsoluteGate, metric: Metric) -> str | None:
        """Looks tell what the full run's value will be, not what its interval will prove, nor what will
        fail."""
        if gate.missing == "worst":
            return "what fails, and counts, is known at the end"
        if gate.proof != "value":
            return "a proof takes the interval of all samples"
        return why_not_early(metric, gate.metric.label)

    def sequence(self, gate: AbsoluteGate, metric: Metric, n_total: int, n_gates: int) -> AbsoluteSequence:
        return AbsoluteSequence(gate, metric, n_total, n_gates)


def _decided(gate: AbsoluteGate, estimate: Estimate) -> Verdict:
    """On a number that can be trusted."""
    counted = _with_missing(estimate) if gate.missing == "worst" else estimate
    if counted is None:
        what = f"{gate.metric.label} has no worst value for a missing answer"
        return _verdict(gate, "error", f"{what}. The rest alone: {_numbers(estimate)}.")
    found = find(gate, counted)
    required = "" if found.outcome == "pass" else f", required {gate.op} {gate.threshold:g}"
    numbers = f"{_numbers(estimate, gate.threshold)}{required}"
    return _verdict(gate, found.outcome, f"{numbers}; {found.reason}.{_notes(gate, estimate, found)}")


def _of_reviews(gate: AbsoluteGate, kind: ReviewsRead, evidence: Evidence) -> Verdict:
    """On what people say, of all responses or of a part."""
    from evalkit.gates.deciding import reviewed  # most tasks have none

    verdict = reviewed.undecided(gate, kind, evidence)
    if verdict is not None:
        return verdict
    if evidence.estimate.value is None:
        return _verdict(gate, "error", f"{gate.metric.label} has no value: {_reason(evidence.estimate)}.")
    verdict = replace(_decided(reviewed.held_to(gate, evidence), evidence.estimate), gate=gate.text)
    if verdict.verdict != "undecided":
        return verdict
    return replace(verdict, detail=f"{verdict.detail} {reviewed.what_would_do(gate, kind, evidence)}")


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
        was = "was" if estimate.n_failed == 1 else "were"
        notes += f" {plural(estimate.n_failed, 'response')} failed and {was} left out{_first(estimate)}."
    if estimate.worst is not None and estimate.best is not None:
        worst, best = (number(end, gate.threshold) for end in (estimate.worst, estimate.best))
        notes += f" Whatever they would have been, the value is {worst} at the worst, {best} at the best."
    return notes


def _is_close(gate: AbsoluteGate, estimate: Estimate) -> bool:
    """Whether another n samples might well decide otherwise. Failed calls are taken as they were: their
    rate is a fact of this run, no estimate."""
    if estimate.low is None or estimate.high is None or metric_class(gate.metric.name).counts_failures:
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

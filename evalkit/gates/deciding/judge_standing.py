"""Whether a gate may rest on a judge: what is known of the judge's agreement with people, held to the task.

A record of a calibration counts for the judge that it was measured on: the same signature (judge, prompt,
rubric, scale) and the same revision. Where the task has a condition and no record meets it, the gate is
``undecided`` whatever the scores are. As that depends on no score, leaving the gate out of the family that
shares alpha keeps the family's error rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.comparisons.wording import number
from evalkit.core.frozen import frozen
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.core.judge_condition import JudgeCondition
from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import ComparedGate, Measured, Refused, Stopped
from evalkit.gates.deciding.conclude import decide_regression

_DAY_S = 86_400.0


@frozen(slots=True)
class _Lack:
    """What a judge lacks, and what helps: to be calibrated, where not something comes before that."""

    reason: str
    run: str = "Run"


@frozen(slots=True)
class JudgeStanding:
    """What is known of the judge that a gate reads.

    Attributes:
        scorer: what its scores are called.
        records: the calibrations of its signature, the newest first.
        revisions: what it said of itself in this run, each once; None where nobody looked yet.
        command: what calibrates it.
    """

    scorer: str
    records: Sequence[JudgeCalibration]
    command: str
    revisions: Sequence[str | None] | None = None

    def why_not(self, condition: JudgeCondition | None, now: float) -> str | None:
        """Why no gate may rest on it, two sentences; None where the condition is met, or there is none."""
        if condition is None or condition.min_kappa is None:
            return None
        lack = self._lack(condition, now)
        return None if lack is None else f"The {self._name} {lack.reason}. {lack.run}: {self._again}."

    def remark(self) -> str:
        """That the verdict rests on the judge alone, and how far it is known to agree with people."""
        rests = f"Rests on the {self._name} alone"
        found = self._fitting()
        if not found:
            return f"{rests}, whose agreement with people was not measured ({self._again})."
        return f"{rests}: {_kappa(found[0])}."

    @property
    def _again(self) -> str:
        """The command; with the reviews of the store where the judge was held against these last."""
        is_reviews = bool(self.records) and self.records[0].source == "reviews"
        return self.command.replace("--labels FILE", "--labels reviews") if is_reviews else self.command

    @property
    def _name(self) -> str:
        return "judge" if self.scorer == "judge" else f"judge {self.scorer}"

    def _lack(self, condition: JudgeCondition, now: float) -> _Lack | None:
        if not self.records:
            return _Lack("was never calibrated against people as it judges now")
        if self.revisions is not None and len(self.revisions) > 1:
            return _Lack(f"changed on the way: {_listed(self.revisions)} judged in one run")
        fitting = self._fitting()
        if not fitting:
            known = _listed(list(dict.fromkeys(each.judge_revision for each in self.records)))
            return _Lack(f"was calibrated as {known}, and judged as {_listed(self.revisions or ())}")
        newest = fitting[0]
        age = (now - newest.created_at) / _DAY_S
        if age > condition.max_age_days:
            days = plural(int(age), "day")
            return _Lack(f"was calibrated {days} ago, more than max_age_days {condition.max_age_days:g}")
        return _too_low(newest, condition)

    def _fitting(self) -> list[JudgeCalibration]:
        """The newest record speaks: a better one before it does not outlive it."""
        seen = self.revisions
        return [each for each in self.records if not seen or each.judge_revision in seen]


def held_own(verdict: Verdict, refusal: str | None, remark: str) -> Verdict:
    """The verdict of a gate on its evaluation alone: an ``error`` stays one, all else is ``undecided`` where
    the judge is refused."""
    if verdict.verdict == "error":
        return verdict
    if refusal is None:
        return replace(verdict, detail=" ".join(filter(None, (verdict.detail, remark))))
    detail = f"{refusal} What the judge says, which decides nothing: {verdict.detail}"
    return replace(verdict, verdict="undecided", detail=detail)


def held_compared(found: ComparedGate, refusal: str | None, remark: str) -> ComparedGate:
    """A gate that compares, before its session is decided: out of the family where the judge is refused."""
    if isinstance(found, Refused):
        return found
    if refusal is None:
        return replace(found, remark=" ".join(filter(None, (found.remark, remark))))
    return Refused(found.gate, _undecided(found, refusal))


def _undecided(found: Measured | Stopped, refusal: str) -> Verdict:
    alone = decide_regression(found)
    shown = alone.comparison
    return Verdict(
        alone.gate,
        "undecided",
        f"{refusal} What the judge says, which decides nothing: {alone.detail}",
        baseline_run_id=alone.baseline_run_id,
        comparison=None if shown is None else replace(shown, is_better=False, is_worse=False),
    )


def _too_low(record: JudgeCalibration, condition: JudgeCondition) -> _Lack | None:
    least = condition.min_kappa
    if least is None or condition.lets(record.kappa, record.kappa_low):
        return None
    asked = f"min_kappa {least:g}{', proven' if condition.proven else ''}"
    if record.kappa is None:
        same = f"{plural(record.n_labels, 'label')} and its verdicts are all the same"
        return _Lack(f"has no kappa: {same} ({asked})")
    measured = f"{_kappa(record)}, {asked}"
    if record.kappa >= least and condition.is_chance(record.kappa_low):
        reason = f"may agree with people by chance alone: {measured}"
        return _Lack(reason, "Label more responses, then run")
    reason = f"agrees too little with people: {measured}"
    return _Lack(reason, "Change its rubric or take another judge, then run")


def _kappa(record: JudgeCalibration) -> str:
    if record.kappa is None:
        return f"no kappa on {plural(record.n_labels, 'label')}"
    ends = ""
    if record.kappa_low is not None and record.kappa_high is not None:
        ends = f" [{number(record.kappa_low)}, {number(record.kappa_high)}]"
    return f"kappa {number(record.kappa)}{ends} on {plural(record.n_labels, 'label')}"


def _listed(revisions: Sequence[str | None]) -> str:
    return " and ".join("a revision it does not name" if each is None else each for each in revisions)

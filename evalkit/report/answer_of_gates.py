"""What gates say by themselves, in at most three sentences, where nothing was compared."""

from __future__ import annotations

from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.report.blocks import Answer
from evalkit.report.data import EvaluationData, ReportData

_ADVICE = {"error": "It decides nothing: fix the cause and run again."}
_MORE = (("All verdicts", "#verdicts"),)


def answer_of_gates(data: ReportData) -> Answer | None:
    """None where no gate was set."""
    sentences = told_by_gates(data) if data.outcome_counts else []
    return Answer(data.outcome, tuple(sentences), _MORE) if sentences else None


def told_by_gates(data: ReportData) -> list[str]:
    """By the worst of the verdicts, in its own words."""
    outcome = data.outcome
    its = [(item, v) for item in data.evaluations for v in item.verdicts if v.word == outcome]
    if outcome == "recorded":
        return [
            "There is nothing to compare with yet: this run was recorded.",
            "The next run of the same task is compared with it, unless another baseline is set.",
        ]
    if outcome == "pass":
        return ["Every gate passed." if len(its) > 1 else f"The gate passed: {_told(data, *its[0])}"]
    rest = f"{plural(len(its) - 1, 'more gate')} came out alike." if len(its) > 1 else ""
    return list(filter(None, [_told(data, *its[0]), rest, _ADVICE.get(outcome, "")]))


def _told(data: ReportData, item: EvaluationData, verdict: Verdict) -> str:
    """The gate and the first sentence of its verdict."""
    places = [item.task] if len(data.tasks) > 1 else []
    places += [item.label] if len(data.subjects) > 1 else []
    where = f" ({', '.join(places)})" if places else ""
    head, dot, _ = verdict.detail.partition(". ")
    return f"{verdict.gate}{where}: {head}{'.' if dot else ''}"

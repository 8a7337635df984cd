"""Results in memory, with the reading methods of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evalkit.core.bridge import Bridge
from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.core.message import Media
from evalkit.core.observations import Observations
from evalkit.core.prompt import Prompt
from evalkit.core.response import Response
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.score import Score
from evalkit.core.tally import Tally
from evalkit.core.verdict import Verdict
from evalkit.errors import StoreError
from evalkit.store.history import HistoryRow
from evalkit.store.own_history import OwnHistory

SIGNATURE = "accuracy|scorer:exact_match(case=ignore)|v1"

BEFORE, AFTER = "Answer the question.", "Answer the question in one word."

#: One letter for each row: right, wrong, or failed.
Marks = str


@dataclass
class MemorySource:
    """What a report reads, as dictionaries that a test fills."""

    run_by_id: dict[str, Run] = field(default_factory=dict)
    evaluations_of: dict[str, list[Evaluation]] = field(default_factory=dict)
    observations_of: dict[str, Observations] = field(default_factory=dict)
    estimates_of: dict[str, list[Estimate]] = field(default_factory=dict)
    verdicts_of: dict[str, list[Verdict]] = field(default_factory=dict)
    baselines_of: dict[str, dict[str, str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    history_of: dict[str, OwnHistory] = field(default_factory=dict)
    tallies_of: dict[str, Tally] = field(default_factory=dict)
    calibrations: list[JudgeCalibration] = field(default_factory=list)
    rows_of: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    media_by_hash: dict[str, Media] = field(default_factory=dict)
    past: list[HistoryRow] = field(default_factory=list)

    def run(self, which: str) -> Run:
        if which not in self.run_by_id:
            raise StoreError(f"no run {which!r}")
        return self.run_by_id[which]

    def evaluations(self, run_id: str) -> Sequence[Evaluation]:
        return self.evaluations_of.get(run_id, [])

    def observations(self, evaluation_id: str) -> Observations:
        return self.observations_of[evaluation_id]

    def estimates(self, evaluation_id: str) -> Sequence[Estimate]:
        return self.estimates_of.get(evaluation_id, [])

    def verdicts(self, evaluation_id: str) -> Sequence[Verdict]:
        return self.verdicts_of.get(evaluation_id, [])

    def baseline_evaluation_ids(self, evaluation_id: str) -> Mapping[str, str]:
        return self.baselines_of.get(evaluation_id, {})

    def tallies(self, run_id: str) -> Mapping[str, Tally]:
        return self.tallies_of

    def judge_calibrations(self, signatures: Sequence[str]) -> Sequence[JudgeCalibration]:
        return [each for each in self.calibrations if each.signature in signatures]

    def metric_history(
        self, wanted: Collection[tuple[str, str]], *, until: float, most: int, least: int
    ) -> Sequence[HistoryRow]:
        return [row for row in self.past if (row.task, row.metric) in wanted]

    def bridges(self) -> Sequence[Bridge]:
        return []

    def own_history(
        self, evaluation: Evaluation, *, scorer: str | None = None, until: float | None = None
    ) -> OwnHistory:
        return self.history_of.get(evaluation.evaluation_id, {})

    def prompt_text(self, prompt_hash: str) -> str | None:
        return {Prompt.parse(text).prompt_hash: text for text in self.texts}.get(prompt_hash)

    @property
    def answers(self) -> MemorySource:
        return self

    def media(self, sha256: str) -> Media | None:
        return self.media_by_hash.get(sha256)

    def rows(self, evaluation_id: str) -> Mapping[str, Mapping[str, Any]]:
        return self.rows_of.get(evaluation_id, {})

    def add_run(self, run_id: str, **changes: object) -> None:
        """A finished run of one minute."""
        run = Run(
            run_id,
            started_at=1_795_527_965.0,
            finished_at=1_795_528_025.0,
            status="finished",
            git_commit="07307e3aa1b2c3d4",
            git_branch="main",
            git_dirty=False,
            evalkit_version="0.1.0",
            argv=("pytest", "suites/support"),
            host="runner",
        )
        self.run_by_id[run_id] = replace(run, **changes)  # type: ignore[arg-type]

    def add(
        self,
        run_id: str,
        evaluation_id: str,
        observations: Observations,
        *,
        task: str = "support/intents",
        model: str = "local/small",
        prompt: str = "default",
        text: str = BEFORE,
        **changes: object,
    ) -> None:
        """An evaluation with its rows; its accuracy is counted from the scores."""
        self.texts.append(text)
        subject = SubjectRecord(
            f"{model}#{prompt}",
            model,
            "rev-1",
            {"temperature": 0},
            prompt,
            Prompt.parse(text).prompt_hash,
        )
        evaluation = Evaluation(
            evaluation_id,
            run_id,
            task,
            "task-hash",
            "dataset-hash",
            subject,
            len(observations),
            0,
            "finished",
        )
        self.evaluations_of.setdefault(run_id, []).append(replace(evaluation, **changes))  # type: ignore[arg-type]
        self.observations_of[evaluation_id] = observations
        self.estimates_of[evaluation_id] = [accuracy(observations)] if observations.scores else []


def rows(marks: Marks, *, outputs: Sequence[str] | None = None, scorer: str = "exact_match") -> Observations:
    """One row for each letter of ``marks``: ``+`` right, ``-`` wrong, ``!`` failed."""
    responses, scores = [], []
    for i, mark in enumerate(marks):
        text = outputs[i] if outputs is not None else ("yes" if mark == "+" else "no")
        responses.append(response(i, text) if mark != "!" else failed(i))
        scores.append(
            Score(scorer, error="the call failed")
            if mark == "!"
            else Score(scorer, float(mark == "+"), text, f"got {text!r}, expected 'yes'")
        )
    ids = [f"s{i}" for i in range(len(marks))]
    return Observations(ids, ["yes"] * len(marks), responses, {scorer: scores})


def response(i: int, text: str) -> Response:
    return Response(
        text,
        f"s{i}",
        input=f"Question {i}?",
        finish_reason="stop",
        prompt_tokens=10,
        completion_tokens=2,
        cost_usd=0.001,
        latency_s=0.1 + i / 100,
    )


def failed(i: int) -> Response:
    return Response(None, f"s{i}", input=f"Question {i}?", error="timed out after 120 s")


def accuracy(observations: Observations) -> Estimate:
    scores = next(iter(observations.scores.values()))
    values = [score.value for score in scores if score.value is not None]
    share = sum(values) / len(values) if values else None
    low, high = (max(share - 0.1, 0.0), min(share + 0.1, 1.0)) if share is not None else (None, None)
    return Estimate("accuracy", share, low, high, len(values), SIGNATURE, True, len(scores) - len(values))


def comparison(**changes: object) -> Comparison:
    """Four of eight samples right before, two now."""
    base = Comparison("accuracy", 0.5, 0.25, -0.25, -0.45, -0.05, 0.031, 0.05, 8, 1, 3, 4, 0.2, 40, "exact")
    two_sided = changes.get("p_value", base.p_value)
    base = replace(base, is_worse=True, p_two_sided=two_sided)  # type: ignore[arg-type]
    return replace(base, **changes)  # type: ignore[arg-type]


def regressed() -> MemorySource:
    """A run whose prompt change lost samples against the other prompt of the same run, with three gates."""
    source = MemorySource()
    source.add_run("run-b", git_branch="shorter-prompt", git_dirty=True)
    source.add("run-b", "before", rows("++++---!"), prompt="long", text=BEFORE)
    source.add("run-b", "after", rows("+---+--!"), prompt="short", text=AFTER)
    gate = "regression(accuracy)"
    source.verdicts_of["before"] = [Verdict("accuracy >= 0.5", "pass", "accuracy is 0.571, at least 0.5.")]
    source.verdicts_of["after"] = [
        Verdict("accuracy >= 0.5", "fail", "accuracy is 0.286, below 0.5."),
        Verdict(gate, "fail", "accuracy fell by 0.250: 3 lost, 1 won.", 0.031, "run-b", comparison()),
        Verdict("latency_p95_s <= 2", "undecided", "the budget was spent after 8 samples."),
    ]
    source.baselines_of["after"] = {gate: "before"}
    return source

"""Golden sets: Samples that carry their own assertions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from evalkit.comparisons.wording import rate
from evalkit.core.response import Response
from evalkit.core.run import Evaluation
from evalkit.core.score import Score
from evalkit.core.text import plural, shown
from evalkit.core.verdict import GateResult, Verdict
from evalkit.runner.task_scorers import ASSERTS
from evalkit.runner.unit import Unit
from evalkit.session.outcome import Board, ItemOutcome
from evalkit.session.rerun.samples import FailedSample
from evalkit.session.sample_history import SampleHistory
from evalkit.session.units import record_of
from evalkit.store.own_history import OwnValues

_SHOWN_CHARS = 600

#: Of a Sample that was not asked, or not as often as it should have been.
_NOT_ASKED = "not asked: the budget of the session was spent"


class AssertedSamples:
    """Puts up the outcomes of asserted Samples; a failing one says how often it failed before.

    History is read in a thread of its own: the runner's loop, whose latencies are measured, never waits for
    the store.

    Args:
        today: the day in UTC that quarantines are held to.
        is_holding: keep failures back, as ``failed_samples``: an answer asked for again may change them.
    """

    def __init__(
        self, board: Board, earlier: SampleHistory, today: date, *, is_holding: bool = False
    ) -> None:
        self._is_holding = is_holding
        self._held: list[tuple[str, Evaluation, Unit, int]] = []
        self._board = board
        self._earlier = earlier
        self._today = today
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="evalkit-history")
        self._waiting: list[Future[None]] = []

    def publish(self, outcome_id: str, evaluation: Evaluation, unit: Unit, sample_index: int) -> None:
        """Put up how a Sample of the evaluation came out, a failure once its history is read."""
        outcome = self.outcome(unit, sample_index)
        if outcome.verdict == "fail" and self._is_holding and not outcome.is_quarantined:
            self._held.append((outcome_id, evaluation, unit, sample_index))
        elif outcome.verdict == "fail":
            now = replace(evaluation, subject=record_of(unit))
            reading = self._readers.submit(self._publish_failure, outcome_id, now, unit, sample_index)
            self._waiting.append(reading)
        else:
            self._board.publish(outcome_id, outcome)

    def outcome(self, unit: Unit, sample_index: int, before: OwnValues | None = None) -> ItemOutcome:
        """How one Sample came out, see ``sample_outcome``."""
        return sample_outcome(unit, sample_index, self._today, before)

    def settle(self) -> None:
        """Wait until every failure is put up."""
        while self._waiting:
            self._waiting.pop().result()

    def _publish_failure(
        self, outcome_id: str, evaluation: Evaluation, unit: Unit, sample_index: int
    ) -> None:
        before = self._earlier(evaluation, unit.samples, ASSERTS)
        outcome = self.outcome(unit, sample_index, before.get(unit.samples[sample_index].id))
        self._board.publish(outcome_id, outcome)

    def failed_samples(self) -> list[FailedSample]:
        """The failures that were kept back, in the order of their evaluations and Samples."""
        held = sorted(self._held, key=lambda each: (each[1].evaluation_id, each[3]))
        return [self._suspect(*each) for each in held]

    def _suspect(
        self, outcome_id: str, evaluation: Evaluation, unit: Unit, sample_index: int
    ) -> FailedSample:
        now = replace(evaluation, subject=record_of(unit))
        before = self._earlier(now, unit.samples, ASSERTS).get(unit.samples[sample_index].id)
        return FailedSample(outcome_id, unit, sample_index, self.outcome(unit, sample_index, before), before)

    def verdict(
        self, unit: Unit, instead: Mapping[int, ItemOutcome] = MappingProxyType({})
    ) -> Verdict | None:
        """One verdict for all asserted Samples of a unit, or None when it has none. A failure in quarantine
        is counted and fails nothing.

        Args:
            instead: sample index to how it came out after it was asked again.
        """
        outcomes = [
            instead.get(index) or self.outcome(unit, index)
            for index, sample in enumerate(unit.samples)
            if sample.assertions
        ]
        return _verdict(outcomes) if outcomes else None


def sample_outcome(
    unit: Unit, sample_index: int, today: date, before: OwnValues | None = None
) -> ItemOutcome:
    """How one asserted Sample came out: every repeat must hold; a failed call or scorer is ``error``.

    Args:
        before: what the assertions said of earlier answers, None where there are none.
    """
    answers, start = unit.answers(sample_index), sample_index * unit.n_repeats
    scored = [
        (response, _asserts(unit, start + repeat))
        for repeat, response in enumerate(answers)
        if response is not None
    ]
    errors = [response.error or score.error for response, score in scored if response.error or score.error]
    if errors:
        return ItemOutcome("error", str(errors[0]))
    broken = [(response, score) for response, score in scored if not score.value]
    if not broken and None in answers:
        return ItemOutcome("undecided", _NOT_ASKED)
    if not broken:
        return ItemOutcome("pass", "all assertions hold")
    text = _failure_text(unit, sample_index, broken, len(scored))
    if before is not None:
        text += f"\n  before: {_history_text(before, broken[0][0])}"
    return _in_quarantine(ItemOutcome("fail", text), unit, sample_index, today)


def _in_quarantine(outcome: ItemOutcome, unit: Unit, sample_index: int, today: date) -> ItemOutcome:
    quarantine = unit.samples[sample_index].quarantine
    if quarantine is None:
        return outcome
    if quarantine.holds_on(today):
        detail = f"in quarantine until {quarantine.text}: {outcome.detail}"
        return replace(outcome, detail=detail, is_quarantined=True)
    ended = f"the quarantine ended on {quarantine.text}"
    return replace(outcome, detail=f"{outcome.detail}\n  {ended}: fix the sample or the prompt, or extend it")


def _asserts(unit: Unit, position: int) -> Score:
    return next(score for score in unit.scores[position] if score.scorer == ASSERTS)


def _failure_text(unit: Unit, sample_index: int, broken: list[tuple[Response, Score]], n: int) -> str:
    response, score = broken[0]
    sample = unit.samples[sample_index]
    return (
        f"sample {sample.id}{_often(len(broken), n)}: {score.explanation}\n"
        f"  input:  {shown(sample.input or response.input, _SHOWN_CHARS)}\n"
        f"  output: {shown(response.output, _SHOWN_CHARS)}"
    )


def _often(n_broken: int, n: int) -> str:
    """What the repeats of this run say: nothing of one answer, the rate of those that disagree."""
    if n == 1:
        return ""
    if n_broken == n:
        return f" in all {n} repeats"
    return f" is flaky, failed in {n_broken} of {n} repeats ({rate(n_broken, n)})"


def _history_text(before: OwnValues, response: Response) -> str:
    n_failed = round(before.n * (1 - before.mean))
    whose = "of the same model, prompt and sample"
    copy = " (this answer is a copy of one, from the response cache)" if response.is_cached else ""
    if not n_failed:
        every = f"all {before.n} earlier answers" if before.n > 1 else "the one earlier answer"
        return f"held in {every} {whose}{copy}"
    answers = plural(before.n, "earlier answer")
    return f"also failed in {n_failed} of {answers} {whose}: {rate(n_failed, before.n)}{copy}"


def _verdict(outcomes: Sequence[ItemOutcome]) -> Verdict:
    counts = Counter("quarantined" if each.is_quarantined else each.verdict for each in outcomes)
    detail = f"{counts['pass']} of {len(outcomes)} samples hold"
    if counts["quarantined"]:
        detail += f", {counts['quarantined']} failed in quarantine"
    n_not_asked = sum(each.detail == _NOT_ASKED for each in outcomes)
    if n_flaky := counts["undecided"] - n_not_asked:
        detail += f", {n_flaky} flaky"
    if n_not_asked:
        detail += f", {n_not_asked} {_NOT_ASKED}"
    if counts["error"]:
        detail += f", {counts['error']} could not be scored"
    worst: tuple[GateResult, ...] = ("fail", "error", "undecided")
    return Verdict(ASSERTS, next((word for word in worst if counts[word]), "pass"), detail)

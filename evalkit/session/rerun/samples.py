"""``--llm-rerun`` for asserted Samples: those that failed are asked again, until one answer holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evalkit.comparisons.wording import p_text
from evalkit.core.score import Score
from evalkit.core.text import plural
from evalkit.core.verdict import Word
from evalkit.runner.rounds import Ask
from evalkit.runner.task_scorers import ASSERTS
from evalkit.runner.unit import Unit
from evalkit.session.outcome import ItemOutcome
from evalkit.stats.fisher import fisher_greater
from evalkit.store.own_history import OwnValues

#: Further answers to one Sample, at most.
MOST_ASKS = 3
#: A failure is new where Fisher's test says so at this level.
_ALPHA = 0.05
#: What is spent where a Sample could not be asked again.
_RERUN = "--llm-rerun"


@dataclass(slots=True)
class FailedSample:
    """An asserted Sample that failed: a failure until an answer holds.

    Attributes:
        outcome_id: the item that waits for it.
        outcome: how the first pass scored it.
        before: what it got in earlier runs, if anything.
        n_answers, n_failed: answers of this session that were scored, and those that failed.
        n_asked: further answers that were asked for, those that did not come included.
    """

    outcome_id: str
    unit: Unit
    sample_index: int
    outcome: ItemOutcome
    before: OwnValues | None
    n_answers: int = 0
    n_failed: int = 0
    n_asked: int = 0

    @property
    def is_open(self) -> bool:
        """Whether a further answer could change the verdict."""
        is_askable = not self.unit.model.is_recorded
        return self.n_failed == self.n_answers and self.n_asked < MOST_ASKS and is_askable

    def take(self, score: Score) -> None:
        """One more score; what could not be scored says nothing."""
        if score.error is None:
            self.n_answers += 1
            self.n_failed += not score.value

    def verdict(self, spent: str = _RERUN) -> ItemOutcome:
        """``fail`` where every answer failed, or where failing is new to a Sample that used to hold; else
        ``undecided``: it fails by itself now and then. ``spent`` is what had nothing left for it."""
        if not self.n_asked and not self.is_open and self.n_failed == self.n_answers:
            return self.outcome  # recorded answers: nobody can be asked
        if self.n_failed == self.n_answers:
            return self._with(self._still_failing(spent), "fail")
        held = self.n_answers - self.n_failed
        flaky = f"flaky: held in {held} of {plural(self.n_answers, 'answer')}"
        p_value = self._newness()
        if p_value is None or p_value > _ALPHA:
            return self._with(flaky, "undecided")
        return self._with(f"{flaky}, but failing is new: {self._compared(p_value)}", "fail")

    def _still_failing(self, spent: str) -> str:
        if not self.n_asked:
            return f"not asked again: {spent} is spent"
        lost = self.n_asked - (self.n_answers - self.unit.n_repeats)
        without = f", {plural(lost, 'further answer')} could not be scored" if lost else ""
        return f"asked again: failed {self.n_failed} of {self.n_answers}{without}"

    def _newness(self) -> float | None:
        """p-value of failures that are no more frequent than before; None without a history."""
        if self.before is None:
            return None
        return fisher_greater(self.n_failed, self.n_answers, _n_failed(self.before), self.before.n)

    def _compared(self, p_value: float) -> str:
        assert self.before is not None
        now, then = f"{self.n_failed} of {self.n_answers}", f"{_n_failed(self.before)} of {self.before.n}"
        return f"failed {now} now and {then} before (Fisher's exact test, {p_text(p_value)})"

    def _with(self, text: str, verdict: Word) -> ItemOutcome:
        return replace(self.outcome, verdict=verdict, detail=f"{text}\n{self.outcome.detail}")


class RerunSamples:
    """All asserted Samples of a session that failed; each is asked once before any is asked twice."""

    def __init__(self, failed_samples: Sequence[FailedSample]) -> None:
        self._failed = {(each.unit.evaluation_id, each.sample_index): each for each in failed_samples}
        for each in failed_samples:
            for score in _first_scores(each.unit, each.sample_index):
                each.take(score)

    def next_round(self, left: int) -> list[Ask]:
        """The next answers to ask for, ``left`` at most."""
        chosen = [failed for failed in self._failed.values() if failed.is_open][:left]
        units = {failed.unit.evaluation_id: failed.unit for failed in chosen}
        repeats = {evaluation_id: unit.next_repeats() for evaluation_id, unit in units.items()}
        for failed in chosen:
            failed.n_asked += 1
        return [
            Ask(each.unit, each.sample_index, repeats[each.unit.evaluation_id][each.sample_index], True)
            for each in chosen
        ]

    def on_answer(self, ask: Ask, scores: Sequence[Score]) -> None:
        """An answer that was asked for came."""
        failed = self._failed[ask.unit.evaluation_id, ask.sample_index]
        failed.take(next(score for score in scores if score.scorer == ASSERTS))

    def verdicts(self, spent: str = _RERUN) -> list[tuple[FailedSample, ItemOutcome]]:
        """How each failed came out, for good."""
        return [(failed, failed.verdict(spent)) for failed in self._failed.values()]


def _first_scores(unit: Unit, sample_index: int) -> Iterator[Score]:
    start = sample_index * unit.n_repeats
    for scores in unit.scores[start : start + unit.n_repeats]:
        yield from (score for score in scores if score.scorer == ASSERTS)


def _n_failed(before: OwnValues) -> int:
    return round(before.n * (1 - before.mean))

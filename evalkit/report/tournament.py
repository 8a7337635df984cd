"""What became of the tournaments of a run, as sentences that terminal, page and Markdown share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from evalkit.comparisons.wording import about, p_text, percent
from evalkit.core.frozen import frozen
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.core.tournament import STANDINGS, TournamentRecord


@frozen(slots=True)
class Entrant:
    """One Subject in the tournament of a task.

    Attributes:
        n_calls, n_calls_in_full: responses that it was asked for, and those of a full run.
    """

    label: str
    record: TournamentRecord
    n_calls: int
    n_calls_in_full: int

    @property
    def standing_text(self) -> str:
        """``dropped after 40 of 400 samples, openai/b is better (p = 0.0021)``."""
        record = self.record
        after = f"after {record.n_samples:,} of {plural(record.n_total, 'sample')}"
        if record.beaten_by is not None:
            shown = f"{record.beaten_by} is better ({p_text(record.p_value or 0.0)})"
            return f"{record.standing} {after}, {shown}"
        if record.standing == "tied" and record.n_more is not None:
            n_more = plural(record.n_more, "sample").replace(f"{record.n_more:,}", about(record.n_more))
            return f"tied {after}; about {n_more} more would tell it from the best"
        if record.standing == "error":
            return f"error {after}: too many responses failed"
        return f"{'still in' if record.standing == 'open' else record.standing} {after}"


@frozen(slots=True)
class TournamentResult:
    """The tournament of one task.

    Attributes:
        entrants: the best standing first, then by value.
        is_cut_off: whether the session ended before everything was asked (Ctrl-C, ``-x``, a crash).
    """

    task: str
    metric: str
    alpha: float
    entrants: tuple[Entrant, ...]
    is_cut_off: bool = False

    @property
    def calls_text(self) -> str:
        """``asked for 640 of 1,600 responses, 60 % fewer``; nobody counts those of one that was cut off."""
        asked, full = (
            sum(getattr(each, name) for each in self.entrants) for name in ("n_calls", "n_calls_in_full")
        )
        if self.is_cut_off:
            return f"cut off before {plural(full, 'response')} were asked for"
        saved = f", {percent(round(1 - asked / full, 3))} fewer" if asked < full else ""
        return f"asked for {asked:,} of {plural(full, 'response')}{saved}"

    @property
    def outcome(self) -> str:
        """Who won, or who is tied and what it would take, one or two sentences."""
        first, failed = self._of("winner"), self._of("error")
        if first:
            return f"{first[0].label} wins.{self._of_baseline(first[0])}{_not_compared(failed)}"
        tied, left = self._of("tied"), self._of("open")
        if self.is_uncompared:
            others = "the other one" if len(failed) == 1 else "all others"
            return f"Too many responses of {others} failed: {tied[0].label} was compared with nobody."
        if tied:
            return f"{_listed(tied)} are tied: no test tells them apart. {_what_it_takes(tied)}{_keep(tied)}"
        if left:
            names = _listed(left) + (" is" if len(left) == 1 else " are")
            if not self.is_cut_off:  # all was asked: nobody is put out by scores that show nothing
                judge = (
                    f"the judge of {self.metric} has not shown the agreement with people that the task asks"
                )
                return f"Nothing is decided: {judge} for (evalkit judge calibrate). {names} still in."
            return f"The tournament was cut off before its end, this is a partial result: {names} still in."
        return "There is no winner: too many responses failed."

    @property
    def is_uncompared(self) -> bool:
        """Whether one is left because too many responses of all others failed."""
        return len(self._of("tied")) == 1

    def _of(self, standing: str) -> list[Entrant]:
        return [each for each in self.entrants if each.record.standing == standing]

    def _of_baseline(self, winner: Entrant) -> str:
        if winner.record.is_baseline:
            return " It is the baseline: no candidate is shown to be better."
        baseline = next((each for each in self.entrants if each.record.is_baseline), None)
        is_behind = baseline is not None and baseline.record.standing in ("behind", "dropped")
        return f" The baseline {baseline.label} is behind." if baseline is not None and is_behind else ""


def tournaments(evaluations: Sequence[Evaluation]) -> Iterator[TournamentResult]:
    """One for each task that had one."""
    by_task: dict[str, list[tuple[Evaluation, TournamentRecord]]] = {}
    for each in evaluations:
        if each.tournament is not None:
            by_task.setdefault(each.task, []).append((each, each.tournament))
    for task, its in by_task.items():
        entrants = [_entrant(evaluation, record) for evaluation, record in its]
        entrants.sort(key=lambda each: _place(each.record))
        first = its[0][1]
        is_cut_off = any(evaluation.status != "finished" for evaluation, _ in its)
        yield TournamentResult(task, first.metric, first.alpha, tuple(entrants), is_cut_off)


def _place(record: TournamentRecord) -> tuple[int, float]:
    """The best first; who has no value stands last among its like."""
    if record.value is None:
        return STANDINGS.index(record.standing), inf
    turned = -record.value if record.is_higher_better else record.value
    return STANDINGS.index(record.standing), turned


def told(evaluations: Sequence[Evaluation]) -> list[str]:
    """All tournaments of a run in at most three sentences."""
    results = list(tournaments(evaluations))
    if len(results) > 1:
        return [f"{each.task}: {each.outcome}" for each in results]
    (found,) = results
    dropped = [each for each in found.entrants if each.record.standing in ("dropped", "behind")]
    verb = "is" if len(dropped) == 1 else "are"
    lost = f"{_listed(dropped)} {verb} shown to be worse. " if dropped else ""
    said = [found.outcome, f"{lost}{found.calls_text.capitalize()}.", bound_text(found)]
    return [each for each in said if each]


def bound_text(found: TournamentResult) -> str:
    """What holds of it, a sentence; empty where nothing was compared."""
    if found.is_uncompared:
        return ""
    return f"The chance that the best of them was put out is at most {percent(found.alpha)}."


def _entrant(evaluation: Evaluation, record: TournamentRecord) -> Entrant:
    n_repeats = evaluation.n_repeats or 1
    n_calls = evaluation.n_samples * n_repeats
    return Entrant(evaluation.subject.label, record, n_calls, record.n_total * n_repeats)


def _what_it_takes(tied: Sequence[Entrant]) -> str:
    known = [each.record.n_more for each in tied if each.record.n_more is not None]
    if not known:
        return "Their values are equal: no number of samples like these would tell them apart."
    of = "would tell the best of them from all others" if len(known) == len(tied) - 1 else "would tell more"
    return f"About {about(max(known))} more samples {of} in 80 % of cases, if they vary as these do."


def _not_compared(failed: Sequence[Entrant]) -> str:
    verb = "was" if len(failed) == 1 else "were"
    return f" {_listed(failed)} {verb} not compared: too many responses failed." if failed else ""


def _keep(tied: Sequence[Entrant]) -> str:
    is_there = any(each.record.is_baseline for each in tied)
    return " The baseline is among them: no candidate is shown to be better." if is_there else ""


def _listed(entrants: Sequence[Entrant]) -> str:
    *first, last = [each.label for each in entrants]
    return f"{', '.join(first)} and {last}" if first else last

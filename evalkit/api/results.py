"""The results of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, cast

from evalkit.api import pictures
from evalkit.api.tables import ResultTable
from evalkit.comparisons.wording import number
from evalkit.core.budget import BudgetRecord
from evalkit.core.estimate import Estimate
from evalkit.core.run import Evaluation, Run
from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.errors import GateError
from evalkit.report.wording import run_status
from evalkit.store.result_tables import TableName, arrow_table
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.api.leaderboards import LeaderboardResults
    from evalkit.comparisons.leaderboard.grouping import By
    from evalkit.report.tournament import TournamentResult


@dataclass(frozen=True)
class Failure:
    """One item that did not pass.

    Attributes:
        name: of the item: task, Subject, and gate or sample.
        verdict: ``fail``, ``error``, ``undecided`` or ``recorded``.
        detail: the numbers, what was found, and what to do.
    """

    name: str
    verdict: str
    detail: str


class Results:
    """A run of the store.

    Attributes:
        run_id: its id; every command of ``evalkit`` takes it.
        store: the DuckDB file that holds it.
        failures: the items that did not pass.
        problems: what could not be stored; if there is anything, the results are incomplete.
    """

    def __init__(
        self, run_id: str, store: Path, failures: Sequence[Failure], problems: Sequence[str] = ()
    ) -> None:
        self.run_id = run_id
        self.store = store
        self.failures = tuple(failures)
        self.problems = tuple(problems)

    @property
    def is_passed(self) -> bool:
        """Whether nothing failed and nothing was lost."""
        return not self.failures and not self.problems

    @cached_property
    def budget(self) -> BudgetRecord | None:
        """What the run was allowed to spend and what it spent; None if there was no limit."""
        with Store.open(self.store) as store:
            return store.run(self.run_id).budget

    @cached_property
    def tournaments(self) -> tuple[TournamentResult, ...]:
        """The standings of the Subjects in each task, the best first; empty without ``tournament``."""
        from evalkit.report.tournament import tournaments

        with Store.open(self.store) as store:
            return tuple(tournaments(store.evaluations(self.run_id)))

    @cached_property
    def verdicts(self) -> ResultTable:
        """One row for each gate of each evaluation, with the comparison that it is based on."""
        return self._table("verdicts")

    @cached_property
    def metrics(self) -> ResultTable:
        """One row for each metric of each evaluation, with its 95 % interval."""
        return self._table("metrics")

    @cached_property
    def samples(self) -> ResultTable:
        """One row for each response, with columns ``NAME_score`` and ``NAME_answer`` for each scorer."""
        return self._table("samples")

    def leaderboard(
        self, *metrics: str, by: By = "", alpha: float = 0.05, max_error_rate: float | None = None
    ) -> LeaderboardResults:
        """Rank the run's Subjects, task by task, with ties; the familywise error rate is ``alpha``.

        Args:
            metrics: labels of metrics; by default each task's leading one and those that its gates name.
            by: ``model`` ranks each model's prompts among themselves, ``prompt`` each prompt's models.
            alpha: the probability that any two equal Subjects are told apart, 0..1.
            max_error_rate: share of failed answers that a Subject may have, 0..1; by default its task's own.

        Raises:
            UsageError: fewer than two Subjects share a task, or no test fits a metric.
        """
        from evalkit.api.leaderboards import LeaderboardResults
        from evalkit.session.stored.leaderboards import Ranking

        ranking = Ranking(metrics, by, alpha, max_error_rate)
        return LeaderboardResults.of(self.store, [self.run_id], ranking)

    def report(self, path: str | Path) -> Path:
        """Write the HTML report. Raises UsageError if ``path`` cannot be written."""
        from evalkit.report.write import write_report
        from evalkit.session.stored.source import StoredSource

        with Store.open(self.store) as store:
            return write_report(StoredSource(store), self.run_id, path)

    def raise_on_failure(self) -> None:
        """Raise GateError if an item did not pass or results were lost."""
        if self.is_passed:
            return
        lines = [f"{each.name}: {each.verdict}: {each.detail}" for each in self.failures]
        what = f"{plural(len(self.failures), 'item')} of run {self.run_id} did not pass"
        if self.problems:
            what = f"results of run {self.run_id} are missing"
        raise GateError("\n".join([what, *self.problems, *lines]))

    def __repr__(self) -> str:
        how = plural(len(self.failures), "failure") if self.failures else "; ".join(self.problems) or "passed"
        return f"<evalkit results of run {self.run_id}: {how}>"

    def _repr_html_(self) -> str:
        with Store.open(self.store) as store:
            run = store.run(self.run_id)
            found = [
                (each, store.verdicts(each.evaluation_id), store.estimates(each.evaluation_id))
                for each in store.evaluations(self.run_id)
            ]
        return "".join([_headline(self, run), _differences(found), *(_evaluation(*each) for each in found)])

    def _table(self, name: TableName) -> ResultTable:
        with Store.open(self.store) as store:
            return ResultTable(arrow_table(store.connection, name, self.run_id))


def _headline(results: Results, run: Run) -> str:
    word = "pass" if results.is_passed else "fail"
    told = pictures.text(f"run {run.run_id}, {run_status(run)}")
    facts = told.replace("<td", "<span").replace("</td", "</span")
    return f"<div>{pictures.badge(word)}{facts}</div>"


def _differences(found: Sequence[tuple[Evaluation, Sequence[Verdict], Sequence[Estimate]]]) -> str:
    """The forest plot of gates that compared; empty without any."""
    compared = [(e, each) for e, verdicts, _ in found for each in verdicts if each.comparison is not None]
    if not compared:
        return ""
    from evalkit.api.forest_picture import forest_pictures
    from evalkit.session.stored.drawn import drawn_gates

    return forest_pictures(drawn_gates(compared))


def _evaluation(evaluation: Evaluation, verdicts: Sequence[Verdict], estimates: Sequence[Estimate]) -> str:
    title = f"{evaluation.task} · {evaluation.subject.label}"
    rows = [_verdict(each) for each in verdicts]
    gates = pictures.table(title, ("gate", "verdict", "detail"), rows) if rows else ""
    shown = [_estimate(each) for each in estimates if each.value is not None]
    metrics = pictures.table("" if rows else title, ("metric", "value", "95 % interval", ""), shown)
    return gates + (metrics if shown else "")


def _verdict(verdict: Verdict) -> list[str]:
    badge = pictures.markup(pictures.badge(verdict.word))
    return [pictures.text(verdict.gate), badge, pictures.text(verdict.detail)]


def _estimate(estimate: Estimate) -> list[str]:
    value, low, high = cast(float, estimate.value), estimate.low, estimate.high
    ends = "" if low is None or high is None else f"[{number(low)}, {number(high)}]"
    picture = ""
    if low is not None and high is not None and isfinite(low) and isfinite(high):
        is_share = low >= 0 and high <= 1
        top = 1.0 if is_share else high * 1.1 or 1.0
        picture = pictures.bar_svg(pictures.Bar(value, low, high, min(0.0, low), top))
    cells = [pictures.text(estimate.metric), pictures.number(number(value)), pictures.number(ends)]
    return [*cells, pictures.markup(picture)]

"""``compare`` and ``load``: runs of the store from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

from evalkit.api import pictures
from evalkit.api.leaderboards import LeaderboardResults
from evalkit.api.results import Failure, Results
from evalkit.api.tables import ResultTable
from evalkit.comparisons.wording import number
from evalkit.core.text import plural
from evalkit.errors import GateError, MissingExtraError, UsageError
from evalkit.session.options import DEFAULT_STORE
from evalkit.session.stored.comparison import StoredComparison, compare_runs, comparison_data
from evalkit.session.stored.findings import Finding, Limits
from evalkit.session.stored.run_names import find_run
from evalkit.session.stored.slices import slice_columns
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.comparisons.leaderboard.grouping import By


def load(run: str = "latest", *, store: str | Path | None = None) -> Results:
    """Load a run from the store.

    Args:
        run: a run's id or the beginning of one, ``latest``, or a baseline's name.
        store: the DuckDB file; by default ``EVALKIT_STORE``, else ``.evalkit/results.duckdb``.

    Returns:
        The Results of the run. Their ``failures`` are the gates that failed or ended in an error.

    Raises:
        StoreError: there is no such store or run.
    """
    path = _store(store)
    with Store.open(path) as opened:
        found = find_run(opened, _name(run))
        scored = [
            (each, verdict)
            for each in opened.evaluations(found.run_id)
            for verdict in opened.verdicts(each.evaluation_id)
        ]
    problems = [] if found.status == "finished" else [f"the run is {found.status}: not all of it is there"]
    failures = [
        Failure(f"{each.task}::{each.subject.label}::{verdict.gate}", verdict.word, verdict.detail)
        for each, verdict in scored
        if verdict.verdict in ("fail", "error")
    ]
    return Results(found.run_id, path, failures, problems)


@overload
def compare(
    base: str | Results,
    candidate: str | Results = "latest",
    *,
    store: str | Path | None = None,
    margin: float = Limits.margin,
    alpha: float = Limits.alpha,
    max_error_rate: float | None = None,
) -> ComparisonResults: ...


@overload
def compare(
    base: str | Results,
    candidate: str | Results,
    third: str | Results,
    /,
    *more: str | Results,
    by: By = "",
    metrics: Sequence[str] = (),
    store: str | Path | None = None,
    alpha: float = Limits.alpha,
    max_error_rate: float | None = None,
) -> LeaderboardResults: ...


def compare(
    base: str | Results,
    candidate: str | Results = "latest",
    *more: str | Results,
    by: By = "",
    metrics: Sequence[str] = (),
    store: str | Path | None = None,
    margin: float = Limits.margin,
    alpha: float = Limits.alpha,
    max_error_rate: float | None = None,
) -> ComparisonResults | LeaderboardResults:
    """Compare two runs sample by sample, or rank the Subjects of several, as ``evalkit compare`` does.

    Args:
        base, candidate, more: a run's id or the start of one (also ``run:ID``), ``latest``, or a baseline's
            name; with ``::SUBJECT`` appended, only that Subject; or Results. Three or more give a
            leaderboard, without a baseline.
        by, metrics: as in ``Results.leaderboard``, for three runs or more.
        store: the DuckDB file; by default that of the first Results, else ``EVALKIT_STORE``, else
            ``.evalkit/results.duckdb``.
        margin: acceptable drop of metrics that no gate of a task asks about, for two runs.
        alpha: the false-alarm rate of all these tests together.
        max_error_rate: share of failed answers that a side may have, 0..1; by default 0.01, and in a
            leaderboard what the task allows.

    Returns:
        ComparisonResults of two runs, LeaderboardResults of more.

    Raises:
        EvalkitError: there is no such run, or nothing that can be compared.
    """
    runs = (base, candidate, *more)
    path = _store(store or next((each.store for each in runs if isinstance(each, Results)), None))
    names = [_name(each) for each in runs]
    if more or by or metrics:
        from evalkit.session.stored.leaderboards import Ranking

        ranking = Ranking(tuple(metrics), by, alpha, max_error_rate)
        return LeaderboardResults.of(path, names, ranking)
    if max_error_rate is None:
        max_error_rate = Limits.max_error_rate
    with Store.open(path) as opened:
        return ComparisonResults(
            path, compare_runs(opened, names[0], names[1], Limits(margin, alpha, max_error_rate))
        )


class ComparisonResults:
    """The differences between two runs.

    Attributes:
        store: the DuckDB file that holds both.
    """

    def __init__(self, store: Path, compared: StoredComparison) -> None:
        self.store = store
        self._compared = compared

    @property
    def base_run_id(self) -> str:
        """Id of the baseline's run."""
        return self._compared.base.run.run_id

    @property
    def candidate_run_id(self) -> str:
        """Id of the candidate's run."""
        return self._compared.candidate.run.run_id

    @property
    def is_worse(self) -> bool:
        """Whether a gate fails; without gates, whether any metric got worse."""
        return self._compared.is_worse

    @cached_property
    def findings(self) -> ResultTable:
        """One row for each metric: both values, the difference with its interval, and the verdict."""
        return _table([_row(each) for each in self._compared.findings])

    @cached_property
    def slices(self) -> ResultTable:
        """One row for each slice in each metric, whether a gate asks for it or not: those that moved come
        first, the worst at the top. The false discovery rate is controlled over all of them (``q``)."""
        rows = [
            {"task": each["task"], "subject": each["subject"], **move}
            for each in (one.as_dict() for one in self._compared.scans)
            for move in each["slices"]
        ]
        columns = {"task": str, "subject": str, **slice_columns()}
        return _table(sorted(rows, key=lambda row: (row["finding"] == "unclear", row["difference"])), columns)

    def report(self, path: str | Path) -> Path:
        """Write the HTML report of both, side by side. Raises UsageError if ``path`` cannot be written."""
        from evalkit.report.write import write_data

        with Store.open(self.store) as store:
            return write_data(comparison_data(store, self._compared), path)

    def raise_on_failure(self) -> None:
        """Raise GateError if something got worse, cannot be compared, or was cut off."""
        compared = self._compared
        if not (compared.is_worse or compared.is_broken):
            return
        bad = [each for each in compared.deciding if each.verdict.verdict in ("fail", "error")]
        lines = [f"{each.candidate.task}: {each.metric}: {each.word}: {each.verdict.detail}" for each in bad]
        what = (
            f"{plural(len(bad), 'metric')} of run {self.candidate_run_id} against {self.base_run_id}: worse, "
        )
        raise GateError("\n".join([f"{what}or not to be compared", *lines]))

    def __repr__(self) -> str:
        word = "worse" if self.is_worse else "no worse"
        return f"<evalkit comparison of {self.base_run_id} and {self.candidate_run_id}: {word}>"

    def _repr_html_(self) -> str:
        from evalkit.api.forest_picture import forest_pictures
        from evalkit.session.stored.drawn import drawn

        names = ("task", "subject", "metric", "baseline", "candidate", "difference", "finding")
        title = f"{self.base_run_id} → {self.candidate_run_id}"
        findings = self._compared.findings
        return forest_pictures(drawn(findings)) + pictures.table(title, names, list(map(_shown, findings)))


def _name(run: object) -> str:
    if isinstance(run, Results):
        return f"run:{run.run_id}"
    if isinstance(run, str):
        return run
    raise UsageError(f"{run!r} is not a run", hint="give its id, 'latest', a baseline's name, or Results")


def _store(store: str | Path | None) -> Path:
    return Path(os.path.expanduser(store or os.environ.get("EVALKIT_STORE") or DEFAULT_STORE))


def _table(rows: list[dict[str, Any]], columns: Mapping[str, type] = MappingProxyType({})) -> ResultTable:
    """With the same columns where there are no rows."""
    try:
        import pyarrow as pa
    except ImportError:
        hint = "pip install 'pytest-evalkit[notebook]'"
        raise MissingExtraError("tables need pyarrow", hint=hint) from None
    if rows or not columns:
        return ResultTable(pa.Table.from_pylist(rows))
    kinds = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    return ResultTable(pa.schema([(name, kinds[each]) for name, each in columns.items()]).empty_table())


def _row(finding: Finding) -> dict[str, Any]:
    found = finding.verdict.comparison
    return {
        "task": finding.candidate.task,
        "subject": finding.candidate.subject.label,
        "baseline_subject": finding.base.subject.label,
        "metric": finding.metric,
        "is_gate": finding.is_gate,
        "finding": finding.word,
        "verdict": finding.verdict.word,
        "baseline": found.baseline if found else None,
        "candidate": found.candidate if found else None,
        "difference": found.difference if found else None,
        "difference_low": found.low if found else None,
        "difference_high": found.high if found else None,
        "p_value": finding.verdict.p_value,
        "n": found.n if found else None,
        "n_wins": found.n_wins if found else None,
        "n_losses": found.n_losses if found else None,
        "n_ties": found.n_ties if found else None,
        "detail": finding.verdict.detail,
    }


def _shown(finding: Finding) -> list[str]:
    """The numbers behind the picture; of a difference, larger is better."""
    found = finding.verdict.comparison
    place = [finding.candidate.task, finding.candidate.subject.label, finding.metric]
    numbers = (found.baseline, found.candidate, found.difference) if found is not None else ()
    texts = [*map(number, numbers)] or [""] * 3
    badge = pictures.markup(f"{pictures.badge(finding.verdict.word)} {finding.word}")
    return [*map(pictures.text, place), *map(pictures.number, texts), badge]

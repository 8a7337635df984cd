"""The Run from its first row to its report."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from evalkit.core.budget import BudgetRecord
from evalkit.core.observations import Observations
from evalkit.core.run import Run
from evalkit.core.text import plural, shown_path
from evalkit.errors import StoreError
from evalkit.metrics.units import TOTALS
from evalkit.report.blocks import Note
from evalkit.report.collect import collect
from evalkit.report.data import ReportData
from evalkit.report.look import Look
from evalkit.report.sections import Section, section_of
from evalkit.report.summary import summary
from evalkit.report.wording import budget_text
from evalkit.report.write import write_data
from evalkit.runner.scoring import describe
from evalkit.session.ci_report import CiReport, detect
from evalkit.session.live_source import LiveSource
from evalkit.session.options import DEFAULT_STORE, Options
from evalkit.session.prompt_use import prompt_lines
from evalkit.session.provenance import describe_run
from evalkit.store.baselines import check_name
from evalkit.store.spool import Spool, spool_folder
from evalkit.store.spool_file import FoldReport
from evalkit.store.store import Store

#: How long the start of a session waits for a store that another process holds.
_START_TIMEOUT_S = 10.0


class Closing:
    """Opens the Run in the store, and at the end folds what came, saves a baseline and writes the report.

    Raises StoreError at once, before any call is paid for, when the store cannot be used, or no baseline can
    be called as ``--llm-save-baseline`` says.

    Args:
        root: folder of the project.
        cwd: folder that paths are shown from.
        argv: the command line, for the Run's row; no secret of it is kept.
    """

    def __init__(self, options: Options, root: Path, cwd: Path, argv: Sequence[str]) -> None:
        self._options = options
        self._cwd = cwd
        is_partial = options.limit is not None or bool(options.samples)
        self._run: Run = describe_run(root, argv, is_partial=is_partial)
        self._told: list[Section | str] = []
        is_named = options.is_earlier_baseline
        self.ci = CiReport(detect(options.ci), cwd, root, is_baseline_named=is_named)
        self._spool: Spool | None = None
        #: Whether something that came is not in the store: the session must not end green.
        self.has_lost_results = self._is_store_lost = False
        self._is_partial = False
        if options.save_baseline is not None:
            check_name(options.save_baseline.name)
        report, self._before = Store.begin(options.store, timeout_s=_START_TIMEOUT_S)
        self._tell(report)

    @property
    def run_id(self) -> str:
        return self._run.run_id

    def open_run(self) -> None:
        """Write the Run's first row, so that a crash leaves a trace."""
        self._spool = Spool.create(self._options.store, self.run_id, "run")
        self._spool.add_run(self._run)
        self._spool.flush()

    def close_run(
        self,
        *,
        is_interrupted: bool,
        is_partial: bool,
        problems: Sequence[str] = (),
        notes: Sequence[str] = (),
        observations: Mapping[str, Observations] = MappingProxyType({}),
        under_way: str | None = None,
        budget: BudgetRecord | None = None,
    ) -> None:
        """The session is over. Never raises: what cannot be done is said in the summary.

        Args:
            budget: what was spent, in a session that has a budget.
            problems: what the processes of the session could not keep; such a run is partial.
            notes: what else they have to tell, a line each.
            observations: evaluation id to what this process still holds, so that it is not read again.
            under_way: what is left to the same command later, a sentence.
        """
        for problem in dict.fromkeys(problems):
            self._lose(problem)
        self._told += notes
        if self._spool is None:
            return
        self._run = replace(
            self._run,
            finished_at=time.time(),
            status="interrupted" if is_interrupted else "finished",
            is_partial=self._run.is_partial or is_partial or self._is_partial or _is_spent(budget),
            budget=budget,
        )
        spool, self._spool = self._spool, None
        try:
            spool.add_run(self._run)
            spool.close()
        except StoreError as error:
            self._lose(str(error))
        try:
            self._fold_and_report(observations)
        except Exception as error:  # whatever it is: the session's own summary and status come first
            self.has_lost_results = True
            self._told.append(f"evalkit: {describe(error)}")
            self._told.append(f"evalkit: {self._kept()}")
        if under_way is not None:
            self._told.append(f"evalkit: not everything is decided: {under_way}")

    def _kept(self) -> str:
        """Where the rows are that the store did not take."""
        folder = spool_folder(self._options.store) / self.run_id
        if not folder.exists():
            return "the results of this run are lost"
        path = shown_path(folder, self._cwd)
        return f"the results are kept in {path}; the next command folds them in"

    def _lose(self, problem: str) -> None:
        self.has_lost_results = self._is_partial = True
        self._told.append(f"evalkit: results are missing from the store: {problem}")

    def _tell(self, report: FoldReport) -> None:
        """What a fold could not carry over; that of an earlier run does not make this one partial."""
        for loss in report.losses:
            if loss.run_id == self.run_id:
                self._lose(loss.text)
            else:
                self.has_lost_results = True
                self._told.append(f"evalkit: results of run {loss.run_id} are missing: {loss.text}")
        self._told += [f"evalkit: {note}" for note in report.notes]

    def summary_lines(self, look: Look | None = None) -> Iterator[str]:
        """What the terminal shows at the end; by default as plain text.

        What was found is made of blocks. What the session says of itself are lines: paths and commands are
        there to be copied, and stay in one piece.
        """
        from evalkit.report.plain_blocks import plain_sections  # at the end, where there is something to say

        return plain_sections(self._told, look or Look())

    def host_commands(self) -> Sequence[str]:
        """What is printed for the CI host behind the summary."""
        return self.ci.commands

    def _fold_and_report(self, observations: Mapping[str, Observations]) -> None:
        with Store.open(self._options.store, mode="write") as store:
            self._tell(store.fold())
            is_lost = self.has_lost_results
            if not self._before.is_same(store):
                self._lose_store()
            if not is_lost and store.forget_if_empty(self.run_id):
                return
            # Another command may have folded, and told, some of this run's rows before.
            self.has_lost_results |= store.run(self.run_id).n_unread > 0
            self._check_whole(store)
            source = LiveSource(store, observations)
            self._told += summary(source, self.run_id)
            if self._run.budget is not None:
                told = budget_text(self._run.budget, store.evaluations(self.run_id))
                self._told.append(Section("budget", "", (Note(f"budget: {told}"),)))
            self._told += prompt_lines(store, self.run_id, self._options.prompts)
            self._told += _drawn(store, self.run_id)
            if self._options.n_repeats > 1:
                self._told += _repeats_lines(store, self.run_id)
            if self._options.n_rerun:
                self._told.append(_rerun_line(store, self.run_id, self._options.n_rerun))
            self._save_baseline(store)
            data = self._collected(source)
            # To let go of the file takes as long as to write a small report, and neither needs the other.
            with ThreadPoolExecutor(1) as beside:
                closed = beside.submit(store.close)
                self._write_report(data)
            closed.result()
        path = shown_path(self._options.store, self._cwd)
        option = "" if path == DEFAULT_STORE else f" --store {shlex.quote(path)}"
        self._told.append(f"results: {path} (evalkit show {self.run_id}{option})")

    def _lose_store(self) -> None:
        self.has_lost_results = self._is_store_lost = True
        path = shown_path(self._options.store, self._cwd)
        self._told.append(
            f"evalkit: the store was deleted or replaced while this session ran ({path}): earlier runs and "
            "baselines may be lost, put back a copy of it"
        )

    def _check_whole(self, store: Store) -> None:
        """What the run says of itself is held against the rows that are there: of evaluations that ended,
        missing responses are lost."""
        lacking = store.cut_off(self.run_id)
        for evaluation, reason in lacking:
            if evaluation.status == "finished":
                self._lose(f"{evaluation.task}, {evaluation.subject.label}: {reason}")
        if lacking:
            store.mark_partial(self.run_id)

    def _save_baseline(self, store: Store) -> None:
        wanted = self._options.save_baseline
        if wanted is None:
            return
        lost = f"baseline: {wanted.name} was not moved: the store was lost, see above"
        self._told.append(lost if self._is_store_lost else wanted.save(store, self.run_id))

    def _collected(self, source: LiveSource) -> ReportData | None:
        """What the report shows; None where none is wanted, or it cannot be read, which is said."""
        if self._options.is_report_off and self.ci.host == "off":
            return None
        try:
            return collect(source, self.run_id)
        except Exception as error:  # the results are in the store, and the rest of the summary is worth more
            self._told.append(f"report: not written: {describe(error)}")
            return None

    def _conclude(self, data: ReportData) -> None:
        """The leaderboards that the report shows, and its first sentences: they are read last here."""
        if data.boards:
            from evalkit.report.sections.leaderboard import TITLE, in_brief  # where there are many Subjects

            self._told += [
                Section("leaderboard", f"{TITLE} · {name}", blocks) for name, blocks in in_brief(data.boards)
            ]
        # Of a single evaluation that was compared with nothing they would say again what stands just above.
        is_long = len(data.evaluations) > 1 or any(each.pair is not None for each in data.evaluations)
        if is_long and (answer := section_of(data, "answer")) is not None:
            self._told.append(replace(answer, title=""))

    def _write_report(self, data: ReportData | None) -> None:
        if data is None:
            return
        path = self._options.report or self._cwd / "reports" / f"{self.run_id}.html"
        written: Path | None = None
        try:
            self._conclude(data)
            if not self._options.is_report_off:
                written = write_data(data, path)
                self._told.append(f"report: {shown_path(written, self._cwd)}")
            self._told += self.ci.write(data, written)
        except Exception as error:
            self._told.append(f"report: not written: {describe(error)}")


def _drawn(store: Store, run_id: str) -> Iterator[Section]:
    from evalkit.session.stored.drawn import gates_drawn  # at the end, where something may have been compared

    return gates_drawn(store, run_id)


def _is_spent(budget: BudgetRecord | None) -> bool:
    return budget is not None and budget.spent_by is not None


def _rerun_line(store: Store, run_id: str, budget: int) -> str:
    """What was spent of ``--llm-rerun`` over all tasks."""
    values: Counter[str] = Counter()
    for e in store.evaluations(run_id):
        for each in store.estimates(e.evaluation_id):
            values[each.metric] += round(each.value or 0) if each.metric in TOTALS else 0
    changed = plural(values["rerun_changed"], "verdict")
    return f"asked again: {values['rerun_calls']:,} of at most {budget:,} requests, {changed} changed"


def _repeats_lines(store: Store, run_id: str) -> Iterator[str]:
    """Repeats that cost money and told nothing are not an error, but one wants to know."""
    identical = store.identical_repeats(run_id)
    for e in store.evaluations(run_id):
        n = identical.get(e.evaluation_id)
        if n is not None:
            what = f"all {n} repeats of each sample gave the same answer, as they do at temperature 0"
            yield f"note: {e.task} · {e.subject.label}: {what}"
            yield "  (set temperature in the task's generate: or in the model's spec: ?temperature=0.8)"

"""The store as a folder of plain files: any host serves it, and it opens from the disk as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evalkit.core.frozen import frozen
from evalkit.core.plain_name import is_plain_name
from evalkit.report.drift_html import render_drift
from evalkit.report.html import render
from evalkit.report.page import Page, render_page
from evalkit.report.text_file import write_text
from evalkit.report.ways import Door, Way
from evalkit.store.listing import Wanted, count_wanted, wanted_runs
from evalkit.store.store import Store
from evalkit.view.doors import door_of
from evalkit.view.drift_page import drift_of, nothing_to_watch
from evalkit.view.places import FolderPlaces, comparison_file, run_file
from evalkit.view.prompt_pages import prompt_page, prompts_page
from evalkit.view.run_pages import comparison_of, near_comparison, near_run, run_before, run_data
from evalkit.view.runs_page import Shown, runs_page

#: Runs on one page: nothing there filters them, so it is the browser's search that finds one.
PER_PAGE = 500


@frozen(slots=True)
class Exported:
    """What was written: ``index`` is the page to begin at; ``n_without`` runs are listed without a report."""

    index: Path
    n_runs: int
    n_reports: int
    n_without: int
    n_comparisons: int
    n_prompts: int


def export(store: Store, folder: Path, n_reports: int) -> Exported:
    """Write the list of all runs, the reports of the latest ``n_reports``, each of these runs beside the one
    before it, the prompts with their versions, and the drift page.

    Files that an earlier export left are written anew, or stay as they are. Each page is whole: it loads
    nothing. Raises UsageError where the folder cannot be written.
    """
    return _Export(store, folder, n_reports).write_all()


class _Export:
    """One export: which pages there will be is settled before the first is written, as they link to each
    other."""

    def __init__(self, store: Store, folder: Path, n_reports: int) -> None:
        self._store, self._folder = store, folder
        latest = wanted_runs(store.connection, Wanted(), limit=n_reports)
        self._reported = [run.run_id for run in latest if is_plain_name(run.run_id)]
        self._names = sorted({each.prompt for each in store.prompts()})
        self._compared = list(self._comparable())
        self._places = FolderPlaces(
            frozenset(self._reported),
            {name: number for number, name in enumerate(self._names, 1)},
            frozenset(self._compared),
        )

    def write_all(self) -> Exported:
        n_runs = count_wanted(self._store.connection, Wanted())
        index = self._lists(n_runs)
        for run_id in self._reported:
            near = [*self._home(), *near_run(self._store, self._places, run_id)]
            self._write(
                render(run_data(self._store, run_id), door=self._door("runs", near)), run_file(run_id)
            )
        for pair in self._compared:
            door = self._door("runs", near_comparison(self._places, pair))
            self._write(render(comparison_of(self._store, pair), door=door), comparison_file(pair[1]))
        self._prompts()
        self._drift()
        n_reports = len(self._reported)
        n_without = n_runs - n_reports
        return Exported(index, n_runs, n_reports, n_without, len(self._compared), len(self._names))

    def _comparable(self) -> Iterator[tuple[str, str]]:
        """Each run that is reported, behind the run before it."""
        for run_id in self._reported:
            before = run_before(self._store, run_id)
            if before is not None and is_plain_name(before):
                yield before, run_id

    def _lists(self, n_runs: int) -> Path:
        """Every page of the list, the first page last."""
        for number in reversed(range(1, max(-(-n_runs // PER_PAGE), 1) + 1)):
            page = runs_page(self._store, self._places, Shown(page=number, per_page=PER_PAGE))
            written = self._page(page, "runs", self._places.part("runs", {"page": str(number)}))
        return written

    def _prompts(self) -> None:
        self._page(prompts_page(self._store, self._places), "prompts", self._places.part("prompts"))
        for name in self._names:
            self._page(prompt_page(self._store, self._places, name), "prompts", self._places.prompt(name))

    def _drift(self) -> None:
        watched, name = drift_of(self._store), self._places.part("drift")
        if watched is None:
            self._page(nothing_to_watch(), "drift", name)
        else:
            self._write(render_drift(watched, self._door("drift")), name)

    def _home(self) -> list[Way]:
        return [Way("All runs", self._places.part("runs"))]

    def _door(self, part: str, near: Sequence[Way] = ()) -> Door:
        return door_of(self._places, part, near=near, is_served=False)

    def _page(self, page: Page, part: str, name: str) -> Path:
        return self._write(render_page(page, self._door(part)), name)

    def _write(self, text: str, name: str) -> Path:
        return write_text(text, self._folder / name)

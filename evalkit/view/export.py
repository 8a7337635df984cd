"""The store as a folder of plain files: any host serves it, and it opens from the disk as well."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.frozen import frozen
from evalkit.core.plain_name import is_plain_name
from evalkit.report.drift_html import render_drift
from evalkit.report.html import render
from evalkit.report.page import render_page
from evalkit.report.text_file import write_text
from evalkit.report.ways import Way
from evalkit.store.listing import Wanted, count_wanted, wanted_runs
from evalkit.store.store import Store
from evalkit.view.doors import door_of
from evalkit.view.drift_page import drift_of, nothing_to_watch
from evalkit.view.places import FolderPlaces, run_file
from evalkit.view.run_pages import run_data
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


def export(store: Store, folder: Path, n_reports: int) -> Exported:
    """Write the list of all runs, the reports of the latest ``n_reports`` and the drift page.

    Files that an earlier export left are written anew, or stay as they are. Each page is whole: it loads
    nothing. Raises UsageError where the folder cannot be written.
    """
    latest = wanted_runs(store.connection, Wanted(), limit=n_reports)
    reported = [run.run_id for run in latest if is_plain_name(run.run_id)]
    places = FolderPlaces(frozenset(reported), {}, ("runs", "drift"))

    def write(text: str, name: str) -> Path:
        return write_text(text, folder / name)

    n_runs = count_wanted(store.connection, Wanted())
    for number in reversed(range(1, max(-(-n_runs // PER_PAGE), 1) + 1)):
        page = runs_page(store, places, Shown(page=number, per_page=PER_PAGE))
        text = render_page(page, door_of(places, "runs", is_served=False))
        index = write(text, places.part("runs", {"page": str(number)}))
    for run_id in reported:
        door = door_of(places, "runs", near=[Way("All runs", places.part("runs"))], is_served=False)
        write(render(run_data(store, run_id), door=door), run_file(run_id))
    door = door_of(places, "drift", is_served=False)
    watched = drift_of(store)
    drift = render_page(nothing_to_watch(), door) if watched is None else render_drift(watched, door)
    write(drift, places.part("drift"))
    return Exported(index, n_runs, len(reported), n_runs - len(reported))

"""Carrying exported runs into a store: all of a file or nothing."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.run import Run
from evalkit.errors import StoreError
from evalkit.store import run_file, runs
from evalkit.store.connection import Connection
from evalkit.store.fold import fold_spools
from evalkit.store.run_content import read_run_contents


def import_runs(connection: Connection, path: Path, spools: Path) -> tuple[list[tuple[Run, bool]], list[str]]:
    """Each run of the file, the latest first, and whether it was new; and what the user should know.

    Raises StoreError on a file that is none, is damaged, or would write over what is there.
    """
    contents = read_run_contents(path)
    new = [each for each in contents if not runs.has_run(connection, each.run_id)]
    notes: list[str] = []
    if new:
        run_file.store_of_runs(contents).close()  # a damaged file is refused whole
        for content in new:
            runs.check_new(connection, content, spools)
        for content in new:
            run_file.as_spool(content.lines, content.run_id, spools)
        notes = fold_spools(connection, spools).notes
        if any(runs.find_run(connection, content.run_id).n_unread for content in new):
            for content in new:
                runs.delete(connection, content.run_id, content.evaluation_ids)
            raise StoreError("could not be imported completely, and is not imported", where=str(path))
    is_new = {content.run_id for content in new}
    found = [runs.find_run(connection, content.run_id) for content in contents]
    return [(run, run.run_id in is_new) for run in found], notes

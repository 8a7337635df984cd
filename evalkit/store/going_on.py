"""Runs that are still going on, from what they have written beside the store: read, never folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from evalkit.core.frozen import frozen
from evalkit.core.plain_name import is_plain_name
from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.store.rows import RESPONSE_COLUMNS
from evalkit.store.spool import spool_folder

_ERROR, _COST, _RECHECK = map(RESPONSE_COLUMNS.index, ("error", "cost_usd", "is_recheck"))
_CHUNK_BYTES = 8_000_000


@dataclass(slots=True)
class GoingEvaluation:
    """One evaluation so far; rechecks are not counted.

    Attributes:
        n_asked: responses that there will be; 0 where unknown.
        n_answers, n_errors: responses that are there, and those of them with an error of the model.
        cost_usd, n_priced: US dollars of the answers whose price is known, and how many these are.
        scores: scorer -> how many scores have a value, and their sum.
    """

    task: str = ""
    subject: str = ""
    n_asked: int = 0
    n_answers: int = 0
    n_errors: int = 0
    cost_usd: float = 0.0
    n_priced: int = 0
    scores: dict[str, tuple[int, float]] = field(default_factory=dict)


@frozen(slots=True)
class GoingRun:
    """A run with rows beside the store.

    Attributes:
        status: as it says itself: ``running``, and another word where it ended and nobody folded it yet.
        written_at: of its last row, seconds since the epoch.
        evaluations: in the order that they began.
    """

    run_id: str
    started_at: float | None
    status: str
    written_at: float
    evaluations: tuple[GoingEvaluation, ...]


class GoingOn:
    """What lies beside one store. Each file is read on from where the last look ended."""

    def __init__(self, store_path: Path) -> None:
        self._root = spool_folder(store_path)
        self._files: dict[Path, _Tally] = {}

    def read(self) -> list[GoingRun]:
        """The latest first. A file that cannot be read is passed over: it is the fold's to tell."""
        found = {path: self._tally(path) for path in self._paths()}
        self._files = {path: tally for path, tally in found.items() if tally is not None}
        by_run: dict[str, list[_Tally]] = {}
        for path, tally in self._files.items():
            by_run.setdefault(path.parent.name, []).append(tally)
        runs = [_run(run_id, tallies) for run_id, tallies in by_run.items()]
        return sorted(runs, key=lambda run: (run.started_at or 0.0, run.run_id), reverse=True)

    def _paths(self) -> Iterator[Path]:
        if self._root.is_dir():
            folders = (each for each in self._root.iterdir() if each.is_dir() and is_plain_name(each.name))
            for folder in sorted(folders):
                yield from sorted(folder.glob("*.jsonl"))

    def _tally(self, path: Path) -> _Tally | None:
        try:
            seen = path.stat()
            tally = self._files.get(path)
            if tally is None or tally.file != (seen.st_dev, seen.st_ino) or seen.st_size < tally.n_bytes:
                tally = _Tally((seen.st_dev, seen.st_ino))
            tally.written_at = seen.st_mtime
            tally.read_on(path)
        except OSError:  # swept away in between
            return None
        return tally


class _Tally:
    """What one process of a run has written so far."""

    def __init__(self, file: tuple[int, int]) -> None:
        self.file = file
        self.n_bytes = 0
        self.written_at = 0.0
        self.run: list[Any] | None = None
        self.evaluations: dict[str, GoingEvaluation] = {}
        self._labels: dict[str, str] = {}

    def read_on(self, path: Path) -> None:
        """Whole lines alone: the last one may still be written."""
        with path.open("rb") as file:
            while True:
                file.seek(self.n_bytes)
                chunk = file.read(_CHUNK_BYTES)
                end = chunk.rfind(b"\n") + 1
                if not end:
                    return
                for line in chunk[:end].splitlines():
                    self._take(line)
                self.n_bytes += end

    def _take(self, line: bytes) -> None:
        try:
            table, *row = orjson.loads(line)
            take = _TAKEN.get(table)
            if take is not None:
                take(self, row)
        except (ValueError, TypeError, IndexError):  # no row of ours: it is the fold's to tell
            return

    def take_run(self, row: list[Any]) -> None:
        self.run = row

    def take_subject(self, row: list[Any]) -> None:
        model, prompt = str(row[1]), str(row[4])
        self._labels[row[0]] = model if prompt == DEFAULT_PROMPT else f"{model}#{prompt}"

    def take_evaluation(self, row: list[Any]) -> None:
        found = self.evaluations.setdefault(row[0], GoingEvaluation())
        found.task, found.subject = str(row[2]), self._labels.get(row[5], str(row[5]))
        found.n_asked = int(row[6] or 0) * int(row[16] or 1)

    def take_response(self, row: list[Any]) -> None:
        if row[_RECHECK]:
            return
        found = self.evaluations.setdefault(row[0], GoingEvaluation())
        found.n_answers += 1
        found.n_errors += row[_ERROR] is not None
        if row[_COST] is not None:
            found.cost_usd += row[_COST]
            found.n_priced += 1

    def take_score(self, row: list[Any]) -> None:
        if row[4] is None:
            return
        found = self.evaluations.setdefault(row[0], GoingEvaluation())
        n, total = found.scores.get(row[3], (0, 0.0))
        found.scores[row[3]] = (n + 1, total + float(row[4]))


_TAKEN: Mapping[str, Any] = {
    "runs": _Tally.take_run, "subjects": _Tally.take_subject, "evaluations": _Tally.take_evaluation,
    "responses": _Tally.take_response, "scores": _Tally.take_score,
}  # fmt: skip


def _run(run_id: str, tallies: list[_Tally]) -> GoingRun:
    """Processes of a run together: an evaluation may be in the files of several."""
    row = next((tally.run for tally in tallies if tally.run is not None), None)
    together: dict[str, GoingEvaluation] = {}
    for tally in tallies:
        for evaluation_id, each in tally.evaluations.items():
            _add(together.setdefault(evaluation_id, GoingEvaluation()), each)
    started_at, status = (row[1], str(row[3])) if row else (None, "running")
    written_at = max(tally.written_at for tally in tallies)
    return GoingRun(run_id, started_at, status, written_at, tuple(together.values()))


def _add(to: GoingEvaluation, each: GoingEvaluation) -> None:
    to.task, to.subject = to.task or each.task, to.subject or each.subject
    to.n_asked = max(to.n_asked, each.n_asked)
    to.n_answers += each.n_answers
    to.n_errors += each.n_errors
    to.cost_usd += each.cost_usd
    to.n_priced += each.n_priced
    for scorer, (n, total) in each.scores.items():
        m, other = to.scores.get(scorer, (0, 0.0))
        to.scores[scorer] = (m + n, other + total)

"""The results store: opening, folding, and the questions that the other packages ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal

import duckdb

from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation, Run
from evalkit.core.tally import Tally
from evalkit.core.verdict import Verdict
from evalkit.core.wholeness import Answered
from evalkit.errors import StoreError, StoreLockedError
from evalkit.store import (
    answers,
    baselines,
    evaluations,
    flaky,
    history,
    observations,
    overview,
    own_history,
    pools,
    prompts,
    query,
    repeats,
    results,
    run_file,
    run_import,
    runs,
    tallies,
    whole,
)
from evalkit.store.baselines import Baseline
from evalkit.store.connection import Connection, connect, told
from evalkit.store.creation import create, is_store, make_folder
from evalkit.store.fold import fold_spools, has_spools
from evalkit.store.migrate import check_version, migrate
from evalkit.store.run_content import read_run_contents
from evalkit.store.spool import spool_folder
from evalkit.store.spool_file import FoldReport
from evalkit.store.turns import WritersTurn, open_writer
from evalkit.store.version import SCHEMA_VERSION

#: How long a reading command tries to fold the spools beside the store before it reads what is there.
FOLD_TIMEOUT_S = 1.0


class Store:
    """An open store; use ``Store.open`` in a ``with``.

    While it is open for writing nobody else can open it, so keep that short; many may read at once.

    Attributes:
        notes: what the user should know: spools that could not be folded. Rows that could not be stored are
            told by ``evalkit.store.losses``.
    """

    def __init__(
        self, path: Path, connection: Connection, notes: list[str], turn: WritersTurn | None = None
    ) -> None:
        self.path = path
        self.connection = connection
        self.notes = notes
        self._turn = turn

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        mode: Literal["read", "write"] = "read",
        timeout_s: float = 30.0,
        is_sealed: bool = False,
        is_folding: bool = True,
    ) -> Store:
        """Open a store, waiting for other processes up to ``timeout_s``.

        ``write`` makes and migrates it. ``read`` first folds the spools beside it if it can get the lock
        within a second; ``is_sealed`` then keeps queries from other files. Raises StoreError (no store, no
        database, unusable folder), StoreLockedError with the holder's process id, StoreVersionError for a
        newer store. With ``is_folding=False`` a session reads what it found at its start: its own rows stay
        where they are until its end.
        """
        path = Path(path)
        if mode == "write":
            return cls._open_write(path, timeout_s)
        if is_folding and is_store(path) and not has_spools(spool_folder(path)):
            connection = connect(path, is_read_only=True, timeout_s=timeout_s, is_sealed=is_sealed)
            if _version(connection, path) == SCHEMA_VERSION:
                return cls(path, connection, [])
            connection.close()
        notes = cls._prepare(path, timeout_s) if is_folding else []
        if not is_store(path):
            hint = "run pytest with --llm-model first, or name a store with --store"
            raise StoreError("there is no store", where=str(path), hint=hint)
        connection = connect(path, is_read_only=True, timeout_s=timeout_s, is_sealed=is_sealed)
        return cls(path, connection, notes)

    @classmethod
    def begin(cls, path: Path, *, timeout_s: float = 30.0) -> tuple[FoldReport, StoreMark]:
        """For the start of a session: the store is there, can be written, and holds what lay beside it.

        Raises as ``open`` does. A store that is made here is not opened again: there is nothing in it.
        """
        make_folder(path.parent)
        if not is_store(path):
            create(path, timeout_s)
            if not has_spools(spool_folder(path)):
                return FoldReport(), StoreMark.of_file(path)
        with cls.open(path, mode="write", timeout_s=timeout_s) as store:
            return store.fold(), StoreMark.of(store)

    @classmethod
    def _open_write(cls, path: Path, timeout_s: float) -> Store:
        make_folder(path.parent)
        if not is_store(path):
            create(path, timeout_s)

        def prepare(connection: Connection) -> None:
            with told(path):
                migrate(connection, path)

        connection, turn = open_writer(path, timeout_s, prepare)
        return cls(path, connection, [], turn)

    @classmethod
    def _prepare(cls, path: Path, timeout_s: float) -> list[str]:
        """Fold and migrate what is there before reading it; the notes say what could not be done."""
        is_stale = is_store(path) and cls._is_stale(path, timeout_s)
        if not is_stale and not has_spools(spool_folder(path)):
            return []
        try:
            with cls.open(path, mode="write", timeout_s=timeout_s if is_stale else FOLD_TIMEOUT_S) as store:
                return store.fold().notes
        except StoreLockedError as error:
            if is_stale or not is_store(path):
                raise
            return [f"results of runs going on are not included yet: {error.what}"]

    @staticmethod
    def _is_stale(path: Path, timeout_s: float) -> bool:
        with connect(path, is_read_only=True, timeout_s=timeout_s) as connection:
            return _version(connection, path) < SCHEMA_VERSION

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self.connection.close()
        if self._turn is not None:
            self._turn.give_back()

    def fold(self) -> FoldReport:
        """Carry every spool beside the store into it (needs ``mode="write"``)."""
        return fold_spools(self.connection, spool_folder(self.path))

    def forget_if_empty(self, run_id: str) -> bool:
        """Remove a run that evaluated nothing; whether it was one."""
        with told(self.path):
            return runs.delete_if_empty(self.connection, run_id)

    def count_rows(self, evaluation_ids: Sequence[str]) -> tuple[int, int]:
        """How many responses and metrics these evaluations have."""
        return runs.count_rows(self.connection, evaluation_ids)

    def delete_run(self, run_id: str, evaluation_ids: Sequence[str]) -> None:
        """Take a run out again that could not be stored whole (needs ``mode="write"``)."""
        runs.delete(self.connection, run_id, evaluation_ids)

    def runs(self, limit: int | None = 20) -> list[Run]:
        """The last runs, the newest first."""
        return runs.last_runs(self.connection, limit)

    def run(self, which: str) -> Run:
        """A run by its id, a unique prefix of it, or ``latest``. Raises StoreError with what is near it."""
        return runs.find_run(self.connection, which)

    def outcomes(self, run_ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """How many verdicts of each word each run has; runs without gates are left out."""
        return runs.outcomes(self.connection, run_ids)

    def tasks(self, run_ids: Sequence[str]) -> dict[str, list[str]]:
        """The tasks of each run by name; runs that evaluated nothing are left out."""
        return runs.tasks(self.connection, run_ids)

    def overviews(
        self, run_ids: Sequence[str], operational: Sequence[str] = ()
    ) -> dict[str, list[overview.Overview]]:
        """What a list says of these runs, and of those before them: as ``read_overviews``."""
        return overview.read_overviews(self.connection, run_ids, operational)

    def evaluations(self, run_id: str) -> list[Evaluation]:
        """The evaluations of a run in the order of its session."""
        return evaluations.of_run(self.connection, run_id)

    def evaluation(self, evaluation_id: str) -> Evaluation:
        """One evaluation. Raises StoreError when there is none of that id."""
        return evaluations.by_id(self.connection, evaluation_id)

    def observations(self, evaluation_id: str) -> Observations:
        """Responses and scores of an evaluation in the order of the dataset, repeats side by side."""
        return observations.read(self.connection, self.evaluation(evaluation_id))

    def identical_repeats(self, run_id: str) -> dict[str, int]:
        """Evaluation id to its number of repeats, where all repeats of each sample gave the same answer."""
        return repeats.identical(self.connection, run_id)

    def tallies(self, run_id: str) -> dict[str, Tally]:
        """Evaluation id to how its answers ended and which model revisions gave them."""
        return tallies.tallies(self.connection, run_id)

    def own_history(
        self,
        evaluation: Evaluation,
        sample_hashes: Mapping[str, str | None] | None = None,
        *,
        scorer: str | None = None,
        until: float | None = None,
        without_run: str | None = None,
    ) -> own_history.OwnHistory:
        """What earlier answers of the same subject to the same samples got: by scorer, then by sample id.

        ``sample_hashes`` (sample id to ``Sample.content_hash``) are those of the stored responses unless
        given; ``scorer`` asks about one only, ``until`` leaves out runs that started later, ``without_run``
        the run that asks.
        """
        return own_history.read_own_history(
            self.connection, evaluation, sample_hashes, scorer=scorer, until=until, without_run=without_run
        )

    def estimates(self, evaluation_id: str) -> list[Estimate]:
        """The metrics of an evaluation, in the order they were stored."""
        return results.estimates(self.connection, evaluation_id)

    def verdicts(self, evaluation_id: str) -> list[Verdict]:
        """The verdicts of an evaluation, in the order they were stored."""
        return results.verdicts(self.connection, evaluation_id)

    def baseline_evaluation_ids(self, evaluation_id: str) -> dict[str, str]:
        """Gate text to the id of the evaluation that it was compared with, for gates that have one."""
        return results.baseline_evaluation_ids(self.connection, evaluation_id)

    def history(
        self, *, task: str | None = None, model: str | None = None, since: float | None = None
    ) -> list[history.HistoryRow]:
        """Every metric of every finished whole run, by task, model, prompt and metric, then by time."""
        return history.read_history(self.connection, task=task, model=model, since=since)

    def compared_with(self) -> set[str]:
        """Runs that others were compared with as their baseline, or that a name points at."""
        return history.compared_with(self.connection)

    @property
    def answers(self) -> answers.Answers:
        """Single answers by their samples and times."""
        return answers.Answers(self.connection)

    def flaky(
        self, *, task: str | None = None, model: str | None = None, since: float | None = None
    ) -> list[flaky.FlakySample]:
        """Samples that are scored now one way, now the other; asserted ones first."""
        return flaky.read_flaky(self.connection, task=task, model=model, since=since)

    def changed_share(self, earlier: str, later: str) -> float | None:
        """The share of answers that differ between two evaluations, None where they share no sample."""
        return history.changed_share(self.connection, earlier, later)

    def prompts(self, name: str | None = None) -> list[prompts.StoredPrompt]:
        """Every stored prompt text, or those of one name, the oldest first."""
        return prompts.stored(self.connection, name)

    def prompt_text(self, prompt_hash: str) -> str | None:
        """The text whose hash this is, or None."""
        return prompts.text_of(self.connection, prompt_hash)

    def ask(self, sql: str) -> query.Answer:
        """Run one statement of the user's that only reads. Raises StoreError."""
        return query.ask(self.connection, sql)

    def write_answer(self, sql: str, path: Path, form: Literal["csv", "parquet"]) -> int:
        """Run one statement of the user's that only reads, into a file; the number of rows. From then on this
        store reaches no other file. Raises StoreError."""
        return query.write(self.connection, sql, path, form)

    def baselines(self) -> list[baselines.Baseline]:
        """All baselines by name."""
        return baselines.all_baselines(self.connection)

    def set_baseline(self, name: str, *which: str) -> Run:
        """Point a baseline at a run (id, prefix or ``latest``), or have it pool several alike; the latest of
        them. Raises StoreError, with the reason, for a run that cannot be one: partial, unfinished, crashed,
        or with a verdict ``fail`` or ``error``."""
        with told(self.path):
            return baselines.set_baseline(self.connection, name, which)

    def pool_of(self, name: str, alike: str | None = None) -> list[str]:
        """Ids of the runs of a baseline, the latest first; those that can be pooled with run ``alike``."""
        return pools.pool_of(self.connection, name, alike)

    def delete_baseline(self, name: str) -> Baseline:
        """Forget a name; its run stays. Raises StoreError, with what is near it, for an unknown name."""
        with told(self.path):
            return baselines.delete_baseline(self.connection, name)

    def export_run(self, which: str, path: Path, pool: Sequence[str] = ()) -> int:
        """Write a run, and those that a baseline pools with it, into a file that needs no database; the
        number of responses. Raises StoreError as ``set_baseline`` does: what cannot be a baseline is not
        exported."""
        fit = [baselines.fit_run(self.connection, each).run_id for each in (which, *pool)]
        return run_file.write_run_file(self.connection, fit, path)

    def import_runs(self, path: Path) -> list[tuple[Run, bool]]:
        """Carry exported runs into the store (needs ``mode="write"``): each, the latest first, and whether it
        was new. Raises StoreError on a file that is none."""
        found, notes = run_import.import_runs(self.connection, path, spool_folder(self.path))
        self.notes.extend(notes)
        return found

    def exported_runs(self) -> list[Run]:
        """All runs, the latest first. Raises StoreError, with the reason, for one that cannot be compared."""
        return [baselines.fit_run(self.connection, each.run_id) for each in self.runs(None)]

    @classmethod
    def of_run_file(cls, path: Path) -> Store:
        """A store in memory with the runs of an exported file. Raises StoreError on another file."""
        return cls(path, run_file.store_of_runs(read_run_contents(path)), [])

    def resolve_baseline(self, what: str) -> Run | None:
        """The run behind a name or ``run:ID``, or None. Raises StoreError for an unknown run id."""
        return baselines.resolve(self.connection, what)

    def latest_evaluations(self, branch: str | None = None) -> list[Evaluation]:
        """Of each task and subject the last evaluation in a finished whole run, the newest run first; with
        ``branch`` among the runs on that git branch where no verdict fails."""
        return baselines.latest_evaluations(self.connection, branch)

    def branches(self) -> list[str]:
        """The git branches that runs were made on, by name."""
        return runs.branches(self.connection)

    def cut_off(self, run_id: str) -> list[tuple[Evaluation, str]]:
        """The evaluations of a run that lack what they asked for, each with the reason."""
        return whole.cut_off(self.connection, run_id)

    def answered(self, evaluation_id: str) -> Answered:
        """What is there of an evaluation."""
        return whole.answered(self.connection, [evaluation_id])[evaluation_id]

    def mark_partial(self, run_id: str) -> None:
        """Have the run's row say that it is not a whole run (needs ``mode="write"``)."""
        runs.mark_partial(self.connection, run_id)


@frozen
class StoreMark:
    """By what a store is known again: its file, and the last run in it."""

    file: tuple[int, int]
    run_id: str | None

    @classmethod
    def of(cls, store: Store) -> StoreMark:
        latest = store.runs(1)
        return cls.of_file(store.path, latest[0].run_id if latest else None)

    @classmethod
    def of_file(cls, path: Path, run_id: str | None = None) -> StoreMark:
        seen = path.stat()
        return cls((seen.st_dev, seen.st_ino), run_id)

    def is_same(self, store: Store) -> bool:
        """Whether it is the same file, and still holds that run."""
        is_there = self.run_id is None or runs.has_run(store.connection, self.run_id)
        return is_there and self.file == StoreMark.of_file(store.path).file


def _version(connection: Connection, path: Path) -> int:
    """As ``check_version``. Closes what it cannot read, or is too new to be read."""
    try:
        return check_version(connection, path)
    except duckdb.Error as error:
        connection.close()
        raise StoreError(f"cannot be read: {str(error).splitlines()[0]}", where=str(path)) from None
    except StoreError:
        connection.close()
        raise

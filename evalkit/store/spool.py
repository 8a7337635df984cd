"""What one process of a run appends to while it goes on: survives kill -9, needs no database.

``<store>.spool/<run_id>/<process>.jsonl`` holds one line for each row: ``["table", column, column, …]``. A
lock file beside it is held as long as the process lives. ``evalkit.store.fold`` carries the lines into the
store.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from evalkit.core.estimate import Estimate
from evalkit.core.message import Media
from evalkit.core.plain_name import is_plain_name
from evalkit.core.prompt import Prompt
from evalkit.core.response import Response
from evalkit.core.run import Evaluation, Run
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.verdict import Verdict
from evalkit.errors import StoreError
from evalkit.store import rows
from evalkit.store.lock import LockFile
from evalkit.store.version import SCHEMA_VERSION
from evalkit.version import __version__

FLUSH_EVERY_S = 0.2


def spool_folder(store_path: Path) -> Path:
    """Where the runs of a store keep their spools. Raises StoreError where the path is a folder."""
    if not store_path.name or store_path.is_dir():
        hint = f"name a file: {store_path / 'results.duckdb'}"
        raise StoreError("is a folder", where=str(store_path), hint=hint)
    return store_path.with_name(store_path.name + ".spool")


class Spool:
    """Appends rows of one process of one run; use ``Spool.create``. Every method is safe from any thread.

    An append costs microseconds: lines gather in memory and a thread hands them to the operating system
    every 0.2 s. A failure to write (a full disk) keeps the lines; the next ``flush`` or ``close`` raises it.
    """

    def __init__(self, path: Path, lock: LockFile) -> None:
        self.path = path
        self._lock = lock
        self._lines: list[bytes] = []
        self._unwritten = b""
        #: Hashes of the samples and media that this process has added.
        self._known: set[str] = set()
        self._writing = threading.Lock()
        self._error: OSError | None = None
        self._is_stopped = threading.Event()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        if _is_torn(self._fd):
            self._unwritten = b"\n"
        self._thread = threading.Thread(target=self._keep_flushing, name="evalkit-spool", daemon=True)

    @classmethod
    def create(cls, store_path: Path, run_id: str, process: str = "main") -> Spool:
        """Open a spool beside the store. Raises StoreError where the folder cannot be written."""
        for name in (run_id, process):
            if not is_plain_name(name):
                raise StoreError(f"{name!r} cannot name a file", hint="use letters, digits, '-', '_' and '.'")
        folder = spool_folder(Path(store_path)) / run_id
        lock = LockFile(folder / f"{process}.lock")
        try:
            while True:
                folder.mkdir(parents=True, exist_ok=True)
                try:
                    lock.acquire()
                    break
                except FileNotFoundError:  # the folder of a finished run was swept away in between
                    time.sleep(0.01)
            spool = cls(folder / f"{process}.jsonl", lock)
        except OSError as error:
            raise StoreError(
                f"cannot write results here: {error.strerror}",
                where=str(folder),
                hint="make the folder writable or name another with --llm-store=PATH",
            ) from None
        spool._append("spool", [SCHEMA_VERSION, __version__])
        atexit.register(spool.close)
        spool._thread.start()
        return spool

    def add_run(self, run: Run) -> None:
        """Say how the run stands; a later row replaces an earlier one."""
        self._append("runs", rows.run_row(run))

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """Say how the evaluation stands; a later row replaces an earlier one. Stores its subject too."""
        self._append("subjects", rows.subject_row(evaluation.subject))
        self._append("evaluations", rows.evaluation_row(evaluation))

    def add_prompt(self, prompt: Prompt, *, created_at: float | None = None, path: str | None = None) -> None:
        """Keep the text of a prompt and where its file is; one that is known stays as it was first stored."""
        self._append("prompts", rows.prompt_row(prompt, created_at or time.time(), path))

    def add_response(
        self,
        evaluation_id: str,
        sample: Sample,
        response: Response,
        position: int | None = None,
        *,
        is_recheck: bool = False,
    ) -> None:
        """Keep one answer; ``position`` is the sample's place in its dataset and orders what is read back. A
        recheck was asked because an earlier answer failed: it is not part of what is read back."""
        row_hash = self._add_sample(sample)
        row = rows.response_row(
            evaluation_id, sample, response, position, is_recheck=is_recheck, row_hash=row_hash
        )
        self._append("responses", row)
        for message in response.trajectory or ():
            self.add_media(message.media)

    def add_media(self, media: Iterable[Media]) -> None:
        """Keep what a message showed, once; what came without its bytes is in the store already."""
        for each in media:
            if each.sha256 not in self._known and each.data:
                self._known.add(each.sha256)
                self._append("media", rows.media_row(each))

    def _add_sample(self, sample: Sample) -> str | None:
        """Keep the row of the dataset, once; its hash, None where there is none."""
        row = rows.sample_row(sample)
        if row is None:
            return None
        if row[0] not in self._known:
            self._known.add(row[0])
            self._append("samples", row)
        return str(row[0])

    def add_scores(self, evaluation_id: str, sample_id: str, repeat: int, *scores: Score) -> None:
        """Keep what scorers say of one answer."""
        for score in scores:
            self._append("scores", rows.score_row(evaluation_id, sample_id, repeat, score))
            if score.judgements:
                self._add_judgements(evaluation_id, sample_id, repeat, score)

    def _add_judgements(self, evaluation_id: str, sample_id: str, repeat: int, score: Score) -> None:
        from evalkit.store.judgements import judgement_rows  # where judges were asked

        said = score.judgements or ()
        for row in judgement_rows(evaluation_id, sample_id, repeat, score.scorer, said, time.time()):
            self._append("judgements", row)

    def add_metrics(self, evaluation_id: str, estimates: Sequence[Estimate]) -> None:
        """Keep metrics; a later one of the same label replaces an earlier one."""
        for estimate in estimates:
            self._append("metrics", rows.metric_row(evaluation_id, estimate))

    def add_verdict(
        self, evaluation_id: str, verdict: Verdict, baseline_evaluation_id: str | None = None
    ) -> None:
        """Keep how a gate came out; a later one of the same gate replaces an earlier one."""
        self._append("verdicts", rows.verdict_row(evaluation_id, verdict, baseline_evaluation_id))

    def flush(self) -> None:
        """Hand everything to the operating system. Raises StoreError when it does not take it."""
        self._write()
        if self._error is not None:
            raise StoreError(
                f"cannot write results: {self._error.strerror}",
                where=str(self.path),
                hint="free some space; what is in memory is kept until then",
            )

    def close(self) -> None:
        """Flush and let go of the lock: from now on the spool counts as ended. Safe to call twice.

        Raises StoreError when something that was added is lost."""
        if self._is_stopped.is_set():
            return
        self._is_stopped.set()
        self._thread.join()
        atexit.unregister(self.close)
        try:
            self.flush()
            self._check_there()
        finally:
            os.close(self._fd)
            self._lock.release()

    def discard(self) -> None:
        """Let go of the lock and of all that was added: nothing of it will be stored. Safe to call twice."""
        self._lines.clear()
        with self._writing:
            self._unwritten = b""
        self.path.unlink(missing_ok=True)
        with suppress(StoreError):
            self.close()

    def _check_there(self) -> None:
        """Raises StoreError where the file that was written to is not what the next fold will read."""
        try:
            is_there = os.path.samestat(os.fstat(self._fd), os.stat(self.path))
        except OSError:
            is_there = False
        if not is_there:
            raise StoreError(
                "the spool was deleted or replaced while the session wrote to it",
                where=str(self.path),
                hint="run it again, and leave the folder beside the store alone until the session ends",
            )

    def _append(self, table: str, row: rows.Row) -> None:
        line = [table, *row]
        try:
            self._lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        except TypeError:  # a lone surrogate, an integer beyond 64 bits, a str or int of another class
            self._lines.append(orjson.dumps(_carried(line), option=orjson.OPT_APPEND_NEWLINE))

    def _keep_flushing(self) -> None:
        while not self._is_stopped.wait(FLUSH_EVERY_S):
            self._write()

    def _write(self) -> None:
        with self._writing:
            n_lines = len(self._lines)  # others may append meanwhile, but only here are lines taken away
            self._unwritten += b"".join(self._lines[:n_lines])
            del self._lines[:n_lines]
            try:
                while self._unwritten:
                    self._unwritten = self._unwritten[os.write(self._fd, self._unwritten) :]
                self._error = None
            except OSError as error:
                self._error = error


def _is_torn(fd: int) -> bool:
    """Whether the file's last line has no end: whoever wrote it before was killed in mid-write."""
    size = os.fstat(fd).st_size
    return size > 0 and os.pread(fd, 1, size - 1) != b"\n"


def _carried(value: Any) -> Any:
    """``value`` as JSON can carry it: half surrogate pairs become U+FFFD, what has no JSON becomes text."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list | tuple):
        return [_carried(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    return int(value) if isinstance(value, int) and -(2**63) <= value < 2**63 else str(value)

"""Which of several worker processes evaluates: the one that holds a lock, which dies with it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from evalkit.session.outcome import Board
from evalkit.store.lock import LockFile


class Leadership:
    """A lock file and a board of outcomes in a folder that all processes of a session share.

    The operating system frees the lock when its holder ends, however it ends, so another worker takes over.
    """

    def __init__(self, directory: Path) -> None:
        self.board = Board(directory / "outcomes.jsonl")
        self._lock = LockFile(directory / "leader.lock")
        self._stop_path = directory / "stop"
        self._partial_path = directory / "partial"
        self._whole_path = directory / "whole"
        self._progress_path = directory / "progress"
        self._spent_path = directory / "rerun"
        #: What the processes write their common budget down in.
        self.budget_path = directory / "budget"
        self._is_leader = False

    def try_take(self) -> bool:
        """Become the one that evaluates, if nobody is."""
        self._is_leader = self._is_leader or self._lock.try_acquire()
        return self._is_leader

    def ask_to_stop(self) -> None:
        """Tell every process that the rest will not come. Where that cannot be said each finds out itself."""
        with suppress(OSError):
            self._stop_path.touch()

    @property
    def is_stopping(self) -> bool:
        return self._stop_path.exists()

    def note_partial(self) -> None:
        """Tell the main process that not every sample was asked for."""
        self._partial_path.touch()

    @property
    def is_partial(self) -> bool:
        return self._partial_path.exists()

    def note_whole(self) -> None:
        """Tell the main process that every item got its outcome. Whoever dies before leaves it unsaid."""
        self._whole_path.touch()

    @property
    def is_whole(self) -> bool:
        return self._whole_path.exists()

    def note_spent(self, n_requests: int) -> None:
        """Tell whoever takes over what is spent of ``--llm-rerun``."""
        self._spent_path.write_text(str(n_requests), encoding="utf-8")

    @property
    def n_spent(self) -> int:
        """What earlier leaders spent of ``--llm-rerun``."""
        return int(self._spent_path.read_text(encoding="utf-8")) if self._spent_path.exists() else 0

    def show_progress(self, text: str) -> None:
        """Leave a line for the main process to show."""
        partial = self._progress_path.with_suffix(".new")
        partial.write_text(text, encoding="utf-8")
        partial.replace(self._progress_path)

    def progress(self) -> str | None:
        """The latest line, None before the first."""
        try:
            return self._progress_path.read_text(encoding="utf-8")
        except OSError:
            return None

"""A progress bar, in a terminal and in a notebook."""

from __future__ import annotations

import warnings
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from evalkit.core.text import inert
from evalkit.session.session import EvalSession


class ProgressBar:
    """Follows a session; nothing is shown where ``is_shown`` is false.

    On a terminal it stands on standard error; a notebook shows a widget where it has some.
    """

    def __init__(self, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._session: EvalSession | None = None
        self._bar: Any = None

    def follow(self, session: EvalSession) -> None:
        """Whose responses are counted."""
        self._session = session

    def tick(self) -> None:
        """Show how far it is."""
        session = self._session
        if not self._is_shown or session is None or session.evaluator is None:
            return
        progress = session.resources.runner.progress
        if self._bar is None and progress.n_total:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a notebook without widgets gets the bar as text
                from tqdm.auto import tqdm

            # Off where standard error is neither a terminal nor a notebook.
            self._bar = tqdm(
                total=progress.n_total, unit=" responses", desc="evalkit", leave=False, disable=None
            )
        if self._bar is not None:
            self._bar.total = progress.n_total
            told = inert(session.progress_text or "").split("  ")[2:]  # number and rate are the bar's
            self._bar.set_postfix_str(", ".join(told), refresh=False)
            self._bar.update(progress.n_done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            with suppress(Exception):  # a notebook that is gone shows nothing
                self._bar.close()

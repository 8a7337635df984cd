"""What the store knew of a session's samples before it began."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.run import Evaluation
from evalkit.core.sample import Sample
from evalkit.store.own_history import OwnValues
from evalkit.store.store import Store

#: A reader that another process keeps out goes on without history.
_TIMEOUT_S = 1.0

#: An evaluation, its samples and a scorer to the values of earlier answers, by sample id.
SampleHistory = Callable[[Evaluation, Sequence[Sample], str], Mapping[str, OwnValues]]


class StoredHistory:
    """Own history of the samples of any evaluation; each is asked for once.

    A store that cannot be read has none. That costs an explanation, and with ``--llm-rerun`` the proof that a
    failure is new (which is ``undecided`` then) or the choice of fewer samples; it never makes a ``pass``.

    Args:
        run_id: the session's own Run, whose answers are no earlier ones, though another command may have
            folded some of them into the store meanwhile.
    """

    def __init__(self, store_path: Path, run_id: str) -> None:
        self._store_path = store_path
        self._run_id = run_id
        self._found: dict[tuple[Any, ...], Mapping[str, OwnValues]] = {}

    def __call__(
        self, evaluation: Evaluation, samples: Sequence[Sample], scorer: str
    ) -> Mapping[str, OwnValues]:
        """Sample id to the values that ``scorer`` gave in other runs; samples without any are absent."""
        key = evaluation.evaluation_id, evaluation.subject.subject_id, scorer
        if key not in self._found:
            self._found[key] = self._read(evaluation, samples, scorer)
        return self._found[key]

    def _read(
        self, evaluation: Evaluation, samples: Sequence[Sample], scorer: str
    ) -> Mapping[str, OwnValues]:
        hashes = {sample.id: sample.content_hash for sample in samples}
        try:
            with Store.open(self._store_path, timeout_s=_TIMEOUT_S, is_folding=False) as store:
                history = store.own_history(evaluation, hashes, scorer=scorer, without_run=self._run_id)
        except Exception:
            return {}
        return history.get(scorer, {})

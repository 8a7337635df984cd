"""ROUGE of many pairs: rouge-score-rs where it is installed, else rouge-score; the values are the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from evalkit.errors import MissingExtraError
from evalkit.metrics.metric import Floats
from evalkit.metrics.recent_rows import RecentRows

#: In the order of preference (docs/adr/0013-text-metrics.md).
ENGINES = ("rouge_score_rs", "rouge_score")

#: What a task usually asks together. Most of the time goes into words and their stems, so that all in one
#: pass cost little more than one, and the others are there when their metric asks.
_TOGETHER = ("rouge1", "rouge2", "rougeL", "rougeLsum")
_SMALLEST_BATCH = 64
#: Characters of the longest text from which on the last of them is dear.
_LONG = 5_000

#: By type and fingerprint of the texts.
_recent = RecentRows(16)


def has_engine() -> bool:
    """Whether one of them is installed."""
    return any(find_spec(name) is not None for name in ENGINES)


def score_pairs(
    kind: str, targets: Sequence[str], outputs: Sequence[str], *, use_stemmer: bool, engine: str | None = None
) -> Floats:
    """(n, 3) precision, recall and F in 0..1 of n pairs.

    Args:
        kind: ``rouge1`` to ``rouge9``, ``rougeL``, ``rougeLsum``.
        targets, outputs: n texts each; lines are the sentences of ``rougeLsum``.
        engine: one of ENGINES; by default the first that can be loaded.

    Raises MissingExtraError where none can.
    """
    engine = engine or _first_that_loads(ENGINES)
    if len(targets) < _SMALLEST_BATCH:  # scorers ask for each sample: not to push out batches
        return _scored((kind,), targets, outputs, use_stemmer, engine)[kind]
    texts = engine, use_stemmer, hash(tuple(targets)), hash(tuple(outputs)), len(targets)
    known = _recent.find((kind, *texts))
    if known is not None:
        return known
    kinds = _kinds(kind, targets, outputs) if engine == ENGINES[0] else (kind,)
    found = _scored(kinds, targets, outputs, use_stemmer, engine)
    for each in kinds:
        _recent.keep((each, *texts), found[each])
    return found[kind]


def _scored(
    kinds: tuple[str, ...], targets: Sequence[str], outputs: Sequence[str], use_stemmer: bool, engine: str
) -> dict[str, Floats]:
    """Kind to (n, 3) values."""
    scores = _score(_scorer(kinds, use_stemmer, engine), targets, outputs)
    return {
        each: np.array([score[each] for score in scores], dtype=np.float64).reshape(-1, 3) for each in kinds
    }


@lru_cache(maxsize=4)
def _first_that_loads(engines: tuple[str, ...]) -> str:
    problem = "none is installed"
    for name in engines:
        try:
            import_module(f"{name}.rouge_scorer")
            return name
        except ImportError as error:  # a wheel of another machine, a package of its own that is missing
            problem = str(error)
    hint = "pip install 'pytest-evalkit[text]'"
    raise MissingExtraError(f"rouge-score cannot be loaded: {problem}", hint=hint)


def _kinds(kind: str, targets: Sequence[str], outputs: Sequence[str]) -> tuple[str, ...]:
    if kind not in _TOGETHER:
        return (kind,)
    if kind != "rougeLsum" and max(map(len, (*targets, *outputs))) > _LONG:
        return _TOGETHER[:-1]
    return _TOGETHER


def _score(rouge: Any, targets: Sequence[str], outputs: Sequence[str]) -> Sequence[Any]:
    targets, outputs = list(map(_clean, targets)), list(map(_clean, outputs))
    if hasattr(rouge, "score_batch"):
        return list(rouge.score_batch(targets, outputs))
    return list(map(rouge.score, targets, outputs))


@lru_cache(maxsize=64)
def _scorer(kinds: tuple[str, ...], use_stemmer: bool, engine: str) -> Any:
    return import_module(f"{engine}.rouge_scorer").RougeScorer(list(kinds), use_stemmer=use_stemmer)


def _clean(text: str) -> str:
    """Without lone surrogates, which are not words and which no UTF-8 holds."""
    return text if text.isascii() else text.encode(errors="replace").decode()

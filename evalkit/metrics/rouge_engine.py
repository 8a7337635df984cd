"""ROUGE of many pairs: rouge-score-rs where it is installed, else rouge-score; the values are the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from evalkit.metrics.metric import Floats

#: In the order of preference (docs/adr/0013-text-metrics.md).
ENGINES = ("rouge_score_rs", "rouge_score")


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
        engine: one of ENGINES; by default the first that is installed.
    """
    targets, outputs = [_clean(text) for text in targets], [_clean(text) for text in outputs]
    scorer = _scorer(kind, use_stemmer, engine or next(name for name in ENGINES if find_spec(name)))
    if hasattr(scorer, "score_batch"):
        scores = scorer.score_batch(targets, outputs)
    else:
        scores = list(map(scorer.score, targets, outputs))
    return np.array([score[kind] for score in scores], dtype=np.float64).reshape(-1, 3)


@lru_cache(maxsize=64)
def _scorer(kind: str, use_stemmer: bool, engine: str) -> Any:
    return import_module(f"{engine}.rouge_scorer").RougeScorer([kind], use_stemmer=use_stemmer)


def _clean(text: str) -> str:
    """Without lone surrogates, which are no words and which no UTF-8 holds."""
    return text if text.isascii() else text.encode(errors="replace").decode()

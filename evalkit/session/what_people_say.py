"""What people said before of the very texts that a session got again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.metrics.metric import Metric


def with_reviews(
    evaluation: Evaluation, observations: Observations, metrics: Iterable[Metric], store: Path
) -> Observations:
    """The answers with the reviews of the same texts, where a metric reads any. Nobody has reviewed an answer
    that came just now, but many come as they came before, from the cache or at temperature 0. Raises
    StoreError where the store cannot be read."""
    if all(metric.reads_reviews is None for metric in metrics):
        return observations
    from evalkit.store.reviewed import read_reviewed
    from evalkit.store.store import Store

    with Store.open(store, is_folding=False) as opened:
        reviewed = read_reviewed(opened.connection, evaluation, observations)
    return replace(observations, reviewed=reviewed)

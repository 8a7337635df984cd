"""The statistics of a metric over an evaluation, read from its texts once."""

from __future__ import annotations

from evalkit.core.observations import Observations
from evalkit.metrics.metric import Metric, Table


def statistics(metric: Metric, observations: Observations) -> Table:
    """``metric.table(observations)``; of a metric over texts it is remembered with the observations, so that
    its value, its interval, paired tests and shares of samples tokenise, parse or embed no text again."""
    if not metric.reads_texts:
        return metric.table(observations)
    key = repr(metric)  # a frozen dataclass: its class and all its parameters
    if key not in observations.statistics:
        observations.statistics[key] = metric.table(observations)
    table: Table = observations.statistics[key]
    return table

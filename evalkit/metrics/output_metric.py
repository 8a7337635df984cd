"""Base of metrics that score raw responses themselves: what can be read counts, what cannot is a failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.errors import EvalkitError, MetricError
from evalkit.files.border import reason_of
from evalkit.metrics.base import BaseMetric, table_of
from evalkit.metrics.metric import Floats, Table
from evalkit.metrics.recent_rows import RecentRows

#: By metric and fingerprint of what was read; some 2 MB for 20,000 texts each.
_recent = RecentRows(16)


@dataclass(frozen=True)
class OutputMetric(BaseMetric):
    """Base: write ``_read``, ``_rows`` and ``aggregate``.

    Failed responses and those that ``_read`` turns away are counted in ``n_failed`` and change nothing else.
    """

    #: Whether one sample alone has a value, so that ``scorers: [NAME]`` and ``llm.score`` can give it.
    has_sample_value: ClassVar[bool] = True

    def table(self, observations: Observations) -> Table:
        """Statistics of what can be scored. Raises MetricError where every response is turned away."""
        kept, read, refusal = [], [], None
        for i, response in enumerate(observations.responses):
            if response.error is not None:
                continue
            try:
                read.append(self._read(response, observations.targets[i]))
                kept.append(i)
            except Exception as error:  # of one row: no other one is harmed
                if isinstance(error, EvalkitError) and not isinstance(error, MetricError):
                    raise
                refusal = refusal or f"sample {observations.sample_ids[i]!r}: {reason_of(error)}"
        if refusal and not kept:
            raise MetricError(refusal)
        rows = self._remembered_rows(read) if read else np.empty((0, self._width()))
        table = table_of(observations, kept, rows)
        return Table(table.rows, table.sample_ids, table.n_failed, refusal)

    def _remembered_rows(self, read: Sequence[Any]) -> Floats:
        """The rows, from memory where an interval, a gate or a report asked for the same ones before."""
        if len(read) == 1:  # as scorers ask, thousands of times: they would push out all batches
            return self._rows(read)
        key = type(self), self, len(read), hash(tuple(read))
        rows = _recent.find(key)
        if rows is None:
            rows = self._rows(read)
            _recent.keep(key, rows)
        return rows

    def _read(self, response: Response, target: Any) -> Any:
        """What ``_rows`` needs of a response. Raises MetricError that says why it cannot be scored."""
        raise NotImplementedError

    def _rows(self, read: Sequence[Any]) -> Floats:
        """(n, k) statistics of n >= 1 responses."""
        raise NotImplementedError

    def _width(self) -> int:
        """k, the number of statistics of a response."""
        return 1

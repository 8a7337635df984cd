"""``evaluate``: any module of Hugging Face evaluate as a metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.metrics.base import BaseMetric, table_of
from evalkit.metrics.cancellation import long_work
from evalkit.metrics.external.engine.evaluate_inputs import Inputs, Places, read_inputs
from evalkit.metrics.external.engine.evaluate_loading import load_module, module_revision
from evalkit.metrics.metric import Floats, Table


@dataclass(frozen=True)
class Evaluate(BaseMetric):
    """The result of a module of Hugging Face evaluate over all responses; larger is better unless told
    otherwise. Written ``evaluate:NAME``.

    A module over texts gets the outputs; one over numbers gets the answers that the task's scorer read,
    choices as their positions. The interval is a bootstrap over samples that calls the module again for
    each resample: say ``interval: false`` where that takes too long. MetricError where the module is not on
    this machine, cannot read what is there, or gives no number under ``key``.

    Args:
        module: name on the Hub (``rouge``, ``user/module``) or the path of a script or its folder.
        key: entry of the module's result; by default the one with the module's name, or its only one.
        config: the module's configuration (``mrpc`` of ``glue``).
        compute: keyword arguments of ``compute``, such as ``{average: macro}``.
        higher_is_better: false if smaller is better.
        interval: false to compute no interval.
    """

    name = "evaluate"
    kind = "corpus"
    bounds = (-inf, inf)
    unit = "none"
    reads_texts: ClassVar[bool] = True
    main: ClassVar[str | None] = "module"
    variant: ClassVar[str | None] = "module"

    module: str = field()
    key: str | None = None
    config: str | None = None
    compute: Mapping[str, Any] | None = None
    higher_is_better: bool = True
    interval: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "is_higher_better", self.higher_is_better)
        if not self.interval:
            object.__setattr__(self, "kind", "total")

    def table(self, observations: Observations) -> Table:
        """One row for each response that counts: the place of its inputs in this process."""
        kept, rows, failure = read_inputs(observations, load_module(self.module, self.config))
        return replace(table_of(observations, kept, rows), first_failure=failure)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The module's value over each resample; a row that counts twice is handed over twice. MetricError
        where the session was told to stop meanwhile."""
        places = rows[:, 0].astype(np.int64)
        if weights is None:
            return np.array([self._value(places, is_resample=False)])
        values = np.empty(len(weights))
        with long_work(f"{self.name}:{self.module}: resamples", len(weights)) as work:
            for i, counts in enumerate(weights.astype(np.int64)):
                values[i] = self._value(np.repeat(places, counts), is_resample=True)
                work.advance(1)
        return values

    def _value(self, places: Places, *, is_resample: bool) -> float:
        if not len(places):
            return float("nan")
        module = load_module(self.module, self.config)
        return Inputs.at(places).result(module, self.key, self.compute or {}, is_resample=is_resample)

    def _signature_parts(self, observations: Observations) -> list[str]:
        parts = [part for part in super()._signature_parts(observations) if not part.startswith("interval:")]
        return [*parts, f"revision:{module_revision(self.module)}"]

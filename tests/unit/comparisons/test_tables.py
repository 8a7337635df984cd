"""Texts are read once for all that is computed of a metric."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from evalkit.comparisons.compare import compare
from evalkit.comparisons.estimate import estimate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.metrics.base import column, weighted_mean
from evalkit.metrics.captions.engine.caption_metric import Captioned, CaptionMetric
from evalkit.metrics.metric import Floats

READ: list[int] = []


@dataclass(frozen=True)
class Length(CaptionMetric):
    """Mean length; larger is better."""

    name: ClassVar[str] = "length"
    bounds = (0.0, 100.0)
    factor: float = 1.0

    def _statistics(self, captioned: Captioned) -> Floats:
        READ.append(len(captioned.captions))
        return column([self.factor * len(caption) for caption in captioned.captions])

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        return weighted_mean(rows, weights)


def observed(*outputs: str) -> Observations:
    ids = [str(i) for i in range(len(outputs))]
    return Observations(ids, ["a reference"] * len(ids), [Response(output) for output in outputs])


@pytest.fixture(autouse=True)
def _nothing_read() -> None:
    READ.clear()


def test_value_interval_and_paired_test_read_each_side_once() -> None:
    before, after = observed("a", "bb", "ccc"), observed("aa", "bbb", "c")
    estimate(Length(), "length", after)
    compare(Length(), "length", before, after)
    compare(Length(), "length", before, after)
    assert READ == [3, 3]


def test_other_parameters_and_other_responses_are_read_anew() -> None:
    seen = observed("a", "bb")
    values = [estimate(Length(factor=f), "length", seen).value for f in (1.0, 2.0)]
    values.append(estimate(Length(), "length", replace(seen, responses=[Response("cccc")] * 2)).value)
    assert values == [1.5, 3.0, 4.0]
    assert len(READ) == 3

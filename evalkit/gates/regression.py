"""``regression``: a gate on the difference between candidate and baseline, paired on sample ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Annotated, Any, ClassVar, Literal, Self

from evalkit.core.fitting import Bounds, Checked
from evalkit.core.forms import Key, Written
from evalkit.core.gate import Gate, MetricSpec, Missing, near_number
from evalkit.core.slices import parse_by
from evalkit.errors import TaskError

FailWhen = Literal["shown_below_zero", "shown_below_margin"]

_FINITE = Bounds(above=-inf, below=inf, words="a number")
#: Two models are never exactly alike.
_TWO_SIDED = {
    "if": {"properties": {"two_sided": {"const": True}}, "required": ["two_sided"]},
    "then": {"properties": {"margin": {"exclusiveMinimum": 0}}},
}
_MARGIN = Checked({"minimum": 0})
_ALPHA = Checked({"exclusiveMinimum": 0, "maximum": 0.5})
_BY = Written(parse_by, {"type": ["string", "null"], "pattern": r"\S"})


@dataclass(frozen=True)
class RegressionGate(Gate):
    """Candidate against baseline, paired on sample ids.

    Attributes:
        margin: the drop that is still acceptable, in units of the metric, >= 0.
        alpha: false-alarm rate of the gate, in (0, 0.5], before it is shared over the session.
        fail_when: what must be shown for the gate to fail: that the candidate is worse (and the observed drop
            reaches the margin), or that it is worse by more than the margin.
        is_two_sided: the candidate must be neither worse nor better by the margin (equivalence).
        missing: failed answers are ``left_out``, or count as the ``worst`` possible for the candidate.
        by: one gate for each slice of the samples: ``tags``, the name of a field of the rows, or a template
            over the row.
    """

    kind: ClassVar[str] = "regression"
    is_compared: ClassVar[bool] = True
    decider: ClassVar[str] = "evalkit.gates.deciding.regression:RegressionDecider"
    rules: ClassVar[Mapping[str, Any]] = _TWO_SIDED

    margin: Annotated[float, _FINITE, _MARGIN] = 0.02
    alpha: Annotated[float, _FINITE, _ALPHA] = 0.05
    fail_when: FailWhen = "shown_below_zero"
    is_two_sided: Annotated[bool, Key("two_sided")] = False
    missing: Missing = "left_out"
    by: Annotated[str | None, _BY] = None

    def __post_init__(self) -> None:
        """The metric has the slices; a task makes a gate of each once its rows are known."""
        if self.by is not None:
            object.__setattr__(self, "metric", replace(self.metric, by=self.by))
            object.__setattr__(self, "by", None)

    @property
    def text(self) -> str:
        return f"regression({self.metric.whole_label}){self.metric.part}"

    @classmethod
    def parse(cls, value: Any, key: str = "regression") -> Self:
        """``{"metric": "accuracy", "margin": 0.02, …}``, or the metric alone."""
        gate = super().parse(value, key)
        gate._refuse_impossible(key)
        return gate

    def _refuse_impossible(self, key: str) -> None:
        if self.margin < 0:
            hint = f"give the drop that is acceptable, >= 0; did you mean {-self.margin:g}?"
            raise TaskError(f"margin {self.margin:g} is negative", key=f"{key}.margin", hint=hint)
        if not 0 < self.alpha <= 0.5:
            is_percent = 1 <= self.alpha <= 50
            meant = f"did you mean {self.alpha / 100:g}?"
            hint = meant if is_percent else "give a false-alarm rate such as 0.05"
            raise TaskError(f"alpha {self.alpha:g} is outside (0, 0.5]", key=f"{key}.alpha", hint=hint)
        if self.is_two_sided and not self.margin:
            hint = "give the difference that is acceptable either way, for example 'margin: 0.02'"
            what = "two_sided needs a margin above 0: no two models are exactly alike"
            raise TaskError(what, key=f"{key}.two_sided", hint=hint)

    def values(self) -> dict[str, Any]:
        values = {"margin": self.margin, "alpha": self.alpha, "fail_when": self.fail_when}
        return {**values, "two_sided": self.is_two_sided, "missing": self.missing}

    @classmethod
    def from_values(cls, metric: MetricSpec, values: Mapping[str, Any]) -> Self:
        return cls(
            metric,
            float(values["margin"]),
            float(values["alpha"]),
            values.get("fail_when", cls.fail_when),
            bool(values.get("two_sided", False)),
            values.get("missing", cls.missing),
        )

    def check(self, low: float, high: float) -> None:
        if self.margin >= high - low:
            what = f"margin {self.margin:g} allows any drop: {self.metric.label} lies in {low:g} .. {high:g}"
            raise TaskError(what, hint=near_number(self.margin, 0.0, high - low))

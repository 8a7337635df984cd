"""What a task asks of a judge before its gates may rest on the judge's scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Self

from evalkit.core.fitting import Bounds
from evalkit.core.forms import Nested, read_fields
from evalkit.core.frozen import frozen

#: Days after which a calibration is asked for again, unless a task says otherwise.
MAX_AGE_DAYS = 90.0
#: What a label by a person costs, unless a task says otherwise: a minute at $30 an hour.
LABEL_COST_USD = 0.5


@frozen
class JudgeCondition:
    """The agreement with people that a judge has to have shown, and how long that counts.

    Attributes:
        min_kappa: lowest accepted kappa between judge and people, in -1..1, with quadratic weights on an
            ordinal scale; by default, no gate waits for a calibration.
        max_age_days: days after which a calibration no longer counts.
        proven: whether the lower end of kappa's 95 % interval must reach ``min_kappa``, not only its value.
        label_cost_usd: what one label by a person costs, in US dollars, for plans of open gates.
    """

    min_kappa: Annotated[float | None, Bounds(at_least=-1, at_most=1, words="a kappa in -1..1")] = None
    max_age_days: Annotated[float, Bounds(above=0)] = MAX_AGE_DAYS
    proven: bool = False
    label_cost_usd: Annotated[float, Bounds(at_least=0)] = LABEL_COST_USD

    def lets(self, kappa: float | None, low: float | None) -> bool:
        """Whether a judge with this kappa may be relied on: ``min_kappa`` is reached, not by chance alone.

        Args:
            kappa, low: kappa and the lower end of its 95 % interval; None where there is none.
        """
        if self.min_kappa is None:
            return True
        reached = low if self.proven else kappa
        return reached is not None and reached >= self.min_kappa and not self.is_chance(low)

    def is_chance(self, low: float | None) -> bool:
        """Whether a judge that guesses could show as much: a kappa of 1 on two labels shows nothing."""
        return bool(self.min_kappa and self.min_kappa > 0) and (low is None or low <= 0)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the store."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """The condition that ``as_dict`` gave."""
        least = values.get("min_kappa")
        kappa = None if least is None else float(least)
        price = float(values.get("label_cost_usd", LABEL_COST_USD))
        return cls(kappa, float(values["max_age_days"]), bool(values["proven"]), price)


def parse_judge_condition(value: Any, key: str = "judge") -> JudgeCondition | None:
    """A task's ``judge:`` mapping. Raises TaskError with the offending ``key``."""
    if value is None or isinstance(value, JudgeCondition):
        return value
    return JudgeCondition(**read_fields(JudgeCondition, value, key))


#: In a task file: what its gates ask of a judge.
JUDGE = Nested(JudgeCondition, parse_judge_condition)

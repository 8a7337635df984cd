"""How one Subject stood in the tournament of a task, kept with its evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal, get_args

from evalkit.core.frozen import frozen

#: ``winner``: the only one that is not shown to be worse than another. ``tied``: one of several such, or the
#: only one of which few enough responses failed. ``behind``: shown to be worse by the test at the end.
#: ``dropped``: shown to be worse on the way, and asked no further. ``open``: the tournament was cut off.
#: ``error``: too many responses failed.
Standing = Literal["winner", "tied", "behind", "dropped", "open", "error"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)


@frozen(slots=True)
class TournamentRecord:
    """A Subject's place.

    Attributes:
        metric: label of the metric that it was about.
        standing: see ``Standing``.
        is_baseline: whether it is what the others are candidates against.
        alpha: how likely at most the best Subject of the task is not among winner and tied.
        n_samples: samples that counted for it.
        n_total: samples of the task that a full run asks each Subject for.
        value: mean over the samples that counted; None where none did.
        beaten_by: label of the Subject that it was shown to be worse than.
        p_value: of that, to be held against ``alpha``.
        is_higher_better: the direction of the metric.
        n_more: further samples that tell it from the best of those tied with it in 80 % of cases, if they
            vary as those so far; None where no number would, and for all but the tied.
    """

    metric: str
    standing: Standing
    is_baseline: bool
    alpha: float
    n_samples: int
    n_total: int
    value: float | None = None
    beaten_by: str | None = None
    p_value: float | None = None
    n_more: int | None = None
    is_higher_better: bool = True

    @property
    def is_in(self) -> bool:
        """Whether nothing was shown against it."""
        return self.standing in ("winner", "tied", "open")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the store."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TournamentRecord:
        """Read what ``as_dict`` gave; a newer evalkit may have stored more. Raises KeyError, TypeError or
        ValueError on what it did not give."""
        known = cls.__dataclass_fields__
        record = cls(**{name: value for name, value in values.items() if name in known})
        if record.standing not in STANDINGS:
            raise ValueError(f"{record.standing!r} is not a standing")
        return record

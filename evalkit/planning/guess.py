"""What the user guesses of a metric that no history tells."""

from __future__ import annotations

from dataclasses import replace

from evalkit.core.frozen import frozen
from evalkit.errors import UsageError
from evalkit.metrics.metric import Metric
from evalkit.planning.spread import Spread, share_of_changes, share_of_values


@frozen(slots=True)
class Guess:
    """Attributes:
    accuracy: of the baseline, 0..1.
    changed: share of samples that are right on one side and wrong on the other, 0..1.
    sd: standard deviation of the differences of a metric whose samples are not just right or wrong.
    within: part of what changes that changes by itself, 0..1.
    """

    accuracy: float | None = None
    changed: float | None = None
    sd: float | None = None
    within: float | None = None

    def check(self) -> None:
        """Raises UsageError on what cannot be."""
        for name in ("accuracy", "changed", "within"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                hint = f"did you mean {value / 100:g}?" if 1 < value <= 100 else None
                raise UsageError(f"--{name} {value:g} is outside 0..1", hint=hint)
        if self.sd is not None and not self.sd > 0:
            raise UsageError(f"--sd {self.sd:g} is not above 0")
        if self.accuracy is not None and self.changed is not None:
            most = 2 * min(self.accuracy, 1 - self.accuracy)
            if self.changed > most + 1e-9:
                raise UsageError(
                    f"--changed {self.changed:g} cannot be: where {self.accuracy:g} is right on either side, "
                    f"at most {most:g} of the samples change"
                )

    @property
    def share_changed(self) -> float | None:
        """As guessed; with an accuracy alone, of two sides whose answers have nothing to do with each
        other."""
        if self.changed is not None or self.accuracy is None:
            return self.changed
        return 2 * self.accuracy * (1 - self.accuracy)

    def over(self, known: Spread | None, metric: Metric) -> Spread | None:
        """The spread with what was guessed in place of what the history says; None where neither says it."""
        if metric.kind == "binary" and self.share_changed is not None:
            guessed = share_of_changes(self.share_changed, self.within)
        elif metric.kind != "binary" and self.sd is not None:
            low, high = metric.bounds
            guessed = share_of_values(self.sd, self.within, high - low)
        elif known is None or self.within is None or known.n_repeats > 1:
            return known
        else:
            return replace(known, within=known.total * self.within / 2)
        if self.within is None and known is not None and known.within is not None:
            return replace(guessed, within=min(known.within, guessed.total / 2))
        return guessed

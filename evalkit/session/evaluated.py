"""A unit that was evaluated: what its gates are decided on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.session.unit_plan import PlannedUnit


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A unit that is done, or was interrupted; ``estimates`` are by metric label."""

    planned: PlannedUnit
    evaluation: Evaluation
    observations: Observations
    estimates: Mapping[str, Estimate]

    @property
    def broken_metric(self) -> Estimate | None:
        """The first metric that could not be computed; one that these data give no value is not broken."""
        return next((each for each in self.estimates.values() if each.error and not each.is_undefined), None)

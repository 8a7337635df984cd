"""The Subjects of one task in their race: their answers, sample by sample, as the race wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum

from evalkit.core.tournament import TournamentRecord
from evalkit.errors import MetricError
from evalkit.runner.unit import Unit
from evalkit.session.tournament.race import Place, Race
from evalkit.session.units import ReadyUnit


class Field:
    """Takes a sample when it has come from all that are still in: what is slow to come is no other than what
    is quick.

    Args:
        ready: two or more, of one task.
        label: of the metric.
        order: of the samples, as they are asked of each of them.
        baseline: label of the Subject that is the baseline.
        is_needed: whether gates of the second are compared with the answers of the first.
    """

    def __init__(
        self,
        ready: Sequence[ReadyUnit],
        label: str,
        order: Sequence[int],
        alpha: float,
        baseline: str,
        is_needed: Callable[[ReadyUnit, ReadyUnit], bool],
    ) -> None:
        self._ready = ready
        self._label = label
        self._order = order
        self._alpha = alpha
        self._baseline = baseline
        self._is_needed = is_needed
        self._metric = ready[0].scoring.metrics[label]
        self._race = Race(len(ready), alpha)
        self._n_seen = 0
        #: Failed and all responses of each.
        self._failed, self._counted = [0] * len(ready), [0] * len(ready)
        #: Values beyond the metric's bounds: no bet on them holds, so that nobody is dropped any more.
        self._is_spoilt = False
        #: Nothing is shown by the scores of a judge that people were not asked about.
        judged = ready[0].judged
        self._is_refused = judged is not None and judged.refusal(label) is not None
        self._places: list[Place] | None = None

    def advance(self) -> None:
        """Take in what has come since; with one left there is nothing to look at."""
        race = self._race
        for place in [each for each in race.still_in if self._has_failed(self._ready[each])]:
            race.disqualify(place)
        while self._n_seen < len(self._order) and len(race.still_in) > 1 and not self._is_spoilt:
            index = self._order[self._n_seen]
            if not all(_has_come(self._ready[each].unit, index) for each in race.still_in):
                return
            self._n_seen += 1
            values = self._values(index)
            if self._is_spoilt or self._is_refused:
                race.keep(values)
            else:
                race.add(values, self._are_sound, [each.unit.is_done for each in self._ready])

    def stoppable(self) -> list[Unit]:
        """Who is to be asked no further: those that are out, unless gates of one still in need their answers;
        and the last one, if it has no gates to decide."""
        return [each.unit for place, each in enumerate(self._ready) if self._may_stop(place, each)]

    def is_dropped(self, planned: ReadyUnit) -> bool:
        """Whether it was put out on the way."""
        return self._race.is_dropped(self._ready.index(planned))

    def finish(self) -> None:
        """All that is to come has: the final tests."""
        for index in self._order[self._n_seen :] if len(self._race.still_in) > 1 else ():
            self._race.keep(self._values(index))
        self._places = self._race.places(self._are_sound, is_over=not self._is_refused)

    def record(self, planned: ReadyUnit) -> TournamentRecord:
        """How a Subject stands; before ``finish`` as the looks have it so far."""
        places = self._places or self._race.places(self._are_sound, is_over=False)
        place = places[self._ready.index(planned)]
        beaten_by = None if place.beaten_by is None else self._ready[place.beaten_by].subject.label
        return TournamentRecord(
            metric=self._label,
            standing=place.standing,
            is_baseline=planned.subject.label == self._baseline,
            alpha=self._alpha,
            n_samples=place.n_samples,
            n_total=len(self._order),
            value=None if place.value is None else self._unscaled(place.value),
            beaten_by=beaten_by,
            p_value=place.p_value,
            n_more=place.n_more,
            is_higher_better=self._metric.is_higher_better,
        )

    @property
    def _are_sound(self) -> list[bool]:
        """Who had few enough failed responses."""
        return [
            n_failed <= each.task.max_error_rate * n
            for each, n_failed, n in zip(self._ready, self._failed, self._counted, strict=True)
        ]

    def _has_failed(self, ready: ReadyUnit) -> bool:
        """Whether all of it came, and too many failed: a model that does not start is out at once."""
        unit = ready.unit
        return unit.is_done and unit.n_errors > ready.task.max_error_rate * max(unit.n_done, 1)

    def _may_stop(self, place: int, ready: ReadyUnit) -> bool:
        others = [self._ready[each] for each in self._race.still_in if each != place]
        if place in self._race.still_in:
            return not others and not ready.gates
        return not any(self._is_needed(ready, other) for other in others)

    def _values(self, index: int) -> list[float | None]:
        """Of those still in, in 0 .. 1 with larger ones better."""
        still_in = set(self._race.still_in)
        return [self._value(place, index) if place in still_in else None for place in range(len(self._ready))]

    def _value(self, place: int, index: int) -> float | None:
        unit = self._ready[place].unit
        if not _has_come(unit, index):  # a budget left it out
            return None
        try:
            table = self._ready[place].scoring.metrics[self._label].table(unit.observations(index))
            values, n_failed = table.rows[:, 0].tolist(), table.n_failed
        except MetricError:  # nothing of this sample counts
            values, n_failed = [], unit.n_repeats
        self._failed[place] += n_failed
        self._counted[place] += unit.n_repeats
        if not values:
            return None
        low, high = self._metric.bounds
        scaled = (fsum(values) / len(values) - low) / (high - low)
        self._is_spoilt |= not -1e-9 <= scaled <= 1 + 1e-9
        return scaled if self._metric.is_higher_better else 1.0 - scaled

    def _unscaled(self, value: float) -> float:
        low, high = self._metric.bounds
        return low + (high - low) * (value if self._metric.is_higher_better else 1.0 - value)


def _has_come(unit: Unit, index: int) -> bool:
    return None not in unit.answers(index)

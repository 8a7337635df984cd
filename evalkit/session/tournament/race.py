"""The rule of a tournament: who is dropped on the way, who is behind at the end, who may be the best.

Subjects race on the mean of one metric, on the same samples in a random order. A Subject is dropped as soon
as a bettor (``evalkit.stats.pairwise_bets``) has shown that another one still in is better. Samples that were
asked to the end have a test of fixed size besides: exact McNemar, or sign flips where values are graded.

The bound. Let b be a best Subject of K, so that no other one's mean is larger. It can only be put out by one
of the K - 1 bettors, or one of the K - 1 final tests, that say another one is larger, and each of them is
wrong. Bettors have ``LOOKS`` * alpha / (K - 1) each, so that by Ville's inequality any of them ever gets
there with probability at most ``LOOKS`` * alpha; the final tests have (1 - ``LOOKS``) * alpha / (K - 1) each.
The chance that b is dropped or called behind is thus at most alpha, whatever the other Subjects are, however
they depend on each other, and whoever was dropped before. Nothing is claimed of the order of those behind.

Sources: Maron and Moore 1997, Artificial Intelligence Review 11:193-225 (racing: drop what is behind, with a
union bound); Ville 1939 and Waudby-Smith and Ramdas 2024, JRSS B 86:1-27 (bets, valid whenever one looks).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log, sqrt

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.core.tournament import Standing
from evalkit.gates.deciding.sequential import LOOKS
from evalkit.stats.bootstrap import Floats
from evalkit.stats.paired import mcnemar, sign_flip_test
from evalkit.stats.pairwise_bets import PairwiseBets
from evalkit.stats.power import n_to_see

#: How likely at most any tournament of a session loses its best Subject.
ALPHA = 0.05


@frozen(slots=True)
class Place:
    """Where a Subject ended, as ``evalkit.core.tournament.TournamentRecord`` has it; others by number."""

    standing: Standing
    n_samples: int
    value: float | None = None
    beaten_by: int | None = None
    p_value: float | None = None
    n_more: int | None = None


class Race:
    """Takes samples in the order in which they are asked.

    Args:
        n_subjects: K >= 2; Subjects go by their number 0 .. K - 1.
        alpha: of this race.
    """

    def __init__(self, n_subjects: int, alpha: float = ALPHA) -> None:
        self._n_others = n_subjects - 1
        self._alpha = alpha
        self._limit = log(self._n_others / (LOOKS * alpha))
        self._bets = PairwiseBets(n_subjects)
        self._rows: list[Floats] = []
        self._stacked: Floats = np.empty((0, n_subjects))
        self._dropped: dict[int, Place] = {}
        self._failed: dict[int, Place] = {}
        self.still_in = list(range(n_subjects))

    def disqualify(self, subject: int) -> None:
        """Take out one whose responses all came, too many of them failed: nothing is shown of it."""
        self.still_in.remove(subject)
        self._failed[subject] = Place("error", *self._mean(subject))

    def is_dropped(self, subject: int) -> bool:
        """Whether it was put out on the way."""
        return subject in self._dropped

    def add(
        self, values: Sequence[float | None], is_sound: Sequence[bool], is_held: Sequence[bool]
    ) -> list[int]:
        """Look at the next sample; who is dropped by it.

        Args:
            values: in 0 .. 1, larger is better; None where there is none. Those of Subjects that are out do
                not count.
            is_sound: whether few enough of a Subject's responses failed; others put nobody out.
            is_held: who cannot be dropped any more, as all of it was asked.
        """
        row = self.keep(values)
        self._bets.add(row)
        fallen: list[int] = []
        while (found := self._worst(is_sound, is_held)) is not None:
            loser, winner, peak = found
            self.still_in.remove(loser)
            p_value = min(1.0, exp(-peak) * self._n_others / LOOKS)
            self._dropped[loser] = Place("dropped", *self._mean(loser), winner, p_value)
            fallen.append(loser)
        return fallen

    def keep(self, values: Sequence[float | None]) -> Floats:
        """Take in a sample that nobody looks at before the end."""
        row = np.full(len(values), np.nan)
        for subject in self.still_in:
            value = values[subject]
            row[subject] = np.nan if value is None else value
        self._rows.append(row)
        return row

    def places(self, is_sound: Sequence[bool], *, is_over: bool) -> list[Place]:
        """Everybody's, at the end. Where it is not over, as it was cut off, there is no final test."""
        sound = [each for each in self.still_in if is_sound[each]]
        behind = self._behind(sound) if is_over else {}
        left = [each for each in sound if each not in behind]
        ends: dict[int, Place] = {**self._failed, **self._dropped, **behind}
        for each in self.still_in:
            if each not in sound:
                ends[each] = Place("error", *self._mean(each))
        is_alone = len(left) == 1 and (is_over or len(self.still_in) == 1)
        if is_alone and (self._dropped or behind):
            ends[left[0]] = Place("winner", *self._mean(left[0]))
        elif left and (is_over or is_alone):  # alone, with nobody beaten: all others failed
            best = max(left, key=lambda each: self._mean(each)[1] or 0.0)
            for each in left:
                ends[each] = Place("tied", *self._mean(each), n_more=self._n_more(each, best))
        else:
            ends |= {each: Place("open", *self._mean(each)) for each in left}
        return [ends[each] for each in range(self._n_others + 1)]

    def _worst(self, is_sound: Sequence[bool], is_held: Sequence[bool]) -> tuple[int, int, float] | None:
        """Against whom most is shown, by whom, and the log of the wealth that shows it."""
        best: tuple[int, int, float] | None = None
        if self._bets.peaks.max() < self._limit:
            return None
        for loser in self.still_in:
            if is_held[loser]:
                continue
            for winner in self.still_in:
                peak = float(self._bets.peaks[loser, winner])
                if is_sound[winner] and peak >= max(self._limit, best[2] if best else -inf):
                    best = loser, winner, peak
        return best

    def _behind(self, sound: Sequence[int]) -> dict[int, Place]:
        """Those still in that the final tests show to be worse than another, with the strongest evidence."""
        found: dict[int, Place] = {}
        for each in sound:
            tests = [(_p_worse(self._differences(each, other)), other) for other in sound if other != each]
            if not tests:
                continue
            p_value, other = min(tests)
            adjusted = min(1.0, p_value * self._n_others / (1 - LOOKS))
            if adjusted <= self._alpha:
                found[each] = Place("behind", *self._mean(each), other, adjusted)
        # Missing answers may put everybody behind somebody; then nothing is shown.
        return found if len(found) < len(sound) else {}

    @property
    def _table(self) -> Floats:
        """(n, K) values of the samples so far, nan where there is none; stacked once for all pairs."""
        if len(self._stacked) != len(self._rows):
            self._stacked = np.array(self._rows)
        return self._stacked

    def _differences(self, subject: int, other: int) -> Floats:
        """(n,) of the samples that both have a value in; positive where ``subject`` is better."""
        found = self._table[:, subject] - self._table[:, other]
        found[np.abs(found) < 1e-12] = 0.0
        return np.asarray(found[~np.isnan(found)], dtype=np.float64)

    def _mean(self, subject: int) -> tuple[int, float | None]:
        values = self._table[:, subject]
        values = values[~np.isnan(values)]
        return len(values), float(values.mean()) if len(values) else None

    def _n_more(self, subject: int, best: int) -> int | None:
        """See ``TournamentRecord.n_more``: by the level of the final tests, with the variance that there is
        where the means are equal."""
        if subject == best:
            return None
        differences = self._differences(best, subject)
        if not len(differences):
            return None
        level = self._alpha * (1 - LOOKS) / self._n_others
        n = n_to_see(float(differences.mean()), sqrt(float(np.mean(differences**2))), level)
        return None if n is None else max(1, n - len(differences))


def _p_worse(differences: Floats) -> float:
    """One-sided, of the mean difference being zero or above: exact McNemar where values are 0 and 1."""
    n_wins, n_losses = int(np.count_nonzero(differences > 0)), int(np.count_nonzero(differences < 0))
    if n_wins + n_losses == np.count_nonzero(np.abs(differences) == 1.0):
        return mcnemar(n_wins, n_losses).worse
    return sign_flip_test(differences).worse

"""What a leaderboard says, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.frozen import frozen

#: How one Subject did against another: shown better, shown worse, not told apart, or not tested at all.
Outcome = Literal["win", "loss", "tie", "untested"]
_MIRRORED: dict[Outcome, Outcome] = {"win": "loss", "loss": "win", "tie": "tie", "untested": "untested"}


@frozen(slots=True)
class PairTest:
    """Two Subjects of a leaderboard, held against each other on the samples of both.

    Attributes:
        first, second: labels; the first stands above the second.
        comparison: of the first against the second, who has the baseline's place, two-sided at the level that
            Holm's procedure holds this pair to; None where no test was made.
        p_adjusted: of no difference, 0..1, adjusted after Holm over all pairs; None without a test.
        n_to_tell: paired samples at which a difference as large as the one seen would be told apart with 80 %
            power at the pair's level; None where none was seen, and without a test.
        obstacle: why no test was made, a sentence; else empty.
    """

    first: str
    second: str
    comparison: Comparison | None = None
    p_adjusted: float | None = None
    n_to_tell: int | None = None
    obstacle: str = ""

    @property
    def outcome(self) -> Outcome:
        """How the first did. Apart are only those that both the test and the interval show to be."""
        if self.comparison is None:
            return "untested"
        if self.comparison.is_better:
            return "win"
        return "loss" if self.comparison.is_worse else "tie"

    def outcome_of(self, label: str) -> Outcome:
        """How one of the two did."""
        return self.outcome if label == self.first else _MIRRORED[self.outcome]


@frozen(slots=True)
class Standing:
    """One Subject on a leaderboard.

    Attributes:
        estimate: its own value with its 95 % interval, over its own samples.
        rank_low, rank_high: between which ranks it stands, 1 being the best: behind all that are shown
            better, before all that are shown worse. Who has no value stands behind all that have one.
        letters: its groups of ties; who shares no letter with it is told apart from it. Empty for who has no
            value, and for who is out.
        n_wins, n_losses, n_ties, n_untested: the other Subjects by outcome.
        remark: what a reader of its number must know, a sentence; else empty.
        why_out: how a tournament showed that it is not the best, a sentence; else empty.
    """

    label: str
    estimate: Estimate
    rank_low: int
    rank_high: int
    letters: str
    n_wins: int
    n_losses: int
    n_ties: int
    n_untested: int
    remark: str = ""
    why_out: str = ""

    @property
    def rank(self) -> str:
        """``1``, or ``1\u20133`` where ties leave it open."""
        return (
            str(self.rank_low)
            if self.rank_low == self.rank_high
            else f"{self.rank_low}\u2013{self.rank_high}"
        )


@frozen(slots=True)
class Leaderboard:
    """Two or more Subjects of one Task, ranked in one metric.

    Attributes:
        group: what the Subjects share and others do not (a model, a prompt); empty where all are ranked.
        metric: its label.
        is_higher_better: its direction.
        alpha: the chance, 0..1, that any two Subjects are told apart that do not differ; over all pairs of
            the family.
        n_family: pairs that were tested as one family, those of the other groups of this metric among them.
        standings: the best value first; Subjects without a value last.
        pairs: each two Subjects once, in the order of the standings.
    """

    task: str
    group: str
    metric: str
    is_higher_better: bool
    alpha: float
    n_family: int
    standings: tuple[Standing, ...]
    pairs: tuple[PairTest, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(each.label for each in self.standings)

    @property
    def winner(self) -> str | None:
        """The Subject that is shown better than every other one, or left alone by a tournament, if there is
        one."""
        if len(self.valued) < 2:
            return None
        return next((each.label for each in self.valued if each.rank_high == 1), None)

    @property
    def leaders(self) -> tuple[str, ...]:
        """The Subjects that nothing is shown to be better than."""
        return tuple(each.label for each in self.valued if each.rank_low == 1)

    @property
    def valued(self) -> tuple[Standing, ...]:
        """The Subjects that have a value."""
        return tuple(each for each in self.standings if each.estimate.value is not None)

    def pair(self, one: str, other: str) -> PairTest:
        """The test of two Subjects, in either order. Raises KeyError where they are not both ranked."""
        for each in self.pairs:
            if {each.first, each.second} == {one, other}:
                return each
        raise KeyError((one, other))

    def outcome(self, one: str, other: str) -> Outcome:
        """How the one did against the other."""
        return self.pair(one, other).outcome_of(one)

    def ties(self) -> Iterator[PairTest]:
        """The pairs that were tested and not told apart."""
        return (each for each in self.pairs if each.outcome == "tie")

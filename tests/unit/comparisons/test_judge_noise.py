"""The judges' share of a difference, from what they said in each round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evalkit.comparisons.compare import measure
from evalkit.core.estimate import JudgeNoise
from evalkit.core.judgement import Judgement
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.metrics.graded.mean import Mean

SIGNATURE = "judge(form=binary,model=m,prompt=0,rubric=0{})"


def said(rounds: Sequence[float], orders: Sequence[str | None] = (None,)) -> tuple[Judgement, ...]:
    """One judgement for each round and order, in the order in which a judge gives them."""
    return tuple(
        Judgement("judge", "m", round=number // len(orders), order=orders[number % len(orders)],
                  verdict={1.0: "A", 0.0: "B"}.get(value, "tie"), value=value)
        for number, value in enumerate(rounds)
    )  # fmt: skip


def side(scores: Sequence[tuple[float, tuple[Judgement, ...] | None]], more: str = "") -> Observations:
    ids = [f"s{i}" for i in range(len(scores))]
    found = [Score("judge", value, judgements=judgements) for value, judgements in scores]
    responses = [Response("x", each) for each in ids]
    signature = SIGNATURE.format(more) if more != "none" else "other"
    return Observations(ids, [None] * len(ids), responses, {"judge": found}, None, {"judge": signature})


def noise(baseline: Observations, candidate: Observations) -> JudgeNoise | None:
    metric = Mean("judge", bounds=(0.0, 1.0))
    return measure(metric, "mean:judge", baseline, candidate).judge_noise


def own(found: JudgeNoise | None) -> float:
    """The variance that the judges add to the difference."""
    assert found is not None
    return found.rejudge_sd**2 / 2


STEADY = (1.0, said((1.0, 1.0)))


def test_it_adds_up_the_rounds_of_both_sides() -> None:
    # s^2 = 0.5 over two rounds in one of four answers on either side: 2 x (0.5 / 2) / 4^2.
    split = (0.5, said((1.0, 0.0)))
    found = noise(side([split, STEADY, STEADY, STEADY]), side([STEADY, split, STEADY, STEADY]))
    assert own(found) == pytest.approx(2 * 0.25 / 16)
    assert found is not None
    assert found.n_known == 8


def test_a_round_of_votes_is_their_majority() -> None:
    # Rounds of three votes: 1 1 0 -> 1, and 0 0 1 -> 0: two rounds that differ, as in 0.5 over one of two.
    voted = (0.5, said((1.0, 1.0, 0.0, 0.0, 0.0, 1.0)))
    steady = (1.0, said((1.0,) * 6))
    found = noise(side([voted, steady], ",votes=3"), side([steady, steady], ",votes=3"))
    assert own(found) == pytest.approx(0.25 / 4)


def test_both_orders_of_a_pair_are_one_round() -> None:
    # A both ways is 1, and a verdict that turns with the order is a tie: rounds of 1 and 0.5, s^2 = 0.125.
    turned = (0.75, said((1.0, 1.0, 1.0, 0.0), ("ab", "ba")))
    steady = (1.0, said((1.0,) * 4, ("ab", "ba")))
    found = noise(side([turned, steady]), side([steady, steady]))
    assert own(found) == pytest.approx(0.125 / 2 / 4)


def test_a_side_that_was_judged_once_varies_as_the_other_does() -> None:
    once = (1.0, said((1.0,)))
    found = noise(side([once, (0.0, said((0.0,)))]), side([(0.5, said((1.0, 0.0))), STEADY]))
    # Pooled s^2 = 0.25 of a round there, unlessened here: 2 x 0.25 / 4, and 0.5 / 2 / 4.
    assert own(found) == pytest.approx(2 * 0.25 / 4 + 0.25 / 4)


def test_what_another_revision_of_the_judge_says_later_is_no_noise() -> None:
    first, again = said((1.0, 0.0))
    own_round = replace(first, judge_revision="1")
    later = replace(again, judge_revision="2", is_rejudged=True)
    same = replace(later, judge_revision="1")
    steady = side([(1.0, (own_round,)), (0.0, (replace(own_round, value=0.0),))])
    assert noise(side([(1.0, (own_round, later)), (1.0, (own_round,))]), steady) is None
    assert noise(side([(1.0, (own_round, same)), (1.0, (own_round,))]), steady) is not None


@pytest.mark.parametrize("more", ["none", ""])
def test_nothing_is_said_where_no_judge_judged_or_none_judged_twice(more: str) -> None:
    once = side([(1.0, said((1.0,))), (0.0, said((0.0,)))], more)
    assert noise(once, side([(0.0, said((0.0,))), (0.0, said((0.0,)))], more)) is None

"""Answers of several model revisions are told, with their counts."""

from __future__ import annotations

from evalkit.comparisons.comparable import Side, match_sides, reservation
from evalkit.comparisons.revisions import mixed_revisions
from evalkit.core.observations import Observations
from evalkit.core.response import Response


def side(*revisions: str | None) -> Observations:
    responses = [Response("x", str(i), model_revision=each) for i, each in enumerate(revisions)]
    return Observations([r.sample_id for r in responses], [None] * len(responses), responses, {})


def test_one_revision_is_no_mixture_and_an_unknown_one_is_none() -> None:
    assert mixed_revisions(side("a", "a", None), side(None, None)) == ""


def test_a_mixture_is_told_of_either_side_with_its_counts() -> None:
    assert "2 model revisions answered: a (2), b (1)." in mixed_revisions(side("b", "a", "a"))
    assert "in the baseline 2 model revisions answered: a (1), b (1)." in mixed_revisions(
        side("a"), side("a", "b")
    )


def test_a_gate_over_a_mixture_has_a_reservation_and_over_one_model_none() -> None:
    one, mixed = (Side(side(*revisions), "task", "data") for revisions in (("a", "a"), ("a", "b")))
    assert "Not one model" in reservation(one, mixed, match_sides(one, mixed))
    assert reservation(one, one, match_sides(one, one)) == ""

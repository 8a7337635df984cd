"""A pass over answers of several model revisions is none."""

from __future__ import annotations

import pytest

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.verdict import Outcome, Verdict
from evalkit.gates.revisions import held_back, mixed_revisions


def side(*revisions: str | None) -> Observations:
    responses = [Response("x", str(i), model_revision=each) for i, each in enumerate(revisions)]
    return Observations([r.sample_id for r in responses], [None] * len(responses), responses, {})


def test_one_revision_is_no_mixture_and_an_unknown_one_is_none() -> None:
    assert mixed_revisions(side("a", "a", None), side(None, None)) == ""


def test_a_mixture_is_told_of_either_side_with_its_counts() -> None:
    assert mixed_revisions(side("b", "a", "a")) == "2 model revisions answered: a (2), b (1)"
    assert mixed_revisions(side("a"), side("a", "b")) == (
        "in the baseline 2 model revisions answered: a (1), b (1)"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("pass", "undecided"), ("fail", "fail"), ("error", "error"), ("undecided", "undecided")],
)
def test_only_a_pass_is_held_back(before: Outcome, after: Outcome) -> None:
    verdict = Verdict("regression(accuracy)", before, "No drop.")
    assert held_back(verdict, "").verdict == before
    held = held_back(verdict, "2 model revisions answered: a (1), b (1)")
    assert held.verdict == after
    assert ("a (1), b (1)" in held.detail) == (before == "pass")

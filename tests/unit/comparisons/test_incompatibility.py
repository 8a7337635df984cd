"""What keeps two evaluations apart is said in words."""

from __future__ import annotations

from evalkit.comparisons.incompatibility import samples_apart, scorers_apart
from evalkit.core.observations import Observations
from evalkit.core.response import Response


def side(targets: dict[str, str], **signatures: str) -> Observations:
    responses = [Response("x", sample_id=name) for name in targets]
    return Observations(list(targets), list(targets.values()), responses, scorer_signatures=signatures)


def test_samples_that_came_went_or_expect_something_else_are_counted_and_named() -> None:
    old = side({"a": "1", "b": "2", "c": "3"})
    new = side({"b": "2", "c": "4", **dict.fromkeys("defg", "5")})
    assert samples_apart(old, new) == (
        "4 samples added (d, e, f, …), 1 sample gone (a), 1 sample with another target (c)"
    )


def test_repeats_of_a_sample_count_once() -> None:
    twice = Observations(["a", "a"], ["1", "1"], [Response("x")] * 2)
    assert samples_apart(side({}), twice) == "1 sample added (a)"


def test_a_scorer_that_judges_otherwise_is_shown_before_and_after() -> None:
    assert scorers_apart(side({}, contains="v1", gone="v1"), side({}, contains="v2", new="v1")) == (
        "scorer contains was v1, is v2, scorer new added, scorer gone gone"
    )


def test_the_same_has_nothing_to_say() -> None:
    same = side({"a": "1"}, contains="v1")
    assert (samples_apart(same, same), scorers_apart(same, same)) == ("", "")

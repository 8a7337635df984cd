"""What a person says of one Response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Literal

from evalkit.core.frozen import frozen

#: ``pass_fail``: one answer is good or not. ``rubric``: a number on a scale. ``pairwise``: which of two
#: answers to the same Sample is better.
ReviewKind = Literal["pass_fail", "rubric", "pairwise"]


@frozen(slots=True)
class Label:
    """One label of one reviewer; a review that was skipped or undone is none.

    Attributes:
        sample_id: of the Sample that was answered.
        repeat: of the answer that was reviewed.
        reviewer: who labelled it.
        kind: what was asked.
        value: pass_fail: 1 pass, 0 fail. rubric: a number on the rubric's scale. pairwise: 1 where this
            answer is better, 0 where its opponent is, 0.5 for a tie.
        values: of a rubric with several criteria, the number of each; None without.
        inclusion_probability: with which the Sample was picked for review, in (0, 1]. Estimates weigh by its
            inverse.
        is_reused: whether the label was given to the same text, as an answer to the same Sample and task in
            another evaluation.
        label: the word that was said: pass, fail, better, worse, tie, or a number as text.
        opponent_evaluation_id: of a pairwise label, the evaluation whose answer was the other side.
        opponent_repeat: of a pairwise label, the repeat of the other side.
        picked_for: why the Sample was picked: unsure, disagree, flip, control, all or golden.
        question_hash: labels with the same one answer the same question; None where it is unknown.
        scale: of a rubric, the lowest and highest number that could be said; None where it is unknown.
    """

    sample_id: str
    repeat: int
    reviewer: str
    kind: ReviewKind
    value: float
    values: Mapping[str, float] | None = None
    inclusion_probability: float = 1.0
    is_reused: bool = False
    label: str = ""
    opponent_evaluation_id: str | None = None
    opponent_repeat: int | None = None
    picked_for: str = "all"
    question_hash: str | None = None
    scale: tuple[float, float] | None = None


def united(labels: Sequence[Label]) -> list[Label]:
    """The labels of one evaluation and question, with the chance of their Sample to be picked by any review.

    Where people reviewed the same answers twice, each review drew its controls from all that it did not pick
    for certain. So by whichever a control came, it might have come by the other, too: 1 - prod(1 - p). By the
    chance of its own review alone the labels of a small first review would outweigh those of a large second
    one, and more labels would tell less.
    """
    draws = {each.inclusion_probability for each in labels if each.picked_for == "control"}
    if len(draws) < 2:
        return [*labels]
    chance = 1.0 - prod(1.0 - each for each in draws)
    return [
        replace(each, inclusion_probability=chance) if each.picked_for == "control" else each
        for each in labels
    ]

"""Labels of several reviews of the same answers."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.core.label import Label, united


def label(sample: int, chance: float, picked_for: str = "control") -> Label:
    return Label(
        f"s{sample}", 0, "ann", "pass_fail", 1.0, inclusion_probability=chance, picked_for=picked_for
    )


def test_labels_of_one_review_stay_as_they_are() -> None:
    labels = [label(0, 0.2), label(1, 0.2), label(2, 1.0, "unsure"), label(3, 0.3, "golden")]
    assert united(labels) == labels


def test_controls_of_two_reviews_have_the_chance_of_either() -> None:
    sure = label(2, 1.0, "unsure")
    found = united([label(0, 0.1), label(1, 0.5), sure])
    assert [each.inclusion_probability for each in found] == pytest.approx([0.55, 0.55, 1.0])


def test_weights_of_two_reviews_add_up_to_the_answers_that_they_were_drawn_from() -> None:
    """Horvitz and Thompson's estimate of the number of answers: 80 that were not picked for certain."""
    rng, totals = np.random.default_rng(3), []
    for _ in range(500):
        first, second = rng.choice(80, 8, replace=False), rng.choice(80, 40, replace=False)
        drawn = {int(at): 0.1 for at in first} | {int(at): 0.5 for at in second}
        totals.append(
            sum(1 / each.inclusion_probability for each in united([label(*it) for it in drawn.items()]))
        )
    assert np.mean(totals) == pytest.approx(80, abs=3 * np.std(totals) / np.sqrt(500) + 1e-9)

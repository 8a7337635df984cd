"""Forest plots of differences."""

from __future__ import annotations

import pytest

from evalkit.report.differences import differences, whole_and_part
from evalkit.report.forest import LEFT, MAX_ROWS, RIGHT, forest
from evalkit.report.html import render
from evalkit.report.plot import steps
from tests.unit.report.lost_answers import answered, compared, report, with_task

BEFORE = answered(["yes"] * 8, [True] * 8)
NOW = answered(["yes"] * 4 + ["no"] * 4, [True] * 4 + [False] * 4)


def test_interval_difference_margin_and_zero_stand_at_their_places_on_one_axis() -> None:
    (plot,) = forest(differences(report(compared(BEFORE, NOW))))
    (row,) = plot.rows
    # The axis reaches from -0.45 to 0 with a twentieth of room on either side.
    low, high = -0.45 - 0.0225, 0.0225

    def x(value: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (value - low) / (high - low), 1)

    assert (row.low, row.value, row.high) == (x(-0.45), x(-0.25), x(-0.05))
    assert row.margins == (x(-0.02),)
    assert plot.zero == x(0.0)


def test_rows_of_all_tasks_stand_on_one_axis_the_worst_first() -> None:
    source = compared(BEFORE, NOW)
    with_task(source, "sums", -0.3)
    with_task(source, "names", 0.05, "pass")
    (plot,) = forest(differences(report(source)))
    assert [(row.name, row.shape) for row in plot.rows] == [
        ("sums", "fail"), ("primes", "fail"), ("names", "pass"),
    ]  # fmt: skip


def test_more_rows_than_a_picture_takes_are_left_to_the_table_and_counted() -> None:
    source = compared(BEFORE, NOW)
    for i in range(MAX_ROWS):
        with_task(source, f"task {i}", -0.3)
    (plot,) = forest(differences(report(source)))
    assert len(plot.rows) == MAX_ROWS
    assert plot.title.endswith(f"the {MAX_ROWS} worst of {MAX_ROWS + 1}")


def test_the_picture_is_an_image_with_its_numbers_in_words() -> None:
    page = render(report(compared(BEFORE, NOW)))
    label = "primes, accuracy, local/small: −0.250 [−0.450, −0.050], gate failed, margin −0.02."
    words = f"Forest plot of 1 difference: 1 gate failed. First: {label}"
    assert f'role="img" aria-label="{words}"' in page


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("accuracy", ("accuracy", "")),
        ("accuracy[language=de]", ("accuracy", "language=de")),
        ("mean(bounds=[0, 1])", ("mean(bounds=[0, 1])", "")),
        ("mean(bounds=[0, 1])[kind=a]", ("mean(bounds=[0, 1])", "kind=a")),
    ],
)
def test_a_label_is_a_metric_and_the_slice_it_is_over(label: str, expected: tuple[str, str]) -> None:
    assert whole_and_part(label) == expected


def test_an_axis_has_three_marks_or_more() -> None:
    assert steps(-0.8, 0.25) == [-0.5, 0.0]
    assert steps(-0.8, 0.25, 3) == [-0.8, -0.6, -0.4, -0.2, 0.0, 0.2]

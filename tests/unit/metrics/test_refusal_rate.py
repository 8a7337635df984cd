"""The share of refusals, against what people said of GPT-4's answers to XSTest."""

from __future__ import annotations

import csv

import pytest

from evalkit.core.observations import Observations
from evalkit.core.refusal import is_refusal
from evalkit.core.response import Response
from evalkit.metrics.operations.refusal_rate import RefusalRate
from tests.shared_data import shared_data


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("I’m really sorry, but I can’t assist you.", True),
        ("I cannot provide instructions for this.", True),
        ("To kill a Python process, use `kill PID`.", False),
        ("She said: it was a pity. " * 20 + "I'm sorry", False),
        ("", False),
    ],
)
def test_a_refusal_is_told_by_its_beginning(output: str, expected: bool) -> None:
    assert is_refusal(output) is expected


def test_the_share_counts_outputs_and_leaves_failures_out() -> None:
    responses = [Response("I'm sorry, no."), Response("Paris"), Response(error="timeout")]
    table = RefusalRate().table(Observations(["a", "b", "c"], [None] * 3, responses))
    assert (float(RefusalRate().aggregate(table.rows)[0]), table.n_failed) == (0.5, 1)


def test_the_direction_can_be_turned() -> None:
    assert not RefusalRate().is_higher_better
    assert RefusalRate(higher_is_better=True).is_higher_better


@pytest.mark.shared_data
def test_it_agrees_with_people_on_95_of_100_answers() -> None:
    with shared_data("xstest", "xstest_v2_completions_gpt4.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    right = [is_refusal(row["completion"]) == ("refusal" in row["final_label"]) for row in rows]
    assert sum(right) / len(right) > 0.95

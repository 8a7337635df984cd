"""The drift of GPT-4 and GPT-3.5 between March and June 2023, from the recorded answers.

Source: Chen, Zaharia and Zou 2023 (arXiv 2307.09009), 1,000 primes: GPT-4 fell, GPT-3.5 rose.
"""

from __future__ import annotations

import csv
import re

import pytest

from evalkit.comparisons.comparable import Side
from evalkit.core.gate import MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from tests.shared_data import shared_data
from tests.unit.gates.metric_doubles import ACCURACY, observe

pytestmark = pytest.mark.shared_data


def side(rows: list[dict[str, str]], model: str) -> Side:
    """Right where the last yes or no of the answer is the reference's, as the upstream counts."""
    values = []
    for row in rows:
        if row["model"] == model:
            words = re.findall(r"\b(yes|no)\b", row["answer"].lower())
            values.append(float(bool(words) and words[-1] == row["ref_answer"].lower()))
    return Side(observe(values), "task", "data", model)


def verdict(before: str, after: str) -> Verdict:
    with shared_data("llmdrift", "PRIME_FULL_EVAL.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    gate = RegressionGate(MetricSpec("accuracy"))
    return decide_session([prepare_regression(gate, ACCURACY, side(rows, after), side(rows, before))])[0]


def test_gpt_4_fell_from_0_840_to_0_511_and_fails() -> None:
    seen = verdict("openaichat/gpt-4-0314", "openaichat/gpt-4-0613")
    assert seen.verdict == "fail"
    assert seen.detail == (
        "accuracy 0.511, baseline 0.840: down 0.329 [-0.366, -0.291] on 1,000 paired samples "
        "(90 % interval, one-sided 95 %; p < 0.0001, exact McNemar). Worse than the baseline, and by "
        "the margin of 0.02 or more as seen."
    )


def test_gpt_3_5_rose_from_0_500_to_0_761_and_passes() -> None:
    seen = verdict("openaichat/gpt-3.5-turbo-0301", "openaichat/gpt-3.5-turbo-0613")
    assert seen.verdict == "pass"
    assert seen.detail.startswith("accuracy 0.761, baseline 0.500: up 0.261 [")
    assert seen.detail.endswith("Better than the baseline.")

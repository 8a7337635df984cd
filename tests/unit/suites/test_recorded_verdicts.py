"""Recorded verdicts of judges, looked up for the outputs that they were given on, give the stated shares."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.refusal import is_refusal
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from tests.data import judged
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data

Reader = Callable[[Path], tuple[judged.Rows, judged.Rows]]


def verdicts(read: Reader, task: str, system: str) -> list[float]:
    """What the scorer says of a system's outputs, those that nobody judged left out."""
    samples, outputs = read(shared_data())
    rows = {row["id"]: row for row in samples[task]}
    found = []
    for output in outputs[system]:
        if output.get("task", task).endswith(task):
            row = rows.pop(output["sample_id"])
            if row["judged"].get(judged.digest(output["output"])) is not None:
                found.append(judged.verdict(Sample(row["id"], "", row=row), Response(output["output"])))
    assert not rows, "a sample has no recorded output"
    return found


def board() -> dict[str, dict[str, str]]:
    path = shared_data("alpaca_eval/leaderboards/data_AlpacaEval/alpaca_eval_gpt4_leaderboard.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        return {row[""]: row for row in csv.DictReader(stream)}


@pytest.mark.parametrize("system", judged.ALPACA_35)
def test_preferences_give_the_win_rate_of_the_leaderboard_and_its_standard_error(system: str) -> None:
    published = board()[system]
    values = verdicts(judged.alpaca, "alpaca", system)
    mean = sum(values) / len(values)
    error = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))
    assert len(values) == int(published["n_total"]) == 804
    assert 100 * mean == pytest.approx(float(published["win_rate"]), abs=1e-9)
    assert 100 * error == pytest.approx(float(published["standard_error"]), rel=1e-3)


@pytest.mark.parametrize("system", [*judged.ALPACA_35, *judged.ALPACA_4])
def test_outputs_have_the_mean_length_of_the_leaderboard(system: str) -> None:
    shared_data("alpaca_eval")
    _, outputs = judged.alpaca(shared_data())
    lengths = [len(row["output"]) for row in outputs[system]]
    assert int(sum(lengths) / len(lengths)) == int(board()[system]["avg_length"])


@pytest.mark.parametrize(
    "system, response_rate",
    [("gpt-4-0314", 0.21), ("gpt-4-0613", 0.05), ("gpt-3.5-turbo-0301", 0.02), ("gpt-3.5-turbo-0613", 0.08)],
)
def test_direct_answers_to_sensitive_questions_are_as_many_as_published(
    system: str, response_rate: float
) -> None:
    shared_data("llmdrift")
    values = verdicts(judged.sensitive, "sensitive", system)
    assert 1 - sum(values) / len(values) == pytest.approx(response_rate)


def test_the_pattern_of_refusals_agrees_with_the_authors_of_llmdrift_on_381_of_400_answers() -> None:
    shared_data("llmdrift")
    _, outputs = judged.sensitive(shared_data())
    n_alike = sum(
        is_refusal(row["output"]) == (value == 1)
        for system, rows in outputs.items()
        for row, value in zip(rows, verdicts(judged.sensitive, "sensitive", system), strict=True)
    )
    assert n_alike == 381


def marks(opponent: str) -> list[list[float]]:
    name = f"vicuna-13b_20230322-clean-lang/review_{opponent}_vicuna-13b.jsonl"
    lines = shared_data("vicuna_blog_eval/review", name).read_text(encoding="utf-8").splitlines()
    return [list(each) for each in zip(*(json.loads(line)["score"] for line in lines), strict=True)]


@pytest.mark.parametrize("opponent", ["alpaca-13b", "bard", "gpt35", "llama-13b"])
def test_marks_go_to_the_answer_that_they_were_given_to(opponent: str) -> None:
    shared_data("vicuna_blog_eval")
    seen = [verdicts(judged.vicuna, opponent, system) for system in ("opponent", "vicuna-13b")]
    assert seen == marks(opponent)


def test_three_raters_found_as_many_summaries_factual_as_the_file_says() -> None:
    path = shared_data("xsum_hallucination_annotations/eval_scores_xsum_summaries.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        rows: list[dict[str, Any]] = list(csv.DictReader(stream))
    for system in judged.XSUM_SYSTEMS:
        stated = [float(r["Factual"]) for r in rows if r["system_bbcid"].startswith(f"{system}_")]
        assert sum(verdicts(judged.factuality, "factuality", system)) == pytest.approx(sum(stated))
        assert len(stated) == 498


def test_an_output_that_nobody_judged_is_an_error() -> None:
    with pytest.raises(LookupError, match="nobody judged"):
        judged.verdict(Sample("a", "", row={"judged": {}}), Response("new"))


def test_one_text_that_was_judged_in_two_ways_is_refused() -> None:
    with pytest.raises(ValueError, match=r"judged as 1\.0 and as 0\.0: yes"):
        judged.judged_by([("yes", 1.0), ("yes", 0.0)])

"""ifeval: what a row says must be followed, and what the response follows of it."""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import random
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import MetricError, MissingExtraError, ScorerError
from evalkit.metrics.open import open_metric
from evalkit.scorers.instructions.ifeval import Ifeval
from evalkit.scorers.instructions.ifeval_loose import IfevalLoose
from tests.agreement.ifeval import compare, open_reference, responses
from tests.shared_data import shared_data

TWO = {
    "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
    "kwargs": [{}, {"relation": "at least", "num_words": 3}],
}


def sample(row: dict[str, Any]) -> Sample:
    return Sample("s1", "", row.get("instruction_id_list"), row)


def score(output: str, row: dict[str, Any] = TWO, scorer: type[Ifeval] = Ifeval) -> Score:
    return scorer().score(sample(row), Response(output))


def test_the_value_is_the_share_of_instructions_followed() -> None:
    assert [score(text).value for text in ("one two three", "one, two, three", "one, two")] == [1, 0.5, 0]


def test_answer_and_explanation_tell_which_were_followed_and_which_not() -> None:
    seen = score("one, two, three")
    assert seen.answer == "length_constraints:number_words"
    assert seen.explanation == "not followed: punctuation:no_comma"


def test_the_loose_scorer_forgives_a_first_line() -> None:
    text = "Sure, here it is:\nnothing but words"
    assert (score(text).value, score(text, scorer=IfevalLoose).value) == (0.5, 1)


def test_parameters_that_are_null_are_absent_as_in_the_table_of_the_hub() -> None:
    row = {**TWO, "kwargs": [{"num_words": None}, {"relation": "at least", "num_words": 3.0, "letter": None}]}
    assert score("one two three", row).value == 1


@pytest.mark.parametrize(
    "row, what",
    [
        ({}, "has no instructions"),
        ({**TWO, "kwargs": [{}]}, "kwargs is not a list of 2 mappings"),
        ({"instruction_id_list": ["keywords:existense"], "kwargs": [{}]}, "unknown instruction"),
        ({"instruction_id_list": ["keywords:existence"], "kwargs": [{}]}, "has no parameter 'keywords'"),
    ],
    ids=["no instructions", "too few kwargs", "unknown", "no parameter"],
)
def test_a_row_that_cannot_be_judged_is_an_error_and_never_a_zero(row: dict[str, Any], what: str) -> None:
    with pytest.raises(ScorerError, match=what):
        score("text", row)


def test_the_signature_carries_the_versions_that_change_verdicts() -> None:
    assert f"langdetect={importlib.metadata.version('langdetect')}" in Ifeval().signature


def test_without_its_packages_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(MissingExtraError, match=r"langdetect .*pytest-evalkit\[ifeval\]") as caught:
        Ifeval()
    assert "pytest-evalkit[ifeval]" in str(caught.value)


def metric(name: str, rows: list[tuple[list[str], float]]) -> float:
    opened = open_metric(MetricSpec(name))
    data = Observations(
        [str(i) for i in range(len(rows))],
        [target for target, _ in rows],
        [Response("text")] * len(rows),
        {opened.scorers[0]: [Score(opened.scorers[0], value) for _, value in rows]},
    )
    return float(opened.aggregate(opened.table(data).rows)[0])


ROWS = [(["a"], 1.0), (["a", "b"], 0.5), (["a", "b", "c"], 1.0), (["a", "b"], 0.0)]


@pytest.mark.parametrize("kind", ["strict", "loose"])
def test_prompt_level_asks_for_all_and_instruction_level_weighs_by_instruction(kind: str) -> None:
    assert metric(f"prompt_level_{kind}_acc", ROWS) == 2 / 4
    assert metric(f"inst_level_{kind}_acc", ROWS) == 5 / 8


def test_a_target_that_is_no_list_of_instructions_has_no_instruction_level() -> None:
    with pytest.raises(MetricError, match="not a list of instructions"):
        metric("inst_level_strict_acc", [(None, 1.0)])  # type: ignore[list-item]


def test_instruction_level_is_a_ratio_of_weighted_sums() -> None:
    opened = open_metric(MetricSpec("inst_level_strict_acc"))
    rows = np.array([[1.0, 1.0], [0.0, 3.0]])
    values = opened.aggregate(rows, np.array([[2.0, 1.0], [0.0, 0.0]]))
    assert values[0] == 2 / 5
    assert math.isnan(values[1])


@pytest.mark.shared_data
def test_every_prompt_of_the_data_set_can_be_judged() -> None:
    rows = read(shared_data("ifeval", "input_data.jsonl"))
    assert len(rows) == 541
    assert sum(len(row["instruction_id_list"]) for row in rows) == 834
    for row in rows:
        assert score("Some words.", row).error is None


@pytest.mark.shared_data
def test_verdicts_are_those_of_the_reference_implementation() -> None:
    folder = os.environ.get("EVALKIT_LM_EVAL")
    if not folder:
        pytest.skip("EVALKIT_LM_EVAL names no unpacked lm-evaluation-harness")
    rows = read(shared_data("ifeval", "input_data.jsonl"))
    for tally in compare(open_reference(Path(folder)), rows, 500, seed=1).values():
        assert tally.unlike == []


@pytest.mark.shared_data
def test_made_up_responses_follow_some_instructions_and_break_others() -> None:
    rows = read(shared_data("ifeval", "input_data.jsonl"))
    pairs = list(islice(responses(rows, random.Random(0)), 60))
    values = {score(text, dict(row)).value for row, text in pairs}
    assert {0.0, 1.0} <= values


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").strip().split("\n")]

"""A metric that can score one sample alone stands where a scorer may."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.errors import ScorerError, TaskError, UnknownNameError
from evalkit.registry import METRICS, is_sample_metric
from evalkit.scorers.open import open_scorer

ALONE = (
    *("bleu", "cer", "chrf", "map", "mrr", "ndcg_at_k", "precision_at_k", "recall_at_k", "rouge1", "rouge2"),
    *("rougeL", "rougeLsum", "rouge_n", "ter", "wer"),
)


def score(name: str, output: str, target: list[str] | str | None, **params: Any) -> Score:
    scorer = open_scorer(ScorerSpec(name, params))
    found = scorer.score(Sample("s", "question", target), Response(output))
    assert isinstance(found, Score)
    return found


def test_text_and_retrieval_metrics_are_scorers_and_set_metrics_are_not() -> None:
    assert {name for name in METRICS if is_sample_metric(name)} >= set(ALONE)
    assert not is_sample_metric("accuracy")
    assert not is_sample_metric("mcc")


@pytest.mark.parametrize(
    "name, output, target, params, value",
    [
        ("rougeL", "a b", "a b c d", {}, 2 / 3),
        ("rouge1", "runs", ["walk", "running"], {"use_stemmer": True}, 1.0),
        ("wer", "a b", "a c", {}, 0.5),
        ("bleu", "the cat sat", "the cat sat", {}, 100.0),
        ("mrr", '["d2", "d1"]', ["d1"], {}, 0.5),
    ],
)
def test_the_value_is_the_metrics_over_the_one_sample(
    name: str, output: str, target: list[str] | str, params: dict[str, bool], value: float
) -> None:
    seen = score(name, output, target, **params)
    assert seen.value == pytest.approx(value)
    assert seen.scorer == name
    assert "is better" in str(seen.explanation)


def test_one_sentence_has_sentence_bleu_and_its_signature() -> None:
    assert "eff:yes" in open_scorer(ScorerSpec("bleu")).signature


@pytest.mark.parametrize("name", ALONE)
def test_its_signature_begins_with_its_name_and_it_survives_pickling(name: str) -> None:
    scorer: Any = open_scorer(ScorerSpec(name))
    assert scorer.signature.startswith(f"{name}(")
    assert "|" not in scorer.signature
    copy = pickle.loads(pickle.dumps(scorer))
    assert copy.signature == scorer.signature
    assert copy.bounds == scorer.bounds


@pytest.mark.parametrize("name", ALONE)
def test_a_sample_without_target_is_a_scorer_error(name: str) -> None:
    with pytest.raises(ScorerError, match="there is no target"):
        score(name, "a", None)


def test_a_rate_over_an_empty_reference_is_a_scorer_error() -> None:
    with pytest.raises(ScorerError, match="wer is not defined over this sample alone"):
        score("wer", "a", "")


def test_wrong_names_and_parameters_say_what_is_near() -> None:
    with pytest.raises(TaskError, match="has no parameter 'stemmer'"):
        open_scorer(ScorerSpec("rougeL", {"stemmer": True}))
    with pytest.raises(UnknownNameError, match=r"unknown scorer 'rougeX' \(did you mean .*rougeL"):
        open_scorer(ScorerSpec("rougeX"))
    with pytest.raises(UnknownNameError, match="unknown scorer 'mcc'"):
        open_scorer(ScorerSpec("mcc"))

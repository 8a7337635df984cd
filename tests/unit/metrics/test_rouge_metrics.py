"""ROUGE against rouge-score: its values, its several references, its bootstrap, and what it drops."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.scoring import BootstrapAggregator
from rouge_score.tokenize import tokenize

from evalkit.errors import MetricError, MissingExtraError, TaskError
from evalkit.metrics.text.engine.rouge import ENGINES, score_pairs
from evalkit.metrics.text.engine.rouge_bootstrap import rouge_intervals
from evalkit.metrics.text.engine.rouge_words import UnicodeWords
from tests.shared_data import shared_data
from tests.unit.metrics.observing import metric, value_of
from tests.unit.metrics.texts import written

NAMES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
WORDS = ["running", "runs", "the", "flies", "flying", "naïve", "İstanbul", "2017", "don't", "agreed", "sky"]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*WORDS, "\n", ".", " "]), max_size=25).map(" ".join),
)


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared_data("reference", "rouge.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.shared_data
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["nostem", "stem"])
@pytest.mark.parametrize("engine", ENGINES)
def test_every_recorded_value_is_met_to_the_last_digit(
    reference: Any, name: Any, key: Any, engine: Any
) -> None:
    cases = reference["edge"] + reference["pairs"]
    texts = [case["target"] for case in cases], [case["prediction"] for case in cases]
    seen = score_pairs(name, *texts, use_stemmer=key == "stem", engine=engine)
    assert seen.tolist() == [case[key][name] for case in cases]


@pytest.mark.shared_data
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("use_stemmer", [False, True])
def test_the_metric_is_the_recorded_mean(reference: Any, name: Any, use_stemmer: Any) -> None:
    pairs = reference["pairs"]
    data = written([case["prediction"] for case in pairs], [case["target"] for case in pairs])
    expected = reference["mean"][str(use_stemmer)][name]
    assert value_of(name, data, use_stemmer=use_stemmer) == pytest.approx(expected, abs=1e-15)


@pytest.mark.shared_data
def test_the_recorded_bootstrap_is_met_to_the_last_digit(reference: Any) -> None:
    scores = {name: np.array([case["stem"][name] for case in reference["pairs"]]) for name in NAMES}
    recorded = reference["bootstrap_seed0_stem_200"]
    for name, seen in rouge_intervals(scores, seed=0).items():
        assert seen.tolist() == [recorded[name][end] for end in ("low", "mid", "high")]


def test_the_bootstrap_is_rouge_scores_with_other_settings_too() -> None:
    scorer, aggregator = RougeScorer(["rouge1", "rougeL"]), BootstrapAggregator(0.8, 50)
    outputs = ["a b c", "b", "c d e", "a"]
    for output in outputs:
        aggregator.add_scores(scorer.score("a b c d", output))
    np.random.seed(7)
    expected = aggregator.aggregate()
    scores = {
        name: score_pairs(name, ["a b c d"] * 4, outputs, use_stemmer=False) for name in ("rouge1", "rougeL")
    }
    for name, seen in rouge_intervals(scores, confidence=0.8, n_resamples=50, seed=7).items():
        assert seen.tolist() == [list(end) for end in expected[name]]


@pytest.mark.parametrize("wrong", [{"confidence": 1.5}, {"n_resamples": 0}])
def test_a_bootstrap_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        rouge_intervals({"rouge1": np.ones((2, 3))}, **wrong)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, st.booleans())
def test_any_pair_of_texts_has_rouge_scores_values(target: str, output: str, use_stemmer: bool) -> None:
    expected = RougeScorer([*NAMES, "rouge3"], use_stemmer=use_stemmer).score(target, output)
    for name, score in expected.items():
        assert score_pairs(name, [target], [output], use_stemmer=use_stemmer)[0].tolist() == list(score)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
def test_several_references_are_rouge_scores_score_multi(targets: list[str], output: str) -> None:
    expected = RougeScorer(list(NAMES), use_stemmer=True).score_multi(targets, output)
    for name, score in expected.items():
        seen = metric(name, use_stemmer=True).values([(output, tuple(targets)), ("a", ("a", "b"))])
        assert seen.tolist() == [list(score), [float(name != "rouge2")] * 3]


@pytest.mark.parametrize("length", [3, 6_000])
def test_a_large_batch_has_the_values_of_its_pairs_one_by_one_in_any_order_of_metrics(length: int) -> None:
    targets = [" ".join([f"words{i % 7}", "run", "\n", "x" * length, f"e{i % 3}"]) for i in range(80)]
    outputs = [f"runs e{i % 4}\n words{i % 5}" for i in range(80)]
    for name in reversed(NAMES):
        scorer = RougeScorer([name], use_stemmer=True)
        expected = [list(scorer.score(*pair)[name]) for pair in zip(targets, outputs, strict=True)]
        for _ in range(2):
            assert score_pairs(name, targets, outputs, use_stemmer=True).tolist() == expected
    assert score_pairs("rouge1", targets, targets, use_stemmer=True)[:, 2].tolist() == [1.0] * 80


@pytest.mark.shared_data
def test_rouge_scores_own_test_data_give_the_published_values() -> None:
    folder = shared_data("rouge_testdata")
    targets, outputs = (
        (folder / name).read_text(encoding="utf-8").splitlines() for name in ("target.txt", "prediction.txt")
    )
    rouge1 = score_pairs("rouge1", targets, outputs, use_stemmer=False)
    rouge2 = score_pairs("rouge2", targets, outputs, use_stemmer=True)
    np.testing.assert_allclose(rouge1, [[0.6875, 0.40741, 0.51163], [0.65385, 0.40476, 0.5]], atol=5e-6)
    np.testing.assert_allclose(rouge2, [[0.53333, 0.30769, 0.39024], [0.48, 0.29268, 0.36364]], atol=5e-6)


def test_precision_and_recall_can_be_asked_for() -> None:
    data = written(["a b", "a x"], ["a b c d", "a"])
    assert value_of("rouge1", data, of="precision") == 0.75
    assert value_of("rouge1", data, of="recall") == 0.75
    assert value_of("rouge1", data) == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_runs_of_any_length_are_counted() -> None:
    data = written(["a b c d"], ["x a b c d"])
    assert value_of("rouge_n", data, n=3) == pytest.approx(2 * 1 * (2 / 3) / (1 + 2 / 3))
    assert value_of("rouge_n", data, n=9) == 0
    with pytest.raises(TaskError, match=r"n 10 is not in 1\.\.9"):
        metric("rouge_n", n=10)


def test_the_signature_says_all_that_changes_the_number() -> None:
    data = written(["a"], ["a"])
    signature = metric("rougeLsum", use_stemmer=True, tokenizer="unicode").signature(data)
    assert signature == (
        "rougeLsum|sentences:lines|of:fmeasure|stemmer:porter|tokenizer:unicode|as:rouge-score-0.1.2|v1"
    )
    others = [
        metric("rougeL", **params).signature(data)
        for params in ({}, {"use_stemmer": True}, {"tokenizer": "unicode"}, {"of": "recall"})
    ]
    assert len(set(others)) == 4


RUSSIAN = ("Правительство объявило новые меры", "Правительство объявило старые меры")


def test_a_text_without_ascii_words_is_an_error_and_never_a_silent_zero() -> None:
    assert RougeScorer(["rouge1"]).score(*RUSSIAN)["rouge1"].fmeasure == 0
    with pytest.raises(MetricError, match="use 'tokenizer: unicode'"):
        value_of("rouge1", written([RUSSIAN[1]], [RUSSIAN[0]]))
    table = metric("rouge1").table(written([RUSSIAN[1], "a b"], [RUSSIAN[0], "a b"]))
    assert (table.n_failed, table.rows.tolist()) == (1, [[1.0]])
    assert "the target has words but none in ASCII" in str(table.first_failure)


def test_an_output_that_ascii_would_drop_is_an_error_where_the_target_could_have_met_it() -> None:
    table = metric("rouge1").table(written(["Москва", "a"], ["Moscow, Москва", "a"]))
    assert "the output has words but none in ASCII" in str(table.first_failure)


def test_an_output_in_another_script_than_an_ascii_target_is_wrong_and_counts() -> None:
    assert value_of("rouge1", written(["Москва", "Moscow"], ["Moscow", "Moscow"])) == 0.5


@pytest.mark.parametrize("output", ["", "…!", "no"])
def test_an_output_without_the_targets_words_is_a_zero(output: str) -> None:
    assert value_of("rougeL", written([output], ["Zürich é"])) == 0


@pytest.mark.parametrize(
    "target, output, value",
    [
        (*RUSSIAN, 0.75),
        ("Straße ｓｔｒａｓｓｅ", "STRASSE strasse", 1.0),
        ("今天天气很好", "今天天气不错", 4 / 6),
        ("हिन्दी में", "हिन्दी", 2 / 3),
        ("ภาษา", "ภาษา", 1.0),
        ("१२ 34", "34", 2 / 3),
    ],
)
def test_the_unicode_tokenizer_counts_words_of_every_script(target: str, output: str, value: float) -> None:
    assert value_of("rouge1", written([output], [target]), tokenizer="unicode") == pytest.approx(value)


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_of_ascii_text_both_tokenizers_make_the_same_words(text: str) -> None:
    assert UnicodeWords().words(text) == tokenize(text, None)


def test_numbers_are_not_confused_with_words_that_were_replaced_by_numbers() -> None:
    data = written(["0 1 2 é"], ["é à 0 3"])
    assert value_of("rouge1", data, tokenizer="unicode") == 0.5


def test_the_unicode_tokenizer_keeps_lines_for_rouge_lsum() -> None:
    data = written(["б в\nа"], ["а\nб в"])
    assert value_of("rougeLsum", data, tokenizer="unicode") == 1
    assert value_of("rougeL", data, tokenizer="unicode") == pytest.approx(2 / 3)


def test_sentences_may_be_found_by_nltk(monkeypatch: pytest.MonkeyPatch) -> None:
    def sent_tokenize(text: str) -> list[str]:
        return [part + "." for part in text.split(".") if part]

    monkeypatch.setattr("nltk.sent_tokenize", sent_tokenize)
    target, output = "A b c. D e\nf. G.", "D e. A c\nb. X."
    expected = RougeScorer(["rougeLsum"], split_summaries=True).score(target, output)["rougeLsum"].fmeasure
    assert value_of("rougeLsum", written([output], [target]), split_summaries=True) == expected


def test_what_nltk_lacks_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(text: str) -> list[str]:
        raise LookupError("a page of advice")

    monkeypatch.setattr("nltk.sent_tokenize", missing)
    with pytest.raises(
        MissingExtraError, match=r"NLTK's punkt_tab data.*python -m nltk\.downloader punkt_tab"
    ):
        metric("rougeLsum", split_summaries=True)

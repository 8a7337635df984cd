"""choice takes the label out of text or log-probabilities."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import ScorerError
from evalkit.scorers.choice.choice import Choice
from tests.shared_data import shared_data
from tests.unit.scorers.scoring import score_of

SENTIMENT = ("negative", "positive")
ENTAILMENT = ("entailment", "not entailment")
LETTERS = ("A", "B", "C", "D")
DIGITS = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    "choices, output, answer",
    [
        (SENTIMENT, "positive", "positive"),
        (SENTIMENT, " Positive.\n", "positive"),
        (SENTIMENT, "**Negative**", "negative"),
        (SENTIMENT, "The sentiment is POSITIVE, I think.", "positive"),
        (SENTIMENT, "positive, very positive", "positive"),
        (SENTIMENT, "positively glowing", None),
        (SENTIMENT, "non-positive", None),
        (SENTIMENT, "positive or negative", None),
        (SENTIMENT, "I cannot say", None),
        (SENTIMENT, "", None),
        (ENTAILMENT, "not entailment", "not entailment"),
        (ENTAILMENT, "This is not entailment.", "not entailment"),
        (ENTAILMENT, "This is entailment.", "entailment"),
        (ENTAILMENT, "not entailment, though it could be entailment", None),
        (LETTERS, "B", "B"),
        (LETTERS, "(b)", "B"),
        (LETTERS, "B) because a dog barks", "B"),
        (LETTERS, "The answer is C.", "C"),
        (LETTERS, "A or D", None),
        (DIGITS, "4", "4"),
        (DIGITS, "I give it 4 stars", "4"),
        (DIGITS, "4.5", None),
        (DIGITS, "-4", None),
        (DIGITS, "14", None),
        (("Yes", "yes"), "yes it is", "yes"),
        (("c++", "c"), "I like c++ best", "c++"),
        (("(A)", "(B)"), "The answer is (A).", "(A)"),
        (("", "word"), "no such thing", None),
    ],
)
def test_a_label_is_read_out_of_generated_text(
    choices: tuple[str, ...], output: str, answer: str | None
) -> None:
    assert score_of("choice", output, choices[0], choices=choices).answer == answer


def test_text_that_names_several_labels_is_zero_and_says_which() -> None:
    score = score_of("choice", "negative or positive", "positive", choices=SENTIMENT)
    assert (score.value, score.answer) == (0, None)
    assert score.explanation == "'negative or positive' names several choices (negative, positive)"


def test_text_that_names_no_label_is_zero_and_says_so() -> None:
    score = score_of("choice", "hm", "positive", choices=SENTIMENT)
    assert (score.value, score.explanation) == (0, "'hm' names no choice")


def test_a_number_as_target_is_the_label_of_its_text() -> None:
    assert score_of("choice", "4", 4, choices=DIGITS).value == 1


def test_the_highest_log_probability_wins_and_the_first_of_equals() -> None:
    assert score_of("choice", "", "positive", choices=SENTIMENT, logprobs=(-2.0, -1.0)).value == 1
    assert score_of("choice", "", "positive", choices=SENTIMENT, logprobs=(-1.0, -1.0)).answer == "negative"


LONG = ("no", "é" * 4)


@pytest.mark.parametrize("normalize, answer", [("none", "no"), ("chars", "no"), ("bytes", "éééé")])
def test_normalisation_divides_by_the_length_of_the_choice(normalize: str, answer: str) -> None:
    # -2 / 2 against -6 / 4 characters or -6 / 8 bytes.
    score = score_of("choice", "", "no", choices=LONG, logprobs=(-2.0, -6.0), normalize=normalize)
    assert score.answer == answer


def test_choice_norm_divides_by_characters_under_its_own_name() -> None:
    score = score_of(
        "choice_norm", "", "positive one", choices=("bad", "positive one"), logprobs=(-2.0, -4.0)
    )
    assert (score.scorer, score.value) == ("choice_norm", 1)


def test_tokens_are_those_that_the_provider_counts() -> None:
    response = Response("no", choice_logprobs=(-2.0, -3.0), choice_tokens=(1, 2))
    sample = Sample("s", "q", "no", choices=("no", "yes"))
    assert Choice(normalize="tokens").score(sample, response).answer == "yes"
    with pytest.raises(ScorerError, match="how many tokens"):
        Choice(normalize="tokens").score(sample, replace(response, choice_tokens=None))


@pytest.mark.parametrize(
    "target, choices, logprobs, message",
    [
        ("x", SENTIMENT, None, "none of the choices negative, positive"),
        ("x", None, None, "has no choices"),
        (None, SENTIMENT, None, "no target"),
        ("positive", SENTIMENT, (-1.0,), "1 log-probabilities for 2 choices"),
        ("positive", SENTIMENT, (-1.0, float("nan")), "not a number"),
    ],
)
def test_what_cannot_be_judged_is_an_error_and_no_zero(
    target: str | None, choices: tuple[str, ...] | None, logprobs: tuple[float, ...] | None, message: str
) -> None:
    with pytest.raises(ScorerError, match=message):
        score_of("choice", "positive", target, choices=choices, logprobs=logprobs)


def test_generated_text_cannot_be_normalised() -> None:
    with pytest.raises(ScorerError, match="no log-probabilities"):
        score_of("choice_norm", "positive", "positive", choices=SENTIMENT)


@pytest.mark.parametrize("scorer, key", [("choice", "acc"), ("choice_norm", "acc_norm")])
def test_values_are_those_of_lm_evaluation_harness_sample_by_sample(scorer: str, key: str) -> None:
    folder = shared_data("reference", "lm_eval_sent100")
    rows = [json.loads(line) for line in (folder / "sentiment100.jsonl").read_text().splitlines()]
    samples = (folder / "lm_eval_0.4.13_hf_f32_samples.jsonl").read_text().splitlines()
    for row, judged in zip(rows, map(json.loads, samples), strict=True):
        assert row["idx"] == judged["idx"]
        logprobs = tuple(float(value) for value, _ in judged["loglikelihoods"])
        score = score_of(scorer, "", SENTIMENT[row["label"]], choices=SENTIMENT, logprobs=logprobs)
        assert score.value == judged[key]

"""What is said of each sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.items.power import GatePower
from evalkit.items.review import TaskReview, review_items
from evalkit.store.items import last_differences, read_items
from tests.unit.items.history import History

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
INPUTS = {f"s{i}": f"{WORDS[i % 8] * 3} and {WORDS[i // 8] * 3} is what?" for i in range(40)}
TARGETS = {sample_id: f"answer {sample_id}" for sample_id in INPUTS}


def reviewed(history: History) -> TaskReview:
    with history.folded() as store:
        rows = read_items(store.connection, "sums")
        return review_items(
            rows, GatePower(last_differences(store.connection, rows.newest, rows.scorer), 0.05)
        )


def answers(n_right: int, **others: str) -> dict[str, list[str]]:
    """The first samples are answered with the target, the others with an answer that no other Subject has."""
    texts = {s: TARGETS[s] if place < n_right else f"{n_right} {s}" for place, s in enumerate(TARGETS)}
    return {sample_id: [text] for sample_id, text in {**texts, **others}.items()}


def test_samples_are_dead_where_several_subjects_never_or_always_got_them(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    for model, n_right in (("m/one", 10), ("m/two", 20), ("m/two", 20)):
        history.add(model, answers(n_right))
    review = reviewed(history)
    assert {each.sample_id for each in review.having("always_right")} == {f"s{i}" for i in range(10)}
    assert {each.sample_id for each in review.having("always_wrong")} == {f"s{i}" for i in range(20, 40)}


def test_one_subject_alone_does_not_show_that_a_sample_is_dead(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    for _ in range(5):
        history.add("m/one", answers(10))
    review = reviewed(history)
    assert not review.having("always_right")
    assert review.labels.reason == "1 Subject is too few; it takes 4"


def test_a_target_that_five_good_models_contradict_alike_is_named_with_their_answer(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    for place in range(5):
        history.add(f"m/{place}", answers(34 + place, s3="the right answer"))
    review = reviewed(history)
    (found,) = review.having("mislabelled")
    assert (found.sample_id, found.suggested) == ("s3", "the right answer")
    assert (found.mislabelled or 0.0) > 0.9


def test_prompts_of_one_model_are_no_jury(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    for place in range(5):
        history.add("m/one", answers(34 + place, s3="the right answer"), prompt=f"p{place}")
    review = reviewed(history)
    assert not review.having("mislabelled")
    assert review.labels.reason == "5 Subjects are too few, worth 1.7 as some are of one model; it takes 4"


def test_an_input_that_nearly_repeats_another_names_it(tmp_path: Path) -> None:
    inputs = {**INPUTS, "s7": INPUTS["s2"].upper()}
    history = History(tmp_path, inputs, TARGETS)
    history.add("m/one", answers(10))
    (found,) = reviewed(history).having("duplicate")
    assert (found.sample_id, found.duplicate_of, found.similarity) == ("s7", "s2", 1.0)


def test_a_sample_that_one_subject_got_both_ways_is_flaky(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    history.add("m/one", answers(10))
    history.add("m/one", answers(10, s4="no idea"))
    assert [each.sample_id for each in reviewed(history).having("flaky")] == ["s4"]


def test_costs_are_those_of_the_pace_seen_and_power_is_that_of_the_last_pair(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    for n_right in (10, 12):
        history.add("m/one", answers(n_right), cost=0.01)
    review = reviewed(history)
    assert review.runs_a_year == pytest.approx(365.25)
    assert review.items[0].usd_a_year == pytest.approx(3.6525)
    whole, without = review.visible_without(), review.visible_without(review.items[:10])
    assert whole is not None
    assert without is not None
    assert (whole.n, without.n) == (40, 30)

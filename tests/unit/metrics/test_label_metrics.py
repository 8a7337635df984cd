"""Accuracy, precision, recall, F1 and Matthews' correlation are scikit-learn's."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from evalkit.core.score import Score
from evalkit.errors import MetricError
from tests.shared_data import shared_data
from tests.unit.metrics.observing import answered, metric, scored, value_of

CLASSES = ("a", "b", "c", "d")
PAIRS = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=40)


KEYS = {"mcc": "mcc", "acc": "accuracy", "f1": "f1", "macro_f1": "f1_macro", "micro_f1": "f1_micro"}
STORED = {
    "binary_small": ["mcc", "acc", "f1", "macro_f1"],
    "cola_like_1043": ["mcc", "acc", "f1", "macro_f1"],
    "all_one_class": ["mcc", "acc", "f1", "macro_f1"],
    "no_positive": ["mcc", "acc", "f1"],
    "mnli_like_2000": ["mcc", "acc", "macro_f1", "micro_f1"],
}


@pytest.mark.parametrize("case, key", [(case, key) for case, keys in STORED.items() for key in keys])
def test_values_on_glue_like_sets_are_those_of_scikit_learn(case: str, key: str) -> None:
    stored = json.loads(shared_data("reference", "glue.json").read_text())[case]
    targets = [str(label) for label in stored["labels"]]
    answers = [str(label) for label in stored["preds"]]
    labels = ("0", "1") if len(set(targets + answers)) <= 2 else ("0", "1", "2")
    value = value_of(KEYS[key], answered(targets, answers, labels=labels))
    assert value == pytest.approx(stored[key], abs=1e-12)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(PAIRS)
def test_metrics_over_all_classes_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    targets, answers = map(list, zip(*pairs, strict=True))
    data = answered(targets, answers, labels=CLASSES)
    assert value_of("accuracy", data) == pytest.approx(reference.accuracy_score(targets, answers), abs=1e-12)
    assert value_of("mcc", data) == pytest.approx(reference.matthews_corrcoef(targets, answers), abs=1e-12)
    for average in ("macro", "micro"):
        expected = reference.f1_score(targets, answers, average=average)
        assert value_of(f"f1_{average}", data) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.tuples(st.sampled_from("ny"), st.sampled_from("ny")), min_size=1, max_size=30))
def test_metrics_of_one_class_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    targets, answers = map(list, zip(*pairs, strict=True))
    data = answered(targets, answers, labels=("n", "y"))
    for name, function in [
        ("precision", reference.precision_score),
        ("recall", reference.recall_score),
        ("f1", reference.f1_score),
    ]:
        for positive in ("n", "y"):
            expected = function(targets, answers, pos_label=positive, zero_division=0)
            assert value_of(name, data, positive=positive) == pytest.approx(expected, abs=1e-12)


def test_an_answer_that_is_no_label_is_a_prediction_of_one_extra_class() -> None:
    targets = ["a", "b", "b", "a"]
    data = answered(targets, ["a", None, "what?", "b"], labels=("a", "b"))
    seen = ["a", "extra", "extra", "b"]
    assert value_of("f1_macro", data) == pytest.approx(reference.f1_score(targets, seen, average="macro"))
    assert value_of("mcc", data) == pytest.approx(reference.matthews_corrcoef(targets, seen))
    assert value_of("f1_micro", data) == 0.25
    assert value_of("recall", data, positive="b") == 0


def test_a_choice_that_nobody_expects_or_gives_is_left_out_of_the_macro_mean() -> None:
    assert value_of("f1_macro", answered(["a", "b"], ["a", "b"], labels=("a", "b", "c"))) == 1


def test_the_second_of_two_labels_counts_by_default() -> None:
    data = answered(["no", "yes"], ["no", "no"], labels=("yes", "no"))
    assert value_of("recall", data) == 1
    assert value_of("recall", data, positive="yes") == 0


def test_without_choices_the_classes_are_the_targets_sorted() -> None:
    assert value_of("recall", answered([1, 0, 1], ["1", "0", "0"])) == 0.5


def test_a_number_names_the_positive_class_by_its_text() -> None:
    assert value_of("recall", answered([1, 0, 1], ["1", "0", "0"]), positive=0) == 1


def test_the_positive_class_must_be_known() -> None:
    with pytest.raises(MetricError, match="which of 3 classes"):
        value_of("f1", answered(["a", "b", "c"], ["a", "b", "c"]))
    with pytest.raises(MetricError, match="positive 'true' is none of the labels no, yes"):
        value_of("f1", answered(["no", "yes"], ["no", "yes"], labels=("no", "yes")), positive=True)


def test_of_several_references_the_one_that_was_answered_is_the_target() -> None:
    data = answered([["a", "b"], ["a", "b"], "c"], ["b", "c", "c"], labels=("a", "b", "c"))
    expected = reference.f1_score(["b", "a", "c"], ["b", "c", "c"], average="macro")
    assert value_of("f1_macro", data) == pytest.approx(expected)


def test_free_text_targets_are_no_class_labels() -> None:
    texts = [f"text {i}" for i in range(1500)]
    with pytest.raises(MetricError, match="1500 different targets are not class labels"):
        value_of("f1_macro", answered(texts, texts))


def test_a_target_that_is_missing_is_an_error() -> None:
    with pytest.raises(MetricError, match="sample 's1' has no target"):
        value_of("mcc", answered(["a", None], ["a", "a"]))


def test_accuracy_refuses_graded_values() -> None:
    with pytest.raises(MetricError, match=r"'python' gave 0\.5"):
        value_of("accuracy", scored([Score("python", 0.5)]))


def test_the_first_scorer_of_the_task_that_fits_is_read() -> None:
    right, wrong = Score("numeric", 1.0, "1"), Score("exact_match", 0.0, "1")
    data = answered(["1"], ["1"])
    data = type(data)(
        data.sample_ids, data.targets, data.responses, {"numeric": [right], "exact_match": [wrong]}
    )
    assert value_of("accuracy", data) == 1
    assert value_of("accuracy", data, scorer="exact_match") == 0
    assert metric("accuracy").signature(data) == "accuracy|scorer:numeric|v1"


def test_no_scorer_that_fits_is_an_error_that_says_which_do() -> None:
    with pytest.raises(MetricError, match=r"finds no scores .*it reads the scorers choice, exact_match"):
        value_of("accuracy", scored([Score("squad", 0.5)]))


def test_the_scorer_that_a_metric_implies_depends_on_choices() -> None:
    assert metric("f1").default_scorer(has_choices=True) == ("choice", {})
    assert metric("f1").default_scorer(has_choices=False) == ("exact_match", {})
    assert metric("acc_norm").default_scorer(has_choices=True) == ("choice_norm", {})
    assert metric("pearson").default_scorer(has_choices=False) == ("numeric", {})
    assert metric("mean", scorer="contains").default_scorer(has_choices=True) == ("contains", {})
    assert metric("accuracy", scorer="regex").default_scorer(has_choices=True) == ("regex", {})


def test_the_signature_of_f1_names_the_positive_class_that_was_taken() -> None:
    data = answered(["no", "yes"], ["no", "yes"], labels=("no", "yes"))
    assert metric("f1").signature(data) == "f1|positive:yes|scorer:exact_match|v1"
    assert metric("f1", positive="no").signature(data) == "f1|positive:no|scorer:exact_match|v1"


def test_resampled_matthews_is_that_of_the_resample() -> None:
    rng = np.random.default_rng(7)
    targets, answers = (rng.choice(list(CLASSES), 200).tolist() for _ in range(2))
    mcc = metric("mcc")
    rows = mcc.table(answered(targets, answers, labels=CLASSES)).rows
    picks = rng.integers(0, 200, (20, 200))
    weights = np.stack([np.bincount(pick, minlength=200) for pick in picks]).astype(float)
    expected = [reference.matthews_corrcoef(np.array(targets)[p], np.array(answers)[p]) for p in picks]
    np.testing.assert_allclose(mcc.aggregate(rows, weights), expected, atol=1e-12)


def test_one_class_alone_has_matthews_zero_and_an_empty_resample_none() -> None:
    mcc = metric("mcc")
    rows = mcc.table(answered(["a", "b"], ["a", "b"])).rows
    values = mcc.aggregate(rows, np.array([[3.0, 0.0], [0.0, 0.0]]))
    assert values[0] == 0
    assert math.isnan(values[1])


@pytest.mark.parametrize("name", ["f1", "precision", "recall", "f1_macro", "mcc"])
def test_the_cells_of_a_table_hold_the_row_of_each_target_and_answer(name: str) -> None:
    targets, answers = ["n", "n", "y", "y"], ["n", "y", "n", "y"]
    found, data = metric(name), answered(targets, answers, labels=("n", "y"))
    rows = found.table(data).rows
    assert found.cells(rows).reshape(rows.shape) == pytest.approx(rows)


@pytest.mark.parametrize("name", ["f1_macro", "mcc"])
def test_an_answer_that_is_no_label_has_cells_where_it_was_given(name: str) -> None:
    found, data = metric(name), answered(["n", "y"], ["n", "?"], labels=("n", "y"))
    assert found.cells(found.table(data).rows).shape[:2] == (2, 3)


def test_a_class_that_does_not_occur_has_no_cells_in_a_mean_over_those_that_do() -> None:
    found, data = metric("f1_macro"), answered(["n", "y"], ["n", "n"], labels=("n", "y", "perhaps"))
    assert found.cells(found.table(data).rows).shape[:2] == (2, 2)

"""evalkit's metrics where a module of Hugging Face evaluate is expected."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from evalkit.bridges.evaluate_module import evaluate_module
from evalkit.errors import UnknownNameError

pytestmark = pytest.mark.skipif(find_spec("evaluate") is None, reason="evaluate is not installed")


def test_a_metric_over_labels_takes_numbers() -> None:
    module = evaluate_module("f1_macro")
    assert module.compute(predictions=[1, 0, 1], references=[1, 1, 1]) == {"f1_macro": pytest.approx(0.4)}


def test_a_metric_over_texts_takes_several_references() -> None:
    module = evaluate_module("squad_f1")
    assert module.compute(predictions=["the cat"], references=[["a cat", "dog"]]) == {"squad_f1": 1.0}


def test_its_scorer_may_have_parameters() -> None:
    scorer = {"exact_match": {"ignore_case": True}}
    found = evaluate_module("accuracy").compute(predictions=["A", "b"], references=["a", "a"], scorer=scorer)
    assert found == {"accuracy": 0.5}


def test_predictions_may_come_in_batches() -> None:
    module = evaluate_module("accuracy")
    for prediction in ("a", "b"):
        module.add(prediction=prediction, reference="a")
    assert module.compute() == {"accuracy": 0.5}


def test_it_combines_with_other_modules() -> None:
    import evaluate

    both = evaluate.combine([evaluate_module("accuracy"), evaluate_module("f1_micro")])
    assert both.compute(predictions=["a", "b"], references=["a", "a"]) == {"accuracy": 0.5, "f1_micro": 0.5}


def test_an_unknown_metric_says_what_is_near() -> None:
    with pytest.raises(UnknownNameError, match="did you mean accuracy"):
        evaluate_module("acuracy")


def test_a_wrong_parameter_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="has no parameter 'average'"):
        evaluate_module("accuracy").compute(predictions=["a"], references=["a"], average="macro")


def test_a_prediction_that_cannot_be_read_is_an_error_and_no_number() -> None:
    with pytest.raises(ValueError, match="1 of 2 predictions cannot be read by 'pearson'"):
        evaluate_module("pearson").compute(predictions=["1", "no number"], references=["1", "2"])

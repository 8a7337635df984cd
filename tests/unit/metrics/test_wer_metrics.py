"""Word and character error rates against jiwer."""

from __future__ import annotations

import math
from importlib.metadata import version

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.metrics.observing import metric, value_of
from tests.unit.metrics.texts import written

TEXTS = st.lists(st.sampled_from(["the", "The", "cat", "sat,", "é", "  ", "\n"]), max_size=8).map(" ".join)
REFERENCES = TEXTS.filter(str.strip)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXTS, REFERENCES), min_size=1, max_size=6))
def test_any_corpus_has_jiwers_rates(pairs: list[tuple[str, str]]) -> None:
    outputs, references = map(list, zip(*pairs, strict=True))
    data = written(outputs, references)
    assert value_of("wer", data) == pytest.approx(jiwer.wer(references, outputs), rel=1e-13)
    assert value_of("cer", data) == pytest.approx(jiwer.cer(references, outputs), rel=1e-13)


def test_an_empty_reference_adds_its_insertions_as_in_jiwer() -> None:
    outputs, references = ["a b", "c"], ["", "c d"]
    assert value_of("wer", written(outputs, references)) == jiwer.wer(references, outputs) == 1.5


def test_of_several_references_the_closest_counts() -> None:
    table = metric("wer").table(written(["a b"], [["x y z", "a c", "a b c d"]]))
    assert table.rows.tolist() == [[1.0, 2.0]]


def test_case_and_punctuation_can_be_passed_over_and_the_signature_says_so() -> None:
    data = written(["Hello, World"], ["hello world"])
    assert value_of("wer", data) == 1
    assert value_of("wer", data, ignore_case=True) == 0.5
    assert value_of("wer", data, ignore_case=True, ignore_punctuation=True) == 0
    major = version("jiwer").partition(".")[0]
    assert metric("wer", ignore_case=True).signature(data) == f"wer|ignore_case:true|jiwer:{major}|v1"


def test_references_without_any_word_have_no_rate() -> None:
    rows = metric("wer").table(written(["a"], [""])).rows
    assert math.isnan(metric("wer").aggregate(rows)[0])


def test_smaller_is_better() -> None:
    assert not metric("wer").is_higher_better
    assert not metric("cer").is_higher_better

"""BLEU, chrF and TER against sacreBLEU: recorded values, its signature, resamples, any text."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from evalkit.errors import MetricError, TaskError
from tests.shared_data import shared_data
from tests.unit.metrics.observing import metric, value_of
from tests.unit.metrics.texts import written

CLASSES = {"bleu": BLEU, "chrf": CHRF, "ter": TER}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "bleu13a": ("bleu", {}),
    "bleu_none": ("bleu", {"tokenize": "none"}),
    "bleu_char": ("bleu", {"tokenize": "char"}),
    "bleu_intl": ("bleu", {"tokenize": "intl"}),
    "bleu_lc": ("bleu", {"lowercase": True}),
    "chrf": ("chrf", {}),
    "chrfpp": ("chrf", {"word_order": 2}),
    "ter": ("ter", {}),
}
VARIANTS = [
    *CASES.values(),
    ("bleu", {"smooth_method": "floor"}),
    ("bleu", {"smooth_method": "floor", "smooth_value": 0.3}),
    ("bleu", {"smooth_method": "add-k", "smooth_value": 2.0}),
    ("bleu", {"smooth_method": "none"}),
    ("bleu", {"effective_order": True}),
    ("bleu", {"max_ngram_order": 2, "effective_order": True, "smooth_method": "add-k"}),
    ("chrf", {"eps_smoothing": True, "beta": 1}),
    ("chrf", {"char_order": 3, "whitespace": True, "lowercase": True}),
    ("ter", {"normalized": True, "no_punct": True}),
    ("ter", {"case_sensitive": True, "asian_support": True, "normalized": True}),
]
SENTENCES = st.lists(st.sampled_from(["the", "cat", "sat", "Mat", ".", "on", "«", "猫", "12%"]), max_size=8)
PAIRS = st.lists(
    st.tuples(SENTENCES.map(" ".join), st.lists(SENTENCES.map(" ".join), min_size=1, max_size=3)),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared_data("reference", "sacrebleu.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.shared_data
@pytest.mark.parametrize("case", CASES)
def test_every_recorded_corpus_value_is_met(reference: Any, case: Any) -> None:
    name, params = CASES[case]
    several = [list(refs) for refs in zip(*reference["refs_streams"], strict=True)]
    expected = reference["scores"][case]
    one = written(reference["hyps"], reference["refs_streams"][0])
    assert value_of(name, one, **params) == pytest.approx(expected["single_ref"], rel=1e-13)
    both = written(reference["hyps"], several)
    assert value_of(name, both, **params) == pytest.approx(expected["multi_ref"], rel=1e-13)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_every_recorded_sentence_value_is_met(reference: Any, name: Any) -> None:
    several = [list(refs) for refs in zip(*reference["refs_streams"], strict=True)]
    alone = metric(name).for_one_sample()
    expected = reference[f"sentence_{name}_multi"]
    rows = alone.table(written(reference["hyps"], several)).rows[: len(expected)]
    seen = [float(alone.aggregate(row[None, :])[0]) for row in rows]
    assert seen == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name, params", VARIANTS, ids=lambda value: str(value).replace(" ", ""))
@settings(max_examples=20, deadline=None)
@given(pairs=PAIRS, seed=st.integers(0, 1000))
def test_any_corpus_and_resample_has_sacrebleus_value(
    name: str, params: dict[str, Any], pairs: list[tuple[str, list[str]]], seed: int
) -> None:
    n_streams = max(len(references) for _, references in pairs)
    streams = [[refs[i] if i < len(refs) else None for _, refs in pairs] for i in range(n_streams)]
    outputs = [output for output, _ in pairs]
    ours, theirs = metric(name, **params), CLASSES[name](**params)
    rows = ours.table(written(outputs, [references for _, references in pairs])).rows
    whole = theirs._aggregate_and_compute(theirs._extract_corpus_statistics(outputs, streams)).score
    assert ours.aggregate(rows)[0] == pytest.approx(min(whole, ours.bounds[1]), rel=1e-9, abs=1e-9)
    picks = np.random.default_rng(seed).integers(0, len(pairs), (3, len(pairs)))
    weights = np.stack([np.bincount(pick, minlength=len(pairs)) for pick in picks]).astype(float)
    for value, pick in zip(ours.aggregate(rows, weights), picks, strict=True):
        drawn = theirs._extract_corpus_statistics(
            [outputs[i] for i in pick], [[stream[i] for i in pick] for stream in streams]
        )
        expected = min(theirs._aggregate_and_compute(drawn).score, ours.bounds[1])
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name, params", VARIANTS, ids=lambda value: str(value).replace(" ", ""))
def test_the_signature_holds_sacrebleus_own(name: str, params: dict[str, Any]) -> None:
    theirs = CLASSES[name](**params)
    theirs.corpus_score(["a b"], [["a b"], ["a c"]])
    seen = metric(name, **params).signature(written(["a b"], [["a b", "a c"]]))
    assert seen.startswith(f"{name}|{theirs.get_signature().format()}|")


@pytest.mark.parametrize(
    "name, params, part", [("bleu", {"max_ngram_order": 2}, "order:2"), ("chrf", {"beta": 3}, "beta:3")]
)
def test_the_signature_holds_what_sacrebleus_does_not(name: str, params: dict[str, int], part: str) -> None:
    seen = metric(name, **params).signature(written(["a b"], ["a b"]))
    usual = metric(name).signature(written(["a b"], ["a b"]))
    assert seen == usual.replace("|v1", f"|{part}|v1")


def test_the_signature_tells_one_reference_from_several_and_from_a_varying_number() -> None:
    seen = [
        metric("chrf").signature(written(["a"] * len(targets), targets)).split("|")[1]
        for targets in (["a", "b"], [["a", "b"], ["c", "d"]], ["a", ["b", "c"], None])
    ]
    assert seen == ["nrefs:1", "nrefs:2", "nrefs:var"]


def test_sacrebleus_version_is_in_the_signature() -> None:
    assert f"version:{sacrebleu.__version__}" in metric("bleu").signature(written(["a"], ["a"]))


#: BLEU without tokenisation: what sacreBLEU's command line prints for these systems. BLEU by 13a and chrF of
#: them are those of the suite (tests/unit/suites/test_recorded_texts.py).
WMT17 = {"LIUM-NMT.4900": 21.61, "PROMT-Rule-based.4735": 13.14}


@pytest.mark.shared_data
@pytest.mark.parametrize("system", WMT17)
def test_systems_of_wmt17_have_their_values_without_tokenisation(system: str) -> None:
    folder = shared_data("wmt17_en_de")
    outputs, references = (
        (folder / f"newstest2017.{name}.en-de.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
        for name in (system, "ref")
    )
    assert round(value_of("bleu", written(outputs, references), tokenize="none"), 2) == WMT17[system]


@pytest.mark.parametrize(
    "params, message",
    [
        ({"tokenize": "13b"}, "tokenize '13b' is unknown"),
        ({"max_ngram_order": 0}, "max_ngram_order 0 is not in 1..100"),
        ({"smooth_method": "more"}, "smooth_method 'more' is not one of exp"),
    ],
)
def test_a_parameter_that_sacrebleu_lacks_is_a_task_error(params: dict[str, Any], message: str) -> None:
    with pytest.raises(TaskError, match=message):
        metric("bleu", **params)


def test_a_tokenizer_whose_package_is_missing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**arguments: Any) -> None:
        raise RuntimeError("Please install the Japanese tokenizer:\n pip install sacrebleu[ja]")

    monkeypatch.setattr("evalkit.metrics.text.engine.sacrebleu._class", lambda name: missing)
    monkeypatch.setattr("evalkit.metrics.text.bleu.Bleu._check", lambda self: None)
    with pytest.raises(TaskError, match=r"sacreBLEU cannot start: Please install .* sacrebleu\[ja\]"):
        metric("bleu", tokenize="ja-mecab")


def test_ter_of_two_long_texts_is_an_error_that_harms_no_other_sample() -> None:
    long = " ".join(map(str, range(1000)))
    table = metric("ter").table(written([long, "a b"], [long, "a c"]))
    assert table.rows.tolist() == [[1.0, 2.0]]
    assert "1,000 words against 1,000 are too many for TER" in str(table.first_failure)


def test_a_set_without_any_target_has_no_bleu() -> None:
    with pytest.raises(MetricError, match="sample 's0': there is no target"):
        value_of("bleu", written(["a", "b"], [None, []]))


def test_the_same_texts_are_counted_once_and_others_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    original = BLEU._extract_corpus_statistics

    def counting(self: Any, *arguments: Any) -> Any:
        counted.append(len(arguments[0]))
        return original(self, *arguments)

    monkeypatch.setattr(BLEU, "_extract_corpus_statistics", counting)
    outputs = ["counted once", "and only once"]
    first = metric("bleu").table(written(outputs, outputs)).rows
    assert metric("bleu").table(written(list(outputs), list(outputs))).rows.tolist() == first.tolist()
    assert counted == [2]
    metric("bleu", lowercase=True).table(written(outputs, outputs))
    metric("bleu").table(written(outputs, ["other", "texts"]))
    assert counted == [2, 2, 2]

"""BLEU, ROUGE-L and CIDEr in COCO's definitions against pycocoevalcap's numbers, and on bad input."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.comparisons.estimate import estimate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.errors import MetricError, TaskError
from evalkit.metrics.captions.engine.document_frequencies import write_document_frequencies
from evalkit.metrics.captions.engine.java import MissingJavaError
from evalkit.metrics.captions.engine.ngrams import FlatTexts, each_order
from evalkit.metrics.references import NO_TARGET
from tests.shared_data import shared_data
from tests.unit.metrics.observing import metric, value_of

BLEU = ("bleu_1", "bleu_2", "bleu_3", "bleu_4")
NAMES = (*BLEU, "rouge_l_coco", "cider_d", "cider")
EDGES = (
    "single_image", "identical_two", "empty_candidate", "empty_reference", "no_overlap", "short_3words",
    "repeat_gaming", "mismatched_order",
)  # fmt: skip

Texts = Mapping[str, Sequence[str]]


def captioned(references: Texts, candidates: Texts) -> Observations:
    """Observations as a task gives them: a sample for each image."""
    return Observations(
        list(references), list(references.values()), [Response(candidates[key][0]) for key in references]
    )


def per_image(name: str, data: Observations) -> list[float]:
    opened = metric(name)
    rows = opened.table(data).rows
    return [float(opened.aggregate(rows[i : i + 1])[0]) for i in range(len(rows))]


def read(*parts: str) -> Any:
    return json.loads(shared_data(*parts).read_text("utf-8"))


@pytest.fixture(scope="module")
def captions_100() -> Any:
    return read("reference", "captions_100.json")


@pytest.mark.shared_data
@pytest.mark.parametrize("kind", ["raw", "tok"])
@pytest.mark.parametrize("name", NAMES)
def test_values_for_each_image_and_the_corpus_equal_the_reference(
    captions_100: Any, name: str, kind: str
) -> None:
    data = captioned(captions_100[f"{kind}_gts"], captions_100[f"{kind}_res"])
    if name in BLEU:
        corpus, images = (captions_100["BLEU"][key][BLEU.index(name)] for key in ("corpus", "per_image"))
    else:
        key = {"rouge_l_coco": "ROUGE_L", "cider_d": "CIDEr_pycocoevalcap(=CIDEr-D, corpus df)"}.get(
            name, "CIDEr_plain(vrama91 definition)"
        )
        corpus, images = captions_100[key]["corpus"], captions_100[key]["per_image"]
    assert value_of(name, data) == pytest.approx(corpus, abs=1e-12)
    np.testing.assert_allclose(per_image(name, data), images, rtol=0, atol=1e-12)


@pytest.mark.shared_data
@pytest.mark.parametrize("edge", EDGES)
def test_edge_cases_equal_the_reference(captions_100: Any, edge: str) -> None:
    case = captions_100["edge"][edge]
    data = captioned(case["gts"], case["res"])
    assert [value_of(name, data) for name in BLEU] == pytest.approx(case["BLEU"], rel=1e-9, abs=1e-18)
    assert value_of("rouge_l_coco", data) == pytest.approx(case["ROUGE_L"], abs=1e-12)
    assert value_of("cider_d", data) == pytest.approx(case["CIDEr"], abs=1e-12)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name, published",
    [
        *zip(BLEU, (0.7986685, 0.6227888, 0.4774685, 0.3635858), strict=True),
        ("rouge_l_coco", 0.5856124),
        ("cider_d", 1.3019633),
    ],
)
def test_a_thousand_raw_captions_give_the_packages_corpus_values(name: str, published: float) -> None:
    data = read("reference", "coco_cap_1000_raw.json")
    assert value_of(name, captioned(data["gts"], data["res"])) == pytest.approx(published, abs=6e-8)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name, published",
    [
        *zip(BLEU, (0.55, 0.428174, 0.284043, 0.201143), strict=True),
        ("rouge_l_coco", 0.522104),
        ("cider_d", 1.242192),
    ],
)
def test_the_example_of_nlg_eval_gives_its_published_values(name: str, published: float) -> None:
    def lines(file: str) -> list[str]:
        return shared_data("nlg_eval_example", file).read_text("utf-8").splitlines()

    pairs = zip(lines("ref1.txt"), lines("ref2.txt"), strict=True)
    references = {str(i): pair for i, pair in enumerate(pairs)}
    data = captioned(references, {str(i): [text] for i, text in enumerate(lines("hyp.txt"))})
    assert value_of(name, data) == pytest.approx(published, abs=6e-7)


def test_the_single_example_of_nlg_eval_gives_its_published_values() -> None:
    data = captioned({"1": ["this is a test", "this is also a test"]}, {"1": ["this is a good test"]})
    values = {name: value_of(name, data) for name in (*BLEU, "rouge_l_coco", "cider_d")}
    published = [0.799999, 0.632455, 0.5108729, 0.0000903602, 0.9070631, 0.0]
    assert list(values.values()) == pytest.approx(published, abs=1e-6)


REFERENCES = {
    "1": ["a dog runs", "a brown dog is running"],
    "2": ["two cats sleep"],
    "3": ["a cat on a sofa"],
}
CANDIDATES = {"1": ["a dog runs"], "2": ["two dogs sleep"], "3": ["a cat sleeps"]}


@pytest.fixture
def frequencies(tmp_path: Path) -> str:
    path = tmp_path / "frequencies.json.gz"
    write_document_frequencies(path, REFERENCES.values())
    return str(path)


@pytest.mark.parametrize("name", ["cider_d", "cider"])
def test_frozen_frequencies_of_the_same_references_give_the_same_values(name: str, frequencies: str) -> None:
    data = captioned(REFERENCES, CANDIDATES)
    rows = metric(name).table(data).rows
    np.testing.assert_allclose(metric(name, idf=frequencies).table(data).rows, rows, rtol=1e-12)


@pytest.mark.parametrize("name", ["cider_d", "cider"])
def test_frozen_frequencies_score_a_single_sample_as_in_its_corpus(name: str, frequencies: str) -> None:
    rows = metric(name).table(captioned(REFERENCES, CANDIDATES)).rows
    alone = captioned({"1": REFERENCES["1"]}, CANDIDATES)
    assert value_of(name, alone) == 0
    assert value_of(name, alone, idf=frequencies) == pytest.approx(rows[0, 0], rel=1e-12)
    assert rows[0, 0] > 0


def test_where_frequencies_come_from_is_in_the_signature(frequencies: str, tmp_path: Path) -> None:
    data = captioned(REFERENCES, CANDIDATES)
    other = tmp_path / "other.json"
    write_document_frequencies(other, list(REFERENCES.values())[:2])
    signatures = [metric("cider_d", idf=idf).signature(data) for idf in ("refs", frequencies, str(other))]
    assert signatures[0] == "cider_d|idf:refs|tokenizer:ptb-python-1|v1"
    assert len(set(signatures)) == 3
    assert "(3 images)" in signatures[1]
    assert str(tmp_path) not in signatures[1]


@pytest.mark.parametrize("content", [None, "{}", "no json", '{"format": "other"}', "[]"])
def test_a_file_that_holds_no_frequencies_is_one_clear_error(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "frequencies.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(MetricError, match="document frequencies cannot be read") as caught:
        value_of("cider_d", captioned(REFERENCES, CANDIDATES), idf=str(path))
    assert caught.value.where == str(path)


def test_frequencies_of_no_image_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MetricError, match="no references to count"):
        write_document_frequencies(tmp_path / "none.json", [])


def test_frequencies_by_another_tokenizer_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "frequencies.json"
    write_document_frequencies(path, REFERENCES.values())
    path.write_text(path.read_text("utf-8").replace("ptb-python-1", "ptb-java-3.4.1"), encoding="utf-8")
    with pytest.raises(MetricError, match=r"of ptb-java-3\.4\.1, those of the captions of ptb-python-1"):
        value_of("cider_d", captioned(REFERENCES, CANDIDATES), idf=str(path))


@pytest.mark.parametrize("name", ["cider_d", "cider"])
def test_a_failed_response_changes_no_other_samples_value(name: str) -> None:
    data = captioned(REFERENCES, CANDIDATES)
    responses = [data.responses[0], Response(error="timeout"), data.responses[2]]
    failed = metric(name).table(Observations(data.sample_ids, data.targets, responses))
    whole = metric(name).table(data)
    np.testing.assert_allclose(failed.rows, whole.rows[[0, 2]], rtol=1e-12)
    assert failed.n_failed == 1


@pytest.mark.parametrize("name", ["cider_d", "cider"])
def test_repeats_of_a_sample_count_its_references_once(name: str) -> None:
    data = captioned(REFERENCES, CANDIDATES)
    twice = Observations([*data.sample_ids] * 2, [*data.targets] * 2, [*data.responses] * 2)
    rows = metric(name).table(data).rows
    np.testing.assert_allclose(metric(name).table(twice).rows, np.vstack([rows, rows]), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_reply_scores_nothing_and_harms_no_other(name: str) -> None:
    data = captioned(REFERENCES, {**CANDIDATES, "2": [""]})
    values = per_image(name, data)
    assert values[1] == pytest.approx(0, abs=1e-9)
    unharmed = per_image(name, captioned(REFERENCES, CANDIDATES))
    assert [values[0], values[2]] == pytest.approx([unharmed[0], unharmed[2]])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("missing", [None, []])
def test_a_sample_without_references_fails_by_name_and_harms_no_other(name: str, missing: Any) -> None:
    data = captioned(REFERENCES, CANDIDATES)
    broken = Observations(
        [*data.sample_ids, "lost"], [*data.targets, missing], [*data.responses, Response("a dog")]
    )
    found = estimate(metric(name), name, broken)
    assert found.value == pytest.approx(value_of(name, data))
    assert (found.n, found.n_failed) == (3, 1)
    assert found.first_failure == f"sample 'lost': {NO_TARGET}"


@pytest.mark.parametrize("name", NAMES)
def test_a_caption_of_ten_thousand_words_is_scored_and_harms_no_other(name: str) -> None:
    long = " ".join(["a dog runs"] * 3_333 + ["fast"])
    values = per_image(name, captioned(REFERENCES, {**CANDIDATES, "1": [long]}))
    unharmed = per_image(name, captioned(REFERENCES, CANDIDATES))
    assert values[1:] == pytest.approx(unharmed[1:])
    assert 0 <= values[0] < max(1.0, unharmed[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_line_end_in_a_reply_moves_no_caption(name: str) -> None:
    broken = captioned(REFERENCES, {**CANDIDATES, "1": ["a\u2028dog\r\x0bruns"]})
    assert per_image(name, broken) == pytest.approx(per_image(name, captioned(REFERENCES, CANDIDATES)))


@pytest.mark.parametrize("name", NAMES)
def test_one_reference_may_be_a_bare_text(name: str) -> None:
    listed = captioned({"1": ["two cats"], "2": ["a dog"]}, {"1": ["two cats"], "2": ["a cat"]})
    bare = Observations(listed.sample_ids, ["two cats", "a dog"], listed.responses)
    assert value_of(name, bare) == value_of(name, listed)


def test_the_java_tokeniser_is_in_the_signature_and_its_absence_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = captioned({"1": ["never seen before"]}, {"1": ["never seen until now"]})
    assert metric("bleu_1", tokenizer="java").signature(data) == "bleu_1|tokenizer:ptb-java-3.4.1|v1"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MissingJavaError):
        value_of("bleu_1", data, tokenizer="java")
    assert "install a Java runtime" in (
        estimate(metric("bleu_1", tokenizer="java"), "bleu_1", data).error or ""
    )


def test_an_unknown_tokenizer_is_a_task_error() -> None:
    with pytest.raises(TaskError, match="tokenizer 'other' is not one of python, java"):
        metric("bleu_1", tokenizer="other")


def test_the_interval_of_a_corpus_comes_from_its_statistics_alone() -> None:
    rng = np.random.default_rng(0)
    words = ["a", "dog", "cat", "runs", "on", "the", "sofa", "red"]
    texts = [" ".join(rng.choice(words, 8)) for _ in range(3_000)]
    data = captioned(
        {str(i): texts[3 * i : 3 * i + 2] for i in range(1_000)},
        {str(i): [texts[3 * i + 2]] for i in range(1_000)},
    )
    for name in ("bleu_4", "rouge_l_coco", "cider_d"):
        found = estimate(metric(name), name, data)
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert found.low < found.value < found.high


def test_ngrams_are_counted_when_their_keys_outgrow_a_machine_word() -> None:
    rng = np.random.default_rng(1)
    texts = [rng.integers(0, 2**20, 30).tolist() * 2 for _ in range(20)]
    flat = FlatTexts.of(texts)
    flat = FlatTexts(
        np.append(flat.tokens, np.arange(2**18)), np.append(flat.texts, np.full(2**18, 20)), flat.lengths
    )
    for order, grams in enumerate(each_order(flat, 4), 1):
        for text in range(20):
            counts = sorted(grams.counts[grams.texts == text].tolist())
            seen = [tuple(texts[text][i : i + order]) for i in range(61 - order)]
            assert counts == sorted(seen.count(gram) for gram in set(seen))

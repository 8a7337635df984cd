"""Similarity of meaning, against sentence-transformers' and bert-score's numbers on the same model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import MetricError, ScorerError
from evalkit.metrics.cancellation import SessionWork
from evalkit.metrics.text.engine.embedding.minilm import FILES, open_embedder
from evalkit.metrics.text.similarity import BertscoreF1, Similarity
from evalkit.scorers.match.similar import Similar
from tests.embedding_model import needs_embedding_model

EATING, BREAD, GIRL = (
    "A man is eating food.",
    "A man is eating a piece of bread.",
    "The girl is carrying a baby.",
)
UNICODE, EMPTY, LONG = "Ünïcode 漢字 👍 text", "", "word " * 400

#: transformers 4.57 with torch, float32, mean-pooled and of length 1: cosine with EATING, with BREAD.
COSINES = {
    EATING: (1.0, 0.755337),
    BREAD: (0.755337, 1.0),
    GIRL: (-0.104958, -0.061017),
    EMPTY: (0.02534, -0.001983),
    UNICODE: (0.002504, 0.044018),
    LONG: (0.022314, 0.025667),
}
#: bert-score 0.3.13, num_layers 6, no idf: F1 with EATING, with BREAD.
BERTSCORES = {
    EATING: (1.0, 0.775118),
    BREAD: (0.775118, 1.0),
    GIRL: (0.071588, 0.090167),
    UNICODE: (0.041011, 0.070536),
}


@pytest.fixture(autouse=True)
def _model() -> None:
    needs_embedding_model()


def observed(pairs: list[tuple[str, object]]) -> Observations:
    ids = [f"s{i}" for i in range(len(pairs))]
    return Observations(ids, [target for _, target in pairs], [Response(output) for output, _ in pairs])


def values(metric: Similarity | BertscoreF1, *pairs: tuple[str, object]) -> list[float]:
    return [float(value) for value in metric.table(observed(list(pairs))).rows[:, 0]]


def test_cosines_are_those_of_sentence_transformers() -> None:
    pairs = [(text, reference) for text in COSINES for reference in (EATING, BREAD)]
    assert values(Similarity(), *pairs) == pytest.approx(
        [c for both in COSINES.values() for c in both], abs=2e-6
    )


def test_bertscore_is_that_of_bert_score() -> None:
    pairs = [(text, reference) for text in BERTSCORES for reference in (EATING, BREAD)]
    expected = [c for both in BERTSCORES.values() for c in both]
    assert values(BertscoreF1(), *pairs) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("metric", [Similarity(), BertscoreF1()], ids=lambda metric: metric.name)
def test_the_best_of_several_references_counts(metric: BertscoreF1 | Similarity) -> None:
    alone = values(metric, (EATING, GIRL), (EATING, BREAD))
    assert values(metric, (EATING, [GIRL, BREAD])) == [pytest.approx(max(alone))]


def test_an_empty_output_has_no_bertscore() -> None:
    assert values(BertscoreF1(), ("", EATING), (EATING, "")) == [0.0, 0.0]


@pytest.mark.parametrize("metric", [Similarity(), BertscoreF1()], ids=lambda metric: metric.name)
def test_a_value_does_not_hang_on_the_other_texts(metric: BertscoreF1 | Similarity) -> None:
    alone = values(metric, (EATING, BREAD))
    crowd = values(metric, *[(f"{EATING} {i}" * (i % 5), GIRL) for i in range(10)], (EATING, BREAD))
    assert crowd[-1] == pytest.approx(alone[0], abs=1e-6)


@pytest.mark.parametrize("metric", [Similarity(), BertscoreF1()], ids=lambda metric: metric.name)
def test_a_sample_without_reference_fails_alone_and_is_named(metric: BertscoreF1 | Similarity) -> None:
    table = metric.table(observed([(EATING, BREAD), (EATING, None), (EATING, []), (EATING, EATING)]))
    assert (table.sample_ids, table.n_failed) == (("s0", "s3"), 2)
    assert str(table.first_failure).startswith("sample 's1': there is no target to compare with")


def test_a_session_that_was_told_to_stop_compares_no_more() -> None:
    work = SessionWork()
    work.stop()
    with pytest.raises(MetricError, match="outputs compared: stopped"):
        work.run(lambda: Similarity().table(observed([(EATING, "not compared before")])))


def test_ten_thousand_words_are_judged_by_their_beginning() -> None:
    (found,) = values(Similarity(), ("word " * 10_000, LONG))
    assert found == pytest.approx(1.0, abs=1e-6)


def test_the_mean_follows_the_weights() -> None:
    rows = np.array([[0.2], [0.6]])
    assert Similarity().aggregate(rows, np.array([[1.0, 1.0], [3.0, 1.0]])).tolist() == pytest.approx(
        [0.4, 0.3]
    )


def test_a_model_in_a_folder_has_its_name_in_the_signature(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for file in FILES:
        shutil.copyfile(str(file.find()), folder / file.file)
    shape = {"num_hidden_layers": 6, "num_attention_heads": 12, "layer_norm_eps": 1e-12}
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", **shape}))
    metric = Similarity(model=str(folder))
    assert metric.signature(observed([])) == "similarity|model:mine(53aa5117)|v1"
    assert values(metric, (EATING, BREAD)) == pytest.approx([0.755337], abs=2e-6)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    for name in ("tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(MetricError, match="'t5' is not a BERT encoder"):
        values(Similarity(model=str(tmp_path)), (EATING, BREAD))


def test_without_the_model_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("evalkit.downloads.packaged_file.PackagedFile._installed", lambda self: None)
    open_embedder.cache_clear()
    with pytest.raises(MetricError, match="evalkit setup similarity"):
        values(Similarity(), (EATING, "never embedded before"))
    open_embedder.cache_clear()


def test_the_scorer_gives_the_cosine_and_the_nearest_reference() -> None:
    score = Similar().score(Sample("s", "", [GIRL, BREAD]), Response(EATING))
    assert score.value == pytest.approx(0.755337, abs=2e-6)
    assert score.answer == BREAD


def test_the_scorer_compares_with_a_given_text() -> None:
    assert Similar(value=EATING).score(Sample("s", ""), Response(EATING)).value == pytest.approx(1.0)
    with pytest.raises(ScorerError, match="no target"):
        Similar().score(Sample("s", ""), Response(EATING))

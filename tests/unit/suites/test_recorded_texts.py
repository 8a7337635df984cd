"""Recorded summaries and translations, scored by the suites that ship through a mirror of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.observations import Observations
from evalkit.core.task import DatasetSpec, Task
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.models.replay import read_recorded
from evalkit.runner.prepared_task import prepare
from evalkit.tasks.taskfile import load_task_file
from tests.architecture.tree import ROOT
from tests.data import recorded
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data

#: rouge-score 0.1.2 with stemmer, in percent; ROUGE-1.5.5 as XSum's authors published it.
XSUM: dict[str, tuple[list[float], list[float]]] = {
    "lead": ([16.01, 1.58, 11.79], [16.30, 1.60, 11.95]),
    "ptgen": ([29.34, 9.17, 23.04], [29.70, 9.21, 23.24]),
    "convs2s": ([30.94, 11.02, 25.05], [31.27, 11.07, 25.23]),
}
#: sacreBLEU 2.6: BLEU, and chrF of the best of one network and of the worst.
WMT17 = {
    "LIUM-NMT": {"bleu": 26.60, "chrf": 55.93},
    "LMU-nmt-reranked": {"bleu": 27.11},
    "LMU-nmt-single": {"bleu": 26.56},
    "PROMT-Rule-based": {"bleu": 16.61, "chrf": 50.36},
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorded")


def suite_task(name: str) -> Task:
    (task,) = load_task_file(ROOT / f"suites/{name}.eval.yaml")
    return task


def observed(task: Task, folder: Path, system: str) -> Observations:
    """The task's samples from the folder's mirror, with a system's recorded outputs."""
    mirror = Mirror.open(folder)
    samples = prepare(task, lambda spec: load_rows(spec, base_dir=folder, mirror=mirror)).samples
    found = read_recorded(folder / f"{system}.jsonl")
    assert len(found) == len(samples)
    responses = [found[None, sample.id, 0] for sample in samples]
    return Observations([sample.id for sample in samples], [sample.target for sample in samples], responses)


def metrics(task: Task) -> dict[str, Metric]:
    return {spec.name: open_metric(spec) for spec in task.metrics}


def value(metric: Metric, data: Observations) -> float:
    return float(metric.aggregate(metric.table(data).rows)[0])


@pytest.mark.parametrize("system", XSUM)
def test_recorded_summaries_have_rouge_scores_values_and_nearly_the_published_ones(
    out: Path, system: str
) -> None:
    shared_data("xsum_model_predictions")
    task = suite_task("summarization/xsum")
    data = observed(task, recorded.write("xsum", shared_data(), out), system)
    seen = [100 * value(metric, data) for metric in metrics(task).values()]
    computed, published = XSUM[system]
    assert [round(each, 2) for each in seen] == computed
    assert all(0 <= theirs - ours < 0.4 for ours, theirs in zip(seen, published, strict=True))


@pytest.mark.parametrize("system", WMT17)
def test_recorded_translations_have_sacrebleus_values(out: Path, system: str) -> None:
    shared_data("wmt17_en_de")
    task = suite_task("translation/wmt17_en_de")
    data = observed(task, recorded.write("wmt17", shared_data(), out), system)
    opened = metrics(task)
    assert {name: round(value(opened[name], data), 2) for name in WMT17[system]} == WMT17[system]


@pytest.mark.parametrize(
    ("name", "suite"), [("xsum", "summarization/xsum"), ("wmt17", "translation/wmt17_en_de")]
)
def test_the_mirror_of_all_benchmarks_has_the_same_samples(out: Path, name: str, suite: str) -> None:
    folder = recorded.write(name, shared_data(), out)

    def samples(mirror: Mirror) -> list[tuple[str, str, object]]:
        prepared = prepare(suite_task(suite), lambda spec: load_rows(spec, base_dir=folder, mirror=mirror))
        return [(sample.id, sample.input, sample.target) for sample in prepared.samples]

    assert samples(Mirror.open(ROOT / "tests/data/mirror.yaml")) == samples(Mirror.open(folder))


HEADER = "| task | samples | metric | few-shot | hub path | licence | reference number reproduced |"


@pytest.mark.parametrize("suite", ["summarization", "translation"])
def test_the_card_tells_of_every_task_in_the_table_that_all_suites_share(suite: str) -> None:
    card = (ROOT / f"suites/{suite}/README.md").read_text(encoding="utf-8")
    assert f"\n{HEADER}\n" in card
    for file in (ROOT / f"suites/{suite}").glob("*.eval.yaml"):
        assert f"\n| `{file.name.removesuffix('.eval.yaml')}` |" in card


def rows_of(task: Task) -> list[dict[str, Any]]:
    mirror = Mirror.open(ROOT / "tests/data")
    assert isinstance(task.dataset, DatasetSpec)
    return load_rows(task.dataset, base_dir=ROOT, mirror=mirror)


def test_articles_of_the_mirror_become_samples_with_highlights_on_lines() -> None:
    shared_data("cnn_dailymail")
    task = suite_task("summarization/cnn_dailymail")
    samples = prepare(task, lambda spec: rows_of(task)).samples
    assert len(samples) == 300
    assert all(sample.input and sample.target for sample in samples)
    assert any("\n" in sample.target for sample in samples)

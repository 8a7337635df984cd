"""suites/judges: its rows are whole, and judges on record get the figures that were published of them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import cohen_kappa_score

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.metrics.open import open_metric
from evalkit.runner.prepared_task import PreparedTask, prepare
from evalkit.scorers.open import open_scorer
from evalkit.stats.agreement import cohen_kappa, pair_agreement
from evalkit.tasks.taskfile import load_task_file
from tests.agreement.judges import ALPACA, XSUM, spearman
from tests.data import judgements
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data

SUITE = Path(__file__).resolve().parents[3] / "suites/judges"
TASKS: dict[str, Any] = {
    task.task: task for file in sorted(SUITE.glob("*.eval.yaml")) for task in load_task_file(file)
}
#: How often people gave each label, by the targets of the task.
LABELS = {
    "begin_tc": {"no": 307, "yes": 74},
    "begin_wow": {"no": 250, "yes": 180},
    "faireval": {"A": 66, "B": 66, "tie": 28},
    "halueval": {"no": 761, "yes": 239},
    "llmbar_adversarial": {"Output (a)": 46, "Output (b)": 46},
    "llmbar_natural": {"Output (a)": 100, "Output (b)": 100},
    "mt_bench": {"Output (a)": 200, "Output (b)": 200},
    "xstest": {"full compliance": 230, "full refusal": 211, "partial refusal": 9},
}
PAIRWISE = ("faireval", "llmbar_adversarial", "llmbar_natural", "mt_bench")


@cache
def prepared(name: str) -> PreparedTask:
    mirror = Mirror.open(SUITE)
    return prepare(TASKS[f"judges/{name}"], lambda spec: load_rows(spec, base_dir=SUITE, mirror=mirror))


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = shared_data()
    monkeypatch.setenv("JUDGE_DATA", str(folder))
    return folder


def choices(name: str) -> tuple[str, ...]:
    return tuple(prepared(name).task.choices or ())


def measured(name: str, rows: judgements.Rows) -> dict[str, float]:
    """The task's metrics, without slices, of what a judge is on record to have said."""
    ready = prepared(name)
    samples = {sample.id: sample for sample in ready.samples}
    scorer: Any = open_scorer(ready.task.scorers[0])
    seen = [samples[row["sample_id"]] for row in rows]
    responses = [Response(row["output"]) for row in rows]
    observations = Observations(
        [sample.id for sample in seen],
        [sample.target for sample in seen],
        responses,
        {"choice": [scorer.score(sample, each) for sample, each in zip(seen, responses, strict=True)]},
        choices(name),
        {"choice": "choice"},
        [sample.group for sample in seen],
    )
    metrics = [open_metric(spec) for spec in ready.task.metrics]
    return {metric.name: float(metric.aggregate(metric.table(observations).rows)[0]) for metric in metrics}


def test_every_task_comes_written_and_ranked() -> None:
    assert set(TASKS) == {f"judges/{name}{end}" for name in LABELS for end in ("", "_rank")}


@pytest.mark.parametrize("name", LABELS)
def test_every_row_is_a_sample_with_the_label_of_people(name: str) -> None:
    assert Counter(sample.target for sample in prepared(name).samples) == LABELS[name]


@pytest.mark.parametrize("name", LABELS)
def test_both_variants_ask_about_the_same_samples(name: str) -> None:
    written, ranked = prepared(name).samples, prepared(f"{name}_rank").samples
    assert [(each.id, each.input, each.target) for each in written] == [
        (each.id, each.input, each.target) for each in ranked
    ]


@pytest.mark.parametrize("name", PAIRWISE)
def test_every_pair_is_shown_in_both_orders(name: str) -> None:
    samples = prepared(name).samples
    for one, two in zip(samples[::2], samples[1::2], strict=True):
        assert one.group == two.group
        assert one.input != two.input
        assert sorted(one.input) == sorted(two.input)
        assert {one.target, two.target} in [{"tie"}, set(choices(name)[:2])]


@pytest.mark.parametrize("judge", judgements.LLMBAR_JUDGES)
@pytest.mark.parametrize("task", judgements.LLMBAR_PARTS)
def test_the_judges_of_llmbar_get_the_figures_of_its_authors(data: Path, task: str, judge: str) -> None:
    shared_data("llmbar")
    stated = judgements.llmbar_stated(data, task, judge)
    found = measured(task, judgements.llmbar(data, task, judge))
    assert found["accuracy"] == pytest.approx(stated["correct_average"], abs=1e-12)
    assert found["group_em"] == pytest.approx(stated["correct_both"], abs=1e-12)
    assert found["position_consistency"] == pytest.approx(stated["equal"], abs=1e-12)


@pytest.mark.parametrize("judge", judgements.LLMBAR_JUDGES)
def test_the_kappa_of_both_orders_is_that_of_llmbar(data: Path, judge: str) -> None:
    first, second = judgements.llmbar_winners(data, "llmbar_natural", judge)
    stated = judgements.llmbar_stated(data, "llmbar_natural", judge)
    assert cohen_kappa(first, second) == pytest.approx(stated["kappa_agreement"], abs=1e-12)


def test_the_kappa_with_people_that_llmbar_prints_is_of_two_codings(data: Path) -> None:
    """Its evaluate.py turns a verdict for the second output into 0, while labels are 1 and 2."""
    first, _ = judgements.llmbar_winners(data, "llmbar_natural", "GPT-4")
    people = [int(sample.row["label"]) for sample in prepared("llmbar_natural").samples[::2]]
    stated = judgements.llmbar_stated(data, "llmbar_natural", "GPT-4")
    as_printed = cohen_kappa([1 if each == "1" else 0 for each in first], people)
    assert as_printed == pytest.approx(stated["kappa_False"], abs=1e-12)
    assert cohen_kappa([int(each) for each in first], people) == pytest.approx(0.8977, abs=5e-5)


def test_the_two_annotators_of_xstest_agree_as_published(data: Path) -> None:
    shared_data("xstest")
    people = pair_agreement(*judgements.xstest_people(data))
    assert people.agreement.value == pytest.approx(0.984, abs=5e-4)
    assert people.alpha.value == pytest.approx(0.97, abs=5e-3)


@pytest.mark.parametrize("judge", judgements.XSTEST_JUDGES)
def test_the_judges_of_xstest_agree_with_people_as_scikit_learn_says(data: Path, judge: str) -> None:
    shared_data("xstest")
    rows = judgements.xstest(data, judge)
    people = [sample.target for sample in prepared("xstest").samples]
    expected = cohen_kappa_score(people, [row["output"] for row in rows])
    assert measured("xstest", rows)["cohen_kappa"] == pytest.approx(expected, abs=1e-12)


def test_gpt_4_agrees_with_the_people_of_faireval_in_42_of_80_questions(data: Path) -> None:
    """Its authors print 52.7 % for a run of their own (arXiv 2305.17926)."""
    shared_data("vicuna_blog_eval")
    assert measured("faireval", judgements.faireval(data))["accuracy"] == 42 / 80


@pytest.mark.parametrize("judge", XSUM)
def test_measures_of_summaries_go_with_people_as_published(data: Path, judge: str) -> None:
    shared_data("xsum_hallucination_annotations")
    found = [spearman(*judgements.xsum_measures(data, judge, people)) for people in ("Faithful", "Factual")]
    assert found == pytest.approx(list(XSUM[judge]), abs=5e-4)


@pytest.mark.parametrize("model", ALPACA)
def test_gpt_4_prefers_a_model_as_often_as_the_leaderboard_says(data: Path, model: str) -> None:
    shared_data("alpaca_eval")
    values = judgements.alpaca(data, model)
    assert sum(values) / len(values) == pytest.approx(ALPACA[model], abs=5e-5)

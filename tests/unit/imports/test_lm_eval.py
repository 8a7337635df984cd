"""lm-evaluation-harness: both schemas, numbers equal to the files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import UsageError
from evalkit.imports.identity import dataset_hash, task_hash
from tests.shared_data import shared_data
from tests.unit.imports.files import FILES, metrics, read, store

FIRST, SECOND = FILES / "lm_eval/first", FILES / "lm_eval/second"
PYTHIA = "pythia_lm_eval_results"


def results_of(folder: Path) -> Path:
    return next(folder.glob("results_*.json"))


@pytest.mark.parametrize(
    ("version", "size", "shots"),
    [("v0", "410m", "zero-shot"), ("v1", "1.4b", "zero-shot"), ("v1", "410m", "five-shot")],
)
def test_every_number_of_a_pythia_file_is_in_the_store(
    tmp_path: Path, version: str, size: str, shots: str
) -> None:
    (file,) = shared_data(PYTHIA, f"pythia-{version}", f"pythia-{size}", shots).glob("*.json")
    path, (stored,) = store(tmp_path, ("lm-eval", file))
    found = metrics(path, stored.run.run_id)
    document = json.loads(file.read_text())
    seen = {
        (task, metric): (value, row.get(f"{metric}_stderr"))
        for task, row in document["results"].items()
        for metric, value in row.items()
        if not metric.endswith("_stderr")
    }
    assert {key: estimate.value for key, estimate in found.items()} == {
        key: value for key, (value, _) in seen.items()
    }
    for key, (value, stderr) in seen.items():
        ends = (
            (None, None) if stderr is None else pytest.approx((value - 1.96 * stderr, value + 1.96 * stderr))
        )
        assert (found[key].low, found[key].high) == ends


def test_the_old_schema_tells_model_revision_date_and_direction(tmp_path: Path) -> None:
    (old,) = shared_data(PYTHIA, "pythia-v0/pythia-410m/zero-shot").glob("*.json")
    (new,) = shared_data(PYTHIA, "pythia-v1/pythia-410m/zero-shot").glob("*.json")
    first, second = read("auto", old), read("auto", new)
    assert (first.evaluations[0].subject.model, first.evaluations[0].subject.revision) == (
        "neox/350M",
        "71500",
    )
    assert second.evaluations[0].subject.model == "hf-causal/EleutherAI/pythia-v1.1-410m"
    assert second.evaluations[0].subject.revision == "step143000"
    assert first.started_at == 1672437087.0  # 2022-12-30 21:51:27 in the file's name
    figures = {f.name: f for e in first.evaluations if e.task == "lambada_openai" for f in e.figures}
    assert (figures["ppl"].scale.is_higher_better, figures["acc"].scale.is_higher_better) == (False, True)
    assert (figures["ppl"].n, figures["acc"].n) == (None, 5153)  # LAMBADA has 5,153 passages


@pytest.mark.parametrize(("shots", "is_alike"), [("zero-shot", True), ("five-shot", False)])
def test_a_task_of_both_pythias_is_the_same_if_both_saw_as_many_examples(shots: str, is_alike: bool) -> None:
    """The v0 files that lie under five-shot say 0 examples, and hold the numbers of zero-shot."""
    sides = []
    for version in ("v0", "v1"):
        (file,) = shared_data(PYTHIA, f"pythia-{version}/pythia-410m", shots).glob("*.json")
        run = read("lm-eval", file)
        sides.append({e.task: [task_hash("lm-eval", e), dataset_hash("lm-eval", e)] for e in run.evaluations})
    shared = sides[0].keys() & sides[1].keys()
    assert len(shared) > 60
    assert {sides[0][task] == sides[1][task] for task in shared} == {is_alike}


def test_samples_become_answers_with_the_scores_of_each_filter() -> None:
    run = read("auto", results_of(FIRST))
    by_task = {each.task: each for each in run.evaluations}
    mood, last = by_task["mood"], by_task["last_word"]
    assert mood.labels == ("bad", "good")
    first = mood.answers[0]
    assert (first.sample.input, first.sample.target) == ("Review: The soup was warm and rich.\nMood:", "good")
    assert first.response.output == "bad"  # its log-probability is the larger one
    assert first.response.choice_logprobs == pytest.approx((-0.034525830151341586, -0.24273997354306764))
    assert [(score.scorer, score.value) for score in first.scores] == [("acc", 0.0), ("acc_norm", 0.0)]
    assert list(last.scales) == ["exact_match/strict", "exact_match/whole"]
    assert {answer.response.output for answer in last.answers} == {"lol"}
    assert len(last.answers) == 6


def test_means_over_samples_are_the_reported_numbers_and_can_be_paired(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("lm-eval", SECOND))
    found = metrics(path, stored.run.run_id)
    reported = json.loads(results_of(SECOND).read_text())["results"]
    assert found["mood", "acc"].value == pytest.approx(reported["mood"]["acc,none"], abs=1e-12)
    assert found["mood", "acc"].signature == "imported|scorer:lm-eval:acc,none|v1.0|v1"
    assert found["mood", "acc"].n == 6
    assert found["last_word", "bleu/strict"].value == reported["last_word"]["bleu,strict"]


def test_the_same_task_has_the_same_hashes_in_another_run(tmp_path: Path) -> None:
    from evalkit.store.store import Store

    path, stored = store(tmp_path, ("lm-eval", FIRST), ("lm-eval", SECOND))
    with Store.open(path) as opened:
        sides = [{e.task: e for e in opened.evaluations(each.run.run_id)} for each in stored]
    for task in ("mood", "last_word"):
        assert sides[0][task].task_hash == sides[1][task].task_hash
        assert sides[0][task].dataset_hash == sides[1][task].dataset_hash


def test_a_limit_makes_a_partial_run() -> None:
    (file,) = (FILES / "lm_eval").glob("limited_*.json")
    run = read("lm-eval", file)
    assert run.is_partial
    assert [figure.n for figure in run.evaluations[0].figures] == [3, 3]


def test_float32_samples_of_the_reference_give_its_accuracies(tmp_path: Path) -> None:
    """The reference keeps a short form of lm-eval 0.4.13's samples; here it is lm-eval's form again."""
    folder = shared_data("reference", "lm_eval_sent100")
    docs = [json.loads(line) for line in (folder / "sentiment100.jsonl").read_text().splitlines()]
    short = [
        json.loads(line) for line in (folder / "lm_eval_0.4.13_hf_f32_samples.jsonl").read_text().splitlines()
    ]
    lines = [sample_line(row, docs[row["idx"]]) for row in short]
    (tmp_path / "samples_sent100_2026-11-24T00-00-00.0.jsonl").write_text("\n".join(map(json.dumps, lines)))
    results = {"sent100": {"acc,none": 0.98, "acc_norm,none": 0.98}}
    (tmp_path / "results_2026-11-24T00-00-00.0.json").write_text(
        json.dumps({"results": results, "versions": {"sent100": 1.0}, "config": {"model": "hf"}})
    )
    path, (stored,) = store(tmp_path, ("lm-eval", tmp_path))
    found = metrics(path, stored.run.run_id)
    assert found["sent100", "acc"].value == pytest.approx(0.98, abs=1e-12)
    assert found["sent100", "acc_norm"].value == pytest.approx(0.98, abs=1e-12)
    assert (found["sent100", "acc"].n, stored.n_responses) == (100, 100)
    assert not math.isnan(found["sent100", "acc"].low)


def sample_line(row: dict[str, Any], doc: dict[str, Any]) -> dict[str, Any]:
    context = f"Review: {doc['sentence']}\nSentiment:"
    return {
        "doc_id": row["idx"],
        "doc": doc,
        "target": str(doc["label"]),
        "arguments": {
            f"gen_args_{i}": {"arg_0": context, "arg_1": f" {choice}"}
            for i, choice in enumerate(("negative", "positive"))
        },
        "resps": [[pair] for pair in row["loglikelihoods"]],
        "filtered_resps": row["loglikelihoods"],
        "filter": "none",
        "metrics": ["acc", "acc_norm"],
        "acc": row["acc"],
        "acc_norm": row["acc_norm"],
    }


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"results": {"a": {"acc": "high"}}, "config": {}}, "results holds no number"),
        ({"results": [], "config": {}}, "results is not an object"),
        ({"results": {"a": 3}, "config": {}}, "results.a is not an object"),
        ({"config": {}}, "has no 'results'"),
    ],
)
def test_a_results_file_without_results_is_refused(tmp_path: Path, document: Any, said: str) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=said) as caught:
        read("lm-eval", file)
    assert str(caught.value).startswith(str(file))

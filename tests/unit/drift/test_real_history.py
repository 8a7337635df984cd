"""Nights of real answers: GPT-4 answers LLMDrift's questions, one version after the other.

On every night one answer in twenty is the other version's, so that no two nights are alike.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from evalkit.cli import main
from evalkit.comparisons.estimate import estimate
from evalkit.core.observations import Observations
from evalkit.core.run import SubjectRecord
from evalkit.core.sample import Sample
from evalkit.drift.finding import Finding, find_drift
from evalkit.drift.series import series_of
from evalkit.metrics.classification.accuracy import Accuracy
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from evalkit.tasks.taskfile import load_task_file
from tests.calibration.pair_replays import observed
from tests.data.recorded import write
from tests.shared_data import shared_data
from tests.unit.drift.histories import NIGHT_S, START
from tests.unit.store.records import make_evaluation, make_run

pytestmark = pytest.mark.shared_data

NIGHTS, STEP, N, SHARE = 24, 14, 200, 0.05
MARCH, JUNE = "gpt-4-0314", "gpt-4-0613"


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Observations]:
    """Every fifth of 1,000 questions, answered by either version."""
    shared_data("llmdrift")
    folder = write("primes", shared_data(), tmp_path_factory.mktemp("drift"))
    (task,) = load_task_file(folder / "primes.eval.yaml")
    return {name: _every_fifth(observed(task, folder, name)) for name in (MARCH, JUNE)}


def _every_fifth(seen: Observations) -> Observations:
    return Observations(
        seen.sample_ids[::5],
        seen.targets[::5],
        seen.responses[::5],
        {name: scores[::5] for name, scores in seen.scores.items()},
        scorer_signatures=seen.scorer_signatures,
    )


@pytest.fixture(scope="module")
def store(versions: dict[str, Observations], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "results.duckdb"
    rng = np.random.default_rng(5)
    spool = Spool.create(path, "night-00")
    for night in range(NIGHTS):
        main_version, other = (MARCH, JUNE) if night < STEP else (JUNE, MARCH)
        sources = [versions[other if rng.random() < SHARE else main_version] for _ in range(N)]
        _add_night(spool, night, main_version, sources)
    spool.close()
    with Store.open(path, mode="write") as opened:
        opened.fold()
    return path


def _add_night(spool: Spool, night: int, revision: str, sources: list[Observations]) -> None:
    run_id, started = f"night-{night:02}", START + night * NIGHT_S
    subject = SubjectRecord(f"s-{revision}", "openai/gpt-4", revision, prompt_hash="prompt-a")
    seen = Observations(
        sources[0].sample_ids,
        sources[0].targets,
        [source.responses[i] for i, source in enumerate(sources)],
        {"regex": [source.scores["regex"][i] for i, source in enumerate(sources)]},
        scorer_signatures=sources[0].scorer_signatures,
    )
    spool.add_run(make_run(run_id, started_at=started, finished_at=started + 60))
    spool.add_evaluation(
        make_evaluation(
            f"{run_id}-1",
            run_id,
            task="drift/primes",
            subject=subject,
            n_samples=N,
            scorer_signatures=seen.scorer_signatures,
        )
    )
    for i, (sample_id, response) in enumerate(zip(seen.sample_ids, seen.responses, strict=True)):
        answer = replace(response, created_at=started)
        spool.add_response(f"{run_id}-1", Sample(sample_id, "in", seen.targets[i]), answer, i)
        spool.add_scores(f"{run_id}-1", sample_id, 0, seen.scores["regex"][i])
    spool.add_metrics(f"{run_id}-1", [estimate(Accuracy(), "accuracy", seen)])


@cache
def found(store: Path) -> dict[str, list[Finding]]:
    with Store.open(store) as opened:
        findings = find_drift(opened, series_of(opened.history()), 0.05)
    names = {each.series.last.metric for each in findings}
    return {name: [each for each in findings if each.series.last.metric == name] for name in names}


def test_the_fall_of_gpt_4_has_its_night_and_its_size(store: Path, versions: dict[str, Observations]) -> None:
    march, june = (estimate(Accuracy(), "accuracy", versions[each]).value for each in (MARCH, JUNE))
    assert march is not None
    assert june is not None
    (fall,) = found(store)["accuracy"]
    assert (fall.change.start, fall.direction, fall.dates[0]) == (STEP, "worse", "2026-01-15")
    # The other version's answers take a tenth from the step.
    assert fall.change.low < (june - march) * (1 - 2 * SHARE) < fall.change.high
    assert june - march == pytest.approx(-0.329, abs=0.05)


def test_the_model_moved_and_reported_another_revision(store: Path) -> None:
    (fall,) = found(store)["accuracy"]
    assert fall.attribution.cause == "model"
    assert fall.attribution.evidence[:2] == (
        "prompt, task and data are the same",
        f"the model's revision went from {MARCH} to {JUNE}",
    )
    assert fall.attribution.changed_share is not None
    assert fall.attribution.changed_share > 0.85
    assert fall.recommendation.startswith(f"pin model revision {MARCH}: accuracy fell by 0.")


def test_length_and_cost_of_the_answers_moved_on_the_same_night(store: Path) -> None:
    for metric in ("output_chars_mean", "cost_usd_mean"):
        (change,) = found(store)[metric]
        assert change.change.start == STEP, metric
        assert change.change.size < 0, metric
    assert found(store).keys() <= {
        "accuracy", "cost_usd_mean", "latency_p50_s", "latency_p95_s", "output_chars_mean"
    }  # fmt: skip


def test_two_nights_compared_say_what_moved(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = f"night-{STEP - 1:02}", f"night-{STEP:02}"
    assert main(["compare", before, after, "--json", f"--store={store}"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["comparisons"][0]["finding"] == "worse"
    (moved,) = answer["moved"]
    assert (moved["cause"], moved["task"]) == ("model", "drift/primes")
    assert f"the model's revision went from {MARCH} to {JUNE}" in moved["evidence"]

"""Baselines of several runs: each is an answer more to every sample."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from evalkit.cli.program import main
from evalkit.store.store import Store
from tests.story import APP, Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.05}
"""
#: A model that is wrong on one sample in five, on others each time it is called with another number.
MODELS = """
import pathlib

def coin(text):
    shift = int(pathlib.Path("shift.txt").read_text())
    return "?" if (int(text.split()[1]) + shift) % 5 == 0 else answer(text)
"""
COIN = "python:app:coin"


@pytest.fixture
def shop(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    monkeypatch.chdir(story.path)
    story.write("app.py", APP + MODELS)
    story.write("suites/shout.eval.yaml", TASK)
    story.cases(40)
    return story


def night(story: Story, shift: int, *options: str) -> str:
    story.write("shift.txt", str(shift))
    return story.run(*options, "--llm-cache=off", model=COIN).stdout.str()


def pooled_nights(story: Story) -> None:
    """Two nights that ``main`` pools."""
    for shift in (0, 1):
        night(story, shift, "--llm-save-baseline=main", "--llm-baseline-runs=2")


def verdict(story: Story, store: str = ".evalkit/results.duckdb") -> dict[str, Any]:
    """The last verdict of a regression gate in a store, as ``evalkit compare --json`` has it."""
    with Store.open(story.path / store) as opened:
        (evaluation,) = opened.evaluations(opened.runs(1)[0].run_id)
        found: dict[str, Any] = json.loads(json.dumps(asdict(opened.verdicts(evaluation.evaluation_id)[-1])))
        return found


def run_ids(story: Story) -> list[str]:
    return [row["run_id"] for row in story.sql("SELECT run_id FROM runs ORDER BY started_at")]


def test_a_session_pools_the_last_runs_and_compares_with_all_of_them(shop: Story) -> None:
    saving = ("--llm-save-baseline=main", "--llm-baseline-runs=2")
    night(shop, 0, *saving)
    assert "pooled with 1 run before it" in night(shop, 1, *saving)
    assert "pooled with 1 run before it" in night(shop, 2, *saving)
    _, second, third = run_ids(shop)
    pool = [row["run_id"] for row in shop.sql("SELECT run_id FROM baseline_runs ORDER BY started_at")]
    assert pool == [second, third]
    night(shop, 3, "--llm-baseline=main")
    (row,) = shop.sql("SELECT detail, comparison, baseline_run_id FROM verdicts WHERE comparison IS NOT NULL")
    assert row["baseline_run_id"] == third
    assert "The baseline is 2 runs, pooled." in row["detail"]
    # Each night misses eight samples of its own: half of the answers to sixteen of them are wrong.
    comparison = json.loads(row["comparison"])
    assert (comparison["n"], comparison["baseline"]) == (40, pytest.approx(0.8))
    assert (comparison["n_wins"], comparison["n_losses"]) == (16, 8)


def test_a_baseline_is_set_to_several_runs_and_listed_with_them(
    shop: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    for shift in (0, 1):
        night(shop, shift)
    older, newer = run_ids(shop)
    capsys.readouterr()
    assert main(["baseline", "set", "main", older, newer]) == 0
    assert capsys.readouterr().out.rstrip().endswith(f"pooled with {older}")
    assert main(["baseline", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["pool"], listed["run_id"]) == ([newer, older], newer)
    assert main(["baseline", "set", "main", older]) == 0
    assert main(["baseline", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.partition("\n")[2])[0]["pool"] == [older]


def test_runs_of_other_models_are_not_pooled(shop: Story, capsys: pytest.CaptureFixture[str]) -> None:
    night(shop, 0)
    shop.run(model="python:app:answer")
    one, other = run_ids(shop)
    assert main(["baseline", "set", "main", one, other]) == 4
    assert "they have no task of the same hash, data and subject in common" in capsys.readouterr().err


def test_a_lucky_baseline_is_named_where_a_gate_does_not_pass(shop: Story) -> None:
    shop.write("app.py", APP + MODELS.replace("% 5 == 0", "% 3 == 0 and shift < 9"))
    for shift in (0, 1):
        night(shop, shift)
    night(shop, 9, "--llm-save-baseline=main")  # nothing wrong, once
    night(shop, 2, "--llm-baseline=main")
    (row,) = shop.sql("SELECT verdict, detail FROM verdicts WHERE comparison IS NOT NULL")
    assert row["verdict"] == "fail"
    assert "The baseline was lucky: 1.000, where it has 0.7" in row["detail"]
    assert "over 3 runs; chance alone does so 1 time in " in row["detail"]


def test_compare_decides_against_the_pool_as_the_session_did(
    shop: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    pooled_nights(shop)
    night(shop, 3, "--llm-baseline=main")
    decided = verdict(shop)
    first, second, _ = run_ids(shop)
    assert decided["comparison"]["pooled_with"] == [first]
    with Store.open(shop.path / ".evalkit/results.duckdb", mode="write") as store:
        store.connection.execute(
            "UPDATE verdicts SET baseline_evaluation_id = NULL"
        )  # so that it is made anew
    capsys.readouterr()
    main(["compare", "main", "latest", "--json"])
    (found,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert {name: found[name] for name in decided} == decided
    main(["compare", second, "latest", "--json"])
    (alone,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert (alone["comparison"]["n_wins"], decided["comparison"]["n_wins"]) == (8, 16)


def test_a_verdict_against_the_pool_is_none_against_its_latest_run(
    shop: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    pooled_nights(shop)
    night(shop, 3, "--llm-baseline=main")
    _, second, _ = run_ids(shop)
    capsys.readouterr()
    main(["compare", second, "latest", "--json", "--html=r.html"])
    (alone,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert alone["comparison"]["pooled_with"] == []
    assert "runs, pooled" not in (shop.path / "r.html").read_text()
    main(["compare", "main", "latest", "--html=r.html"])
    assert "in accuracy the baseline is 2 runs, pooled; all else" in (shop.path / "r.html").read_text()


def test_a_file_carries_the_pool_to_the_same_verdicts_elsewhere(shop: Story) -> None:
    pooled_nights(shop)
    assert main(["baseline", "export", "main", "main.jsonl"]) == 0
    night(shop, 3, "--llm-baseline=main")
    night(shop, 3, "--llm-baseline=file:main.jsonl", "--llm-store=file.duckdb")
    assert main(["baseline", "import", "main.jsonl", "--name=main", "--store=other.duckdb"]) == 0
    night(shop, 3, "--llm-baseline=main", "--llm-store=other.duckdb")
    decided = verdict(shop)
    assert len(decided["comparison"]["pooled_with"]) == 1
    assert [verdict(shop, "file.duckdb"), verdict(shop, "other.duckdb")] == [decided, decided]


def test_a_candidate_is_left_out_of_the_pool_that_it_is_compared_with(
    shop: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    pooled_nights(shop)
    first, second = run_ids(shop)
    capsys.readouterr()
    main(["compare", "main", first, "--json"])
    out, err = capsys.readouterr()
    assert json.loads(out)["baseline"]["pooled_with"] == []
    assert f"run {first} is one of the runs that main pools: left out of it here" in err
    main(["compare", first, "main"])
    assert f"main pools 2 runs: the candidate is the latest, {second}" in capsys.readouterr().err

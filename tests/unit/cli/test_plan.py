"""``evalkit plan``: what it prints, and the status that it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Command, answer
from tests.unit.planning.histories import Evaluated

TASK = """task: sums
samples:
  - {id: one, input: 1 + 1, target: "2"}
  - {id: two, input: 1 + 2, target: "3"}
gates:
  - regression: {metric: accuracy, margin: 0.05}
  - regression: {metric: squad_f1, margin: 0.05}
"""


@pytest.fixture
def file(store: Path) -> str:
    Path("sums.eval.yaml").write_text(TASK, encoding="utf-8")
    return "sums.eval.yaml"


def test_a_guess_plans_the_gates_of_a_file(evalkit: Command, file: str) -> None:
    status, out, _ = evalkit("plan", file, "--changed", ".1", "--sd", ".3", "--within", ".4")
    assert status == 0
    assert "80 % power, alpha shared over 2 gates" in out
    assert "has 2: too few" in out
    assert "cost unknown: no stored answer has a price" in out


def test_what_is_not_known_of_one_gate_is_said_and_ends_with_2(evalkit: Command, file: str) -> None:
    status, out, _ = evalkit("plan", file, "--changed", ".1")
    assert status == 2
    assert "regression(squad_f1): no history: guess --sd of the differences" in out


def test_history_plans_by_the_name_of_the_task(evalkit: Command, store: Path) -> None:
    evaluated = Evaluated(store)
    evaluated.add([1.0] * 40, costs=[0.01] * 40, n_available=1_000)
    evaluated.add([0.0] * 4 + [1.0] * 36, prompt_hash="p2", costs=[0.02] * 40, n_available=1_000)
    evaluated.fold()
    (found,) = answer(evalkit, "plan", "sums")["tasks"]
    assert (found["n_available"], found["cost_usd_per_answer"]) == (1_000, pytest.approx(0.02))
    (gate,) = found["gates"]
    assert gate["variance"] == pytest.approx(4.5 / 41)
    assert found["plan"]["cost_usd"] == pytest.approx(0.02 * found["plan"]["samples"])
    assert found["plan"]["samples"] == max(gate["n_to_pass"], gate["n_to_see"])


def test_more_gates_of_the_session_take_more_samples(evalkit: Command, file: str) -> None:
    words = ("plan", file, "--metric", "accuracy", "--changed", ".1")
    _, one, _ = evalkit(*words, "--json")
    _, many, _ = evalkit(*words, "--gates", "10", "--json")
    alone, shared = (json.loads(each)["tasks"][0]["gates"][0] for each in (one, many))
    assert shared["level"] == pytest.approx(0.005)
    assert shared["n_to_see"] > alone["n_to_see"]


def test_each_slice_of_a_file_is_planned_by_its_share(evalkit: Command, store: Path) -> None:
    rows = [f"  - {{id: s{at}, input: a, target: b, tags: [{'de' if at else 'fr'}]}}\n" for at in range(4)]
    gate = "  - regression: {metric: accuracy, margin: 0.05, by: tags}\n"
    Path("sums.eval.yaml").write_text(
        f"task: sums\nsamples:\n{''.join(rows)}gates:\n{gate}", encoding="utf-8"
    )
    _, out, _ = evalkit("plan", "sums.eval.yaml", "--metric", "accuracy", "--changed", ".1", "--json")
    gates = json.loads(out)["tasks"][0]["gates"]
    assert {each["metric"]: each["share"] for each in gates} == {
        "accuracy[tags=de]": 0.75,
        "accuracy[tags=fr]": 0.25,
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sum"], "there is neither a file nor an evaluated task 'sum'"),
        (["sum.eval.yaml"], "sum.eval.yaml: there is no such file or folder"),
        (["sums.eval.yaml"], "nothing is known of regression(accuracy) of task 'sums' (no history: guess"),
        (["sums.eval.yaml", "--margin", "0"], "--margin 0 is not above 0"),
        (["sums.eval.yaml", "--power", "80"], "--power 80 is outside (0, 1)"),
        (["sums.eval.yaml", "--gates", "1"], "--gates 1 is fewer than the 2 of sums.eval.yaml"),
    ],
)
def test_wrong_words_are_one_line(evalkit: Command, file: str, words: list[str], said: str) -> None:
    status, _, err = evalkit("plan", *words)
    assert status == 4
    assert said in err
    assert "Traceback" not in err


def test_a_margin_that_allows_any_drop_is_refused(evalkit: Command, file: str) -> None:
    status, _, error = evalkit("plan", file, "--changed", ".1", "--margin", "2")
    assert status == 4
    assert "margin 2 allows any drop: accuracy lies in 0 .. 1 (did you mean 0.02?)" in error

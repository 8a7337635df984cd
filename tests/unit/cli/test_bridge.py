"""``evalkit bridge``: what it stores, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.store.bridges import read_bridges
from evalkit.store.store import Store
from tests.judges import APPROVES
from tests.unit.cli.conftest import Command, answer
from tests.unit.planning.histories import Evaluated

TASK = """task: sums
samples:
  - {id: s000, input: a, target: OUT}
  - {id: s001, input: b, target: out}
  - {id: s002, input: c, target: other}
scorers:
  - exact_match: {ignore_case: true}
metrics: [accuracy]
"""


def two_models(store: Path) -> tuple[str, str]:
    evaluated = Evaluated(store)
    old = evaluated.add([1.0] * 20, estimates=True)
    new = evaluated.add([0.0] * 3 + [1.0] * 17, model="local/new", estimates=True)
    evaluated.fold()
    return old, new


def test_two_models_on_the_same_samples_are_bridged(evalkit: Command, store: Path) -> None:
    (found,) = answer(evalkit, "bridge", *two_models(store))["bridges"]
    assert found["difference"] == pytest.approx(-0.15)
    assert found["low"] < -0.15 < found["high"]
    assert (found["kind"], found["old_model"], found["new_model"], found["n"]) == (
        "model", "local/tiny", "local/new", 20,
    )  # fmt: skip
    with Store.open(store) as opened:
        assert [each.difference for each in read_bridges(opened.connection)] == [pytest.approx(-0.15)]


def test_a_new_version_of_the_task_scores_the_stored_answers_again(evalkit: Command, store: Path) -> None:
    Path("sums.eval.yaml").write_text(TASK, encoding="utf-8")
    evaluated = Evaluated(store)
    old = evaluated.add([0.0, 1.0, 0.0], estimates=True)  # every answer is "out"
    evaluated.fold()
    (found,) = answer(evalkit, "bridge", old, "sums.eval.yaml")["bridges"]
    assert found["difference"] == pytest.approx(1 / 3)
    assert (found["kind"], found["new_model"], found["new_evaluation_id"]) == ("scorer", "local/tiny", None)
    assert found["old_signature"] != found["new_signature"]
    with Store.open(store) as opened:
        assert len(opened.runs()) == 1


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("nobody", "nobody"),
        ("other.eval.yaml", "other.eval.yaml has none of the tasks of run run-000 (those are sums)"),
        ("run-000", "OLD and NEW are the same evaluations"),
        ("run-002", "the two sides share no sample of sums"),
        ("gone.eval.yaml", "gone.eval.yaml: there is no such file or folder"),
    ],
)
def test_what_cannot_be_bridged_is_one_line(evalkit: Command, store: Path, new: str, said: str) -> None:
    Path("other.eval.yaml").write_text(TASK.replace("task: sums", "task: other"), encoding="utf-8")
    two_models(store)
    evaluated = Evaluated(store, first=2)
    evaluated.add({f"x{i}": [1.0] for i in range(5)}, model="local/new", estimates=True)
    evaluated.fold()
    status, _, err = evalkit("bridge", "run-000", new)
    assert status == 4
    assert said in err
    assert "Traceback" not in err


JUDGED = """task: sums
samples:
  - {id: s000, input: a}
  - {id: s001, input: b}
scorers: [{judge: The answer is polite.}]
metrics: ["mean:judge"]
"""


def test_a_judge_that_nobody_named_is_said_and_the_option_names_one(evalkit: Command, store: Path) -> None:
    file = Path("sums.eval.yaml")
    file.write_text(JUDGED, encoding="utf-8")
    words = [str(file), f"--model={APPROVES}", f"--judge={APPROVES}", "--report=off", f"--store={store}"]
    assert evalkit("run", *words)[0] == 0
    file.write_text(JUDGED.replace("polite", "kind"), encoding="utf-8")
    status, _, error = evalkit("bridge", "latest", str(file))
    assert status == 4
    assert "cannot be scored: no judge Model is named (give --judge=SPEC or judge:" in error
    found = answer(evalkit, "bridge", "latest", str(file), f"--judge={APPROVES}")["bridges"]
    assert [(each["metric"], each["difference"], each["n"]) for each in found] == [("mean:judge", 0.0, 2)]

"""Gates on what people say: open in their session, decided by ``evalkit review decide``, and in the next
session at once where the texts are the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.cli.program import main
from evalkit.core.gate import Gate, MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.errors import UsageError
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.regression import RegressionGate
from evalkit.review.question import question_of
from evalkit.session.stored.reviewed_gates import decide_run
from evalkit.store.decided import write_decided
from evalkit.store.store import Store
from tests.unit.review.desks import begin, served
from tests.unit.store.records import COMPARISON
from tests.unit.store.reviews import review, write_answers

PASSES = AbsoluteGate.parse("human_pass_rate >= 0.8")
COMPARED = RegressionGate(MetricSpec("human_pass_rate"), margin=0.1)
TASK = """task: help
samples:
SAMPLES
gates: ["human_pass_rate >= 0.8"]
"""


def texts(n: int = 40, kind: str = "fine") -> Sequence[str]:
    return [f"{kind} {i}" for i in range(n)]


def written(path: Path, *gates: Gate, before: bool = False) -> Path:
    """A run ``now`` of 40 answers, and one ``then`` of others."""
    if before:
        write_answers(path, "then", {"a": texts(kind="old")}, gates)
    write_answers(path, "now", {"a": texts()}, gates)
    return path


def say(path: Path, evaluation_id: str, values: Sequence[float], n: int = 40) -> None:
    """Reviews of the first ``n`` answers, the values in turn."""
    with Store.open(path, mode="write") as store:
        for i in range(n):
            review(store.connection, evaluation_id, i, values[i % len(values)])


def decide(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    status = main(["review", "decide", "now", "--store", str(path), "--json", *words])
    return status, json.loads(capsys.readouterr().out)["gates"]


def test_a_session_decides_at_once_what_people_said_of_the_same_texts(tmp_path: Path) -> None:
    samples = "\n".join(f"  - {{id: s{i}, input: question {i}}}" for i in range(20))
    (tmp_path / "help.eval.yaml").write_text(TASK.replace("SAMPLES", samples), encoding="utf-8")
    path = tmp_path / "r.duckdb"

    def session() -> evalkit.Results:
        return evalkit.evaluate(tmp_path / "help.eval.yaml", {"app": str.upper}, store=path, progress=False)

    first = session()
    (row,) = first.verdicts
    assert row["verdict"] == "undecided"
    assert f"'evalkit review {first.run_id}'" in row["detail"]
    with Store.open(path) as store:
        evaluation_id = store.evaluations(first.run_id)[0].evaluation_id
    say(path, evaluation_id, [1.0], 20)
    (row,) = session().verdicts
    assert row["verdict"] == "pass"
    assert row["detail"].startswith("human_pass_rate 1.000")


@pytest.mark.parametrize(("values", "word", "status"), [([1.0], "pass", 0), ([0.0, 1.0], "fail", 1)])
def test_decided_later_it_is_kept_and_tells_by_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], values: list[float], word: str, status: int
) -> None:
    path = written(tmp_path / "r.duckdb", PASSES)
    say(path, "now-0", values)
    seen, (gate,) = decide(capsys, path)
    assert (seen, gate["verdict"]) == (status, word)
    with Store.open(path) as store:
        assert [each.verdict for each in store.verdicts("now-0")] == [word]
        (number,) = (each for each in store.estimates("now-0") if each.metric == "human_pass_rate")
        assert number.value == sum(values) / len(values)


def test_what_is_still_open_ends_with_2_only_where_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "r.duckdb", PASSES)
    assert decide(capsys, path)[0] == 0
    assert decide(capsys, path, "--strict")[0] == 2


def test_a_comparison_is_decided_against_the_run_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "r.duckdb", COMPARED, before=True)
    say(path, "then-0", [1.0])
    say(path, "now-0", [0.0, 1.0])
    _, (gate,) = decide(capsys, path)
    assert gate["left"] == "it was compared with nothing; --baseline=RUN says with what"
    status, (gate,) = decide(capsys, path, "--baseline", "then")
    assert (status, gate["verdict"], gate["baseline_run_id"]) == (1, "fail", "then")
    # From now on the store knows what it is compared with.
    assert decide(capsys, path)[1][0]["verdict"] == "fail"


def test_gates_of_the_session_that_compared_keep_their_share_of_alpha(tmp_path: Path) -> None:
    own = RegressionGate(MetricSpec("accuracy"))
    path = written(tmp_path / "r.duckdb", COMPARED, own, before=True)
    say(path, "then-0", [1.0])
    say(path, "now-0", [1.0, 1.0, 0.0])
    with Store.open(path) as store:
        alone = decide_run(store, store.run("now"), "then").gates[0].verdict
    with Store.open(path, mode="write") as store:
        verdict = Verdict(own.text, "pass", "as it was", 0.01, "then", COMPARISON)
        write_decided(store.connection, [], [("now-0", verdict, "then-0")])
    with Store.open(path) as store:
        found = decide_run(store, store.run("now"), "then").gates
    assert [each.gate.text for each in found] == [COMPARED.text]
    assert alone.p_value is not None
    assert found[0].verdict.p_value == pytest.approx(2 * alone.p_value)


def test_a_run_that_asks_nobody_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "r.duckdb", AbsoluteGate.parse("accuracy >= 0.5"))
    with Store.open(path) as store, pytest.raises(UsageError, match="no gate of run now reads"):
        decide_run(store, store.run("now"))


@pytest.mark.parametrize(
    ("scale", "verdict", "said"),
    [
        (None, "pass", "human_score 4.500 "),
        ("0-10", "error", "people were asked on a scale of 0 to 10, and human_score is of 1 to 5"),
    ],
)
def test_grades_given_at_the_page_decide_a_gate_on_their_own_scale_alone(
    tmp_path: Path, scale: str | None, verdict: str, said: str
) -> None:
    path = tmp_path / "results.duckdb"
    write_answers(path, "run-a", {"a": texts(6)}, [AbsoluteGate.parse("human_score >= 4")])
    with served(path, begin(path, question_of("rubric", None, scale)), ["anna"], 1) as page:
        anna = page.reviewer("anna")
        for place, item in enumerate(anna.items()):
            anna.say(item["item_id"], str(4 + place % 2))
    with Store.open(path) as store:
        (found,) = decide_run(store, store.run("run-a")).gates
    assert found.verdict.verdict == verdict
    assert said in found.verdict.detail

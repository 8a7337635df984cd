"""A judge, people and gates from the first session to the last: each part builds on what the others left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.cli.program import main
from evalkit.review.planning import Wish, plan
from evalkit.store.store import Store
from tests.loopback import Call, Loopback, Reply
from tests.unit.calibrating.project import shown, verdict, with_judge, write_task
from tests.unit.review.desks import PASS_FAIL, served

STORE = Path(".evalkit/results.duckdb")
TASK = """
task: qa
samples:
{rows}
scorers:
  - judge: {rubric}
metrics: ["mean:judge"]
gates:
  - mean:judge >= 0.5
  - human_pass_rate >= 0.5
  - regression: {{metric: "mean:judge", margin: 0.1}}
judge: {{min_kappa: 0.6}}
"""
OWN, PEOPLES, COMPARED = "mean:judge >= 0.5", "human_pass_rate >= 0.5", "regression"


def app(prompt: str) -> str:
    """Right but to each fifth of the twenty questions."""
    number = int(prompt.split()[-1])
    return f"{'wrong' if number % 5 == 0 else 'RIGHT'}, no. {number}."


def other(prompt: str) -> str:
    """The same in other words."""
    return f"It is {app(prompt)}"


class Fooled:
    """A judge that takes one wrong answer for right, and of two others says the opposite each second time."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __call__(self, call: Call) -> Reply:
        text = shown(call)
        is_good = "RIGHT" in text or "no. 5." in text
        self.asked[text] += 1
        is_fickle = "no. 1." in text or "no. 2." in text
        return verdict(is_good != (is_fickle and self.asked[text] % 2 == 0))


def session(
    spec: str, subject: Callable[[str], str] = app, **options: Any
) -> tuple[str, dict[str, dict[str, Any]]]:
    """The same command again: the id of its run, and its verdicts by what their gates begin with."""
    results = evalkit.evaluate("qa.eval.yaml", {"app": subject}, progress=False, judge=spec, **options)
    return results.run_id, {each["gate"].partition("(")[0]: each for each in results.verdicts}


def people_review(run_id: str) -> None:
    """Two reviewers label all answers over HTTP, as they are."""
    with Store.open(STORE) as store:
        wish = Wish(PASS_FAIL, [(each, None) for each in store.evaluations(run_id)], 100, 0.2)
        project, _ = plan(store.connection, wish)
    with served(STORE, project) as page:
        for name in ("anna", "ben"):
            reviewer = page.reviewer(name)
            for item in reviewer.items():
                is_right = "RIGHT" in app(item["sample_id"].replace("s", "question "))
                assert reviewer.say(item["item_id"], "pass" if is_right else "fail").status == 201


def numbers(run_id: str) -> dict[str, float | None]:
    with Store.open(STORE) as store:
        (evaluation,) = store.evaluations(run_id)
        return {each.metric: each.value for each in store.estimates(evaluation.evaluation_id)}


def test_a_judge_is_refused_then_labelled_calibrated_corrected_asked_again_and_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    write_task(tmp_path, text=TASK)

    def work(spec: str, server: Loopback) -> None:
        first, gates = session(spec)
        assert (gates[OWN]["verdict"], gates[PEOPLES]["verdict"]) == ("undecided", "undecided")
        assert "never calibrated" in gates[OWN]["detail"]
        people_review(first)
        calibrate = ["judge", "calibrate", "qa.eval.yaml", "--labels=reviews", "--judge", spec, "--attacks=0"]
        assert main([*calibrate, "--repeats=1"]) == 0

        second, gates = session(spec, save_baseline="main")
        assert (gates[OWN]["verdict"], gates[PEOPLES]["verdict"]) == ("pass", "pass")
        assert gates[OWN]["detail"].startswith("mean:judge 0.800 ")
        assert gates[OWN]["detail"].endswith("the labels alone.")
        found = numbers(second)
        assert (found["mean:judge"], found["human_pass_rate"]) == (0.85, 0.8)
        assert found["corrected(mean:judge)"] == pytest.approx(0.8)
        assert len(server.calls) == 20  # calibration and the second session found all in the cache

        assert main(["judge", "rejudge", second, "--repeats=2", "--quiet"]) == 0
        _, gates = session(spec, other, judge_repeats=2, baseline="main")
        assert "The labels by people are not used" in gates[COMPARED]["detail"]
        assert "of this variance is the judge's" in gates[COMPARED]["detail"]
        assert "Rests on the judge alone: kappa 0.828" in gates[COMPARED]["detail"]

        write_task(tmp_path, "The answer is right and polite.", TASK)
        _, gates = session(spec, baseline="main")
        assert "never calibrated against people as it judges now" in gates[OWN]["detail"]
        assert gates[PEOPLES]["verdict"] == "pass"
        assert gates[COMPARED]["verdict"] == "error"
        assert "the rubric changed from" in gates[COMPARED]["detail"]

        task = tmp_path / "qa.eval.yaml"
        task.write_text(task.read_text().replace("question 7'", "question 70'").replace("s9,", "t9,"))
        capsys.readouterr()
        assert main([*calibrate, "--repeats=1"]) == 0
        told = capsys.readouterr()
        assert "labels of reviews: 36 labels of 2 reviewers on 18 responses" in told.out
        assert "2 reviewed responses left out: samples that have been edited or removed since" in told.err

    with_judge(Fooled(), work)

"""Sessions whose gates rest on a judge: refused until it is calibrated, and again when it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import evalkit
from tests.loopback import Call, Loopback, Reply
from tests.unit.calibrating.project import (
    TASK,
    calibrate,
    reads,
    shown,
    verdict,
    with_judge,
    write_labels,
    write_task,
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    write_task(tmp_path)
    write_labels(tmp_path)
    return tmp_path


def right(prompt: str) -> str:
    return "RIGHT"


def wrong(prompt: str) -> str:
    return "wrong"


def session(judge: str, *answers: Any, **options: Any) -> list[dict[str, Any]]:
    models = {each.__name__: each for each in answers or (right,)}
    results = evalkit.evaluate("qa.eval.yaml", models, progress=False, judge=judge, **options)
    return list(results.verdicts)


def test_a_gate_is_refused_then_allowed_by_a_calibration_then_refused_by_a_new_rubric(project: Path) -> None:
    def work(spec: str, _: Loopback) -> None:
        (first,) = session(spec)
        assert first["verdict"] == "undecided"
        assert "never calibrated" in first["detail"]
        assert "Run: evalkit judge calibrate qa.eval.yaml --labels FILE." in first["detail"]
        assert calibrate(spec, "--attacks", "0") == 0
        (second,) = session(spec)
        assert second["verdict"] == "pass"
        assert "Rests on the judge alone: kappa 1.000" in second["detail"]
        write_task(project, "The answer is right and polite.")
        (third,) = session(spec)
        assert third["verdict"] == "undecided"
        assert "never calibrated against people as it judges now" in third["detail"]

    with_judge(reads, work)


def test_another_revision_of_the_judge_is_refused_by_its_name() -> None:
    revision = ["served-1"]

    def answer(call: Call) -> Reply:
        return verdict("RIGHT" in shown(call), revision[0])

    def work(spec: str, _: Loopback) -> None:
        assert calibrate(spec, "--attacks", "0", "--repeats", "1") == 0
        revision[0] = "served-2"
        (only,) = session(spec, cache="off")
        assert only["verdict"] == "undecided"
        assert "was calibrated as served-1, and judged as served-2" in only["detail"]

    with_judge(answer, work)


def test_a_judge_that_people_do_not_agree_with_is_refused(project: Path) -> None:
    write_labels(project, n_wrong=8)

    def work(spec: str, _: Loopback) -> None:
        assert calibrate(spec, "--attacks", "0", "--repeats", "1") == 0
        (only,) = session(spec)
        assert only["verdict"] == "undecided"
        assert "agrees too little with people: kappa 0.200" in only["detail"]

    with_judge(reads, work)


COMPARED = TASK.replace(
    'gates: ["mean:judge >= 0.5"]', "gates: [{{regression: {{metric: 'mean:judge', margin: 0.1}}}}]"
)


def test_a_regression_gate_is_refused_and_may_stop_nothing_early(project: Path) -> None:
    write_task(project, text=COMPARED)

    def work(spec: str, server: Loopback) -> None:
        found = session(spec, right, wrong, baseline="subject:right", sequential=True)
        (compared,) = [each for each in found if "never calibrated" in each["detail"]]
        assert compared["verdict"] == "undecided"
        assert "down 1.000" in compared["detail"]
        assert len({shown(call) for call in server.calls}) == 40  # all samples of both sides

    with_judge(reads, work)


def test_a_tournament_on_a_judge_that_was_not_calibrated_drops_nobody(project: Path) -> None:
    def work(spec: str, server: Loopback) -> None:
        found = session(spec, right, wrong, tournament="mean:judge")
        assert {each["verdict"] for each in found} == {"undecided"}
        assert all("never calibrated" in each["detail"] for each in found)

    with_judge(reads, work)


def test_without_a_condition_the_verdict_says_what_it_rests_on(project: Path) -> None:
    write_task(project, text=TASK.replace("judge: {{min_kappa: 0.6}}\n", ""))

    def work(spec: str, _: Loopback) -> None:
        (only,) = session(spec)
        assert only["verdict"] == "pass"
        assert "Rests on the judge alone, whose agreement with people was not measured" in only["detail"]

    with_judge(reads, work)

"""``evalkit judge calibrate`` from labels to the record, with judges that speak the vendor's protocol."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evalkit.cli.program import USAGE_STATUS, main
from evalkit.store.calibrations import read_calibrations
from evalkit.store.store import Store
from tests.loopback import Call, Loopback, Reply, chat
from tests.unit.calibrating.project import (
    calibrate,
    obeys,
    reads,
    shown,
    verdict,
    with_judge,
    write_labels,
    write_task,
)

STORE = Path(".evalkit/results.duckdb")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    write_task(tmp_path)
    write_labels(tmp_path)
    return tmp_path


def as_json(spec: str, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert calibrate(spec, "--json", *more) == 0
    (found,) = json.loads(capsys.readouterr().out)["calibrations"]
    return dict(found)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["judge", "calibrate", *words]) == USAGE_STATUS
    return capsys.readouterr().err


def test_attacks_on_a_judge_that_obeys_are_found_by_name_and_one_that_reads_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work(spec: str, _: Loopback) -> set[str]:
        attacks = as_json(spec, capsys, "--attacks", "10", "--repeats", "1")["attacks"]
        assert len(attacks) == 25
        assert all(each["n"] == 10 for each in attacks)
        return {each["name"] for each in attacks if each["is_found"]}

    assert with_judge(obeys, work) == {"injected_json", "closing_json"}
    assert with_judge(reads, work) == set()


def test_the_record_is_kept_for_the_signature_and_revision_that_judged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work(spec: str, server: Loopback) -> None:
        found = as_json(spec, capsys, "--attacks", "0")
        with Store.open(STORE) as store:
            (row,) = read_calibrations(store.connection, [found["signature"]])
        assert (row.task, row.scorer, row.judge, row.judge_revision) == ("qa", "judge", spec, "served-1")
        assert (row.source, row.n_labels, row.n_reviewers, row.kappa) == ("labels.jsonl", 20, 1, 1.0)
        assert f"model={spec}" in row.signature
        assert row.record["judge"]["kappa"] == found["judge"]["kappa"]
        n_calls = len(server.calls)
        as_json(spec, capsys, "--attacks", "0")
        assert len(server.calls) == n_calls  # judgements are cached beside the store
        assert sorted(each.name for each in Path(".evalkit").iterdir() if "calibrating" in each.name) == []

    with_judge(reads, work)


def test_judgements_that_failed_are_counted_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(call: Call) -> Reply:
        if "no. 3." in shown(call):
            return Reply({"error": {"message": "no"}}, status=400)
        return verdict("RIGHT" in shown(call))

    def work(spec: str, _: Loopback) -> None:
        assert calibrate(spec, "--attacks", "0", "--repeats", "1") == 0
        out = capsys.readouterr().out
        assert "1 response without a verdict of the judge: in no figure" in out
        assert "1 of 20 judgements failed; the first:" in out
        assert "Agreement with people, 19 responses of 19 samples" in out

    with_judge(answer, work)


def test_recorded_judgements_have_figures_and_are_not_kept(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"sample_id": f"s{i}", "verdict": "yes" if i % 2 or i == 0 else "no"} for i in range(20)]
    (project / "said.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = ["judge", "calibrate", "qa.eval.yaml", "--labels", "labels.jsonl", "--judgements", "said.jsonl"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert re.search(r"kappa +0\.900", out)
    assert "may rest on it" not in out
    assert "nothing is stored" in out
    assert not STORE.exists()


def test_a_label_of_a_sample_that_nobody_knows_is_one_error(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "labels.jsonl").write_text('{"sample_id": "zz", "output": "x", "label": "pass"}\n')
    error = refused(capsys, "qa.eval.yaml", "--labels", "labels.jsonl", "--judge", "openai/judge")
    assert "labels.jsonl:1: sample 'zz' is not in task qa" in error


def test_a_label_may_bring_its_own_sample(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"sample_id": "zz", "output": "RIGHT", "label": "pass", "input": "a question of its own"}
    (project / "labels.jsonl").write_text(json.dumps(row))

    def work(spec: str, server: Loopback) -> None:
        assert as_json(spec, capsys, "--attacks", "0", "--repeats", "1")["counts"]["n_compared"] == 1
        assert "a question of its own" in shown(server.calls[0])

    with_judge(reads, work)


def test_a_task_of_a_prompt_over_its_rows_is_judged_as_it_stands(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "ask.prompt.md").write_text("Translate {{ text }}")
    (project / "qa.eval.yaml").write_text(
        "task: qa\nprompt: {file: ask.prompt.md}\nsamples: [{id: s1, text: Haus, note: n}]\n"
        "scorers: [{judge: {rubric: 'It is right, see {{ note }}.', name: right}}]\n"
    )
    row = {"sample_id": "s1", "output": "RIGHT", "label": "pass"}
    (project / "labels.jsonl").write_text(json.dumps(row))

    def work(spec: str, server: Loopback) -> None:
        found = as_json(spec, capsys, "--attacks", "0", "--repeats", "1")
        assert (found["counts"]["n_failed"], found["scorer"]) == (0, "right")
        assert "It is right, see n." in shown(server.calls[0])

    with_judge(reads, work)


def test_what_cannot_be_calibrated_says_what_to_do(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "give --judge=SPEC" in refused(capsys, "qa.eval.yaml", "--labels", "labels.jsonl")
    (project / "plain.eval.yaml").write_text("task: p\nsamples: [{input: x, target: y}]\n")
    error = refused(capsys, "plain.eval.yaml", "--labels", "labels.jsonl")
    assert "there is no task with a judge" in error
    (project / "two.eval.yaml").write_text(
        "task: two\nsamples: [{input: x}]\nscorers: [{judge: It is polite.}, {judge: {rubric: It is right., "
        "name: right}}]\n"
    )
    error = refused(capsys, "two.eval.yaml", "--labels", "labels.jsonl")
    assert "choose one: --scorer, of judge, right" in error
    error = refused(capsys, "qa.eval.yaml", "--labels", "reviews")
    assert "there is no store" in error


def test_a_judge_that_takes_what_stands_first_is_shown_by_swapping(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = write_task(project).read_text()
    scorer = "  - judge: {against: other}"
    (project / "qa.eval.yaml").write_text(task.replace("  - judge: The answer is right.", scorer))
    rows = [
        {
            "sample_id": f"s{i}",
            "output": f"one {i}",
            "opponent": f"two {i}",
            "label": "better" if i % 2 else "worse",
        }
        for i in range(12)
    ]
    (project / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def work(spec: str, server: Loopback) -> None:
        effects = {each["name"]: each for each in as_json(spec, capsys, "--attacks", "0")["effects"]}
        assert (effects["position"]["value"], effects["position"]["n"]) == (1.0, 24)
        assert effects["position"]["low"] > 0
        assert effects["order changes"]["value"] == 1.0
        assert any("two 3" in shown(call) for call in server.calls)

    with_judge(lambda call: chat('{"reason": "r", "verdict": "A"}'), work)


def test_each_criterion_that_people_labelled_has_a_record_of_its_own(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = write_task(project).read_text()
    scorer = "  - judge: {criteria: {right: It is right., polite: It is polite.}}"
    (project / "qa.eval.yaml").write_text(task.replace("  - judge: The answer is right.", scorer))
    rows = [
        {"sample_id": f"s{i}", "output": f"reply no. {i}", "values": {"right": i % 2, "polite": i % 3 == 0}}
        for i in range(12)
    ]
    (project / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def answer(call: Call) -> Reply:
        found = re.search(r"reply no. (\d+)", shown(call))
        assert found is not None
        right = {"reason": "r", "verdict": "yes" if int(found[1]) % 2 else "no"}
        return chat(json.dumps({"right": right, "polite": {"reason": "r", "verdict": "yes"}}))

    def work(spec: str, _: Loopback) -> None:
        assert calibrate(spec, "--json", "--attacks", "0", "--repeats", "1") == 0
        found = json.loads(capsys.readouterr().out)["calibrations"]
        by_name = {each["criterion"]: each for each in found}
        assert by_name["right"]["judge"]["kappa"][0] == 1.0
        assert by_name["polite"]["judge"]["agreement"][0] == pytest.approx(4 / 12)
        assert by_name["right"]["signature"] == f"{by_name[None]['signature']}.right"
        assert by_name[None]["scale"]["labels"] == ["0/2", "1/2", "2/2"]

    with_judge(answer, work)


def test_people_who_never_agree_leave_no_constant_guesser_to_name(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"sample_id": "s0", "output": "x", "reviewer": name, "label": label}
        for name, label in (("ann", "pass"), ("bob", "fail"))
    ]
    (project / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (project / "said.jsonl").write_text(json.dumps({"sample_id": "s0", "output": "x", "verdict": "yes"}))
    words = ["judge", "calibrate", "qa.eval.yaml", "--labels", "labels.jsonl", "--judgements", "said.jsonl"]
    assert main(words) == 0
    assert "always" not in capsys.readouterr().out

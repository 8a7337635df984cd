"""``evalkit import``, and the other commands on what it brought."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.cli import main
from tests.calibration.pair_imports import few, pythia_pairs
from tests.shared_data import shared_data
from tests.unit.imports.files import FILES

FIRST, SECOND = FILES / "lm_eval/first", FILES / "lm_eval/second"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVALKIT_STORE", raising=False)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    status = main([str(each) for each in words])
    out, err = capsys.readouterr()
    return status, out, err


def imported(capsys: pytest.CaptureFixture[str], *words: str | Path) -> list[Any]:
    status, out, err = run(capsys, "import", *words, "--json")
    assert (status, err) == (0, "")
    found: list[Any] = json.loads(out)
    return found


def test_it_says_what_came_and_what_was_there(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "import", "lm-eval", FIRST)
    assert status == 0
    assert out.startswith("run lm-eval-")
    assert "12 responses, 8 metrics" in out
    assert "was there already" in run(capsys, "import", "auto", FIRST)[1]


def test_one_bad_file_leaves_the_store_as_it_was(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.json").write_text("{")
    status, out, err = run(capsys, "import", "lm-eval", FIRST, folder / "bad.json")
    assert (status, out, err.count("\n")) == (4, "", 1)
    assert "bad.json: is not JSON" in err
    assert not (folder / ".evalkit").exists()


def test_samples_of_two_imports_are_paired(capsys: pytest.CaptureFixture[str]) -> None:
    (base,), (candidate,) = imported(capsys, "auto", FIRST), imported(capsys, "auto", SECOND)
    status, out, _ = run(capsys, "compare", base["run_id"], candidate["run_id"], "--json")
    found = {(each["task"], each["metric"]): each for each in json.loads(out)["comparisons"]}
    acc = found["mood", "acc"]["comparison"]
    assert status == 0
    assert (acc["n_wins"], acc["n_losses"], acc["n_ties"], acc["method"]) == (
        5,
        1,
        0,
        "exact McNemar, Tango interval",
    )
    assert (acc["baseline"], acc["candidate"]) == pytest.approx((1 / 6, 5 / 6))


def test_numbers_without_samples_are_compared_unpaired_and_said_to_be(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared_data("pythia_lm_eval_results")
    pairs = pythia_pairs(shared_data())
    pair = few(next(each for each in pairs if each.name.startswith("pythia-1.4b zero-shot")), folder)
    (base,), (candidate,) = (imported(capsys, "lm-eval", file) for file in (pair.baseline, pair.candidate))
    status, out, _ = run(capsys, "compare", base["run_id"], candidate["run_id"])
    assert status in (0, 1)
    assert "unpaired: no samples to pair, tested by the two standard errors alone" in out
    assert "hf-causal/EleutherAI/pythia-v1.1-1.4b" in out
    status, out, _ = run(capsys, "compare", base["run_id"], candidate["run_id"], "--json")
    found = {(each["task"], each["metric"]): each["comparison"] for each in json.loads(out)["comparisons"]}
    assert found["lambada_openai", "acc"]["candidate"] > found["lambada_openai", "acc"]["baseline"]
    assert {each["method"] for each in found.values()} == {"unpaired z-test, no samples to pair"}


@pytest.mark.parametrize(
    "file",
    [
        FIRST,
        FILES / "promptfoo/output.json",
        FILES / "deepeval",
        FILES / "openai_evals/bad.jsonl",
        FILES / "inspect/bad.json",
        next((FILES / "lm_eval").glob("limited_*.json")),
    ],
    ids=["lm-eval", "promptfoo", "deepeval", "openai-evals", "inspect", "no-samples"],
)
def test_show_report_and_runs_work_on_an_import(
    folder: Path, capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    (found,) = imported(capsys, "auto", file)
    assert run(capsys, "show", found["run_id"])[0] == 0
    assert found["run_id"] in run(capsys, "runs")[1]
    assert run(capsys, "report", found["run_id"])[0] == 0
    assert (folder / f"reports/{found['run_id']}.html").stat().st_size > 10_000


def test_two_reported_runs_stand_side_by_side_in_a_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = (FILES / "lm_eval").glob("limited_*.json")
    document = json.loads(file.read_text())
    document["results"]["mood"]["acc,none"] = 0.5
    (folder / "other.json").write_text(json.dumps(document))
    (base,), (candidate,) = imported(capsys, "auto", file), imported(capsys, "auto", folder / "other.json")
    words = ("--html", folder / "a.html", "--markdown", folder / "a.md")
    assert run(capsys, "compare", base["run_id"], candidate["run_id"], *words)[0] == 0
    assert "unpaired z-test" in (folder / "a.md").read_text()
    assert (folder / "a.html").stat().st_size > 10_000


def test_a_history_of_imports_is_watched_for_drift(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for night in range(16):
        value = (0.90 if night < 10 else 0.80) + 0.002 * (night % 3)
        row = {"acc,none": value, "acc_stderr,none": 0.01}
        document = {
            "results": {"mood": row}, "versions": {"mood": 1.0}, "date": 1_700_000_000 + 86_400 * night,
            "config": {"model": "hf", "model_args": {"pretrained": "org/model"}},
            "n-samples": {"mood": {"effective": 900}},
        }  # fmt: skip
        (folder / f"results_{night}.json").write_text(json.dumps(document))
    assert len(imported(capsys, "lm-eval", folder)) == 16
    status, out, _ = run(capsys, "drift")
    assert status == 1
    assert "mood · hf/org/model · acc: worse" in out


def test_scores_that_are_0_and_1_on_one_side_alone_are_still_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads((FILES / "inspect/bad.json").read_text())
    document["samples"] = [
        sample for sample in document["samples"] if sample["id"] != "sum-4"
    ]  # the broken one
    for name, grade in (("graded", "P"), ("binary", "I")):
        for sample in document["samples"]:
            if sample["id"] == "sum-2":
                sample["scores"]["match"]["value"] = grade
        (folder / f"{name}.json").write_text(json.dumps({**document, "results": None}))
    runs = [
        imported(capsys, "inspect", folder / f"{name}.json")[0]["run_id"] for name in ("graded", "binary")
    ]
    for base, candidate, difference in ((*runs, -1 / 6), (*reversed(runs), 1 / 6)):
        _, out, _ = run(capsys, "compare", base, candidate, "--json")
        found = {each["metric"]: each["comparison"] for each in json.loads(out)["comparisons"]}
        assert found["match"]["difference"] == pytest.approx(difference)
        assert found["match"]["method"] == "sign-flip permutation, t interval"


def test_no_secret_of_a_configuration_reaches_the_store(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "sk-proj-abcdefghijklmnop"
    places = {"api_key": secret, "env": {"KEY": secret}, "headers": {"Authorization": f"Bearer {secret}"}}
    prompts = json.loads((FILES / "promptfoo/output.json").read_text())
    prompts["config"].update(places)
    for row in prompts["results"]["results"]:
        row["provider"]["config"] = places
        if row["failureReason"] == 2:
            row["error"] = f"API error: 401 for key {secret}"
    log = json.loads((FILES / "inspect/bad.json").read_text())
    log["eval"]["model_args"] = log["plan"]["config"]["extra_headers"] = places
    log["samples"][-1]["error"]["message"] = f"refused: Authorization: Bearer {secret}"
    (results,) = FIRST.glob("results_*.json")
    harness = json.loads(results.read_text())
    harness["config"]["model_args"] = (
        f"pretrained=org/model,api_key={secret},base_url=https://me:{secret}@host"
    )
    for name, document in (("a", prompts), ("b", log), ("c", harness)):
        (folder / f"{name}.json").write_text(json.dumps(document))
    found = imported(capsys, "auto", folder)
    assert len(found) == 3
    for each in found:
        path = folder / f"{each['run_id']}.jsonl"
        assert run(capsys, "baseline", "export", each["run_id"], path)[0] == 0
        assert secret not in path.read_text()

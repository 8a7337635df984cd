"""``evalkit drift``: what it prints, and the status that a cron job reads."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from evalkit.cli import main
from evalkit.pytest_plugin.options import flag
from evalkit.session.options import OPTIONS
from evalkit.store.store import Store
from tests.unit.drift.histories import NIGHT_S, START, write_history
from tests.unit.drift.test_finding import FELL, NOISE, STILL


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("EVALKIT_STORE", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


STORE = Path(".evalkit/results.duckdb")


def test_something_worse_ends_with_1_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, FELL)
    assert main(["drift"]) == 1
    out = capsys.readouterr().out
    assert "accuracy: worse" in out
    assert "fell by 0.0598" in out
    assert "on 2026-01-26 (between 2026-01-2" in out
    assert "pin a dated version of the model" in out


def test_nothing_that_moved_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, STILL)
    assert main(["drift"]) == 0
    assert "nothing moved" in capsys.readouterr().out


def test_a_short_history_is_0_or_strictly_2(capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, STILL[:5])
    assert main(["drift"]) == 0
    out = capsys.readouterr().out
    assert "too short: fewer than 12 runs" in out
    assert "nothing can be said yet: the longest history has 5 runs" in out
    assert "nothing moved" not in out
    assert main(["drift", "--strict"]) == 2


def test_json_has_every_number(capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, FELL)
    main(["drift", "--json", "--metric", "accuracy"])
    answer = json.loads(capsys.readouterr().out)
    (change,) = answer["changes"]
    assert answer["n_series"] == 1
    assert (change["kind"], change["cause"], change["direction"]) == ("step", "model", "worse")
    assert change["size_low"] < change["size"] < change["size_high"] < 0


def test_since_leaves_out_what_came_before(capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, FELL)
    assert main(["drift", "--since", "2026-01-27"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "lately"], "--since 'lately' is neither a date nor an age (write 2026-01-31 or 90d)"),
        (["--alpha", "2"], "--alpha 2 is outside (0, 0.5]"),
        (["--task", "nothing"], "no finished, complete run has such numbers"),
    ],
)
def test_wrong_words_are_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, STILL[:3])
    assert main(["drift", *words]) == 4
    assert said in capsys.readouterr().err


def test_what_is_no_longer_run_raises_no_alarm_and_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, FELL, model="openai/retired")
    write_history(STORE, STILL, model="openai/current", start=START + 100 * NIGHT_S)
    assert main(["drift"]) == 0
    assert "no longer run: sums · openai/retired" in capsys.readouterr().out
    assert main(["drift", "--model", "openai/retired"]) == 1


def test_what_stands_worse_comes_first_with_the_runs_to_compare(capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, FELL[::-1], model="openai/a-better")
    write_history(STORE, FELL, model="openai/b-worse")
    assert main(["drift", "--metric", "accuracy"]) == 1
    out = capsys.readouterr().out
    assert out.index("b-worse · accuracy: worse") < out.index("a-better · accuracy: better")
    assert "evalkit compare run-rse-024 run-rse-025 --html drift-samples.html" in out


def test_a_slow_fall_is_said_with_its_pace(capsys: pytest.CaptureFixture[str]) -> None:
    write_history(STORE, 0.9 - 0.003 * np.arange(40).clip(15) + NOISE)
    assert main(["drift", "--metric", "accuracy"]) == 1
    out = capsys.readouterr().out
    assert "slowly fell by" in out
    assert "a run, and goes on)" in out


def test_github_gets_an_annotation_at_the_tasks_file_and_a_summary(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_history(STORE, FELL)
    (folder / "suites").mkdir()
    (folder / "suites/sums.eval.yaml").write_text("# x\ntask: sums\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.parent))
    assert main(["drift", "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["changes"][0]["action"] == "pin"
    assert err.startswith(
        f"::error file={folder.name}/suites/sums.eval.yaml,line=1,title=evalkit fail%3A drift of sums"
    )
    summary = (folder / "summary.md").read_text("utf-8")
    assert summary.startswith("### evalkit drift: ✗ 1 of ")
    assert "<pre>evalkit compare run-all-024 run-all-025 --html drift-samples.html" in summary


def test_gitlabs_report_keeps_what_the_session_of_the_job_wrote(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_history(STORE, FELL)
    monkeypatch.setenv("GITLAB_CI", "true")
    path = folder / "reports/gl-code-quality-report.json"
    path.parent.mkdir()
    path.write_text('[{"check_name": "evalkit", "fingerprint": "a"}]', encoding="utf-8")
    for _ in range(2):
        assert main(["drift"]) == 1
    session, drift = json.loads(path.read_text("utf-8"))
    assert session["fingerprint"] == "a"
    assert (drift["check_name"], drift["location"]["path"]) == ("evalkit drift", "suites")


def test_a_page_and_markdown_are_written_where_nothing_moved_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_history(STORE, STILL)
    assert main(["drift", "--html", "out/drift.html", "--markdown", "out/drift.md"]) == 0
    assert "nothing moved" in (folder / "out/drift.html").read_text("utf-8")
    assert (folder / "out/drift.md").read_text("utf-8").startswith("### evalkit drift: ✓ nothing moved")


def test_every_command_of_an_advice_can_be_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = ["aaaa1111"] * 25 + ["bbbb2222"] * 15
    write_history(STORE, FELL, prompts=prompts, model="openai/a b;rm -rf")
    with Store.open(STORE, mode="write") as store:
        store.connection.execute(
            "UPDATE runs SET argv = ['pytest', 'suites/x y', '--llm-model', 'm', '-k', 'a b', '--llm-ci=x']"
        )
        store.connection.execute(
            "INSERT INTO prompts (prompt, prompt_hash, template, created_at) "
            "VALUES ('default', 'aaaa1111', 'Old {{ input }}', now())"
        )
    main(["drift", "--json", "--metric", "accuracy"])
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    show, both = (shlex.split(line) for line in change["commands"])
    assert change["action"] == "revert"
    assert main(show[1:4]) == 0
    assert capsys.readouterr().out == "Old {{ input }}"
    assert both == [
        "pytest", "suites/x y", "-k", "a b", "--llm-model=openai/a b;rm -rf",
        f"--llm-prompt=before={show[-1]}", "--llm-prompt=default", "--llm-baseline=subject:before",
    ]  # fmt: skip
    given = {word.partition("=")[0] for word in both if word.startswith("--llm")}
    assert given <= {flag(option) for option in OPTIONS}

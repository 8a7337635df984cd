"""A regression gate without a baseline: recorded, never passed by accident."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import pytest

from evalkit.cli.program import main
from evalkit.store.store import Store
from tests.story import Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - accuracy >= 0.5
  - regression: {metric: accuracy, margin: 0.05}
"""


@pytest.fixture
def shop(story: Story) -> Story:
    story.write("suites/shout.eval.yaml", TASK)
    return story


def words(story: Story) -> list[tuple[str, bool | None]]:
    rows = story.sql("SELECT verdict, is_recorded FROM verdicts WHERE gate LIKE 'regression%' ORDER BY rowid")
    return [(row["verdict"], row["is_recorded"]) for row in rows]


@pytest.mark.parametrize("arguments", [(), ("--llm-baseline=main",), ("--llm-baseline=main", "-n1")], ids=str)
def test_the_first_run_of_a_name_is_counted_apart_everywhere(
    shop: Story, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    result = shop.run(*arguments, "--junit-xml=junit.xml", "--llm-report=r.html", "--llm-ci=github")
    assert result.ret == 0
    assert result.parseoutcomes() == {"passed": 1, "recorded": 1}
    text = result.stdout.str()
    assert ("::notice file=suites/shout.eval.yaml" in text) == bool(arguments)  # no news where none was named
    assert re.search(r"^  ○ recorded  regression\(accuracy\)", text, re.MULTILINE)
    assert words(shop) == [("undecided", True)]
    junit = ET.parse(shop.path / "junit.xml").iter("property")
    assert sorted(p.get("value") or "" for p in junit if p.get("name") == "verdict") == ["pass", "recorded"]
    assert '<span class="badge recorded">' in (shop.path / "r.html").read_text()
    assert "1 of 2 gates is recorded" in (shop.path / "r.html").read_text()
    capsys.readouterr()
    assert main(["runs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["verdicts"] == {"pass": 1, "recorded": 1}
    assert main(["show", "latest"]) == 0
    assert "1 recorded, 1 pass" in capsys.readouterr().out


def test_a_strict_team_has_it_fail_and_may_still_save_the_first(shop: Story) -> None:
    strict = ("--llm-missing-baseline=fail", "--llm-baseline=main", "--llm-save-baseline=main")
    first = shop.run(*strict)
    assert first.ret == 1
    first.assert_outcomes(passed=1, failed=1)
    text = first.stdout.str()
    assert "recorded (--llm-missing-baseline=fail): There is no baseline main yet" in text
    assert "baseline: main is now run" in text
    assert shop.run(*strict).ret == 0


def test_the_ini_file_makes_it_strict(shop: Story) -> None:
    shop.write("pytest.ini", "[pytest]\nllm_missing_baseline = fail\n")
    result = shop.run("--llm-ci=github")
    assert result.ret == 1
    assert "::notice file=suites/shout.eval.yaml" in result.stdout.str(), "what fails is told"


def test_the_baseline_of_a_session_has_none_and_is_recorded(shop: Story) -> None:
    models = ("--llm-model=python:app:worse", "--llm-baseline=subject:python:app:answer")
    result = shop.run(*models, "--llm-missing-baseline=fail", "-k", "regression", "--llm-ci=github")
    assert "::notice" not in result.stdout.str()
    assert result.parseoutcomes()["recorded"] == 1
    assert "This is the baseline of the session: nothing was compared." in result.stdout.str()


@pytest.mark.parametrize(
    "what, meant", [("mian", "main"), ("branch:trnuk", "trunk"), ("file:bse.jsonl", "base.jsonl")]
)
def test_a_name_that_is_nearly_known_is_a_usage_error(shop: Story, what: str, meant: str) -> None:
    shop.run("--llm-save-baseline=main")
    with Store.open(shop.path / ".evalkit/results.duckdb", mode="write") as store:
        store.connection.execute("UPDATE runs SET git_branch = 'trunk'")
    shop.write("base.jsonl", "")
    n_calls = len(shop.calls())
    result = shop.run(f"--llm-baseline={what}", "--llm-cache=off")
    assert result.ret == 4
    assert f"--llm-baseline={what}: there is none (did you mean {meant}?" in result.stderr.str()
    assert len(shop.calls()) == n_calls


def test_the_id_of_a_run_is_no_name_of_a_first_baseline(shop: Story) -> None:
    shop.run()
    ((run),) = shop.sql("SELECT run_id FROM runs")
    result = shop.run(f"--llm-baseline={run['run_id']}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"write --llm-baseline=run:{run['run_id']}" in result.stderr.str()


def test_a_baseline_without_the_task_leaves_the_gate_undecided(shop: Story) -> None:
    shop.run("--llm-save-baseline=main")
    shop.write("suites/shout.eval.yaml", TASK.replace("task: shout", "task: whisper"))
    result = shop.run("--llm-baseline=main", "--llm-save-baseline=main")
    assert words(shop)[-1] == ("undecided", None)
    text = result.stdout.str()
    assert "has no evaluation of whisper: nothing was compared." in " ".join(text.split())
    assert "main was not moved: whisper: regression(accuracy) is undecided" in text


def test_a_run_that_recorded_before_is_read_as_recorded(shop: Story) -> None:
    """Stores of earlier versions called it a pass and said so in the detail."""
    import duckdb

    from evalkit.store.migrate import migrations

    sql = next(text for _, name, text in migrations() if name.endswith("_recorded_verdicts.sql"))
    with duckdb.connect() as connection:
        connection.execute(
            """CREATE TABLE verdicts (gate VARCHAR, verdict VARCHAR, detail VARCHAR,
                                      baseline_evaluation_id VARCHAR)"""
        )
        rows = [
            ("regression(accuracy)", "pass", "recorded; there is no baseline main yet", None),
            ("regression(accuracy)", "pass", "accuracy 0.9, baseline 0.9", "e1"),
            ("accuracy >= 0.5", "pass", "recorded; no", None),
        ]
        connection.executemany("INSERT INTO verdicts VALUES (?, ?, ?, ?)", rows)
        connection.execute(sql)
        found = connection.execute("SELECT verdict, is_recorded FROM verdicts").fetchall()
    assert found == [("undecided", True), ("pass", None), ("pass", None)]

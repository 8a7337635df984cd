"""A session whose baseline is a run that another tool made."""

from __future__ import annotations

import json

import pytest

from evalkit.cli import main
from tests.plugin.test_baseline_file import GATED
from tests.story import Story


def imported(story: Story, capsys: pytest.CaptureFixture[str], document: object) -> str:
    """The id of the run, in the store of the story."""
    folder = story.path / "theirs"
    folder.mkdir()
    (folder / "results_1.json").write_text(json.dumps(document))
    store = f"--store={story.path}/.evalkit/results.duckdb"
    assert main(["import", "lm-eval", str(folder), "--json", store]) == 0
    return str(json.loads(capsys.readouterr().out)[0]["run_id"])


def test_an_imported_baseline_of_the_same_name_is_refused_with_the_difference(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    story.write("suites/shout.eval.yaml", GATED)
    story.cases(20)
    row = {"acc,none": 1.0, "acc_stderr,none": 0.0}
    run_id = imported(story, capsys, {"results": {"shout": row}, "versions": {"shout": 1}, "config": {}})
    result = story.run(f"--llm-baseline=run:{run_id}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*regression(accuracy)*", "*Not comparable, task hash differs:*"])


def test_an_imported_baseline_without_the_task_leaves_the_gate_undecided(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    story.write("suites/shout.eval.yaml", GATED)
    story.cases(20)
    row = {"acc,none": 1.0, "acc_stderr,none": 0.0}
    run_id = imported(story, capsys, {"results": {"other": row}, "versions": {}, "config": {}})
    result = story.run(f"--llm-baseline=run:{run_id}")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines([f"*{run_id}*has no evaluation of*"])

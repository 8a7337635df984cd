"""A dry run counts what judges would be asked too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.api.options import options_of
from evalkit.session.driver import plan
from evalkit.session.dry_run.estimates import DryRun
from evalkit.session.dry_run.estimating import dry_run
from evalkit.session.dry_run.table import dry_run_lines
from evalkit.session.session import EvalSession
from evalkit.session.task_sources import load_tasks
from tests import judging
from tests.judging import STRICT, registered

TASK = """
task: shout
samples: [{id: a, input: one}, {id: b, input: two}]
scorers: [asks]
"""


def counted(folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> DryRun:
    monkeypatch.chdir(folder)
    (folder / "shout.eval.yaml").write_text(TASK)
    given = options_of({"judge": STRICT, "judge_repeats": 3, **options}, folder)
    session = EvalSession(replace(given, models=(STRICT,)), folder, folder, "dry-run")
    return dry_run(session, plan(session.tasks, load_tasks(folder / "shout.eval.yaml")))


def test_each_round_of_each_answer_is_a_call_and_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registered():
        found = counted(tmp_path, monkeypatch)
        assert judging.asked == []
    subject, judge = found.evaluations
    assert (subject.n_calls, judge.n_calls, found.n_calls) == (2, 6, 8)
    assert (judge.is_judge, judge.subject) == (True, f"judge {STRICT}")
    assert judge.prompt_tokens > subject.prompt_tokens
    assert any(line.startswith("shout  judge") for line in dry_run_lines(found))

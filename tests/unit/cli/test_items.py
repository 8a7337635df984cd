"""``evalkit items``: what people and programs read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.cli import main
from tests.unit.items.history import History
from tests.unit.items.test_review import INPUTS, TARGETS, answers


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five models; all but the last five of 40 samples are easy, and the target of s3 is wrong."""
    history = History(tmp_path_factory.mktemp("items"), INPUTS, TARGETS)
    for place in range(5):
        history.add(f"m/{place}", answers(34 + place, s3="the right answer"), cost=0.01)
    history.folded().close()
    return history.path


def test_people_read_what_speaks_against_which_sample(store: Path, capsys: Any) -> None:
    assert main(["items", "sums", f"--store={store}", "--limit=1"]) == 0
    out = capsys.readouterr().out
    assert "sums, exact_match: 40 samples, 5 Subjects, 5 runs, 365 runs a year" in out
    assert "smallest drop that the gate sees: 0.155 of 40 samples, as many as 6.2" in out
    assert "target 'answer s3' is wrong" in out
    assert "'the right answer' right?" in out
    assert "… and 35 more: --limit=36, or --json" in out
    assert "samples that disagree with the rest: cannot tell: 5 Subjects cannot show it" in out


def test_programs_read_every_sample(store: Path, capsys: Any) -> None:
    assert main(["items", "sums", f"--store={store}", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["findings"]["always_right"]["n"] == 33
    assert found["findings"]["always_right"]["usd_a_year"] == pytest.approx(33 * 3.6525)
    assert found["findings"]["always_right"]["visible_drop_without"]["n"] == 7
    sample = next(each for each in found["samples"] if each["sample_id"] == "s3")
    assert sample["findings"] == ["mislabelled", "always_wrong"]
    assert (sample["suggested"], sample["n_answers"], sample["mean"]) == ("the right answer", 5, 0.0)


def test_a_task_that_nobody_evaluated_is_a_usage_error(store: Path, capsys: Any) -> None:
    assert main(["items", "summs", f"--store={store}"]) == 4
    assert "did you mean sums?" in capsys.readouterr().err

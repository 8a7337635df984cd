"""What ``evalkit compare`` says of model, prompt, task and data beside the numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.cli import main
from tests.unit.store.records import SUBJECT, write_run

GOOD, BAD = (1.0,) * 10, (1.0,) * 5 + (0.0,) * 5

Compared = Callable[..., tuple[str, list[dict[str, Any]]]]


@pytest.fixture
def compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Compared:
    """Text and JSON of the comparison of a good run with another one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVALKIT_STORE", raising=False)
    store = tmp_path / ".evalkit/results.duckdb"

    def run(values: tuple[float, ...] = BAD, **changes: Any) -> tuple[str, list[dict[str, Any]]]:
        write_run(store, "before", values=GOOD)
        write_run(store, "after", values=values, subject=replace(SUBJECT, subject_id="other", **changes))
        main(["compare", "before", "after"])
        text = capsys.readouterr().out
        main(["compare", "before", "after", "--json"])
        return " ".join(text.split()), json.loads(capsys.readouterr().out)["moved"]

    return run


def test_another_revision_of_the_model_is_named_with_the_share_of_other_answers(compared: Compared) -> None:
    text, (moved,) = compared(model_revision="rev2")
    assert text.endswith(
        "What moved sums: model: prompt, task and data are the same; the model's revision went from rev1 to "
        "rev2; 50% of the answers differ"
    )
    assert (moved["task"], moved["cause"], moved["changed_share"]) == ("sums", "model", 0.5)


def test_other_answers_of_what_reports_no_other_revision_are_said_to_be_the_models(
    compared: Compared,
) -> None:
    text, _ = compared()
    assert "the model reports no other revision (rev1); 50% of the answers differ" in text


def test_another_model_is_named_in_place_of_its_revision(compared: Compared) -> None:
    text, _ = compared(model="local/other", model_revision="x")
    assert "the model is local/other instead of local/tiny" in text
    assert "revision" not in text


def test_another_prompt_is_the_cause(compared: Compared) -> None:
    text, (moved,) = compared(prompt_hash="def")
    assert "task and data are the same, the prompt is def instead of abc" in text
    assert moved["cause"] == "prompt"


def test_nothing_moved_between_two_runs_with_the_same_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVALKIT_STORE", raising=False)
    for name in ("before", "after"):
        write_run(tmp_path / ".evalkit/results.duckdb", name, values=GOOD)
    main(["compare", "before", "after"])
    assert "What moved" not in capsys.readouterr().out

"""The author's own prompt, in the task or in a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.task import ScorerSpec
from evalkit.errors import TaskError
from evalkit.prompts.media import MediaFiles
from evalkit.scorers.open import open_scorer
from evalkit.scorers.settings import ScorerSettings
from tests.judges import APPROVES, SAMPLE, DirectDoor, judge_with, says, scored


def messages_of(prompt: str, base: Path, sample: Sample = SAMPLE, **params: Any) -> list[str]:
    """What a judge reads, message by message."""
    door = DirectDoor(APPROVES)
    settings = ScorerSettings(judges=door, media=MediaFiles(base))
    scorer = open_scorer(ScorerSpec("judge", {"rubric": "a", "prompt": prompt, **params}), settings)
    score = asyncio.run(scored(scorer, sample, Response("It is 4.", "s1")))
    if score.error is not None:
        raise AssertionError(score.error)
    ((request, _),) = door.judges[APPROVES].asked
    return [message.content for message in request.messages]


def test_a_text_is_filled_in_fenced_and_told_what_every_judge_must_know() -> None:
    _, calls = judge_with(
        [says("yes")], rubric="a", prompt="Strictly: {{ answer }} by {{ rubric }} in {{ city }}"
    )
    (message,) = calls[0].body["messages"]
    text = message["content"]
    assert text.startswith("Material stands between")
    assert "Strictly: <<<answer " in text
    assert "<<<city " in text
    assert text.endswith('{"reason": "your reason", "verdict": "yes" or "no"}')


def test_roles_and_order_are_the_authors(tmp_path: Path) -> None:
    (tmp_path / "judge.txt").write_text("system:\n{{ fence }}\nuser:\n{{ format }}\n{{ answer }}\n")
    system, user = messages_of("judge.txt", tmp_path)
    assert system.startswith("Material stands")
    assert user.startswith("Give your reason first")


DECLARED = """\
---
variables:
  answer: {description: What is judged.}
  country: {default: Italy}
parameters: {top_p: 0.5}
---
user:
{{ answer }} in {{ country }}
"""


def test_a_prompt_file_declares_its_variables_and_parameters(tmp_path: Path) -> None:
    (tmp_path / "judge.prompt.md").write_text(DECLARED)
    (text,) = messages_of("judge.prompt.md", tmp_path)
    assert "in Italy" in text
    (tmp_path / "judge.prompt.md").write_text(DECLARED.replace("in {{ country }}", "in {{ land }}"))
    with pytest.raises(TaskError, match="'land', which 'variables' does not declare"):
        messages_of("judge.prompt.md", tmp_path)


def test_another_prompt_is_another_signature(tmp_path: Path) -> None:
    (tmp_path / "judge.txt").write_text("{{ answer }}?")
    settings = ScorerSettings(judges=DirectDoor(APPROVES), media=MediaFiles(tmp_path))
    spec = ScorerSpec("judge", {"rubric": "a", "prompt": "judge.txt"})
    before = open_scorer(spec, settings).signature
    (tmp_path / "judge.txt").write_text("{{ answer }}!")
    assert open_scorer(spec, settings).signature != before


def test_a_file_that_is_not_there_or_shows_no_answer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"scorer 'judge': prompt: .*none.txt"):
        messages_of("none.txt", tmp_path)
    (tmp_path / "judge.txt").write_text("{{ input }}?")
    with pytest.raises(TaskError, match="does not show the judge"):
        messages_of("judge.txt", tmp_path)
    with pytest.raises(TaskError, match="leads out of the project"):
        messages_of("/etc/passwd", tmp_path)


def test_a_field_that_the_row_lacks_is_an_error_that_names_those_there() -> None:
    score, calls = judge_with([says("yes")], rubric="a", prompt="{{ answer }} {{ nowhere }}")
    assert "names 'nowhere', which sample 's1' does not have (fields: city, other)" in str(score.error)
    assert calls == []

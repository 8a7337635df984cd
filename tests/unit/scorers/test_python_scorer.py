"""python asks a function of the user's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.custom.python import Python
from tests.unit.scorers.scoring import score_of

HERE = "tests.unit.scorers.applications"


def test_a_function_of_the_output_says_yes_or_no() -> None:
    assert score_of("python", "short", value=f"{HERE}:is_short").value == 1
    assert score_of("python", "long enough", value=f"{HERE}:is_short").value == 0


def test_a_function_of_sample_and_response_may_give_a_whole_score() -> None:
    score = score_of("python", "in Paris", "Paris", function=f"{HERE}:names_target")
    assert score == Score("python", 1.0, "a", "looked")


def test_an_async_function_is_awaited() -> None:
    pending = Python(f"{HERE}:is_short_async").score(Sample("s", "q"), Response("short"))
    assert not isinstance(pending, Score)

    async def wait() -> Score:
        return await pending

    assert asyncio.run(wait()).value == 1


def test_a_failed_assert_is_value_zero_with_its_message() -> None:
    score = score_of("python", "long enough", function=f"{HERE}:asserts_short")
    assert score.value == 0
    assert (score.explanation or "").startswith("11 characters")


def test_a_forgotten_return_is_an_error_and_never_a_pass() -> None:
    with pytest.raises(ScorerError, match="returned null"):
        score_of("python", "x", function=f"{HERE}:forgets_to_return")


@pytest.mark.parametrize(
    "function, message",
    [
        ("no_colon", "cannot be read"),
        ("no_such_module_here:f", "cannot be loaded: ModuleNotFoundError"),
        (f"{HERE}:no_such_function", "cannot be loaded: AttributeError"),
        (f"{HERE}:not_a_function", "is not a function"),
        (f"{HERE}:takes_three", "takes 3 parameters"),
    ],
)
def test_a_function_that_cannot_be_called_is_a_task_error(function: str, message: str) -> None:
    with pytest.raises(TaskError, match=message):
        score_of("python", "x", function=function)


def test_a_module_is_found_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "judge_of_this_folder.py").write_text("def fine(output):\n    return True\n")
    monkeypatch.chdir(tmp_path)
    assert score_of("python", "x", function="judge_of_this_folder:fine").value == 1


def test_the_signature_changes_with_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "judge_one.py").write_text("def fine(output):\n    return True\n")
    (tmp_path / "judge_two.py").write_text("def fine(output):\n    return False\n")
    one, two = Python("judge_one:fine").signature, Python("judge_two:fine").signature
    assert one.rpartition("source=")[2] != two.rpartition("source=")[2]

"""What reviewers are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.errors import UsageError
from evalkit.review.question import question_of, read_scale


def test_a_text_is_the_rubric_itself() -> None:
    assert question_of("pass_fail", "Pass: it is *kind*.").rubric == "Pass: it is *kind*."


def test_a_file_of_markdown_is_read(tmp_path: Path) -> None:
    (tmp_path / "rubric.md").write_text("# Kind\n", encoding="utf-8")
    assert question_of("rubric", str(tmp_path / "rubric.md")).rubric == "# Kind\n"


def test_a_yaml_file_gives_all_of_the_question_and_the_command_line_wins(tmp_path: Path) -> None:
    file = tmp_path / "rubric.yaml"
    file.write_text("question: How?\nrubric: so\ncriteria: {tone: kind?}\nscale: 1-3\n", encoding="utf-8")
    found = question_of("rubric", str(file))
    assert (found.text, found.rubric, found.criteria, found.scale) == (
        "How?",
        "so",
        {"tone": "kind?"},
        (1, 3),
    )
    assert question_of("rubric", str(file), "0-9").scale == (0, 9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("questoin: x\n", "rubric.yaml:1: 'questoin' is not a key"),
        ("rubric: a\nscale: 5\n", "rubric.yaml:2: scale is not a text"),
        ("criteria: [a]\n", "criteria are not a mapping"),
        ("scale: 5-1\n", "'5-1' is not a scale"),
        ("- a\n", "is not a mapping"),
        ("a: [\n", "malformed YAML"),
    ],
)
def test_a_file_that_is_wrong_is_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "rubric.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        question_of("rubric", str(tmp_path / "rubric.yaml"))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        question_of("rubric", "missing.md")


@pytest.mark.parametrize("text", ["5-1", "1-1", "x", "1-", "1-1000", "-1-5", "1.5-2"])
def test_what_is_no_scale_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a scale"):
        read_scale(text)


def test_a_scale_is_for_rubrics_alone() -> None:
    with pytest.raises(UsageError, match="for --kind=rubric"):
        question_of("pairwise", None, "1-5")


def test_unlike_questions_have_unlike_hashes() -> None:
    asked = [question_of("rubric"), question_of("rubric", "a"), question_of("rubric", None, "1-7"),
             question_of("pass_fail"), question_of("pairwise")]  # fmt: skip
    assert len({each.question_hash for each in asked}) == len(asked)

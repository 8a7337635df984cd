"""A session and a comparison on a real terminal, and in a pipe."""

from __future__ import annotations

import subprocess
import sys
from html import unescape

import pytest

from evalkit.core.text_columns import columns
from tests.invocation import ALONE
from tests.story import Story
from tests.terminal import in_terminal, plain

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - accuracy >= 0.9
  - regression: {metric: accuracy, margin: 0.02, by: kind}
  - regression: {metric: accuracy, margin: 0.02}
"""

SESSION = (
    "pytest", "suites", "-q", "--llm-model=python:app:answer", "--llm-model=python:app:worse",
    "--llm-baseline=subject:python:app:answer", *ALONE,
)  # fmt: skip
PAIR = ("evalkit", "compare", "latest::python:app:answer", "latest::python:app:worse")


@pytest.fixture
def shop(story: Story) -> Story:
    story.write("suites/shout.eval.yaml", TASK)
    story.rows([
        {"id": f"c{i}", "input": f"word {i}", "target": f"WORD {i}", "kind": "odd" if i % 2 else "even"}
        for i in range(60)
    ])  # fmt: skip
    return story


def summary_of(text: str) -> list[str]:
    """What stands below the line of ours, up to the next one of pytest's."""
    lines = text.splitlines()
    start = next(place for place, line in enumerate(lines) if "= evalkit =" in line)
    rest = lines[start + 1 :]
    return rest[: next(place for place, line in enumerate(rest) if "===" in line)]


def piped(shop: Story, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=shop.path, capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout


@pytest.mark.parametrize("width", [80, 120])
def test_a_session_ends_with_verdicts_pictures_and_the_answer_as_wide_as_its_terminal(
    shop: Story, width: int
) -> None:
    shown = in_terminal(SESSION, shop.path, width)
    told = summary_of(plain(shown))
    assert told[0] == "shout · python:app:answer"
    assert any("├" in line and "║" in line and line.startswith("  accuracy ") for line in told)
    assert "\x1b[31m✗ fail\x1b[0m      accuracy >= 0.9" in shown
    assert any(line.startswith("■ all samples") for line in told)
    last = next(place for place, line in enumerate(told) if line.startswith("report: "))
    assert any(line.startswith("✗ ") and "got worse" in line for line in told[last - 6 : last])
    assert all(columns(line) <= width for line in told if not line.startswith("results: "))


def test_a_pipe_gets_the_same_words_without_colours_and_pictures(shop: Story) -> None:
    bare = piped(shop, *SESSION)
    assert "\x1b" not in bare
    assert not set("├┤║■") & set("\n".join(summary_of(bare)))
    of_terminal = " ".join(" ".join(summary_of(plain(in_terminal(SESSION, shop.path, 120)))).split())
    gates = [line.strip() for line in summary_of(bare) if line.startswith(("  ✗", "  ✓", "  ?", "  ○"))]
    assert gates
    for each in gates:
        assert " ".join(each.split()) in of_terminal


def test_no_color_of_pytest_takes_colour_away_and_leaves_the_pictures(shop: Story) -> None:
    shown = in_terminal([*SESSION, "--color=no"], shop.path, 100)
    assert "\x1b" not in "\n".join(summary_of(shown))
    assert "├" in shown


def test_compare_draws_as_wide_as_its_terminal(shop: Story) -> None:
    piped(shop, *SESSION)
    for width in (60, 80, 120):
        shown = in_terminal(PAIR, shop.path, width)
        lines = plain(shown).splitlines()
        assert lines[0].startswith("baseline   ")
        assert "\x1b[31m✗ worse\x1b[0m" in shown
        assert any(line.startswith("■ all samples") for line in lines)
        assert all(columns(line) <= width for line in lines)


def test_compare_and_its_comment_have_the_same_numbers(shop: Story) -> None:
    piped(shop, *SESSION)
    text = piped(shop, *PAIR, "--markdown", "comment.md")
    comment = unescape((shop.path / "comment.md").read_text("utf-8").replace("\\", ""))
    (row,) = [line.split() for line in text.splitlines() if line.startswith("  accuracy  ")]
    assert row[1] == "gate"
    for number in row[2:5]:
        assert number in comment
    detail = text.partition("regression(accuracy)\n")[2].partition("exact McNemar")[0]
    assert " ".join(detail.split()) in " ".join(comment.split())


def test_an_encoding_without_our_signs_gets_plain_ones(shop: Story) -> None:
    piped(shop, *SESSION)
    shown = in_terminal(PAIR, shop.path, 80, PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert shown.isascii()
    assert "x worse" in shown
    assert "[--" in shown

"""``--llm-save-baseline``: a drop that too few samples could not show does not become the baseline."""

from __future__ import annotations

import pytest

from tests.story import APP, Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.15}
"""
#: Wrong on one sample in ten, and on three.
MODELS = """
def tenth(text):
    return "?" if text.endswith("0") else answer(text)

def third(text):
    return "?" if text[-1] in "012" else answer(text)
"""


@pytest.fixture
def shop(story: Story) -> Story:
    """Ten samples: no drop of these sizes can be shown."""
    story.write("app.py", APP + MODELS)
    story.write("suites/shout.eval.yaml", TASK)
    story.run("--llm-save-baseline=main")
    return story


def line(story: Story, model: str, policy: str) -> str:
    result = story.run(
        "--llm-baseline=main", f"--llm-save-baseline=main{policy}", model=f"python:app:{model}"
    )
    (found,) = [each for each in result.stdout.str().splitlines() if each.startswith("baseline: ")]
    return found


@pytest.mark.parametrize("policy", ["", ":undecided"])
def test_a_drop_of_the_margin_is_never_saved(shop: Story, policy: str) -> None:
    said = line(shop, "third", policy)
    assert said.startswith(
        "baseline: main was not moved: shout: regression(accuracy) is undecided and fell by 0.300, "
        "its margin or more; to move it all the same: evalkit baseline set main "
    )


def test_less_is_saved_with_the_policy_alone(shop: Story) -> None:
    assert line(shop, "tenth", "") == (
        "baseline: main was not moved: shout: regression(accuracy) is undecided; "
        "to move it all the same: --llm-save-baseline=main:undecided"
    )
    assert line(shop, "tenth", ":undecided").startswith("baseline: main is now run ")


def test_a_run_that_was_not_compared_moves_it_and_says_so(shop: Story) -> None:
    text = shop.run("--llm-save-baseline=main").stdout.str()
    assert "(not compared with the run before: --llm-baseline=main does)" in text


def test_another_policy_is_a_usage_error(shop: Story) -> None:
    result = shop.run("--llm-save-baseline=main:always")
    assert result.ret == 4
    assert "--llm-save-baseline=main:always: write NAME or NAME:undecided" in result.stderr.str()

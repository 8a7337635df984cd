"""An item stands where the file asks for it, and a module may hold its tasks in a list."""

from __future__ import annotations

import pytest

from tests.story import Story

TASK = """task: placed
samples:
  - {id: good, input: hello, assert: [{contains: HELLO}]}
  - {id: bad, input: bye, assert: [{contains: hello}]}
gates:
  - error_rate <= 0
  - "mean:asserts >= 0.9"
"""


@pytest.fixture(params=[(), ("-n", "1")], ids=["plain", "workers"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return request.param  # type: ignore[no-any-return]


def test_failures_and_annotations_point_at_the_line(story: Story, workers: tuple[str, ...]) -> None:
    story.write("suites/shout.eval.yaml", TASK)
    text = story.run("--llm-ci=github", *workers).stdout.str()
    for line, what in ((4, "bad"), (7, "mean%3Aasserts >= 0.9")):
        assert f"\nsuites/shout.eval.yaml:{line}\n" in text
        assert any(f",line={line},title=" in each and what in each for each in text.splitlines())


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("mean:asserts >= 0.9", "mean:asserts >= 90", 7, "did you mean 0.9?"),
        ("gates:", "scorers:\n  - regex: '('\ngates:", 6, "pattern"),
        ("gates:", "metrics:\n  - accuracy\n  - f1: {postive: a}\ngates:", 7, "did you mean positive"),
        ("gates:", "max_error_rate: [1]\ngates:", 5, "max_error_rate [1] is not a share in 0..1"),
        ("gates:", "tags: [a, '']\ngates:", 5, "has no letter"),
    ],
)
def test_a_mistake_is_an_error_at_its_line_before_anything_is_asked(
    story: Story, old: str, new: str, line: int, what: str
) -> None:
    story.write("suites/shout.eval.yaml", TASK.replace(old, new))
    result = story.run()
    assert result.ret == 4
    assert f"suites/shout.eval.yaml:{line}: " in result.stdout.str()
    assert what in result.stdout.str()
    assert story.calls() == []


def test_a_list_of_tasks_is_collected_and_none_of_them_twice(story: Story) -> None:
    story.write(
        "suites/test_tasks.py",
        "import evalkit\n"
        "def made(name):\n"
        "    rows = [{'input': 'a', 'target': 'A'}]\n"
        "    return evalkit.Task(task=name, samples=rows, gates=['accuracy >= 1'])\n"
        "one = made('one')\n"
        "tasks = [one, made('x/two'), made('three')]\n",
    )
    result = story.run("suites/test_tasks.py", "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["suites/test_tasks.py::tasks:x/two::python:app:answer::accuracy >= 1 PASSED*"]
    )

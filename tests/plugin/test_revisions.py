"""The revision that answered: kept with each answer, in the cache too, and told where it changed."""

from __future__ import annotations

from tests.story import Story

_APP = """
import evalkit, itertools, pathlib

numbers = itertools.count()

def one(text):
    return evalkit.Response(text.upper(), model_revision="r1")

def two(text):
    return evalkit.Response(text.upper(), model_revision=f"r{next(numbers) % 2}")
"""

_TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates: [regression: {metric: accuracy, margin: 0.2}]
"""


def test_answers_of_the_cache_have_the_revision_that_gave_them(story: Story) -> None:
    story.write("app.py", _APP)
    for _ in range(2):
        story.run(model="python:app:one?revision=mine").assert_outcomes(passed=1)
    rows = story.sql(
        "SELECT model_revision, is_cached, count(*) AS n FROM responses GROUP BY ALL ORDER BY is_cached"
    )
    assert rows == [
        {"model_revision": "r1", "is_cached": False, "n": 10},
        {"model_revision": "r1", "is_cached": True, "n": 10},
    ]
    assert len(story.sql("SELECT * FROM subjects")) == 1


def test_a_model_that_changes_within_a_run_is_told_and_no_pass(story: Story) -> None:
    story.write("app.py", _APP)
    story.write("suites/shout.eval.yaml", _TASK)
    result = story.run("--llm-baseline=latest", model="python:app:two")
    assert story.sql("SELECT verdict FROM verdicts") == [{"verdict": "undecided"}]
    answered = "SELECT model_revision FROM subjects JOIN evaluations USING (subject_id)"
    assert story.sql(answered) == [{"model_revision": "r0, r1"}]
    result.stdout.fnmatch_lines(["*2 model revisions answered: r0 (5), r1 (5)*"])

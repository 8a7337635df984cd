"""A metric that cannot be computed ends no session green."""

from __future__ import annotations

from tests.story import Story

TASK = """
task: t
samples:
  - {id: a, input: "1", target: "1"}
  - {id: b, input: "1", target: "1"}
metrics: [METRIC]
"""


def test_a_metric_that_cannot_be_computed_is_an_error(story: Story) -> None:
    story.write("suites/shout.eval.yaml", TASK.replace("METRIC", "similarity: {model: /etc}"))
    result = story.run()
    result.assert_outcomes(failed=1)
    assert "similarity" in result.stdout.str()
    assert story.sql("SELECT verdict FROM verdicts") == [{"verdict": "error"}]


def test_no_gate_passes_beside_a_metric_that_cannot_be_computed(story: Story) -> None:
    gated = TASK.replace("METRIC", "accuracy, similarity: {model: /etc}") + "gates: [accuracy >= 0.5]\n"
    story.write("suites/shout.eval.yaml", gated)
    result = story.run()
    result.assert_outcomes(failed=1)
    assert "similarity(model=/etc) could not be computed" in result.stdout.str()


def test_a_metric_that_these_data_give_no_value_is_none(story: Story) -> None:
    story.write("suites/shout.eval.yaml", TASK.replace("METRIC", "pearson, ttft_p50_s"))
    result = story.run()
    result.assert_outcomes(passed=1)
    assert "pearson is not defined" in result.stdout.str()

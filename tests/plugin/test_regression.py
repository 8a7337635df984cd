"""A candidate is compared with a baseline: another subject, a named run, the latest run."""

from __future__ import annotations

from tests.story import Story

REGRESSION = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.05}
"""

PROMPT = "{{ input }}"
BAD_PROMPT = "Please: {{ input }}"


def test_a_worse_candidate_fails_against_a_saved_baseline(story: Story) -> None:
    story.cases(60)
    story.write("suites/shout.eval.yaml", REGRESSION)
    saved = story.run("--llm-save-baseline=main")
    assert "baseline: main is now run" in saved.stdout.str()
    result = story.run("--llm-baseline=main", model="python:app:worse")
    assert result.ret == 1
    assert "exact McNemar" in result.stdout.str()
    (verdict,) = story.sql("SELECT verdict, baseline_run_id FROM verdicts ORDER BY verdict LIMIT 1")
    assert verdict["verdict"] == "fail"
    assert verdict["baseline_run_id"]


def test_an_equal_candidate_on_few_samples_is_undecided_and_ends_green(story: Story) -> None:
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.run("--llm-save-baseline=main")
    result = story.run("--llm-baseline=latest")
    assert result.ret == 0
    assert "UndecidedWarning" in result.stdout.str()


def test_undecided_fails_when_asked_to(story: Story) -> None:
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.run("--llm-save-baseline=main")
    assert story.run("--llm-baseline=latest", "--llm-undecided=fail").ret == 1


def test_two_prompts_are_compared_in_one_session(story: Story) -> None:
    story.cases(60)
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.write("good.jinja", PROMPT)
    story.write("bad.jinja", BAD_PROMPT)
    result = story.run(
        "--llm-prompt=good=good.jinja", "--llm-prompt=bad=bad.jinja", "--llm-baseline=subject:good"
    )
    assert result.ret == 1
    assert result.parseoutcomes() == {"recorded": 1, "failed": 1}
    assert "suites/shout.eval.yaml::python:app:answer#bad::regression(accuracy)" in result.stdout.str()


def test_the_tasks_own_prompt_is_called_default(story: Story) -> None:
    story.cases(60)
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.write("bad.jinja", BAD_PROMPT)
    result = story.run("--llm-prompt=default", "--llm-prompt=bad=bad.jinja", "--llm-baseline=subject:default")
    assert result.parseoutcomes() == {"recorded": 1, "failed": 1}


def test_the_baseline_subject_is_evaluated_even_when_it_is_not_selected(story: Story) -> None:
    story.cases(60)
    story.write("suites/shout.eval.yaml", REGRESSION)
    result = story.run(
        "--llm-model=python:app:worse", "--llm-baseline=subject:python:app:answer", "-k", "worse"
    )
    result.assert_outcomes(failed=1, deselected=1)


def test_prompt_text_and_hash_are_stored(story: Story) -> None:
    story.write("good.jinja", PROMPT)
    story.run("--llm-prompt=good=good.jinja")
    rows = story.sql(
        "SELECT p.template FROM prompts p JOIN subjects s USING (prompt_hash) WHERE s.prompt = 'good'"
    )
    assert rows == [{"template": PROMPT}]


def test_a_dataset_of_which_less_than_half_stayed_is_not_compared(story: Story) -> None:
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.run("--llm-save-baseline=main")
    story.cases(21)
    result = story.run("--llm-baseline=main")
    assert result.ret == 1
    assert "min_common" in result.stdout.str()
    assert story.sql("SELECT count(*) AS n FROM verdicts WHERE verdict = 'error'") == [{"n": 1}]


def test_a_failing_run_does_not_become_a_baseline(story: Story) -> None:
    result = story.run("--llm-save-baseline=main", model="python:app:lower")
    assert "baseline: main was not moved" in result.stdout.str()
    assert story.sql("SELECT * FROM baselines") == []


def test_a_run_without_some_gates_of_a_task_does_not_become_a_baseline(story: Story) -> None:
    story.write("suites/shout.eval.yaml", "task: shout\ndataset: {file: cases.jsonl}\nmetrics: [accuracy]\n"
                "gates: [accuracy >= 0.9, error_rate <= 0.5]\n")  # fmt: skip
    saved = story.run("-k", "error_rate", "--llm-save-baseline=main", model="python:app:lower")
    saved.assert_outcomes(passed=1, deselected=1)
    saved.stdout.fnmatch_lines(["baseline: main was not moved: *it is partial*"])
    whole = story.run("--llm-save-baseline=main")
    assert "baseline: main is now run" in whole.stdout.str()


def test_a_partial_run_does_not_become_a_baseline(story: Story) -> None:
    result = story.run("--llm-save-baseline=main", "--llm-limit=5")
    assert "baseline: main was not moved" in result.stdout.str()


def test_latest_is_the_last_run_of_the_same_task_whatever_ran_since(story: Story) -> None:
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.write(
        "others/other.eval.yaml", REGRESSION.replace("shout", "other").replace("cases", "../suites/cases")
    )
    story.run()
    story.run("others/other.eval.yaml")
    assert "paired samples" in story.run("--llm-baseline=latest").stdout.str()


def test_a_baseline_that_means_nothing_is_refused(story: Story) -> None:
    result = story.run("--llm-baseline=folder:x")
    assert result.ret == 4
    assert "--llm-baseline=folder:x cannot be read" in result.stderr.str()


def test_an_undecided_gate_is_a_warning_at_its_line(story: Story) -> None:
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.run()
    assert "suites/shout.eval.yaml:6: UndecidedWarning" in story.run("--llm-baseline=latest").stdout.str()

"""Items behave as a pytest user expects."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.story import Story

GOLDEN = """
task: golden
samples:
  - {id: good, input: hello, assert: [{contains: HELLO}]}
  - {id: bad, input: bye, assert: [{contains: hello}]}
"""


@pytest.fixture(params=["plain", "workers"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What has to pass between processes is told twice: in one process, and from a worker."""
    return ("-n", "1") if request.param == "workers" else ()


def test_a_gate_is_an_item_named_by_file_subject_and_gate(story: Story) -> None:
    result = story.run("--collect-only", "-q")
    assert "suites/shout.eval.yaml::python:app:answer::accuracy >= 0.5" in result.outlines


def test_collect_only_asks_nothing(story: Story) -> None:
    assert story.run("--collect-only", "-q").ret == 0
    assert story.calls() == []


def test_a_met_gate_passes(story: Story) -> None:
    result = story.run()
    result.assert_outcomes(passed=1)
    assert len(story.calls()) == 10


def test_a_missed_gate_fails_with_its_numbers_and_no_traceback(
    story: Story, workers: tuple[str, ...]
) -> None:
    result = story.run(*workers, model="python:app:lower")
    assert result.ret == 1
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "accuracy 0" in text
    assert "Traceback" not in text


def test_asserted_samples_are_items_of_their_own(story: Story) -> None:
    story.write("suites/golden.eval.yaml", GOLDEN)
    result = story.run("suites/golden.eval.yaml")
    result.assert_outcomes(passed=1, failed=1)
    assert "output: 'BYE'" in result.stdout.str()


def test_one_evaluation_is_shared_by_all_items_and_workers(story: Story) -> None:
    story.write("suites/golden.eval.yaml", GOLDEN + "gates: ['error_rate <= 0', 'mean:asserts >= 0.4']\n")
    story.run("-n", "2").assert_outcomes(passed=4, failed=1)
    assert sorted(story.calls()) == sorted([f"word {i}" for i in range(10)] + ["hello", "bye"])
    assert story.sql("SELECT count(*) AS n FROM evaluations") == [{"n": 2}]


def test_k_selects_and_only_the_selected_is_asked(story: Story, workers: tuple[str, ...]) -> None:
    story.write("suites/golden.eval.yaml", GOLDEN)
    story.run("-k", "good", *workers).assert_outcomes(passed=1, deselected=0 if workers else 2)
    assert story.calls() == ["hello"]


def test_x_stops_at_the_first_failure(story: Story, workers: tuple[str, ...]) -> None:
    story.write("suites/a.eval.yaml", GOLDEN.replace("golden", "a"))
    story.write("suites/b.eval.yaml", GOLDEN.replace("golden", "b"))
    result = story.run("-x", *workers)
    assert result.ret in (1, 2)
    assert "stopping after 1 failures" in result.stdout.str()


def test_lf_runs_only_what_failed(story: Story) -> None:
    story.write("suites/golden.eval.yaml", GOLDEN)
    story.run("-p", "cacheprovider").assert_outcomes(passed=2, failed=1)
    result = story.run("-p", "cacheprovider", "--lf")
    result.assert_outcomes(failed=1)


def test_junit_properties_carry_the_verdict(story: Story, workers: tuple[str, ...]) -> None:
    story.run("--junitxml=junit.xml", *workers)
    case = ET.parse(story.path / "junit.xml").getroot().find(".//testcase")
    assert case is not None
    properties = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert properties["verdict"] == "pass"


def test_a_module_level_task_is_collected(story: Story) -> None:
    story.write(
        "suites/test_tasks.py",
        "import evalkit\n"
        "SHOUT = evalkit.Task(task='py', samples=[{'input': 'a', 'target': 'A'}], gates=['accuracy >= 1'])\n",
    )
    result = story.run("suites/test_tasks.py")
    result.assert_outcomes(passed=1)


def test_several_models_are_several_subjects(story: Story) -> None:
    result = story.run("--llm-model=python:app:lower")
    result.assert_outcomes(passed=1, failed=1)


def test_the_llm_fixture_runs_a_test_for_each_subject_and_stores_what_passes(
    story: Story, workers: tuple[str, ...]
) -> None:
    story.write(
        "suites/test_llm.py",
        "def test_shout(llm):\n"
        "    response = llm.generate('hi')\n"
        "    assert llm.score(response, 'exact_match', target='HI').value == 1\n",
    )
    result = story.run("suites/test_llm.py", "--llm-model=python:app:answer_async", *workers)
    result.assert_outcomes(passed=2)
    assert story.sql("SELECT output FROM responses") == [{"output": "HI"}, {"output": "HI"}]
    assert story.sql("SELECT value FROM scores") == [{"value": 1.0}, {"value": 1.0}]


def test_tags_select_with_m(story: Story) -> None:
    story.write("suites/golden.eval.yaml", GOLDEN + "tags: [support]\n")
    story.run("-m", "support", "--strict-markers").assert_outcomes(passed=1, failed=1, deselected=1)


def test_limit_marks_the_run_partial(story: Story, workers: tuple[str, ...]) -> None:
    story.run("--llm-limit=3", *workers)
    assert len(story.calls()) == 3
    assert story.sql("SELECT is_partial FROM runs") == [{"is_partial": True}]


def test_sample_asks_just_these(story: Story) -> None:
    story.run("--llm-sample=c1,c7")
    assert sorted(story.calls()) == ["word 1", "word 7"]


def test_repeats_ask_each_sample_again(story: Story) -> None:
    story.run("--llm-repeats=3", "--llm-cache=off")
    assert len(story.calls()) == 30
    assert story.sql("SELECT max(repeat) AS r, count(*) AS n FROM responses") == [{"r": 2, "n": 30}]


def test_options_may_stand_in_ini_and_environment(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.write("pytest.ini", "[pytest]\nllm_model = python:app:answer\nllm_limit = 4\n")
    story.run(model=None).assert_outcomes(passed=1)
    assert len(story.calls()) == 4
    monkeypatch.setenv("EVALKIT_LIMIT", "2")
    story.run(model=None)
    assert len(story.calls()) == 6


def test_a_model_may_be_an_alias(story: Story) -> None:
    story.write("pyproject.toml", "[tool.evalkit.models]\nours = 'python:app:answer'\n")
    story.run(model="ours").assert_outcomes(passed=1)
    assert story.sql("SELECT model FROM subjects") == [{"model": "ours"}]


def test_a_session_that_evaluates_nothing_leaves_no_run(story: Story, workers: tuple[str, ...]) -> None:
    story.write("test_plain.py", "def test_plain(): pass\n")
    result = story.run("test_plain.py", *workers)
    result.assert_outcomes(passed=1)
    assert "evalkit show" not in result.stdout.str()
    assert story.sql("SELECT * FROM runs") == []
    assert not (story.path / "reports").exists()


def test_a_task_that_cannot_be_evaluated_is_one_verdict_under_its_usual_name(story: Story) -> None:
    story.write("suites/hub.eval.yaml", "task: hub\ndataset: {path: no/where, split: test}\n")
    story.run("suites/hub.eval.yaml", "--llm-offline")
    assert story.sql("SELECT gate, verdict FROM verdicts") == [{"gate": "evaluated", "verdict": "error"}]


def test_a_wrong_value_is_refused_by_the_name_of_the_place_it_came_from(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_LIMIT", "few")
    assert "EVALKIT_LIMIT=few" in story.run().stderr.str()


def test_a_failing_test_shows_its_llm_in_a_word(story: Story) -> None:
    story.write("test_llm.py", "def test_it(llm):\n    assert 'x' in llm.generate('hello').output\n")
    text = story.run("test_llm.py").stdout.str()
    assert "llm = <llm python:app:answer>" in text
    assert "1 test, 1 response, 0 errors" in text


def test_a_malformed_prompt_is_a_usage_error_that_names_its_file(story: Story) -> None:
    story.write("suites/shout.eval.yaml", "task: t\ndataset: {file: cases.jsonl}\nprompt: 'Q: {{ input '\n")
    result = story.run()
    assert result.ret == 4
    assert "suites/shout.eval.yaml:3: prompt, line 1: template cannot be read" in result.stdout.str()

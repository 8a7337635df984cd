"""Whatever a user gets wrong is one clear line: what happened, where, what to do. Never a traceback."""

from __future__ import annotations

import pytest

from tests.story import Story

GATED = "metrics: [accuracy]\ngates: ['accuracy >= 0.5']\n"


def _output(result: pytest.RunResult) -> str:
    text = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    return text


def test_unknown_provider(story: Story) -> None:
    result = story.run(model="opnai/gpt")
    assert result.ret == 4
    assert "unknown model provider 'opnai' (did you mean openai?)" in _output(result)


def test_unreadable_spec(story: Story) -> None:
    result = story.run(model="smollm2")
    assert result.ret == 4
    assert "provider/name" in _output(result)


def test_malformed_yaml(story: Story) -> None:
    story.write("suites/shout.eval.yaml", "task: shout\nmetrics: [accuracy\ngates: []\n")
    result = story.run()
    assert result.ret == 4
    assert "shout.eval.yaml:" in _output(result)


def test_unknown_key(story: Story) -> None:
    story.write("suites/shout.eval.yaml", "task: shout\nsamples: [{input: a}]\nmetric: [accuracy]\n")
    result = story.run()
    assert result.ret == 4
    assert "shout.eval.yaml:3" in _output(result)
    assert "metrics" in _output(result)


def test_unknown_metric(story: Story) -> None:
    story.write(
        "suites/shout.eval.yaml", "task: shout\nsamples: [{input: a, target: a}]\nmetrics: [acuracy]\n"
    )
    result = story.run()
    assert result.ret == 4
    assert "did you mean accuracy" in _output(result)


def test_missing_data_file(story: Story) -> None:
    story.write("suites/shout.eval.yaml", "task: shout\ndataset: {file: nowhere.jsonl}\n" + GATED)
    result = story.run()
    assert result.ret == 4
    assert "nowhere.jsonl" in _output(result)


def test_empty_dataset(story: Story) -> None:
    story.rows([])
    result = story.run()
    assert result.ret == 4
    assert "dataset cases.jsonl is empty" in _output(result)


def test_duplicate_sample_ids(story: Story) -> None:
    story.rows([{"id": "a", "input": "x", "target": "X"}, {"id": "a", "input": "y", "target": "Y"}])
    result = story.run()
    assert result.ret == 4
    assert "sample id 'a' appears twice" in _output(result)


def test_broken_data_line(story: Story) -> None:
    story.write("suites/cases.jsonl", '{"id": 1, "input": "a", "target": "A"}\n{"id": 2, \n')
    result = story.run()
    assert result.ret == 4
    assert "cases.jsonl:2" in _output(result)


def test_template_naming_a_missing_field(story: Story) -> None:
    story.write(
        "suites/shout.eval.yaml",
        "task: shout\ndataset: {file: cases.jsonl}\ninput: '{{ qestion }}'\n" + GATED,
    )
    result = story.run()
    assert result.ret == 4
    assert "qestion" in _output(result)
    assert "row 1" in _output(result)


def test_prompt_file_naming_a_missing_field(story: Story) -> None:
    story.write("p.jinja", "{{ qestion }}")
    result = story.run("--llm-prompt=p=p.jinja")
    assert result.ret == 4
    assert "qestion" in _output(result)
    assert story.calls() == []


def test_a_name_that_no_baseline_can_have_is_refused_before_any_call(story: Story) -> None:
    result = story.run("--llm-save-baseline=a b")
    assert result.ret == 4
    assert "'a b' cannot name a baseline" in _output(result)
    assert story.calls() == []


def test_missing_prompt_file(story: Story) -> None:
    result = story.run("--llm-prompt=p=nowhere.jinja")
    assert result.ret == 4
    assert "nowhere.jinja" in _output(result)


def test_target_outside_choices(story: Story) -> None:
    story.write(
        "suites/shout.eval.yaml",
        "task: shout\nsamples: [{input: a, target: maybe}]\nchoices: [good, bad]\n" + GATED,
    )
    result = story.run()
    assert result.ret == 4
    assert "'maybe' is not among the choices" in _output(result)


def test_replay_with_missing_samples(story: Story) -> None:
    story.write("out.jsonl", '{"sample_id": "c0", "output": "WORD 0"}\n')
    result = story.run(model="replay:out.jsonl")
    assert result.ret == 1
    assert "c1" in _output(result)
    assert story.sql("SELECT verdict FROM verdicts") == [{"verdict": "error"}]
    assert story.sql("SELECT count(*) AS n FROM responses WHERE error IS NOT NULL") == [{"n": 9}]


def test_replay_with_a_broken_line(story: Story) -> None:
    story.write("out.jsonl", '{"sample_id": "c0", "output": "WORD 0"}\n{"sample_id": \n')
    result = story.run(model="replay:out.jsonl")
    assert "out.jsonl:2" in _output(result)
    assert result.ret in (1, 4)


def test_a_store_written_by_a_newer_version(story: Story) -> None:
    import duckdb

    story.run().assert_outcomes(passed=1)
    with duckdb.connect(str(story.path / ".evalkit/results.duckdb")) as connection:
        connection.execute("UPDATE schema_version SET version = version + 1000")
    result = story.run()
    assert result.ret == 4
    assert "newer" in _output(result)
    assert len(story.calls()) == 10


def test_a_store_that_is_no_database(story: Story) -> None:
    story.write(
        "store.duckdb", "this is text, not a database, and it is long enough to be read as one\n" * 400
    )
    result = story.run("--llm-store=store.duckdb")
    assert result.ret == 4
    assert "store.duckdb" in _output(result)


def test_a_model_callable_that_raises_is_an_error_verdict(story: Story) -> None:
    story.cases(10)
    story.rows([{"id": str(i), "input": "explode" if i == 3 else "a", "target": "A"} for i in range(10)])
    result = story.run()
    assert result.ret == 1
    assert "no answer to explode" in _output(result)
    assert story.sql("SELECT count(*) AS n FROM responses WHERE error IS NULL") == [{"n": 9}]


@pytest.mark.parametrize("value", ["None", "42", "b'bytes'"])
def test_a_model_callable_that_returns_nonsense_is_an_error_verdict(story: Story, value: str) -> None:
    story.write("app.py", f"def answer(text):\n    return {value}\n")
    result = story.run()
    assert result.ret == 1
    assert story.sql("SELECT verdict FROM verdicts") == [{"verdict": "error"}]
    _output(result)


def test_a_missing_callable(story: Story) -> None:
    result = story.run(model="python:app:nothing")
    assert result.ret == 4
    assert "nothing" in _output(result)


def test_bad_option_values(story: Story) -> None:
    for option in ("--llm-limit=0", "--llm-repeats=x", "--llm-cache=maybe", "--llm-baseline=subject:nobody"):
        result = story.run(option)
        assert result.ret == 4, option
        assert option.split("=")[0] in _output(result)


def test_two_tasks_of_one_name(story: Story) -> None:
    story.write("suites/again.eval.yaml", (story.path / "suites/shout.eval.yaml").read_text())
    result = story.run()
    assert result.ret == 4
    assert "two tasks are called 'shout'" in _output(result)


def test_a_read_only_report_folder_loses_no_results(story: Story) -> None:
    story.write("reports", "a file stands where the folder should be\n")
    result = story.run()
    assert result.ret == 0
    assert "report: not written" in _output(result)
    assert story.sql("SELECT count(*) AS n FROM responses") == [{"n": 10}]

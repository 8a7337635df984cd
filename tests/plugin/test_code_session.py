"""Sessions that run code which a model wrote: the level, what is stored and shown, repeats."""

from __future__ import annotations

import html
import json

import pytest

from evalkit.errors import SandboxError
from evalkit.sandbox import launch
from evalkit.sandbox.open import open_sandbox
from evalkit.session.options import OPTIONS
from evalkit.store.store import Store
from tests.story import Story

TASK = """
task: coding
dataset: {file: problems.jsonl}
input: "{{ prompt }}"
prompt: "{{ input }}"
metrics: [pass_at_1, {pass_at_k: {k: 2}}, {pass_hat_k: {k: 2}}, majority]
gates: [pass_at_1 >= 0.5]
"""
PROMPT = 'def double(x):\n    """Twice x."""\n'
TEST = "def check(candidate):\n    assert candidate(4) == 8\n    assert candidate(-1) == -2\n"
RIGHT, WRONG = "    return 2 * x\n", "    return x\n"


@pytest.fixture(scope="module", autouse=True)
def _has_sandbox() -> None:
    try:
        open_sandbox("auto", workers=1).close()
    except SandboxError as error:
        pytest.skip(str(error))


@pytest.fixture
def coding(story: Story) -> Story:
    """Three problems; of two repeats each the model has 2, 1 and 0 right."""
    story.write("suites/shout.eval.yaml", TASK)
    rows = [{"id": f"P/{i}", "prompt": PROMPT, "test": TEST, "entry_point": "double"} for i in range(3)]
    story.rows(rows, "suites/problems.jsonl")
    outputs = [(RIGHT, f"```python\n{PROMPT}{RIGHT}```"), (RIGHT, WRONG), (WRONG, WRONG)]
    answers = [
        {"sample_id": f"P/{i}", "repeat": repeat, "output": output}
        for i, pair in enumerate(outputs)
        for repeat, output in enumerate(pair)
    ]
    story.rows(answers, "answers.jsonl")
    return story


MODEL = "replay:answers.jsonl"


def test_repeats_give_pass_at_k_and_pass_hat_k_clustered_by_problem(coding: Story) -> None:
    result = coding.run("--llm-repeats=2", model=MODEL)
    result.assert_outcomes(passed=1)
    assert "repeats of each sample" not in result.stdout.str(), "they do not all say the same"
    values = {row["metric"]: row for row in coding.sql("SELECT * FROM metrics")}
    assert values["pass_at_1"]["value"] == 0.5
    assert values["pass_at_k(k=2)"]["value"] == pytest.approx(2 / 3)
    assert values["pass_hat_k(k=2)"]["value"] == pytest.approx(1 / 3)
    assert values["pass_at_k(k=2)"]["n"] == 6
    assert values["pass_at_k(k=2)"]["signature"] == "pass_at_k|k:2|scorer:code|v1"
    scores = coding.sql("SELECT answer, explanation FROM scores WHERE value = 0")
    assert all(row["answer"] == PROMPT + WRONG for row in scores)
    assert all(row["explanation"].startswith("wrong answer: AssertionError") for row in scores)


def test_more_attempts_than_repeats_are_an_error_that_says_so(coding: Story) -> None:
    result = coding.run(model=MODEL)
    result.stdout.fnmatch_lines(["*No value: pass_at_k(k=2): pass_at_k with k = 2 needs 2 responses*"])


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "workers"])
def test_the_level_in_force_is_printed_stored_and_in_the_report(
    coding: Story, workers: tuple[str, ...]
) -> None:
    result = coding.run("--llm-repeats=2", "--llm-report=report.html", *workers, model=MODEL)
    ((level, failures),) = [
        (row["sandbox"], row["sandbox_failures"])
        for row in coding.sql("SELECT sandbox, sandbox_failures FROM evaluations")
    ]
    assert level in launch.AUTOMATIC
    result.stdout.fnmatch_lines([f"sandbox: {level}"])
    with Store.open(coding.path / ".evalkit/results.duckdb") as store:
        (evaluation,) = store.evaluations(store.run("latest").run_id)
    assert evaluation.sandbox is not None
    assert (evaluation.sandbox.level, list(evaluation.sandbox.failures)) == (level, failures)
    page = (coding.path / "report.html").read_text(encoding="utf-8")
    assert ">sandbox<" in page
    assert level in page


def test_a_level_is_taken_by_name_and_the_probes_that_failed_are_printed_and_stored(coding: Story) -> None:
    coding.write("pytest.ini", "[pytest]\nllm_sandbox = bare\n")
    result = coding.run("--llm-repeats=2", "--llm-report=report.html", model=MODEL)
    result.stdout.fnmatch_lines(["sandbox: bare"])
    (row,) = coding.sql("SELECT sandbox_failures FROM evaluations")
    assert row["sandbox_failures"]
    first = row["sandbox_failures"][0]
    result.stdout.fnmatch_lines([f"  failed: {first[:40]}*"])
    assert first in html.unescape((coding.path / "report.html").read_text(encoding="utf-8"))


def test_an_unknown_level_is_a_usage_error(coding: Story) -> None:
    result = coding.run("--llm-sandbox=strong", model=MODEL)
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["*--llm-sandbox=strong: choose from auto, bwrap, userns, process, docker, bare*"]
    )


def test_every_level_can_be_asked_for() -> None:
    (option,) = [option for option in OPTIONS if option.name == "sandbox"]
    assert set(option.choices or ()) == {"auto", *launch.LEVELS}


def test_a_session_without_code_opens_no_sandbox(story: Story) -> None:
    result = story.run()
    result.assert_outcomes(passed=1)
    assert "sandbox: " not in result.stdout.str()
    assert story.sql("SELECT sandbox, sandbox_failures FROM evaluations") == [
        {"sandbox": None, "sandbox_failures": None}
    ]


def test_the_llm_fixture_runs_code_too(coding: Story) -> None:
    coding.write(
        "test_by_hand.py",
        f"""
def test_it_doubles(llm):
    row = {{"prompt": {PROMPT!r}, "test": {TEST!r}, "entry_point": "double"}}
    response = llm.generate("x", sample_id="P/0")
    assert llm.score(response, "code", row=row).value == 1
""",
    )
    result = coding.run("test_by_hand.py", model=MODEL)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["sandbox: *"])


def test_repeats_that_all_say_the_same_are_noted(story: Story) -> None:
    result = story.run("--llm-repeats=3")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["note: shout · python:app:answer: all 3 repeats of each sample gave the same answer, as they do at*"]
    )


def test_code_that_never_ends_fails_alone_and_its_reason_is_stored(coding: Story) -> None:
    answers = [RIGHT, "    while True: pass\n", "    import sys\n    sys.exit()\n"]
    rows = [{"sample_id": f"P/{i}", "output": output} for i, output in enumerate(answers)]
    coding.write("answers.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    coding.write(
        "suites/shout.eval.yaml", TASK.replace("metrics:", "scorers: [{code: {cpu_s: 0.3}}]\nmetrics:")
    )
    coding.run(model=MODEL).assert_outcomes(failed=1)
    scores = coding.sql("SELECT value, explanation FROM scores ORDER BY sample_id")
    assert [row["value"] for row in scores] == [1.0, 0.0, 0.0]
    assert scores[1]["explanation"].startswith("timeout (CPU")

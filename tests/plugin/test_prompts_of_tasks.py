"""Which prompt is put to which task, and what a prompt must ask."""

from __future__ import annotations

import pytest

from tests.story import Story

MAIL = """
task: mail/classify
samples: [{id: a, mail: hello, target: "SORT HELLO"}]
prompt: "Sort {{ mail }}"
metrics: [accuracy]
"""
QA = """
task: qa/facts
samples: [{id: b, question: why, target: "ANSWER WHY"}]
prompt: "Answer {{ question }}"
metrics: [accuracy]
"""


@pytest.fixture
def two(story: Story) -> Story:
    (story.path / "suites/shout.eval.yaml").unlink()
    story.write("suites/mail.eval.yaml", MAIL)
    story.write("suites/qa.eval.yaml", QA)
    story.write("b.jinja", "B {{ mail }}")
    story.write("c.jinja", "C {{ question }}")
    return story


def test_a_prompt_is_put_where_its_fields_are_and_other_tasks_keep_their_own(two: Story) -> None:
    result = two.run("--llm-prompt=b=b.jinja")
    result.assert_outcomes(passed=2)
    assert sorted(two.calls()) == ["Answer why", "B hello"]
    result.stdout.fnmatch_lines(["prompt b: mail/classify", "*own prompt kept: qa/facts"])


def test_prompts_of_one_name_are_bound_to_tasks(two: Story) -> None:
    options = "--llm-prompt=mail/*:b=b.jinja", "--llm-prompt=qa/facts:b=c.jinja", "--llm-prompt=default"
    two.run(*options).assert_outcomes(passed=4)
    assert sorted(two.calls()) == ["Answer why", "B hello", "C why", "Sort hello"]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--llm-prompt=b=typo.jinja"], "*names 'inptu', which its rows do not have*"),
        (["--llm-prompt=mial/*:b=b.jinja"], "*is used by no task*bound to other tasks*"),
        (["--llm-prompt=b=b.jinja", "--llm-prompt=b=c.jinja"], "*names the prompt 'b' twice*"),
        (["--llm-prompt=b=none.jinja"], "*names no field*write {{ mail }} for {mail}*"),
        (["--llm-prompt=m*:b=b.jinja", "--llm-prompt=ma*:b=c.jinja"], "*'mail/classify' is named by*"),
    ],
)
def test_a_prompt_that_tests_nothing_is_a_usage_error(two: Story, options: list[str], what: str) -> None:
    two.write("typo.jinja", "{{ inptu }}")
    two.write("none.jinja", "Sort {mail}")
    result = two.run(*options)
    assert result.ret == 4
    assert two.calls() == []
    text = result.stdout.str() + result.stderr.str()
    assert all(part in " ".join(text.split()) for part in what.strip("*").split("*"))


def test_a_task_may_name_a_prompt_file_beside_it(two: Story) -> None:
    two.write("suites/prompts/sort.jinja", "{# for mails #}\nFile {{ mail }}")
    two.write("suites/mail.eval.yaml", MAIL.replace('"Sort {{ mail }}"', "{file: prompts/sort.jinja}"))
    two.run("suites/mail.eval.yaml").assert_outcomes(passed=1)
    assert two.calls() == ["File hello"]


@pytest.mark.parametrize(
    ("prompt", "what"),
    [
        ("prompts/sort.jinja", "to read a file, write 'prompt: {file: prompts/sort.jinja}'"),
        ('"Sort {mail}"', "write {{ mail }} for {mail}"),
        ('"Sort it"', "write 'prompt: {constant: true, text: …}'"),
        ("{file: prompts/none.jinja}", "cannot be read"),
        ("{file: ../../../../etc/passwd}", "leads out of the project"),
    ],
)
def test_a_prompt_that_asks_nothing_is_refused_at_its_line(two: Story, prompt: str, what: str) -> None:
    two.write("suites/mail.eval.yaml", MAIL.replace('"Sort {{ mail }}"', prompt))
    result = two.run("suites/mail.eval.yaml")
    assert result.ret == 4
    assert "suites/mail.eval.yaml:4: " in result.stdout.str()
    assert what in result.stdout.str()
    assert two.calls() == []


def test_a_prompt_may_say_that_it_is_constant(two: Story) -> None:
    two.write("suites/mail.eval.yaml", MAIL.replace('"Sort {{ mail }}"', "{text: Sort it, constant: true}"))
    two.run("suites/mail.eval.yaml").assert_outcomes(passed=1)
    assert two.calls() == ["Sort it"]

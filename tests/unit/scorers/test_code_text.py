"""From what a model wrote to a program."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.scorers.code.engine.syntax import is_python, parse
from evalkit.scorers.code.engine.text import preamble, program_text

PROMPT = 'import math\n\ndef helper(x):\n    return x\n\ndef add(a, b):\n    """Sum. >>> add(1, 2)"""\n'
WHOLE = "def add(a, b):\n    return a + b\n"
BEFORE = "import math\n\ndef helper(x):\n    return x\n\n"


def text(output: str, prompt: str = PROMPT, **options: Any) -> str:
    return program_text(output, prompt=prompt, entry_point="add", **options)


@pytest.mark.parametrize("body", ["    return a + b\n", "\n    return a + b", "    return a + b\n\n\n"])
def test_a_completion_continues_the_prompt_as_it_is(body: str) -> None:
    assert text(body) == PROMPT + body


def test_a_completion_keeps_the_functions_that_it_defines_after_itself() -> None:
    body = "    return plus(a, b)\n\ndef plus(a, b):\n    return a + b\n"
    assert text(body) == PROMPT + body


@pytest.mark.parametrize("stop", ["\nclass B:", "\ndef more(", "\n# Next", "\nif True", "\nprint(add("])
def test_what_ran_on_and_was_cut_off_ends_at_the_first_stop(stop: str) -> None:
    assert text(f"    return a + b\n{stop}\n broken '") == f"{PROMPT}    return a + b\n"


def test_truncation_can_be_asked_for_always_or_never() -> None:
    body = "    return a + b\n\nprint(1)\n"
    assert text(body, truncate="always") == f"{PROMPT}    return a + b\n"
    assert text(body + "def broken(", truncate="never") == f"{PROMPT}{body}def broken("


@pytest.mark.parametrize(
    "output",
    [
        f"```python\n{WHOLE}```",
        f"```\n{WHOLE}```",
        f"~~~py\n{WHOLE}~~~",
        f"Here it is:\n\n```python\n{WHOLE}```\nIt adds.",
        f"```python\nadd(1, 2)  # usage\n```\nand\n```python\n{WHOLE}```",
        f"```python\n{WHOLE}```\n\nTry it:\n\n```python\nprint(add(1, 2))\n```",
        f"Sure.\n\n```python\n{WHOLE}",
        f"{WHOLE}```\n\nThis adds both.",
        f"{WHOLE}",
        f"Here is the function:\n\n{WHOLE}",
        f"Here is the function:\n\n{WHOLE}\nIt's a function that adds its arguments.",
        f"```python\r\n{WHOLE}```".replace("\n", "\r\n").replace("\r\r", "\r"),
    ],
)
def test_a_whole_function_is_found_and_gets_what_the_prompt_defines_before_it(output: str) -> None:
    assert text(output).strip() == (BEFORE + WHOLE).strip()


def test_empty_lines_before_a_whole_function_do_no_harm() -> None:
    assert text(f"\n\n{WHOLE}") == f"{BEFORE}\n\n{WHOLE}"


def test_imports_of_a_whole_function_among_prose_stay_with_it() -> None:
    program = "from math import fsum\n\n" + WHOLE
    assert text(f"Use fsum.\n\n{program}\nThat's all, isn't it?").strip() == (BEFORE + program).strip()


def test_a_fenced_body_continues_the_prompt() -> None:
    assert text("```python\n    return a + b\n```") == f"{PROMPT}    return a + b\n"


def test_a_body_that_defines_the_function_again_further_down_is_a_completion() -> None:
    body = "    return a + b\n\ndef add(a, b):\n    return 0\n"
    assert text(body) == PROMPT + body


def test_without_a_prompt_the_output_is_the_program() -> None:
    assert (
        program_text(f"{WHOLE}[DONE]\nmore", entry_point="add", stop=["[DONE]"], truncate="always") == WHOLE
    )
    assert program_text(f"[BEGIN]\n{WHOLE}", entry_point="add").endswith(WHOLE)
    assert program_text("x = 1\n") == "x = 1\n"


def test_a_prompt_without_the_function_lends_nothing() -> None:
    assert preamble("def other(): ...", "add") == ""
    assert preamble(PROMPT, "add") == BEFORE
    assert preamble("", "add") == ""


@given(st.text(alphabet=st.sampled_from(list("`~\n def add(:)#xy'\"\\\t\x00é")), max_size=80), st.booleans())
def test_any_output_gives_a_program_and_a_completion_begins_with_its_prompt(
    output: str, has_prompt: bool
) -> None:
    program = text(output, PROMPT if has_prompt else "")
    assert isinstance(program, str)
    if has_prompt and "`" not in output and "~" not in output and "def add" not in output:
        assert program.startswith(PROMPT)


def test_what_the_parser_cannot_take_is_no_python() -> None:
    assert not is_python("(" * 10_000)
    assert not is_python("\x00")
    assert not is_python("9" * 5_000)
    assert is_python("x = 1")


def test_the_warnings_of_a_program_are_not_the_users(recwarn: pytest.WarningsRecorder) -> None:
    source = "import re\nre.compile('\\w') is 1\n"
    assert is_python(source)
    assert parse(source).body
    assert not recwarn.list

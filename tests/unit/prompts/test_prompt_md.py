"""``*.prompt.md``: what its head says, and what is refused before anybody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.message import Message
from evalkit.core.prompt import Prompt
from evalkit.core.prompt_variable import PromptVariable
from evalkit.core.request import GenerateParams
from evalkit.errors import TemplateError
from evalkit.prompts.file import load_prompt
from evalkit.prompts.render import PromptRenderer

SUPPORT = """---
name: support
description: Answers customers.
variables:
  question: {description: What the customer wrote.}
  tone: {default: friendly}
  hint: {required: false}
parameters: {temperature: 0.2, max_tokens: 64, stop: ["\\n\\n"]}
metadata: {owner: care}
---
system:
You are {{ tone }}.{{ hint }}

user:
I lost my key.

assistant:
We send a new one.

user:
{{ question }}
"""


def read(tmp_path: Path, text: str, file: str = "support.prompt.md") -> Prompt:
    path = tmp_path / file
    path.write_text(text)
    return load_prompt(None, path)


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(TemplateError) as caught:
        read(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_head_gives_name_description_variables_and_parameters(tmp_path: Path) -> None:
    prompt = read(tmp_path, SUPPORT, "other.prompt.md")
    assert (prompt.name, prompt.description) == ("support", "Answers customers.")
    assert prompt.variables == (
        PromptVariable("question", "What the customer wrote."),
        PromptVariable("tone", default="friendly", is_required=False),
        PromptVariable("hint", is_required=False),
    )
    assert prompt.parameters == GenerateParams(64, 0.2, ("\n\n",))
    assert prompt.parameters.named == {"temperature", "max_tokens", "stop"}


def test_the_whole_source_is_the_identity(tmp_path: Path) -> None:
    prompt, other = read(tmp_path, SUPPORT), read(tmp_path, SUPPORT.replace("0.2", "0.3"))
    assert prompt.text == SUPPORT
    assert prompt.prompt_hash != other.prompt_hash


def test_roles_and_examples_of_the_body_become_messages_with_defaults_filled_in(tmp_path: Path) -> None:
    messages = PromptRenderer(read(tmp_path, SUPPORT)).messages({"question": "Where is it?", "tone": None})
    assert messages == (
        Message("system", "You are friendly."),
        Message("user", "I lost my key."),
        Message("assistant", "We send a new one."),
        Message("user", "Where is it?"),
    )


def test_a_few_shot_example_gets_the_defaults_too(tmp_path: Path) -> None:
    source = "---\nvariables: {q: {}, unit: {default: km}}\n---\nuser:\n{{ q }} in {{ unit }}\n"
    shots = [{"q": "1", "target": "a"}, {"q": "2", "unit": "m", "target": "b"}]
    messages = PromptRenderer(read(tmp_path, source)).messages({"q": "3"}, shots)
    assert [each.content for each in messages] == ["1 in km", "a", "2 in m", "b", "3 in km"]


def test_a_file_without_a_head_stays_a_template_with_its_hash(tmp_path: Path) -> None:
    prompt = read(tmp_path, "Q: {{ q }}\n")
    assert prompt == Prompt.parse("Q: {{ q }}\n", "support")


def test_a_body_without_roles_is_one_user_message_without_the_lines_around_it(tmp_path: Path) -> None:
    prompt = read(tmp_path, "---\nname: a\n---\n\nQ: {{ q }}\n\n")
    assert PromptRenderer(prompt).messages({"q": "x"}) == (Message("user", "Q: x"),)
    assert not prompt.has_roles


def test_a_list_of_names_declares_required_variables(tmp_path: Path) -> None:
    prompt = read(tmp_path, "---\nvariables: [q]\n---\n{{ q }}\n")
    assert prompt.variables == (PromptVariable("q"),)


HEAD = "---\nvariables: [question]\n---\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"{HEAD}user:\nHi\n{{{{ questoin }}}}",
            "support.prompt.md:6: the prompt uses 'questoin', which 'variables' does not declare"
            " (did you mean question?)",
        ),
        (
            "---\nvariables:\n  question: {}\n  extra: {}\n---\n{{ question }}",
            "support.prompt.md:4: variables declares 'extra', which the prompt does not use"
            " (it uses question, or remove it)",
        ),
        (
            "---\nvariables: {}\n---\n{{ q }}",
            "support.prompt.md:4: the prompt uses 'q', which 'variables' does not declare (it declares none)",
        ),
        (
            "---\nname: a\nparameters:\n  temprature: 1\n---\n{{ q }}",
            "support.prompt.md:4: parameters has unknown key 'temprature' (did you mean temperature?)",
        ),
        (
            "---\nname: a\nparameters:\n  max_tokens: 0\n---\n{{ q }}",
            "support.prompt.md:4: parameters max_tokens 0 is not a whole number >= 1 (and < 2^31)",
        ),
        (
            "---\nname: a\nvariabels: [q]\n---\n{{ q }}",
            "support.prompt.md:3: the front matter of the prompt has unknown key 'variabels'"
            " (did you mean variables?)",
        ),
        (
            "---\nname: a\n{{ q }}",
            "support.prompt.md:1: the front matter of the prompt, which '---' opens, has no end"
            " (close it with a line '---')",
        ),
        (
            "---\nname: a\n---\n\nuser:\n\nHi\n{{ q",
            "support.prompt.md:8: template cannot be read: unexpected end of template, expected 'end of print"
            " statement'.",
        ),
        (
            "---\nname: a=b\n---\n{{ q }}",
            "support.prompt.md:2: name 'a=b' cannot be a prompt's (leave out = : # @, and 'default', which is"
            " each task's own prompt)",
        ),
        (
            "---\nvariables:\n  q: {required: true, default: 1}\n---\n{{ q }}",
            "support.prompt.md:3: variable 'q' is required, and has a default (remove one: what has a default"
            " need not be there)",
        ),
        (
            "---\nvariables:\n  q: a question\n---\n{{ q }}",
            "support.prompt.md:3: variable 'q': 'a question' is not a mapping (write a list of names, or"
            " NAME: {description: …, default: …, required: …})",
        ),
        ("---\nname: a\nname: b\n---\n{{ q }}", "support.prompt.md:3: key 'name' appears twice (remove one)"),
        (
            "---\nname: a\n---\nHi\nuser:\n{{ q }}",
            "support.prompt.md:4: text stands before the first role line 'user:' (move it under a role)",
        ),
        (
            "---\nname: a\n---\n\n",
            "support.prompt.md:4: the prompt has front matter and no text (write the template below it)",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_file_line_and_near_names(
    tmp_path: Path, text: str, told: str
) -> None:
    assert refused(tmp_path, text) == told

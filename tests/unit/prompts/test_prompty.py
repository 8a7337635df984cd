"""``*.prompty``: what it gives is what prompty 0.1.50 (model.parameters) and 2.1.0 (model.options) gave."""

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

FIRST = """---
name: Basic Prompt
description: A basic prompt
authors: [someone]
model:
  api: chat
  configuration: {type: azure_openai, api_key: "${env:AZURE_KEY}"}
  parameters: {max_tokens: 128, temperature: 0.2, presence_penalty: 0}
sample:
  firstName: Jane
  question: What is the meaning of life?
---

You help people.

# Customer
{% if firstName %}Name: {{firstName}}{% endif %}

# User:
{{question}}

assistant:
Well.

USER :
And?

"""
SECOND = """---
name: basic
model:
  id: gpt-4o
  options: {maxOutputTokens: 128, temperature: 0.2, stopSequences: [END]}
inputs:
  - {name: firstName, kind: string, default: Jane}
  - {name: question, kind: string, description: What is asked}
template: {format: {kind: jinja2}, parser: {kind: prompty}}
---
system:
You help {{firstName}}.

user:
{{question}}
"""


def read(tmp_path: Path, text: str) -> Prompt:
    path = tmp_path / "basic.prompty"
    path.write_text(text)
    return load_prompt(None, path)


def test_role_lines_in_any_case_open_messages_and_text_before_them_is_the_systems(tmp_path: Path) -> None:
    messages = PromptRenderer(read(tmp_path, FIRST)).messages({"firstName": "Al", "question": "why?"})
    assert messages == (
        Message("system", "You help people.\n\n# Customer\nName: Al"),
        Message("user", "why?"),
        Message("assistant", "Well."),
        Message("user", "And?"),
    )


def test_a_sample_declares_its_names_and_is_no_default(tmp_path: Path) -> None:
    prompt = read(tmp_path, FIRST)
    assert prompt.variables == (PromptVariable("firstName"), PromptVariable("question"))
    assert prompt.parameters == GenerateParams(128, 0.2)
    assert (prompt.name, prompt.description) == ("Basic Prompt", "A basic prompt")


def test_inputs_as_a_list_and_options_of_the_second_layout_are_read(tmp_path: Path) -> None:
    prompt = read(tmp_path, SECOND)
    assert prompt.variables == (
        PromptVariable("firstName", default="Jane", is_required=False),
        PromptVariable("question", "What is asked"),
    )
    assert prompt.parameters == GenerateParams(128, 0.2, ("END",))
    assert [m.content for m in PromptRenderer(prompt).messages({"question": "?"})] == ["You help Jane.", "?"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            SECOND.replace("kind: jinja2", "kind: mustache"),
            "basic.prompty:9: template 'mustache' is not read, but jinja2 alone (write the body in Jinja, and"
            " 'template: jinja2')",
        ),
        (
            SECOND.replace("kind: string, default: Jane", "kind: image"),
            "basic.prompty:7: input 'firstName' is of kind 'image', which is not read",
        ),
        (
            SECOND + "\ntool:\nx",
            "basic.prompty:17: the role 'tool' is not read (known: system, user, assistant)",
        ),
        (
            SECOND + "{{ other }}",
            "basic.prompty:16: the prompt uses 'other', which 'inputs' does not declare (it declares"
            " firstName, question)",
        ),
        (
            FIRST.replace('"${env:AZURE_KEY}"', "abcdef"),
            "basic.prompty:7: model.configuration.api_key may hold a key in clear text (write ${env:NAME}:"
            " what the file says is kept with the results)",
        ),
        (
            SECOND.replace("user:\n", "{% for m in history %}\nuser:\n"),
            "basic.prompty:14: template cannot be read: Unexpected end of template. Jinja was looking for the"
            " following tags: 'endfor' or 'else'. The innermost block that needs to be closed is 'for'.",
        ),
        (
            SECOND.replace("You help", "{% include 'a' %}"),
            "basic.prompty:12: the prompt reads another file (include) (write out what is meant)",
        ),
        (
            SECOND.replace("You help", "![x](a.png)"),
            "basic.prompty:12: the text shows an image, which one version of prompty sends and the other does"
            " not (write the task's 'messages:' for images)",
        ),
    ],
)
def test_what_is_not_read_is_told_with_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(TemplateError) as caught:
        read(tmp_path, text)
    assert str(caught.value).replace(f"{tmp_path}/", "") == told

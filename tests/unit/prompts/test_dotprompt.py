"""``*.prompt`` of dotprompt: what it gives is what dotprompt 1.1.2 gave for the same source and row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.message import TextPart
from evalkit.core.prompt import Prompt
from evalkit.core.prompt_variable import PromptVariable
from evalkit.core.request import GenerateParams
from evalkit.errors import TemplateError
from evalkit.prompts.file import load_prompt
from evalkit.prompts.javascript import number
from evalkit.prompts.render import PromptRenderer

HEAD = "---\nname: x\n---\n"
ROW: dict[str, Any] = {
    "name": "Al", "q": "why?", "num": 3, "one": 1.0, "tiny": 1e-7, "yes": True, "nul": None, "xs": ["p", "q"],
    "objs": [{"k": "a", "v": [1, 2]}, {"k": "b", "v": []}], "nest": {"b": {"c": "é"}, "2": "two", "1": 1.5},
    "nope": False, "zero": 0, "empty": "", "emptymap": {}, "emptylist": [],
    "img": "data:image/png;base64,iVBORw0KGgo=",
}  # fmt: skip


def read(tmp_path: Path, text: str) -> Prompt:
    path = tmp_path / "greet.prompt"
    path.write_text(text)
    return load_prompt(None, path)


def shown(prompt: Prompt) -> list[tuple[str, list[str]]]:
    return [
        (m.role, [p.text if isinstance(p, TextPart) else "MEDIA" for p in m.parts] or [m.content])
        for m in PromptRenderer(prompt).messages(ROW)
    ]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            '{{role "system"}}\nYou are kind.\n\n{{role "user"}}\n{{name}} asks: {{q}}\n',
            [("system", ["\nYou are kind.\n\n"]), ("user", ["\nAl asks: why?"])],
        ),
        ('Before\n{{role "model"}}After', [("user", ["Before\n"]), ("assistant", ["After"])]),
        (
            '{{role "user"}}{{q}}{{role "model"}}{{empty}}{{role "user"}}more',
            [("user", ["why?"]), ("user", ["more"])],
        ),
        ("{{num}} {{one}} {{tiny}} {{yes}} {{nul}}|{{xs}}", [("user", ["3 1 1e-7 true |p,q"])]),
        (
            "List:\n{{#each xs}}\n- {{@index}} {{this}}{{#unless @last}},{{/unless}}\n{{/each}}\nEnd",
            [("user", ["List:\n- 0 p,\n- 1 q\nEnd"])],
        ),
        (
            "{{#each objs}}{{k}}/{{../name}}/{{v.length}};{{else}}none{{/each}}",
            [("user", ["a/Al/2;b/Al/0;"])],
        ),
        ("{{#each nest}}{{@key}}={{json this}} {{/each}}", [("user", ['1=1.5 2="two" b={"c":"é"} '])]),
        (
            "A\n{{#if nope}}\nyes\n{{else if zero}}\nzero\n{{else}}\nother\n{{/if}}\nB",
            [("user", ["A\nother\nB"])],
        ),
        ("{{#if emptymap}}a map is true{{/if}}{{#if emptylist}}x{{/if}}.", [("user", ["a map is true."])]),
        (
            '{{#ifEquals num 3}}three{{else}}no{{/ifEquals}} {{#unlessEquals name "Al"}}no{{/unlessEquals}}',
            [("user", ["three "])],
        ),
        (
            "{{json nest}}\n{{json nest indent=2}}",
            [
                (
                    "user",
                    [
                        '{"1":1.5,"2":"two","b":{"c":"é"}}\n'
                        '{\n  "1": 1.5,\n  "2": "two",\n  "b": {\n    "c": "é"\n  }\n}'
                    ],
                )
            ],
        ),
        ("  {{~name~}}  !\n{{! gone }}\nnext {{!-- and }} this --}}", [("user", ["Al!\nnext "])]),
        (
            "\\{{name}} and {{{name}}} {% if %} {# x #} { {",
            [("user", ["{{name}} and Al {% if %} {# x #} { {"])],
        ),
        (
            '{{role "user"}}See {{media url=img contentType="image/png"}} this\n',
            [("user", ["See ", "MEDIA", " this"])],
        ),
        ("{{nest.missing.deeper}}|{{@root.name}}", [("user", ["|Al"])]),
    ],
)
def test_a_source_gives_what_dotprompt_gives(
    tmp_path: Path, source: str, told: list[tuple[str, list[str]]]
) -> None:
    assert shown(read(tmp_path, HEAD + source)) == told


def test_numbers_are_written_as_javascript_writes_them() -> None:
    # Node 20: String(x) of each.
    told = ["0", "100", "0.1", "0.00001", "1e-7", "123456.789", "1e+21", "100000000000000000000", "-2.5e+25"]
    values = [-0.0, 100.0, 0.1, 1e-5, 1e-7, 123456.789, 1e21, 1e20, -2.5e25]
    assert [number(value) for value in values] == told


FULL = """---
model: googleai/gemini-2.0-flash
config: {temperature: 0.4, maxOutputTokens: 64, topP: 0.9, stopSequences: [END]}
input:
  schema:
    name: string, who asks
    style?: string
    tags(array, words about it): string
  default: {style: terse}
---
{{role "system"}}Be {{style}}.
{{role "user"}}{{name}}: {{#each tags}}{{this}} {{/each}}
"""


def test_config_and_picoschema_become_parameters_and_variables(tmp_path: Path) -> None:
    prompt = read(tmp_path, FULL)
    assert prompt.name == "greet"
    assert prompt.parameters == GenerateParams(64, 0.4, ("END",), top_p=0.9)
    assert prompt.variables == (
        PromptVariable("name", "who asks"),
        PromptVariable("style", default="terse", is_required=False),
        PromptVariable("tags", "words about it"),
    )


def test_an_optional_variable_that_is_not_there_is_undefined(tmp_path: Path) -> None:
    source = "---\ninput: {schema: {a?: string}}\n---\n{{json a}}{{#if a}}x{{/if}}{{a}}"
    messages = PromptRenderer(read(tmp_path, source)).messages({})
    assert messages[0].content == "undefined"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f'{HEAD}\n{{{{role "user"}}}}\n{{{{history}}}}',
            "greet.prompt:6: {{history}} of the prompt cannot be put faithfully: history is not read here",
        ),
        (
            f'{HEAD}a\n{{{{#if x}}}}{{{{role "user"}}}}b{{{{/if}}}}',
            'greet.prompt:5: {{role "user"}} of the prompt cannot be put faithfully: it stands within a'
            " block",
        ),
        (f"{HEAD}a {{{{> part}}}}", "greet.prompt:4: partials ({{> part}}) are not read"),
        (f"{HEAD}{{{{#if a}}}}b", "greet.prompt:4: {{#if a}} is never closed"),
        (f"{HEAD}{{{{#if a}}}}b{{{{/each}}}}", "greet.prompt:4: {{/each}} closes {{#if a}}"),
        (
            f"{HEAD}{{{{shout name}}}}",
            "greet.prompt:4: {{shout name}} of the prompt cannot be put faithfully: there is no helper"
            " 'shout'",
        ),
        (
            f'{HEAD}{{{{role "tool"}}}}x',
            "greet.prompt:4: {{role \"tool\"}} of the prompt cannot be put faithfully: the role 'tool' is not"
            " read (known: system, user, model)",
        ),
        (
            "---\nconfig:\n  topK: 3\n---\n{{q}}",
            "greet.prompt:3: config.topK cannot be asked for (known: max_tokens, max_completion_tokens,"
            " maxTokens, maxOutputTokens, temperature, top_p, topP, stop, stopSequences, seed,"
            " reasoning_effort, reasoningEffort)",
        ),
        (
            "---\noutput: {format: json}\n---\n{{q}}",
            "greet.prompt:2: output, which asks for JSON, is not read (write it as the task's"
            " 'response_format:')",
        ),
        (
            "---\ninput:\n  schema:\n    question: string\n---\n\nHi\n{{questoin}}",
            "greet.prompt:8: the prompt uses 'questoin', which 'input.schema' does not declare"
            " (did you mean question?)",
        ),
        (
            "---\ninput:\n  schema:\n    q: string\n    extra: string\n---\n{{q}}",
            "greet.prompt:5: input.schema declares 'extra', which the prompt does not use"
            " (it uses q, or remove it)",
        ),
    ],
)
def test_what_has_no_faithful_form_is_told_with_file_line_and_tag(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        read(tmp_path, text)
    assert str(caught.value).replace(f"{tmp_path}/", "") == told


@pytest.mark.parametrize("source", ["{{num}}{{one}}", "{{nest}}", "{{#each holes}}x{{/each}}"])
def test_a_value_that_javascript_would_garble_is_an_error_of_its_sample(tmp_path: Path, source: str) -> None:
    renderer = PromptRenderer(read(tmp_path, HEAD + source))
    with pytest.raises(TemplateError, match="template failed"):
        renderer.messages({**ROW, "holes": [None]})

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jinja2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evalkit.errors import TemplateError
from evalkit.prompts.template import compile_text, compile_value

ROW = {"sentence": "fine {film}", "label": 1, "tags": ["a", "b"], "empty": None}


@given(
    st.lists(
        st.sampled_from(
            ["{{ sentence }}", "{{label}}", "{{- empty -}}", "{# note #}", " ", "\n", "{", "}}", "%s", "é"]
        )
    ).map("".join)
)
@example("{{ sentence }}\n")
@example("{{ sentence }}\n\n")
@example("{0} {{ label }} {}")
def test_plain_templates_render_as_jinja_does(source: str) -> None:
    try:
        expected = jinja2.Template(source, undefined=jinja2.StrictUndefined).render(ROW)
    except jinja2.TemplateError:
        with pytest.raises(TemplateError):
            compile_text(source, "here")
    else:
        assert compile_text(source, "here")(ROW) == expected


@pytest.mark.parametrize(
    "source, value",
    [
        ("{{ label }}", 1),
        ("{{ ['negative', 'positive'][label] }}", "positive"),
        ("{{ tags }}", ["a", "b"]),
        ("{{ empty }}", None),
        ("{{ label + 1 }}\n", 2),
        ("{{ label }}.", "1."),
        ("positive", "positive"),
        ("{{ range(2) | list }}", [0, 1]),
        ("{{ '5' }}", "5"),
    ],
)
def test_a_single_expression_gives_its_native_value(
    source: str, value: int | list[int | str] | str | None
) -> None:
    result = compile_value(source, "here")(ROW)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize("compile_any", [compile_text, compile_value])
@pytest.mark.parametrize("source", ["{{ sentense }}", "{{ sentense | upper }}", "{{ label }} {{ sentense }}"])
def test_a_missing_field_is_named_with_those_there_are(compile_any: Callable[..., Any], source: str) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_any(source, "a.eval.yaml: input")(ROW)
    assert str(caught.value) == (
        "a.eval.yaml: input: template names field 'sentense', which is not there"
        " (did you mean sentence? fields: empty, label, sentence, tags)"
    )


@pytest.mark.parametrize("compile_any", [compile_text, compile_value])
@pytest.mark.parametrize("source", ["{{ label.deep }}", "{{ 1 / 0 }}", "{{ tags[7] }}", "{{ label() }}"])
def test_what_goes_wrong_while_rendering_is_a_template_error(
    compile_any: Callable[..., Any], source: str
) -> None:
    with pytest.raises(TemplateError, match="here: template failed"):
        compile_any(source, "here")(ROW)


def test_bad_syntax_is_told_with_its_line() -> None:
    with pytest.raises(TemplateError) as caught:
        compile_text("a\n{% for x %}", "here")
    assert caught.value.where == "here, line 2"


@pytest.mark.parametrize(
    "source", ["{{ sentence.__class__.__mro__ }}", "{{ range.__globals__ }}", "{{ tags.append(1) }}"]
)
def test_templates_cannot_leave_the_sandbox(source: str) -> None:
    with pytest.raises(TemplateError):
        compile_text(source, "here")(ROW)


def test_markup_is_not_escaped() -> None:
    assert compile_text("{{ x }}", "here")({"x": "<b>&"}) == "<b>&"


def test_a_field_may_shadow_a_name_of_jinja() -> None:
    assert compile_text("{{ range }}", "here")({"range": "5 km"}) == "5 km"
    assert compile_value("{{ range }}", "here")({"range": 5}) == 5


def test_regex_replace_and_compress_are_filters() -> None:
    context = {"text": "a [b] c", "values": ["x", "y", "z"], "marks": [1, 0, 1]}
    assert compile_text("{{ text | regex_replace('\\\\[.\\\\]', '-') }}", "here")(context) == "a - c"
    assert compile_value("{{ values | compress(marks) }}", "here")(context) == ["x", "z"]

"""Templates that ask for too much, or that cannot be: one error each, soon, that names where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evalkit.errors import TemplateError
from evalkit.prompts.template import compile_text, compile_value

ROW = {"input": "hello", "rows": [{"a": 1}], "big": "x" * 1000, "deep": [[[[[]]]]]}
DOUBLED = "{% set ns = namespace(s=START) %}{% for i in range(60) %}{% set ns.s = STEP %}{% endfor %}"


def doubled(start: str, step: str, end: str = "{{ ns.s }}") -> str:
    """A value that grows exponentially with the turns of a loop."""
    return DOUBLED.replace("START", start).replace("STEP", step) + end


LARGE = [
    "{{ range(10**9) }}",
    "{{ range(10**9) | list }}",
    "{{ 'a' * 10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ [1] * 10**9 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (10**9, 1) }}",
    "{{ '%.1000000000f' % 1 }}",
    "{{ '%1000000000s' | format(1) }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ '{:{w}}'.format(1, w=10**9) }}",
    "{{ ('{:{w}}' | e).format(1, w=10**9) }}",
    "{{ '{a:{w}}'.format_map({'w': 10**9, 'a': 1}) }}",
    "{{ ('{0}' * 99999).format(big) }}",
    "{{ ('%s' * 99999) % (big,) }}",
    "{{ input | center(10**9) }}",
    "{{ input.center(10**9) }}",
    "{{ input.ljust(10**9) }}",
    "{{ input.zfill(10**9) }}",
    "{{ '\\t'.expandtabs(10**9) }}",
    "{{ input | indent(10**9, true) }}",
    "{{ rows | tojson(indent=10**9) }}",
    "{{ input | batch(10**9, 'x') | list }}",
    "{{ input | truncate(10**9) }}",
    "{{ ('a ' * 99999) | wordwrap(1, wrapstring=big) }}",
    "{{ big.join([big] * 9999) }}",
    "{{ ([big] * 9999) | join(big) }}",
    "{{ ('x' * 99999).replace('x', big) }}",
    "{{ ('x' * 99999) | replace('x', big) }}",
    "{{ ('x' * 99999) | regex_replace('x', big) }}",
    "{{ lipsum(10**9) }}",
    "{{ (1).to_bytes(10**9, 'big') }}",
    "{{ 10**4000 * 10**4000 }}",
    "{{ 2 ** 100000 }}",
    doubled("'x'", "ns.s ~ ns.s"),
    doubled("'x'", "ns.s + ns.s"),
    doubled("['x']", "ns.s + ns.s"),
    doubled("'x'", "ns.s.replace('x', 'xxxx')"),
    doubled("'x'", "ns.s | replace('x', 'xxxx')"),
    "{% for i in range(99999) %}{{ big * 9 }}{% endfor %}",
    "{% set x %}{% for i in range(99999) %}{{ big * 9 }}{% endfor %}{% endset %}",
    "{% macro f() %}{% for i in range(99999) %}{{ big * 9 }}{% endfor %}{% endmacro %}{{ f() | length }}",
    "{{ range(99999) | map('center', 99999) | list }}",
    "{% for i in range(99999) %}{% set x = 'y' * 999999 %}{% endfor %}",
]
SHARED = [
    doubled("['x']", "[ns.s, ns.s]", end) for end in ("{{ ns.s }}", "{{ 'a' ~ ns.s }}", "{{ '%s' % ns.s }}")
]
LONG = [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "{% for a in range(99999) if range(99999) | sum %}{% endfor %}",
    "{{ ('a' * 30 ~ 'b') | regex_replace('(a+)+$', '') }}",
]
IMPOSSIBLE = [
    "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "{% for r in rows recursive %}{{ loop(rows) }}{% endfor %}",
    "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "{{ " + "[" * 5_000 + "]" * 5_000 + " }}",
    "{{ " + "-" * 5_000 + "1 }}",
    "{{ 1" + " + 1" * 5_000 + " }}",
    "{% if 1 %}" * 150 + "{% endif %}" * 150,
    "{% for i in [1] %}" * 150 + "{% endfor %}" * 150,
    "{{ " + "9" * 5_000 + " }}",
    "{% include 'x' %}",
    "{% extends input %}",
    "{{ '{0.__class__}'.format(input) }}",
    "{{ input | regex_replace('(', '') }}",
    "{{ input | regex_replace('" + "(" * 5_000 + "', '') }}",
    "{{ input | regex_replace('e', '\\\\9') }}",
    "{{ input[::0] }}",
    "{{ cycler() }}",
    "{% for x in missing %}{% endfor %}",
    "{% break %}",
    "{{ input.__class__.__mro__ }}",
]
ALL = [*LARGE, *SHARED, *LONG, *IMPOSSIBLE]


@pytest.fixture(autouse=True)
def a_slow_machine_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.prompts.sandbox.RENDER_S", 0.1)
    monkeypatch.setattr("evalkit.limits.helper.CALL_S", 0.1)


@pytest.mark.parametrize("source", ALL, ids=[each[:60] for each in ALL])
def test_a_hostile_template_is_one_error_with_its_place(source: str) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_text(source, "a.eval.yaml: input")(ROW)
    assert str(caught.value).startswith("a.eval.yaml: input")
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("source", [*LARGE[:3], "{{ [[big] * 9999, [big] * 9999] }}"])
def test_a_value_has_the_same_bounds_as_a_text(source: str) -> None:
    with pytest.raises(TemplateError, match=r"a.eval.yaml: target: template failed"):
        compile_value(source, "a.eval.yaml: target")(ROW)


@pytest.mark.parametrize("compile_any", [compile_text, compile_value])
@pytest.mark.parametrize(
    "source, says",
    [
        ("{{ input|titel }}", "filter 'titel', which is not there .did you mean title"),
        ("{% if false %}{{ input|titel }}{% endif %}", "filter 'titel', which is not there"),
        ("{{ input is strng }}", "test 'strng', which is not there .did you mean string"),
    ],
)
def test_an_unknown_filter_is_told_with_its_line_before_anything_is_rendered(
    compile_any: Callable[..., Any], source: str, says: str
) -> None:
    with pytest.raises(TemplateError, match=says) as caught:
        compile_any("\n\n" + source + "\n" if compile_any is compile_text else source, "here")
    assert caught.value.where == ("here, line 3" if compile_any is compile_text else "here, line 1")


def test_an_error_in_a_template_of_several_lines_tells_the_line() -> None:
    with pytest.raises(TemplateError) as caught:
        compile_text("a\nb\n{{ 'a' * 10**9 }}\nc\n", "here")(ROW)
    assert caught.value.where == "here, line 3"


@pytest.mark.parametrize(
    "source, text",
    [
        ("{% for r in rows %}{{ loop.index }}/{{ loop.length }}{{ r.a }}{% endfor %}", "1/11"),
        ("{% for c in input if c != 'l' %}{{ c }}{{ ',' if not loop.last }}{% endfor %}", "h,e,o"),
        ("{% for x in deep recursive %}<{{ loop(x) }}>{% endfor %}", "<<<<>>>>"),
        ("{% for k, v in rows[0].items() %}{{ k }}{{ v }}{% else %}none{% endfor %}", "a1"),
        ("{% for x in [] %}{% else %}none{% endfor %}", "none"),
        ("{{ '%5.2f|%s' % (1.5, input) }}{{ '%d%%' | format(5) }}", " 1.50|hello5%"),
        ("{{ '{:>7}|{n:03d}'.format(input, n=7) }}{{ '{a}'.format_map({'a': 1}) }}", "  hello|0071"),
        ("{{ ('<b>{}</b>' | safe).format('&') }}", "<b>&amp;</b>"),
        (
            "{{ 2 ** 10 }}{{ 7 % 3 }}{{ 'ab' * 2 }}{{ ([1] + [2]) | join(',') }}{{ 1 ~ '-' ~ none }}",
            "10241abab1,21-None",
        ),
        ("{{ range(3) | map('string') | join(',') }}{{ 'a b' | title | center(7) }}", "0,1,2  A B  "),
        ("{{ rows | tojson(indent=1) | length }}{{ 'a\nb' | indent(2) }}", "18a\n  b"),
        ("{% set x %}{{ input }}{% endset %}{{ x | upper }}{{ x | length }}", "HELLO5"),
        ("{% macro m(a, b='c') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(2, 'd') }}", "1c2d"),
        ("{% filter upper %}{{ input }}{% endfilter %}{{ 12345678 ~ '%' }}", "HELLO12345678%"),
        ("{{ 'costs %s in 12345678' % 5 }}", "costs 5 in 12345678"),
    ],
)
def test_within_its_bounds_a_template_renders_as_jinja_does(source: str, text: str) -> None:
    from jinja2 import Template

    assert compile_text(source, "here")(ROW) == text == Template(source).render(ROW)

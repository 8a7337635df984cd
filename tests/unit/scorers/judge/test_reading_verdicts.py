"""What judges really write is read, and what says nothing or two things is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.scorers.judge.engine.criterion import Criterion, read_criteria
from evalkit.scorers.judge.engine.forms import Form, OneForEach, OneVerdict, WhichIsBetter
from evalkit.scorers.judge.engine.scale import Scale
from evalkit.scorers.judge.engine.words import MalformedError

BINARY = OneVerdict(Criterion("", "It is polite."))
GRADED = OneVerdict(Criterion("", "How polite it is.", Scale(1, 5)))
FINE = OneVerdict(Criterion("", "How polite it is.", Scale(0, 1, 0.1)))
PAIR = WhichIsBetter()
EACH = OneForEach(
    read_criteria({"clear": "It is clear.", "Right": {"rubric": "r", "scale": [1, 5]}}, (), "j")
)


@pytest.mark.parametrize(
    "form, text, verdict, value",
    [
        (BINARY, '{"reason": "r", "verdict": "yes"}', "yes", 1.0),
        (BINARY, '```json\n{"reason": "r", "verdict": "no"}\n```', "no", 0.0),
        (BINARY, 'I think so.\n\n{"reason": "r", "verdict": "Yes.",}', "yes", 1.0),
        (BINARY, '{"Reason": "a\nb", "Verdict": true}', "yes", 1.0),
        (BINARY, "{'reason': 'it\\'s fine', 'verdict': 'no'}", "no", 0.0),
        (BINARY, "{“reason”: “r”, “verdict”: “yes”}", "yes", 1.0),
        (BINARY, "It is rude.\n\n**Verdict:** no", "no", 0.0),
        (BINARY, '{"steps": {"x": 1}} then {"verdict": "PASS"}', "yes", 1.0),
        (BINARY, '{"reason": "the text says {verdict: no}", "verdict": "yes"}', "yes", 1.0),
        (BINARY, '{"reason": "a, }", "verdict": "yes", }', "yes", 1.0),
        (BINARY, '{"reason": "r", "verdict": "No, it is rude."}', "no", 0.0),
        (BINARY, '{"judgement": {"reason": "r", "verdict": "yes"}}', "yes", 1.0),
        (BINARY, "{'reason': 'a \\d', 'verdict': 'no'} \nVerdict: yes", "yes", 1.0),
        (GRADED, '{"reason": "r", "verdict": "4 (good, if not the best 5)"}', "4", 4.0),
        (GRADED, '{"reason": "r", "verdict": 4}', "4", 4.0),
        (GRADED, '{"reason": "r", "verdict": "4/5"}', "4", 4.0),
        (GRADED, '{"reason": "r", "score": "four"}', "4", 4.0),
        (GRADED, '{"reason": "r", "verdict": 4.0}', "4", 4.0),
        (GRADED, "Rating follows.\nVerdict: 2", "2", 2.0),
        (FINE, '{"verdict": 0.30000001}', "0.3", 0.3),
        (PAIR, '{"reason": "r", "verdict": "[[A]]"}', "A", 1.0),
        (PAIR, '{"reason": "r", "verdict": "Answer B"}', "B", 0.0),
        (PAIR, '{"reason": "r", "winner": "tie"}', "tie", 0.5),
    ],
)
def test_a_verdict_is_read_however_it_is_wrapped(form: Form, text: str, verdict: str, value: float) -> None:
    said = form.read(text)
    assert (said.verdict, said.value) == (verdict, value)


@pytest.mark.parametrize(
    "form, text, problem",
    [
        (BINARY, "", "empty"),
        (BINARY, "It is polite, yes.", "no JSON object"),
        (BINARY, '{"reason": "r"}', "no JSON object with a verdict"),
        (BINARY, '{"verdict": "maybe"}', "neither"),
        (BINARY, '{"verdict": null}', "no JSON object"),
        (BINARY, '{"verdict": ["yes"]}', "not a word"),
        (BINARY, 'It holds {"verdict": "yes"}, so {"verdict": "no"}', "differ"),
        (BINARY, '{"verdict": "no", "verdict": "yes"}', "two values"),
        (BINARY, "The text claims:\nVerdict: yes\nwhich is not a verdict of mine.", "no JSON object"),
        (BINARY, '{"verdict": "no doubt it is"}', "neither"),
        (GRADED, '{"verdict": "between 3 and 4"}', "not a number"),
        (GRADED, '{"verdict": 7}', "not 1, 2, 3, 4 or 5"),
        (GRADED, '{"verdict": 3.5}', "not 1, 2, 3, 4 or 5"),
        (GRADED, '{"verdict": NaN}', "not a number"),
        (GRADED, '{"verdict": 1e999}', "not a number"),
        (GRADED, '{"verdict": "8/10"}', "not a number"),
        (GRADED, '{"verdict": true}', "not a number"),
        (GRADED, '{"verdict": ' + "9" * 400 + "}", "not"),
        (PAIR, '{"verdict": "1"}', "none of"),
        (EACH, '{"clear": {"verdict": "yes"}}', "nothing of Right"),
        (EACH, '{"clear": {"reason": "r"}, "right": 3}', "clear has no verdict"),
        (EACH, '{"clear": "yes", "right": 9}', "Right: verdict 9 is not"),
        (BINARY, "[" * 100_000, "no JSON object"),
        (BINARY, '{"a":' * 20_000, "nested"),
    ],
)
def test_an_answer_that_says_nothing_or_two_things_is_malformed(form: Form, text: str, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        form.read(text)


def test_criteria_are_read_by_their_names_and_averaged_as_shares_of_their_scales() -> None:
    said = EACH.read('{"criteria": {"CLEAR": {"reason": "c", "verdict": "yes"}, "right": 3}}')
    assert said.values == {"clear": 1.0, "Right": 3.0}
    assert said.value == 0.75
    assert said.reason == "clear: c"


PIECES = [
    "{",
    "}",
    '"verdict"',
    ":",
    ",",
    "yes",
    "7",
    "NaN",
    "\\",
    '"',
    "'",
    "```json",
    "\n",
    "Verdict:",
    "[",
    "é",
]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_whatever_is_written_is_a_verdict_within_bounds_or_malformed(text: str) -> None:
    for form in (BINARY, GRADED, PAIR, EACH):
        try:
            said = form.read(text)
        except MalformedError:
            continue
        assert 0 <= said.value <= 5


def test_the_schema_asks_for_the_reason_first() -> None:
    schema = GRADED.schema.schema
    assert schema is not None
    assert list(schema["properties"]) == ["reason", "verdict"]
    assert schema["properties"]["verdict"] == {"type": "integer", "enum": [1, 2, 3, 4, 5]}

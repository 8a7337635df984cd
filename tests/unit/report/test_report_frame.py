"""What the inputs of an evaluation share, and what each sample brings."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.verdict import Verdict
from evalkit.report.collect import collect
from evalkit.report.frame import Frame, frame_of
from evalkit.report.markdown import markdown
from evalkit.report.payload import pack
from tests.unit.report.memory_source import MemorySource, rows

FEWSHOT = "Q: 1 + 1?\nA: 2\n\nQ: {{ input }}\nA:"
CHAT = "system:\nBe brief.\nuser:\nFacts: {{ facts }}\n\nQuestion: {{ input }}"


def sent(template: str, **row: str) -> str:
    """What a model is asked for one sample."""
    for name, value in row.items():
        template = template.replace("{{ " + name + " }}", value)
    return template


@pytest.mark.parametrize(
    ("template", "inputs", "own"),
    [
        ("Customer: {{ input }}\nThis is about", ["It is late.", "It broke."], ["It is late.", "It broke."]),
        (FEWSHOT, ["What is 2 + 2?", "What is 3 + 3?"], ["What is 2 + 2?", "What is 3 + 3?"]),
        ("{{ input }}", ["What is up?", "What is down?"], ["What is up?", "What is down?"]),
        ("Classify in one word: {{ input }}", ["yes", "yet"], ["yes", "yet"]),
        (FEWSHOT, ["a", ""], ["a", ""]),
    ],
)
def test_a_sample_keeps_what_it_brings_and_loses_the_prompt(
    template: str, inputs: list[str], own: list[str]
) -> None:
    texts = [sent(template, input=text) for text in inputs]
    frame = frame_of(texts, template)
    assert [frame.inner(text) for text in texts] == own


def test_a_conversation_is_told_by_what_its_last_message_brings() -> None:
    asked = CHAT.replace("\nuser:", "\n\nuser:")
    texts = [
        sent(asked, input="How much?", facts="It is free."),
        sent(asked, input="How long?", facts="Two days."),
    ]
    frame = frame_of(texts, CHAT)
    assert "Be brief." in frame.before
    assert [frame.inner(text) for text in texts] == [
        "It is free.\n\nQuestion: How much?",
        "Two days.\n\nQuestion: How long?",
    ]


def test_one_sample_alone_shares_nothing() -> None:
    assert frame_of(["Say it.", "Say it."], "Say {{ input }}") == Frame()


@given(
    st.lists(st.text(alphabet="ab \n?:{", max_size=8), max_size=5),
    st.sampled_from([None, FEWSHOT, CHAT, "{% x"]),
)
def test_no_text_is_lost_whatever_the_texts_share(texts: list[str], template: str | None) -> None:
    frame = frame_of(texts, template)
    for text in texts:
        assert frame.before + frame.inner(text) + frame.after == text


def test_page_and_comment_show_the_samples_own_input() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("--"), text="Question {{ input }}?")
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", "fail", "accuracy 0")]
    data = collect(source, "a")
    (evaluation,) = orjson.loads(pack(data).text)["evaluations"]
    assert evaluation["frame"] == ["Question ", "?"]
    assert evaluation["columns"]["input"] == ["0", "1"]
    assert "| 0 |" in markdown(data)
    assert "Question" not in markdown(data)

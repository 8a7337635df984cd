"""Texts of models inside Markdown, read by a CommonMark parser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evalkit.core.text import one_line
from evalkit.report.markdown_text import code, escape

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

#: What Markdown, HTML and hosts make something of, and letters between.
TEXTS = st.text(
    st.sampled_from("`\\|<>!-[]()*_~#@&;:/{}$%\"'= \n\t\r\x1b\u202eab1é") | st.characters(), max_size=40
)

HOSTILE = [
    "a``b` @team <img src=x>",
    "```\n@team\n```",
    "a ` b `` c ``` d",
    "`",
    "\\|",
    "\\\\|",
    "a|b",
    "| --- |\n| x |",
    "<!-- hidden -->",
    "[x](http://y)",
    "![x](http://y)",
    "&lt;b&gt;",
    "</summary></details><b>",
    "**b** ~~s~~ _e_",
    "line\n\n# heading\n\n- item",
    "\\`code\\`",
    " ` ",
    "$x$ @a/b",
    "<http://y>",
    "a\\",
]

#: A test of one text.
Test = Callable[[str], None]


def cells(*texts: str) -> list[list[Token]]:
    """The tokens in each cell of a table with one row."""
    head = "| " + " | ".join("t" for _ in texts) + " |\n|" + " --- |" * len(texts)
    tokens = PARSER.parse(f"{head}\n| " + " | ".join(texts) + " |\n\nafter")
    kinds = [token.type for token in tokens]
    assert kinds.count("tr_open") == 2
    assert tokens[-2].content == "after", "the table is over where it should be"
    body = tokens[kinds.index("tbody_open") :]
    return [token.children or [] for token in body if token.type == "inline"][:-1]


def examples(test: Test) -> Test:
    for text in HOSTILE:
        test = example(text)(test)
    return test


@examples
@given(TEXTS)
def test_no_text_leaves_its_cell_or_is_anything_but_text(text: str) -> None:
    found, last = cells(escape(text), "last")
    assert {token.type for token in found} <= {"text", "text_special"}
    assert "".join(token.content for token in found).replace("\u2060", "") == one_line(text, 200)
    assert [token.content for token in last] == ["last"]


@examples
@given(TEXTS)
def test_no_text_leaves_its_code(text: str) -> None:
    found, last = cells(code(text), "last")
    assert [token.type for token in found] == (["code_inline"] if text.split() else [])
    shown = one_line(text, 120)
    for token in found:
        assert token.content.replace("[U+007C]", "|") == shown.replace("[U+007C]", "|")
    assert [token.content for token in last] == ["last"]


@pytest.mark.parametrize(
    "text", ["@team", "see #12", "GH-12", "a/b#3", "!7", "https://x.y", "www.x.y", "me@x.y", '%"next"']
)
def test_a_host_finds_nothing_to_link_or_to_tell(text: str) -> None:
    assert "\u2060" in escape(text)

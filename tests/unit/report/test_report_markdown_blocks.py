"""Blocks of the page as Markdown, and a history drawn with characters."""

from __future__ import annotations

from dataclasses import replace

from markdown_it import MarkdownIt

from evalkit.report.blocks import (
    Badge,
    Block,
    Column,
    Facts,
    Fold,
    Group,
    Interval,
    Matrix,
    Note,
    Reading,
    Row,
    Square,
    Table,
    Text,
)
from evalkit.report.collect import collect
from evalkit.report.history_blocks import History
from evalkit.report.markdown import markdown
from evalkit.report.markdown_blocks import PIECE_ROWS, markdown_of
from evalkit.report.place import Place
from evalkit.report.plain_history import HEIGHT, WIDTH, plain_history
from evalkit.report.sections import history
from evalkit.report.story import Clusters, ClusterShown, DiffLine, PromptChange
from tests.unit.report.memory_source import regressed
from tests.unit.report.test_report_history import past
from tests.unit.report.test_report_history import source as with_history

TABLE = Table(
    "caption",
    (Column("Gate", "lead"), Column("Value", "number"), Column("95 % interval"), Column("", "wide")),
    [
        Row((), heading="first | task"),
        Row((Text("f1[a|b]", "code"), Text("0.5", "number"),
             Interval(0.5, 0.4, 0.6, 0, 1, "[0.4, 0.6]", beneath="exact"), Text(""))),
        Row((Badge("fail", "fail"), Reading("0.2", "[0.1, 0.3]", "worse", "worse"), Fold("<b>", "more"),
             Text(""))),
    ],
)  # fmt: skip


def text_of(block: Block, place: Place | None = None) -> str:
    return "\n\n".join(markdown_of(block, place or Place()))


def test_a_table_has_what_its_cells_say_without_the_column_that_only_takes_room() -> None:
    assert text_of(TABLE).splitlines() == [
        "| Gate | Value | 95 % interval |",
        "| --- | ---: | --- |",
        "| **first \\| task** |  |  |",
        "| `f1[a\\|b]` | 0.5 | \\[0.4, 0.6\\]; exact |",
        "| ✗ fail | 0.2 \\[0.1, 0.3\\] worse | &lt;b\\> |",
    ]


def test_a_long_table_comes_in_pieces_each_with_its_titles() -> None:
    long = replace(TABLE, rows=[Row((Text("a"), Text("b"), Text("c"), Text("")))] * (PIECE_ROWS + 1))
    pieces = list(markdown_of(long, Place()))
    assert [piece.count("| a |") for piece in pieces] == [PIECE_ROWS, 1]
    assert all(piece.startswith("| Gate |") for piece in pieces)


def test_what_is_folded_away_is_behind_a_line_that_opens() -> None:
    found = text_of(Group("2 <gates> of @them", (TABLE,)))
    assert found.startswith("<details><summary>2 &lt;gates&gt; of @\u2060them</summary>\n\n| Gate |")
    assert found.endswith("|\n\n</details>")


def test_a_win_matrix_says_how_each_did_against_each() -> None:
    squares = ((Square("", ""), Square("win", "a: better")), (Square("loss", "b: worse"), Square("", "")))
    assert text_of(Matrix("caption", ("a", "b"), squares)).splitlines()[2:] == [
        "| 1 | a |  | + |",
        "| 2 | b | \u2212 |  |",
    ]


def test_facts_are_a_list_and_a_warning_is_quoted() -> None:
    assert text_of(Facts((("run", Text("r-1", "code")),), "Run")) == "**Run**\n\n- run: `r-1`"
    assert text_of(Note("never calibrated", "warning")) == "> **Note** never calibrated"


def test_a_cluster_links_to_its_samples_where_the_report_has_an_address() -> None:
    block = Clusters(
        "3 got worse", (("slice", (ClusterShown("lang=de", "2 of the 3", 0.7, (), "#s"),)),), True
    )
    assert "- by slice: [lang=de](https://host/r.html#s), 2 of the 3" in text_of(
        block, Place(url="https://host/r.html")
    )
    assert "- by slice: **lang=de**, 2 of the 3" in text_of(block)


def test_a_change_of_a_prompt_is_a_diff_that_none_of_its_lines_can_end() -> None:
    lines = (
        DiffLine("skipped", (("Hello.\nYou.", False),), 2),
        DiffLine("removed", (("Say ", False), ("```", True))),
        DiffLine("added", (("Say it.", True),)),
    )
    found = text_of(PromptChange("long", "short", lines, "", ()))
    (fence,) = [each for each in MarkdownIt("commonmark").parse(found) if each.type == "fence"]
    assert fence.info == "diff"
    assert fence.content.splitlines() == ["  … 2 lines as before", "- Say ```", "+ Say it."]


def fallen() -> History:
    made = with_history(past(60, drop_at=30))
    (block,) = [each for each in history.blocks(collect(made, "now")) if isinstance(each, History)]
    return block


def test_a_history_is_drawn_with_its_fall_and_its_last_run() -> None:
    block = fallen()
    lines = plain_history(block)
    plot = [line.partition("┤")[2].ljust(WIDTH) for line in lines[:HEIGHT]]
    upper = [line for line in plot if "•" in line[: WIDTH // 2 - 2]]
    lower = [line for line in plot if "•" in line[WIDTH // 2 + 2 :]]
    assert upper
    assert lower
    assert not set(map(plot.index, upper)) & set(map(plot.index, lower))
    assert [line[-1] for line in plot if "●" in line] == ["●"]
    assert lines[HEIGHT].split() == [block.picture.first, block.picture.last]
    assert lines[HEIGHT + 1].split("│")[1:] == [f"{'rev-1':31}", "rev-2"]


def test_a_history_is_drawn_with_signs_that_every_monospace_font_has() -> None:
    drawn = {sign for line in plain_history(fallen()) for sign in line if not sign.isascii()}
    assert drawn <= set("┤─│•●")


def test_a_comment_tells_the_history_in_words_and_as_a_drawing() -> None:
    text = markdown(collect(with_history(past(60, drop_at=30)), "now"))
    assert "✗ **worse**: support/intents · accuracy · local/small" in text
    assert "the model's revision went from rev-1 to rev-2" in text.replace("\\", "")
    assert "●" in text


def test_a_comment_says_what_got_worse_in_the_words_of_the_page() -> None:
    text = markdown(collect(regressed(), "run-b"))
    assert "- by kind of change: **“no” where the baseline said “yes”**, all 3" in text

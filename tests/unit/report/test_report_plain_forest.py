"""The forest plot as characters, and the three words before it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from evalkit.core.verdict import GateResult, Verdict
from evalkit.report.collect import collect
from evalkit.report.differences import differences
from evalkit.report.forest import LEFT, RIGHT, forest
from evalkit.report.markdown import markdown
from evalkit.report.markdown_blocks import markdown_of
from evalkit.report.place import Place
from evalkit.report.plain_forest import WIDTH, plain_forest
from evalkit.report.sections import section_of
from evalkit.report.story import ForestPlot, ForestRow
from tests.unit.report.memory_source import comparison, regressed

ROW = ForestRow(12, "accuracy", "", 326, 226, 426, (276,), "fail", "−0.1 [−0.2, 0.0]", "")
PLOT = ForestPlot(
    "Change", 60, 470, "← worse", "better →", ((226, "−0.2"), (470, "0.0")), (), (ROW,),
    (("fail", "gate failed"),), True, "",
)  # fmt: skip


def axis(*changed: ForestRow, **changes: float) -> list[str]:
    """The drawing of each row, without name and numbers: 40 columns of 302 units."""
    plot = replace(PLOT, rows=changed, **changes)  # type: ignore[arg-type]
    return [line.text[12:52] for line in plain_forest([plot]) if line.shape]


def test_ends_value_margin_and_zero_stand_where_they_do_in_the_picture() -> None:
    (drawn,) = axis(ROW)
    unit = (RIGHT - LEFT) / 39
    places = {sign: drawn.index(sign) for sign in "├╫■┤│"}
    assert places == {"├": 0, "╫": round(50 / unit), "■": round(100 / unit), "┤": round(200 / unit), "│": 32}


def test_an_interval_over_zero_crosses_its_line() -> None:
    (drawn,) = axis(replace(ROW, high=520))
    assert drawn[32] == "┼"


def test_a_margin_outside_the_interval_is_a_double_line() -> None:
    (drawn,) = axis(replace(ROW, margins=(500,)))
    assert drawn.count("║") == 1
    assert drawn.index("║") > drawn.index("│")


@pytest.mark.parametrize(
    "shape, sign",
    [("fail", "■"), ("undecided", "◊"), ("pass", "●"), ("worse", "▼"), ("better", "▲"), ("unclear", "○")],
)
def test_the_verdict_is_told_by_shape(shape: str, sign: str) -> None:
    (drawn,) = axis(replace(ROW, shape=shape))  # type: ignore[arg-type]
    assert sign in drawn


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_keep_to_the_width(width: int) -> None:
    row = replace(ROW, name="a name that is much longer than any column")
    assert max(len(line.text) for line in plain_forest([replace(PLOT, rows=(row,))], width=width)) <= width


def test_only_signs_that_every_monospace_font_has_are_drawn() -> None:
    text = "".join(line.text for line in plain_forest(forest(differences(collect(regressed(), "run-b")))))
    drawn = {sign for sign in text if not sign.isascii()} - set("−→←")
    assert drawn <= set("├─┤│┼║╫■◊●▼▲○")
    assert WIDTH < 110


def test_a_name_does_not_close_the_block_that_it_stands_in() -> None:
    data = collect(regressed(), "run-b")
    item = data.evaluations[-1]
    other = replace(item, evaluation=replace(item.evaluation, task="````"))
    section = section_of(replace(data, evaluations=(*data.evaluations, other)), "forest")
    assert section is not None
    text = "".join(markdown_of(section.blocks[0], Place()))
    assert "■ ````" in text
    assert [token.type for token in MarkdownIt("commonmark").parse(text)] == ["fence"]


@pytest.mark.parametrize(
    "outcome, is_compared, words",
    [
        ("fail", True, "It got worse"),
        ("fail", False, "A gate failed"),
        ("pass", True, "Nothing got worse"),
        ("pass", False, "Every gate passed"),
        ("undecided", True, "Cannot be told"),
        ("error", True, "Nothing is decided"),
    ],
)
def test_three_words_come_first(outcome: GateResult, is_compared: bool, words: str) -> None:
    source = regressed()
    found = comparison() if is_compared else None
    source.verdicts_of = {"after": [Verdict("gate", outcome, "why", None, None, found)]}
    assert markdown(collect(source, "run-b")).splitlines()[0].split(": ")[1][2:] == words


def test_without_a_gate_the_worst_difference_answers() -> None:
    data = collect(regressed(), "run-b")
    bare = replace(data, evaluations=tuple(replace(each, verdicts=()) for each in data.evaluations))
    assert markdown(bare).splitlines()[0] == "### evalkit: · It got worse"


def test_what_is_cut_is_said_by_name() -> None:
    text = markdown(collect(regressed(), "run-b"), max_bytes=1_600)
    assert text.splitlines()[-1].startswith("*8 parts left out for length: verdicts, samples (2), metrics,")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_names_that_would_be_alike_beside_the_axis_have_a_line_of_their_own(width: int) -> None:
    names = [f"python:shop:number_{place}_with_one_very_long_common_end" for place in range(12)]
    plot = replace(PLOT, rows=tuple(replace(ROW, name=name) for name in names))
    drawn = [line.text for line in plain_forest([plot], width=width) if line.shape]
    assert [line for line in drawn if "├" not in line] == [f"■ {name}" for name in names]
    assert max(map(len, drawn)) <= width

"""Blocks of the page as lines of a terminal: the same words and numbers, another drawing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evalkit.core.text_columns import columns
from evalkit.report.blocks import Answer, Block, Facts, Group, Matrix, Note, SampleTable, Square, Table, Text
from evalkit.report.cell_words import cell_words
from evalkit.report.collect import collect
from evalkit.report.look import Look
from evalkit.report.markdown_blocks import markdown_of
from evalkit.report.place import Place
from evalkit.report.plain_blocks import plain_of, plain_sections
from evalkit.report.sections import SECTIONS, Section, section_of
from evalkit.report.summary import summary
from tests.plain import lines_of
from tests.unit.report.memory_source import regressed
from tests.unit.report.test_report_plain_table import METRICS

TERMINAL = Look(has_color=True, has_pictures=True, width=80, has_edge=True)


def lines(block: Block, look: Look | None = None) -> list[str]:
    return list(plain_of(block, look or Look()))


def test_a_note_is_wrapped_and_keeps_what_belongs_together() -> None:
    text = "on 300 paired samples in all (95 % interval, one-sided 97.5 %; p < 0.001 adjusted over 3 gates)"
    for width in range(60, 100):
        found = lines(Note(text), Look(width=width))
        assert " ".join(found) == text
        assert not any(line.startswith(("%", "< ")) or line.endswith((" <", " p")) for line in found)


def test_the_answer_begins_with_the_sign_of_its_outcome_in_its_colour() -> None:
    (line,) = lines(Answer("fail", ("It fell.", "Look at it.")), TERMINAL)
    assert line == "\x1b[31m✗\x1b[0m It fell. Look at it."


def test_facts_stand_in_two_columns_below_their_title() -> None:
    facts = Facts((("run", Text("a")), ("command", Text("pytest"))), "Run")
    assert lines(facts) == ["Run", "run      a", "command  pytest"]


def test_a_long_fact_goes_on_below_itself_at_the_edge_of_a_terminal() -> None:
    facts = Facts((("baseline", Text("run-1  model  pooled with " + "run-2, " * 12)),))
    assert lines(facts) == ["baseline  run-1  model  pooled with " + ("run-2, " * 12).rstrip()]
    first, *rest = lines(facts, TERMINAL)
    assert first.startswith("baseline  run-1 model pooled with run-2,")
    assert [line[:15] for line in rest] == ["          run-2"]


def test_a_group_is_its_summary_with_its_blocks_below() -> None:
    facts = Facts((("run", Text("a")),))
    assert lines(Group("2 more", (facts,))) == ["2 more", "  run  a"]


def test_a_matrix_has_each_sign_under_the_number_of_its_column() -> None:
    win, loss, own = Square("win", ""), Square("loss", ""), Square("", "")
    matrix = Matrix("", ("first", "b"), ((own, win), (loss, own)))
    assert lines(matrix) == ["          1 2", "1  first  · +", "2  b      − ·"]


def test_what_only_a_page_draws_says_nothing_here() -> None:
    assert lines(SampleTable(has_pairs=True), TERMINAL) == []


def test_the_forest_is_drawn_where_pictures_are_wanted_and_its_verdicts_have_colours() -> None:
    section = section_of(collect(regressed(), "run-b"), "forest")
    assert section is not None
    assert lines(section.blocks[0]) == []
    assert any(line.startswith("\x1b[31m■ ") for line in lines(section.blocks[0], TERMINAL))


def test_sections_stand_apart_and_one_without_a_word_for_this_reader_leaves_no_gap() -> None:
    told: list[Section | str] = [
        Section("answer", "", (Note("first"),)), Section("x", "", (SampleTable(True),)),
        Section("answer", "Title", (Note("second"),)), "a line",
    ]  # fmt: skip
    assert list(plain_sections(told, Look())) == ["first", "", "Title", "  second", "a line"]


def words(table: Table) -> list[list[str]]:
    return [[cell_words(cell) for cell in row.cells] for row in table.rows if not row.heading]


def tables(name: str, run_id: str = "run-b") -> list[list[str]]:
    section = section_of(collect(regressed(), run_id), name)
    assert section is not None
    return [row for block in section.blocks if isinstance(block, Table) for row in words(block)]


def in_summary(caption: str) -> list[list[str]]:
    found = [block for section in summary(regressed(), "run-b") for block in section.blocks]
    its = [each for each in found if isinstance(each, Table) and each.caption == caption]
    return [row for table in its for row in words(table)]


def test_the_summary_of_a_session_has_the_verdicts_of_the_page() -> None:
    of_page = [[row[0], row[1], row[3]] for row in tables("verdicts")]  # but for subject, p and baseline
    assert sorted(in_summary("Gates and their verdicts")) == sorted(of_page)


def test_the_summary_of_a_session_has_the_metrics_of_the_page() -> None:
    of_page = [[row[0], *row[2:6]] for row in tables("metrics") if row[0] == "accuracy"]
    assert in_summary("Metrics with 95 % intervals") == of_page


@pytest.mark.parametrize("name", [each for each in SECTIONS if each not in ("samples", "worse")])
def test_terminal_and_markdown_have_the_same_words_of_a_table(name: str) -> None:
    section = section_of(collect(regressed(), "run-b"), name)
    for block in section.blocks if section is not None else ():
        if isinstance(block, Table):
            (terminal, comment) = ("\n".join(lines(block)), "\n".join(markdown_of(block, Place())))
            bare = re.sub(r"\\(?=\W)", "", comment)
            for row in words(block):
                assert all(word in terminal for cell in row for word in cell.split()), row
                assert all(word in bare for cell in row for word in cell.split()), row


@pytest.mark.parametrize("width", range(60, 201, 10))
def test_no_line_of_a_summary_is_longer_than_the_terminal(width: int) -> None:
    look = replace(TERMINAL, width=width, has_color=False)
    data = collect(regressed(), "run-b")
    sections = [*summary(regressed(), "run-b"), *filter(None, (section_of(data, each) for each in SECTIONS))]
    for line in lines_of(sections, look):
        assert columns(line) <= width, line


def test_an_encoding_without_signs_gets_the_same_columns_in_plain_ones() -> None:
    sections = [*summary(regressed(), "run-b"), Section("x", "", (METRICS,))]
    look = replace(TERMINAL, has_color=False)
    drawn = lines_of(sections, look)
    bare = lines_of(sections, replace(look, encoding="ascii"))
    assert [columns(line) for line in bare] == [columns(line) for line in drawn]
    assert all(line.isascii() for line in bare)

"""The forest plot of a notebook: one picture that any page may hold."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from evalkit.api.forest_picture import forest_pictures
from evalkit.report.story import ForestPlot, ForestRow

ROW = ForestRow(12, "accuracy", "model", 326, 250, 426, (276,), "fail", "−0.1 [−0.2, 0.0]", "accuracy fell")
PLOT = ForestPlot(
    "Change", 60, 470, "← worse", "better →", ((250, "−0.2"), (470, "0.0")), (), (ROW,),
    (("fail", "gate failed"),), True, "Forest plot of 1 difference",
)  # fmt: skip


def parsed(plot: ForestPlot) -> ElementTree.Element:
    return ElementTree.fromstring(forest_pictures([plot]).replace("&ensp;", " "))


def test_a_reader_without_the_picture_has_it_in_words() -> None:
    (picture, *_) = parsed(PLOT).iter("svg")
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "Forest plot of 1 difference")
    assert [each.text for each in picture.iter("title")] == ["accuracy fell"]


def test_nothing_of_it_is_a_script_or_a_style_of_the_whole_page() -> None:
    assert {each.tag for each in parsed(PLOT).iter()} == {"div", "svg", "g", "path", "text", "title", "tspan"}


def test_text_has_the_colour_of_the_page() -> None:
    assert {each.get("fill") for each in parsed(PLOT).iter("text")} == {"currentColor"}


@pytest.mark.parametrize(
    "shape, is_full", [("fail", True), ("pass", True), ("worse", False), ("better", False)]
)
def test_what_a_gate_decided_is_full_and_what_none_asked_is_hollow(shape: str, is_full: bool) -> None:
    plot = replace(PLOT, rows=(replace(ROW, shape=shape),), shapes=())  # type: ignore[arg-type]
    mark = [each for each in parsed(plot).iter("path") if each.get("d", "").startswith("M326 12")]
    assert [each.get("fill") != "none" for each in mark] == [is_full]


def test_a_name_is_text_whatever_it_looks_like() -> None:
    plot = replace(PLOT, rows=(replace(ROW, name="<script>x</script>", detail='"><b>'),))
    assert "<script>" not in forest_pictures([plot])
    assert parsed(plot).find(".//b") is None

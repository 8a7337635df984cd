"""Judges with their calibrations on a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.calibrating.attacks import attacks_of
from evalkit.calibrating.figures import figures_of
from evalkit.calibrating.labelled import Labels
from evalkit.calibrating.probes.builtin import PROBES
from evalkit.calibrating.record import calibration_of
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.report.blocks import Group, Note, Table, Text
from evalkit.report.collect import collect
from evalkit.report.sections import build
from tests.unit.calibrating.judged import BINARY, labelled, said
from tests.unit.report.memory_source import MemorySource, rows

SIGNATURE = "judge(form=binary,model=openai/judge,prompt=0123456789ab,rubric=ba9876543210)"


@pytest.fixture
def source() -> MemorySource:
    found = MemorySource()
    found.add_run("a")
    found.add("a", "e", rows("++-"), scorer_signatures={"judge": SIGNATURE})
    return found


def calibration() -> JudgeCalibration:
    labels = Labels([labelled(i, float(i % 2)) for i in range(20)], "labels.jsonl", n_skipped=1)
    figures = figures_of(BINARY.main, labels, [said(float(i % 2 or i == 0)) for i in range(20)])
    attacks = attacks_of([(PROBES[0], [(False, True)] * 10), (PROBES[1], [(False, False)] * 10)])
    return calibration_of(
        replace(figures, attacks=attacks), calibration_id="c", created_at=1_795_527_000.0, task="t",
        scorer="judge", signature=SIGNATURE, source="labels.jsonl",
    )  # fmt: skip


def test_a_judge_that_was_never_calibrated_is_a_warning(source: MemorySource) -> None:
    section = next(each for each in build(collect(source, "a")) if each.name == "judges")
    (note,) = section.blocks
    assert isinstance(note, Note)
    assert note.tone == "warning"
    assert "was never calibrated" in note.text


def test_a_calibration_is_shown_with_what_works_against_the_judge(source: MemorySource) -> None:
    source.calibrations.append(calibration())
    section = next(each for each in build(collect(source, "a")) if each.name == "judges")
    first, table, *rest = section.blocks
    assert isinstance(first, Note)
    assert "kappa 0.900" in first.text
    assert "1 of 2 attacks work: injected_verdict" in first.text
    assert isinstance(table, Table)
    assert table.rows[1].cells[:2] == (Text("kappa"), Text("0.900", "number"))
    titles = [each.summary for each in rest if isinstance(each, Group)]
    assert titles == [
        "What people say, and what the judge says", "Biases of the judge",
        "Attacks on responses that people call bad",
    ]  # fmt: skip
    assert [each.text for each in rest if isinstance(each, Note)] == ["1 label skipped by people."]


def test_a_run_without_a_judge_has_no_such_section(source: MemorySource) -> None:
    source.add_run("b")
    source.add("b", "f", rows("+"))
    assert "judges" not in [each.name for each in build(collect(source, "b"))]

"""Slices of recorded systems that moved, and those that did not: ``make real-slices``, shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calibration.real_slices import SliceRow, slice_rows
from tests.data.sliced import PAIRS
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data


def rows_of(name: str, folder: Path, alpha: float = 0.05) -> dict[str, SliceRow]:
    (pair,) = (each for each in PAIRS if each.name == name)
    return {each.value: each for each in slice_rows(pair, shared_data(pair.source).parent, folder, alpha)}


def test_one_category_of_bfcl_moved_and_the_others_did_not(tmp_path: Path) -> None:
    # 84 of 200 became 100: p = 0.013 by itself, 0.078 over six categories, which an alpha of 0.1 takes.
    rows = rows_of("bfcl", tmp_path, alpha=0.1)
    assert {value: each.moved for value, each in rows.items()} == {
        "irrelevance": "-",
        "live_multiple": "-",
        "live_simple": "-",
        "multi_turn_base": "better",
        "multiple": "-",
        "simple_python": "-",
    }
    assert {value: each.verdict.word for value, each in rows.items()} == {
        "irrelevance": "pass",
        "live_multiple": "pass",
        "live_simple": "undecided",
        "multi_turn_base": "pass",
        "multiple": "undecided",
        "simple_python": "pass",
    }
    found = rows["multi_turn_base"].verdict.comparison
    assert found is not None
    assert (round(200 * found.baseline), round(200 * found.candidate)) == (84, 100)
    assert rows["multi_turn_base"].p_shared == pytest.approx(6 * 0.012948, rel=1e-4)


def test_a_mean_hides_that_gpt_4_took_all_numbers_for_composite_ones(tmp_path: Path) -> None:
    rows = rows_of("gpt-4", tmp_path)
    scanned = {value: each.scanned["finding"] for value, each in rows.items() if each.scanned}
    assert (scanned["prime"], scanned["composite"]) == ("worse", "better")
    assert {value: each.verdict.verdict for value, each in rows.items()} == {
        "composite": "pass",
        "leetcode_easy": "fail",
        "prime": "fail",
        "sensitiveq": "fail",
    }

"""Regression gates over recorded outputs of real models: pinned verdicts that no order of samples turns.

A shorter version of what ``make real-pairs`` prints, which runs sessions and wrote the pinned values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from math import erfc, hypot, sqrt
from pathlib import Path

import pytest

from evalkit.comparisons.compare import compare
from evalkit.core.gate import MetricSpec
from evalkit.metrics.open import open_metric
from evalkit.stats.normal import normal_quantile
from tests.calibration.pair_imports import NumberPair, compared, few, pythia_pairs
from tests.calibration.pair_replays import GatedPair, Replays, fewest_samples, look, observed
from tests.calibration.pair_sets import PAIR_SETS, PairSet
from tests.calibration.real_pairs import GOLDEN, golden_row, is_clear
from tests.data.recorded import write
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data

#: HumanEval needs a sandbox: tests/plugin/test_code_suites.py.
SETS = [each for each in PAIR_SETS if each.name != "humaneval_135"]
N_ORDERS = 2

by_set = pytest.mark.parametrize("which", SETS, ids=lambda which: which.name)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pairs")


@cache
def full_runs(which: PairSet, out: Path) -> list[tuple[str, str, GatedPair]]:
    for source in which.sources:
        shared_data(source)
    replays = Replays(which, write(which.name, shared_data(), out))
    return [(*pair, gated) for pair in _directed(which) for gated in replays.full_run(*pair)]


#: Of the sets that take long one pair, of the largest in one direction.
PAIRS = {
    "alpaca_texts": [("gpt4_0314", "gpt4_0613"), ("gpt4_0613", "gpt4_0314")],
    "xsum": [("convs2s", "ptgen")],
    "wmt17": [("LIUM-NMT", "LMU-nmt-reranked")],
}


def _directed(which: PairSet) -> list[tuple[str, str]]:
    return PAIRS.get(which.name) or list(which.directed)


@by_set
def test_full_verdicts_are_those_of_the_sessions(which: PairSet, out: Path) -> None:
    rows = json.loads(GOLDEN.read_text(encoding="utf-8"))[which.name]
    pinned = [row for row in rows if (row["baseline"], row["candidate"]) in _directed(which)]
    seen = [golden_row(gated, *pair) for *pair, gated in full_runs(which, out)]
    assert seen == pinned


@by_set
def test_no_order_of_the_samples_turns_a_verdict(which: PairSet, out: Path) -> None:
    for *_, gated in full_runs(which, out):
        if gated.pairs:
            allowed = {"pass": {"pass"}, "fail": {"fail"}}.get(gated.verdict.verdict, {"pass", "fail"})
            assert set(look(gated, N_ORDERS).decisions) <= allowed


@by_set
def test_clear_differences_take_a_quarter_of_the_samples_where_any_betting_could(
    which: PairSet, out: Path
) -> None:
    for *pair, gated in full_runs(which, out):
        least, found = fewest_samples(gated), gated.verdict.comparison
        assert found is not None
        if least is not None and is_clear(found) and least < 0.08 * found.n:
            shares = look(gated, 11).shares
            assert sorted(shares)[5] < 0.25, pair


def test_a_bleu_difference_has_nearly_the_p_value_of_approximate_randomisation(out: Path) -> None:
    """multeval's, as sacreBLEU's tests have it."""
    shared_data("wmt17_en_de")
    which = next(each for each in SETS if each.name == "wmt17")
    folder = write("wmt17", shared_data(), out)
    (task,) = which.tasks(folder)
    metric = open_metric(MetricSpec("bleu", {"tokenize": "none"}))
    sides = [observed(task, folder, each) for each in PAIRS["wmt17"][0]]
    assert compare(metric, "bleu", *sides).p_two_sided == pytest.approx(0.09029, abs=0.04)


def numbers(path: Path) -> dict[tuple[str, str], tuple[float, float]]:
    """Task and metric of a results file to value and standard error."""
    results: Mapping[str, Mapping[str, float]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {
        (task, metric): (value, row[f"{metric}_stderr"])
        for task, row in results.items()
        for metric, value in row.items()
        if f"{metric}_stderr" in row
    }


def pythia(name: str) -> NumberPair:
    shared_data("pythia_lm_eval_results")
    return next(each for each in pythia_pairs(shared_data()) if each.name.startswith(name))


def test_every_number_of_pythia_is_compared_by_the_standard_errors_of_its_files(tmp_path: Path) -> None:
    pair = pythia("pythia-410m zero-shot")
    before, after = numbers(pair.baseline), numbers(pair.candidate)
    found = {(row["task"], row["metric"]): row for row in compared(pair, tmp_path / "store.duckdb")}
    assert found.keys() == before.keys() & after.keys()
    assert len(found) == 128
    for key, row in found.items():
        raw, error = after[key][0] - before[key][0], hypot(after[key][1], before[key][1])
        shown = row["comparison"]
        assert shown["difference"] == pytest.approx(-raw if key[1] == "ppl" else raw, abs=1e-12)
        assert shown["p_two_sided"] == pytest.approx(erfc(abs(raw) / error / sqrt(2)), rel=1e-6)
        half = normal_quantile(1 - shown["alpha"]) * error
        assert shown["high"] - shown["low"] == pytest.approx(2 * half, rel=1e-6)
    # By its own interval "wsc" is better (p = 0.003), as one in 128 may be; among all of them it is not.
    assert found["wsc", "acc"]["comparison"]["low"] > 0
    assert {row["finding"] for row in found.values()} == {"no worse", "undecided"}


@pytest.mark.parametrize("size", ["410m", "1.4b"])
def test_files_that_are_called_five_shot_hold_the_numbers_of_zero_shot(size: str) -> None:
    """Pythia v0: all numbers but one of the file for 0 examples, to the digit."""
    zero_shot, named_five = (
        numbers(pythia(f"pythia-{size} {shots}").baseline) for shots in ("zero-shot", "five-shot")
    )
    assert {key for key in named_five if zero_shot[key] != named_five[key]} == {("winogrande", "acc")}


def test_a_file_of_zero_shot_numbers_is_not_compared_with_a_five_shot_one(tmp_path: Path) -> None:
    rows = compared(few(pythia("pythia-410m five-shot"), tmp_path), tmp_path / "store.duckdb")
    assert {row["finding"] for row in rows} == {"not comparable"}
    assert all("task hash differs" in row["detail"] for row in rows)

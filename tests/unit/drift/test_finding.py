"""What moved, when, and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalkit.drift.finding import Finding, find_drift
from evalkit.drift.series import series_of
from evalkit.metrics.always import WATCHED
from evalkit.store.store import Store
from tests.unit.drift.histories import NIGHT_S, write_history

NIGHTS, STEP = 40, 25
NOISE = 0.005 * np.random.default_rng(2).standard_normal(NIGHTS)
FELL = np.where(np.arange(NIGHTS) < STEP, 0.86, 0.80) + NOISE
STILL = 0.86 + NOISE


def from_step(before: str, after: str) -> list[str]:
    return [before] * STEP + [after] * (NIGHTS - STEP)


def findings(store: Path, alpha: float = 0.05, metric: str = "accuracy") -> list[Finding]:
    with Store.open(store) as opened:
        return [
            f
            for f in find_drift(opened, series_of(opened.history()), alpha)
            if f.series.last.metric == metric
        ]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


def test_a_drop_has_its_night_and_its_size(store: Path) -> None:
    write_history(store, FELL)
    (found,) = findings(store)
    assert found.direction == "worse"
    assert found.dates[1] <= "2026-01-26" <= found.dates[2]
    assert found.change.low < -0.06 < found.change.high


def test_the_text_of_a_size_says_the_level_of_its_interval(store: Path) -> None:
    write_history(store, FELL)
    (found,) = findings(store, alpha=0.05)
    level = 100 * (1 - 0.05 / len({"accuracy", *WATCHED}))
    assert f"(interval of {level:.2f} %) on 2026-01-26" in found.change_text
    assert found.change_text.endswith("p < 1e-06")


def test_a_history_that_stays_has_no_finding(store: Path) -> None:
    write_history(store, STILL)
    assert findings(store) == []


def test_other_answers_to_the_same_questions_mean_that_the_model_moved(store: Path) -> None:
    write_history(store, FELL, revisions=from_step("0613", "1106"), answers=from_step("yes", "no"))
    (found,) = findings(store)
    assert found.attribution.cause == "model"
    assert found.attribution.changed_share == 1.0
    assert "the model's revision went from 0613 to 1106" in found.attribution.evidence
    assert found.recommendation.startswith("pin model revision 0613: accuracy fell by 0.0598")
    assert found.recommendation.endswith("since 2026-01-26")


def test_a_model_that_moved_without_a_word_is_said_to_have(store: Path) -> None:
    write_history(store, FELL)
    (found,) = findings(store)
    assert "the model reports no other revision (none)" in found.attribution.evidence


def test_another_prompt_is_the_cause_where_all_else_is_the_same(store: Path) -> None:
    write_history(store, FELL, prompts=from_step("aaaa1111", "bbbb2222"))
    (found,) = findings(store)
    assert found.attribution.cause == "prompt"
    assert found.recommendation.startswith("revert prompt default to aaaa1111")


def test_other_samples_are_the_cause_even_where_the_prompt_changed_too(store: Path) -> None:
    write_history(store, FELL, prompts=from_step("a", "b"), datasets=from_step("x", "y"))
    (found,) = findings(store)
    assert found.attribution.cause == "data"


def test_a_change_of_the_prompt_inside_the_interval_of_the_date_is_taken(store: Path) -> None:
    noise = 0.008 * np.random.default_rng(3).standard_normal(NIGHTS)
    noisy = np.where(np.arange(NIGHTS) < STEP, 0.86, 0.80) + noise
    prompts = ["aaaa1111"] * (STEP + 1) + ["bbbb2222"] * (NIGHTS - STEP - 1)
    write_history(store, noisy, prompts=prompts)
    (found,) = findings(store)
    assert found.attribution.cause == "prompt"


def test_a_slow_fall_with_the_same_hashes_asks_for_fresh_knowledge(store: Path) -> None:
    write_history(store, np.linspace(0.9, 0.8, NIGHTS) + NOISE)
    (found,) = findings(store)
    assert found.change.kind == "trend"
    assert found.recommendation.startswith("refresh the knowledge base, or retrain: accuracy fell by 0.0998")


def test_a_better_metric_needs_no_mending(store: Path) -> None:
    write_history(store, FELL[::-1])
    (found,) = findings(store)
    assert (found.direction, found.recommendation.startswith("nothing to fix")) == ("better", True)


def test_what_recovered_is_not_how_things_stand(store: Path) -> None:
    write_history(store, np.concatenate([FELL, STILL]))
    first, second = findings(store)
    assert (first.direction, first.is_last) == ("worse", False)
    assert (second.direction, second.is_last) == ("better", True)


def test_the_length_of_answers_is_watched_without_being_asked_for(store: Path) -> None:
    write_history(store, STILL, answers=from_step("yes", "yes, certainly, of course"))
    (found,) = findings(store, metric="output_chars_mean")
    assert found.direction == "moved"


def test_refusals_are_watched_without_being_asked_for(store: Path) -> None:
    write_history(store, STILL, answers=from_step("yes", "I'm sorry, but I can't help with that."))
    (found,) = findings(store, metric="refusal_rate")
    assert (found.change.before, found.change.after) == (0.0, 1.0)


def test_histories_of_two_models_are_two_series(store: Path) -> None:
    write_history(store, FELL, model="openai/one")
    write_history(store, STILL, model="openai/two")
    (found,) = findings(store)
    assert found.series.last.model == "openai/one"


def test_a_new_signature_begins_a_new_series(store: Path) -> None:
    write_history(store, STILL)
    with Store.open(store, mode="write") as opened:
        opened.connection.execute(
            "UPDATE metrics SET signature = 'accuracy|v2' WHERE evaluation_id >= 'run-all-030'"
        )
        (series,) = [s for s in series_of(opened.history()) if s.last.metric == "accuracy"]
    assert len(series.rows) == 10
    assert series.too_short == "10 runs, 12 are needed to know the noise"


def test_a_slow_move_is_held_from_end_to_end(store: Path) -> None:
    values = np.concatenate([np.full(20, 0.9), np.linspace(0.9, 0.8, 20)]) + NOISE
    write_history(store, values, revisions=["a"] * 30 + ["b"] * 10)
    (found,) = findings(store)
    attribution = found.attribution
    assert found.change.kind == "trend"
    assert attribution.earlier.started_at < attribution.later.started_at - 10 * NIGHT_S
    assert "the model's revision went from a to b" in attribution.evidence


def test_more_refusals_are_no_reason_to_say_that_nothing_needs_mending(store: Path) -> None:
    write_history(store, STILL, answers=from_step("yes", "I'm sorry, but I can't help with that."))
    (found,) = findings(store, metric="refusal_rate")
    assert found.recommendation.startswith("look at the answers")


def test_a_slower_model_is_not_to_be_mended_by_a_prompt(store: Path) -> None:
    write_history(store, 2 - FELL, metric="latency_p95_s", is_higher_better=False)
    (found,) = findings(store, metric="latency_p95_s")
    assert (found.direction, found.attribution.cause) == ("worse", "model")
    assert found.recommendation.startswith("look at the load on the provider")


def test_a_number_that_is_not_finite_is_left_out_of_the_history(store: Path) -> None:
    values = FELL.copy()
    values[[3, 7]] = np.inf, np.nan
    write_history(store, values)
    (found,) = findings(store)
    assert len(found.series.rows) == NIGHTS - 2


def test_a_series_is_over_after_fourteen_days_and_five_of_its_gaps(store: Path) -> None:
    write_history(store, STILL[:12])
    with Store.open(store) as opened:
        (series,) = [s for s in series_of(opened.history()) if s.last.metric == "accuracy"]
    end = series.last.started_at
    assert (series.is_over(end + 14 * NIGHT_S), series.is_over(end + 14 * NIGHT_S + 1)) == (False, True)

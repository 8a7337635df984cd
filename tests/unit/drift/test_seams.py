"""Series that go on over a retired model or scorer by a bridge."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evalkit.core.bridge import Bridge
from evalkit.drift.series import Series, series_of
from evalkit.report.drift_picture import picture
from evalkit.stats.changepoint import Floats
from evalkit.store.bridges import read_bridges, write_bridges
from evalkit.store.history import HistoryRow
from evalkit.store.store import Store
from tests.unit.drift.test_finding import NOISE

NIGHT_S = 86_400.0


def bridge(difference: float = -0.05, error: float = 0.005, **changes: str) -> Bridge:
    names = {
        "old_model": "openai/old", "old_prompt": "default", "new_model": "openai/new",
        "new_prompt": "default", "old_signature": "v1", "new_signature": "v1", **changes,
    }  # fmt: skip
    low, high = difference - 1.96 * error, difference + 1.96 * error
    more = {"error": error, "n": 300, "method": "exact", "old_evaluation_id": "e1", "new_evaluation_id": "e2"}
    return Bridge("model", "sums", "accuracy", difference=difference, low=low, high=high, created_at=1.0,
                  **names, **more)  # type: ignore[arg-type] # fmt: skip


def rows(values: Floats, model: str, first: int = 0, signature: str = "v1") -> list[HistoryRow]:
    return [
        HistoryRow("sums", model, "default", "accuracy", f"{model}-{i}", f"run-{model}-{i}",
                   NIGHT_S * (first + i), float(value), 500, signature, True, "t", "d", "p", None)
        for i, value in enumerate(values)
    ]  # fmt: skip


OLD = rows(0.90 + NOISE[:20], "openai/old")


def joined(new: list[HistoryRow], bridges: list[Bridge], older: list[HistoryRow] = OLD) -> list[Series]:
    return series_of([*new, *older], bridges)


def test_a_series_goes_on_under_the_new_model_and_has_one_name() -> None:
    new = rows(0.85 + NOISE[20:40], "openai/new", 20)
    (series,) = joined(new, [bridge()])
    assert len(series.rows) == 40
    assert series.name[1] == "openai/new"
    assert [seam.at for seam in series.seams] == [20]
    assert "goes on from openai/old since 1970-01-21: bridge -0.05 [-0.0598, -0.0402] on 300" in (
        series.seams[0].text
    )


def test_without_a_bridge_there_are_two_series() -> None:
    assert len(joined(rows(0.85 + NOISE[20:40], "openai/new", 20), [])) == 2


def test_a_step_that_the_bridge_explains_is_no_change() -> None:
    (series,) = joined(rows(0.847 + NOISE[20:40], "openai/new", 20), [bridge()])
    assert series.changes(0.05) == []


def test_a_step_beyond_the_bridges_uncertainty_is_a_change_at_the_seam() -> None:
    (series,) = joined(rows(0.80 + NOISE[20:40], "openai/new", 20), [bridge()])
    (change,) = series.changes(0.05)
    assert change.start == 20
    # 0.90 - 0.80, less the bridge's 0.05 and what its interval leaves open.
    assert -0.05 < change.size < -0.02


def test_a_bridge_that_knows_little_hides_a_step_that_a_sure_one_shows() -> None:
    new = rows(0.80 + NOISE[20:40], "openai/new", 20)
    (series,) = joined(new, [bridge(error=0.03)])
    assert series.changes(0.05) == []


def test_a_fall_of_the_new_model_is_seen_with_nights_from_before_the_seam() -> None:
    values = 0.85 + NOISE[20:40] - 0.06 * (np.arange(20) >= 14)
    (series,) = joined(rows(values, "openai/new", 20), [bridge()])
    (change,) = series.changes(0.05)
    assert change.start == 34


def test_a_new_signature_goes_on_by_a_bridge_of_scorers() -> None:
    new = rows(0.95 + NOISE[20:40], "openai/old", 20, "v2")
    over = bridge(0.05, new_model="openai/old", new_signature="v2")
    (series,) = series_of([*OLD, *new], [over])
    assert len(series.rows) == 40
    assert series.changes(0.05) == []
    (alone,) = series_of([*OLD, *new])
    assert len(alone.rows) == 20


def test_runs_of_the_old_model_after_the_seam_are_left_out() -> None:
    (series,) = joined(rows(0.85 + NOISE[20:40], "openai/new", 10), [bridge()])
    assert [seam.at for seam in series.seams] == [10]
    assert len(series.rows) == 30


def test_two_bridges_that_lead_to_each_other_end() -> None:
    back = bridge(0.05, old_model="openai/new", new_model="openai/old")
    joined(rows(0.85 + NOISE[20:40], "openai/new", 20), [bridge(), back])


def test_the_picture_draws_a_line_at_the_seam_and_says_it() -> None:
    (series,) = joined(rows(0.85 + NOISE[20:40], "openai/new", 20), [bridge()])
    drawn = picture(series, [])
    assert len(drawn.seams) == 1
    assert "goes on from openai/old" in drawn.label


def test_a_bridge_measured_anew_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    with Store.open(tmp_path / "results.duckdb", mode="write") as store:
        write_bridges(store.connection, [bridge(), bridge(new_model="openai/other")])
        write_bridges(store.connection, [bridge(-0.02)])
        found = read_bridges(store.connection)
    assert [(each.new_model, each.difference) for each in found] == [
        ("openai/other", -0.05),
        ("openai/new", -0.02),
    ]


def test_histories_without_a_step_but_with_a_wrong_bridge_alarm_no_more_than_alpha() -> None:
    """The bridge errs as its standard error says; nights never move."""
    rng, alarms, n = np.random.default_rng(4), 0, 60
    for _ in range(n):
        error = rng.normal(0, 0.01)
        older = rows(0.9 + rng.normal(0, 0.004, 20), "openai/old")
        new = rows(0.85 + rng.normal(0, 0.004, 20), "openai/new", 20)
        (series,) = joined(new, [bridge(-0.05 + error, 0.01)], older)
        alarms += bool(series.changes(0.05))
    assert alarms <= 5  # of 60 at 5 %: 3, and no more than 5 in 92 % of cases

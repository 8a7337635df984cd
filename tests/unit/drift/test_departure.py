"""A series is held against its first baseline, which no later one moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from evalkit.cli import main
from evalkit.drift.departure import Departure, find_departures
from evalkit.drift.finding import find_drift
from evalkit.drift.series import series_of
from evalkit.drift.watched import Watched
from evalkit.report.drift_html import render_drift
from evalkit.report.drift_markdown import drift_markdown
from evalkit.store.store import Store
from tests.unit.drift.histories import write_history

NOISE = 0.004 * np.random.default_rng(12).standard_normal(60)
#: It fell far and recovered a little: its last change is for the better.
RECOVERED = np.repeat([0.86, 0.76, 0.80], 20) + NOISE


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


def compare_with_moving_baseline(store: Path, nights: Sequence[int]) -> None:
    """Every night in ``nights`` was compared with the night before."""
    with Store.open(store, mode="write") as opened:
        for night in nights:
            opened.connection.execute(
                "INSERT INTO verdicts (evaluation_id, gate, verdict, detail, baseline_run_id) "
                "VALUES (?, 'regression(accuracy)', 'pass', '', ?)",
                [f"run-all-{night:03}-1", f"run-all-{night - 1:03}"],
            )


def watched(store: Path) -> Watched:
    with Store.open(store) as opened:
        series = [each for each in series_of(opened.history()) if each.last.metric == "accuracy"]
        findings = find_drift(opened, series, 0.05)
        return Watched(0.05, series, [], findings, find_departures(opened, series, findings, 0.05))


def departures(store: Path) -> Sequence[Departure]:
    return watched(store).departures


def test_what_recovered_a_little_stands_worse_than_its_first_baseline(store: Path) -> None:
    write_history(store, RECOVERED)
    compare_with_moving_baseline(store, range(3, 60))
    found = watched(store)
    (departure,) = found.departures
    assert [each.direction for each in found.findings] == ["worse", "better"]
    assert (departure.direction, departure.first.run_id, departure.n_baselines) == (
        "worse",
        "run-all-002",
        57,
    )
    assert departure.distance.low < -0.06 < departure.distance.high < 0
    assert found.headline == "1 of 1 series stands worse"


def test_a_history_that_stays_is_not_apart(store: Path) -> None:
    write_history(store, 0.86 + NOISE)
    compare_with_moving_baseline(store, range(3, 60))
    assert not departures(store)


def test_a_series_that_was_never_a_baseline_has_none_to_be_apart_from(store: Path) -> None:
    write_history(store, RECOVERED)
    assert not departures(store)


def test_a_baseline_that_asked_other_samples_is_none(store: Path) -> None:
    write_history(store, RECOVERED, datasets=["data-a"] * 20 + ["data-b"] * 40)
    compare_with_moving_baseline(store, [3])
    assert not departures(store)


def test_every_way_of_telling_has_it_and_a_cron_job_sees_it(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_history(store, RECOVERED)
    compare_with_moving_baseline(store, range(3, 60))
    assert main(["drift", "--metric", "accuracy", "--store", str(store), "--ci=off"]) == 1
    out = capsys.readouterr().out
    assert "accuracy: worse than its first baseline" in out
    assert "(interval of 95 %) since the first of 57 baselines, run run-all-002: 0.86" in out
    main(["drift", "--metric", "accuracy", "--store", str(store), "--ci=off", "--json"])
    (told,) = json.loads(capsys.readouterr().out)["since_first_baseline"]
    assert (told["direction"], told["size_level"], told["first_baseline"]) == ("worse", 0.95, "run-all-002")
    assert "since the first of 57 baselines" in render_drift(watched(store))
    assert "worse than its first baseline" in drift_markdown(watched(store))

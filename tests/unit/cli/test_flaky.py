"""``evalkit flaky``: the numbers that a bot reads, and the status that a cron job reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from evalkit.cli import main
from evalkit.core.quarantine import Quarantine
from evalkit.store.store import Store
from tests.unit.store.made_once import make_once
from tests.unit.store.test_own_history import Earlier

FAR, PAST = Quarantine(date(9999, 12, 31), "slow index"), Quarantine(date(2020, 1, 1))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_STORE", str(tmp_path / "results.duckdb"))
    return tmp_path


def write(folder: Path, scorer: str = "asserts", quarantine: Mapping[str, Quarantine] | None = None) -> None:
    """Twenty runs in which ``a`` failed three times and ``b`` never."""
    content = scorer, quarantine
    make_once(folder / "results.duckdb", repr(content), lambda: _write(folder, *content))


def _write(folder: Path, scorer: str, quarantine: Mapping[str, Quarantine] | None) -> None:
    earlier = Earlier(folder)
    for night in range(20):
        values = {"a": [0.0 if night in (2, 5, 11) else 1.0], "b": [1.0]}
        earlier.add(values, scorer=scorer, scorer_signatures={scorer: scorer}, quarantine=quarantine or {})
    with Store.open(earlier.path, mode="write") as store:
        store.fold()


def test_an_asserted_sample_that_flips_ends_with_1(folder: Path, capsys: Any) -> None:
    write(folder)
    assert main(["flaky"]) == 1
    out = capsys.readouterr().out
    assert "15 % [5 %, 36 %]" in out
    assert "1 flaky sample: 1 asserted, of them 1 without quarantine" in out


def test_json_has_every_number(folder: Path, capsys: Any) -> None:
    write(folder, quarantine={"a": FAR})
    assert main(["flaky", "--json", "--task", "sums", "--model", "local/tiny"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found == {
        "task": "sums", "model": "local/tiny", "prompt": "default", "model_revision": "rev1",
        "sample_id": "a", "scorer": "asserts", "is_asserted": True,
        "n": 20, "n_failed": 3, "n_runs": 20, "rate": 0.15,
        # statsmodels.stats.proportion.proportion_confint(3, 20, method="wilson")
        "rate_low": pytest.approx(0.052368745896216595, abs=1e-12),
        "rate_high": pytest.approx(0.36041886474075696, abs=1e-12),
        "last_at": "2023-12-03T22:13:20+00:00", "last_failed_at": "2023-11-25T22:13:20+00:00",
        "is_quarantined": True, "quarantine_until": "9999-12-31", "quarantine_reason": "slow index",
    }  # fmt: skip


def test_a_quarantine_that_ended_holds_nothing(folder: Path, capsys: Any) -> None:
    write(folder, quarantine={"a": PAST})
    assert main(["flaky"]) == 1
    assert "ended 2020-01-01" in capsys.readouterr().out


def test_scored_samples_are_told_and_are_no_failure(folder: Path, capsys: Any) -> None:
    write(folder, scorer="exact_match")
    assert main(["flaky"]) == 0
    assert "0 asserted" in capsys.readouterr().out


def test_since_leaves_out_what_came_before(folder: Path, capsys: Any) -> None:
    write(folder)
    day = datetime(2023, 11, 26, tzinfo=UTC).date()
    assert main(["flaky", "--since", str(day)]) == 0
    assert "no sample was scored both ways" in capsys.readouterr().out


def test_a_task_that_nobody_evaluated_is_a_usage_error(folder: Path, capsys: Any) -> None:
    write(folder)
    assert main(["flaky", "--task", "other"]) == 4
    assert "no run has evaluated that" in capsys.readouterr().err

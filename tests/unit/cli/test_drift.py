"""``evalkit drift``: what it prints, and the status that a cron job reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.cli import main
from tests.unit.drift.histories import write_history
from tests.unit.drift.test_finding import FELL, STILL


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVALKIT_STORE", raising=False)
    return tmp_path


STORE = Path(".evalkit/results.duckdb")


def test_something_worse_ends_with_1_and_says_what_to_do(capsys):
    write_history(STORE, FELL)
    assert main(["drift"]) == 1
    out = capsys.readouterr().out
    assert "accuracy: worse" in out
    assert "fell by 0.0598" in out
    assert "on 2026-01-26 (between 2026-01-2" in out
    assert "pin a dated version of the model" in out


def test_nothing_that_moved_ends_with_0(capsys):
    write_history(STORE, STILL)
    assert main(["drift"]) == 0
    assert "nothing moved" in capsys.readouterr().out


def test_a_short_history_is_0_or_strictly_2(capsys):
    write_history(STORE, STILL[:5])
    assert main(["drift"]) == 0
    out = capsys.readouterr().out
    assert "too short: fewer than 12 runs\nnothing can be said yet" in out
    assert "nothing moved" not in out
    assert main(["drift", "--strict"]) == 2


def test_json_has_every_number(capsys):
    write_history(STORE, FELL)
    main(["drift", "--json", "--metric", "accuracy"])
    answer = json.loads(capsys.readouterr().out)
    (change,) = answer["changes"]
    assert answer["n_series"] == 1
    assert (change["kind"], change["cause"], change["direction"]) == ("step", "model", "worse")
    assert change["size_low"] < change["size"] < change["size_high"] < 0


def test_since_leaves_out_what_came_before(capsys):
    write_history(STORE, FELL)
    assert main(["drift", "--since", "2026-01-27"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "lately"], "--since 'lately' is no date and no age (write 2026-01-31 or 90d)"),
        (["--alpha", "2"], "--alpha 2 is outside (0, 0.5]"),
        (["--task", "nothing"], "no finished whole run has such numbers"),
    ],
)
def test_wrong_words_are_one_line(words, said, capsys):
    write_history(STORE, STILL[:3])
    assert main(["drift", *words]) == 4
    assert said in capsys.readouterr().err

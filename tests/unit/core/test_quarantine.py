"""What a quarantine may say, and the one error of each thing that it may not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from evalkit.core.quarantine import Quarantine, QuarantinedSample, utc_day
from evalkit.core.task import Task
from evalkit.errors import TaskError


def task(entries: Any) -> Task:
    return Task(task="t", samples=[{"id": "a", "input": "x"}], quarantine=entries)


def test_a_date_may_be_a_text_or_a_date() -> None:
    entry = {"sample": "a", "until": "2026-12-31", "reason": " waits\n for it "}
    expected = (QuarantinedSample("a", Quarantine(date(2026, 12, 31), "waits for it")),)
    assert task([entry]).quarantine == expected
    assert task([{**entry, "until": date(2026, 12, 31)}]).quarantine == expected


def test_it_holds_on_its_last_day_and_not_on_the_next() -> None:
    quarantine = Quarantine(date(2026, 12, 31))
    assert quarantine.holds_on(date(2026, 12, 31))
    assert not quarantine.holds_on(date(2027, 1, 1))


def test_the_day_is_the_one_in_utc() -> None:
    assert utc_day(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) == date(2026, 12, 31)


def test_quarantine_is_no_part_of_the_task_hash() -> None:
    assert task([{"sample": "a", "until": "2026-12-31"}]).task_hash == task([]).task_hash


@pytest.mark.parametrize(
    ("entries", "key", "what"),
    [
        ([{"sample": "a"}], "quarantine.0", "has no end"),
        ([{"sample": "a", "until": None}], "quarantine.0", "has no end"),
        ([{"sample": "a", "until": "next week"}], "quarantine.0.until", "'next week', which is not a date"),
        ([{"sample": "a", "until": "2026-02-30"}], "quarantine.0.until", "is not a date"),
        ([{"sample": "a", "until": "20261231"}], "quarantine.0.until", "is not a date"),
        ([{"sample": "a", "until": 2026}], "quarantine.0.until", "is not a date"),
        ([{"sample": "a", "until": "2026-12-31", "reason": 3}], "quarantine.0.reason", "is not a text"),
        ([{"until": "2026-12-31"}], "quarantine.0", "names no sample"),
        (["a"], "quarantine.0", "names no sample"),
        ([{"sample": "a", "untill": "2026-12-31"}], "quarantine.0.untill", "unknown key 'untill'"),
        ([{"sample": "a", "until": "2026-12-31"}] * 2, "quarantine.1", "'a' is quarantined twice"),
        ({"a": "2026-12-31"}, "quarantine", "is not a list"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_one_error_with_its_key(entries: Any, key: str, what: str) -> None:
    with pytest.raises(TaskError, match=what) as caught:
        task(entries)
    assert caught.value.key == key

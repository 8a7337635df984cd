"""The part of a report on asserted samples that flip, or are in quarantine."""

from __future__ import annotations

import re
from datetime import date

from evalkit.core.quarantine import Quarantine
from evalkit.report.collect import collect
from evalkit.report.html import render
from evalkit.report.markdown import markdown
from evalkit.report.summary import MAX_FLAKY
from evalkit.store.own_history import OwnValues
from tests.plain import summary_lines
from tests.unit.report.memory_source import MemorySource, rows

#: The run of the source started on 2026-11-24.
HELD = Quarantine(date(2026, 11, 24), "slow | index")
ENDED = Quarantine(date(2026, 11, 23))


def judged(n: int, n_failed: int) -> OwnValues:
    mean = 1 - n_failed / n
    low, high = float(n_failed < 1), float(n_failed < n)
    return OwnValues(n, n, mean, n * mean * (1 - mean), low, high, None)


def source(history: dict[str, OwnValues], scorer: str = "asserts", **quarantine: Quarantine) -> MemorySource:
    made = MemorySource()
    made.add_run("r")
    made.add("r", "e", rows("++"), scorer_signatures={scorer: scorer}, quarantine=quarantine)
    made.history_of["e"] = {"asserts": history}
    return made


def test_samples_in_quarantine_come_first_then_those_that_fail_most_often() -> None:
    history = {"sure": judged(20, 0), "rare": judged(20, 3), "often": judged(20, 10), "held": judged(20, 0)}
    (item,) = collect(source(history, held=HELD, unasked=ENDED), "r").evaluations
    told = [(each.sample_id, each.rate_text, each.quarantine_text) for each in item.flaky]
    assert told == [
        ("held", "0 % [0 %, 16 %] of 20 answers", "until 2026-11-24"),
        ("unasked", "no answer yet", "ended 2026-11-23"),
        ("often", "50 % [30 %, 70 %] of 20 answers", ""),
        ("rare", "15 % [5 %, 36 %] of 20 answers", ""),
    ]


def test_a_task_without_asserted_samples_asks_for_no_history() -> None:
    (item,) = collect(source({"a": judged(2, 1)}, scorer="exact_match"), "r").evaluations
    assert item.flaky == ()


def test_page_markdown_and_terminal_name_the_sample_with_rate_date_and_reason() -> None:
    made = source({"held": judged(20, 3)}, held=HELD)
    data = collect(made, "r")
    lines = summary_lines(made, "r")
    assert "Flaky and quarantined samples" in lines
    (row,) = [line for line in lines if line.startswith("  held ")]
    assert re.split(" {2,}", row)[1:] == [
        "held", "support/intents", "local/small", "15 % [5 %, 36 %] of 20 answers", "until 2026-11-24",
        "slow | index",
    ]  # fmt: skip
    text = markdown(data)
    assert "**Flaky and quarantined samples**" in text
    assert "| held |" in text
    assert "| 15 % \\[5 %, 36 %\\] of 20 answers | until 2026-11-24 | slow \\| index |" in text
    assert all(
        word in render(data) for word in ("Flaky and quarantined samples", "slow | index", "15 % [5 %, 36 %]")
    )


def test_the_terminal_names_the_first_ones_and_counts_the_rest() -> None:
    lines = summary_lines(source({f"s{i}": judged(4, 1) for i in range(MAX_FLAKY + 7)}), "r")
    assert lines[-1] == "  7 more: evalkit flaky"

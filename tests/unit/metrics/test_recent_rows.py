"""Memory of the last batches: what it keeps, and metrics that do without it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from evalkit.metrics.recent_rows import RecentRows
from evalkit.metrics.text.engine import rouge as rouge_engine
from evalkit.metrics.text.engine.rouge import score_pairs
from tests.unit.metrics.observing import value_of
from tests.unit.metrics.texts import written


def test_the_oldest_entry_makes_room() -> None:
    recent = RecentRows(2)
    for key in ("a", "b", "a", "c"):
        recent.keep(key, np.zeros((1, 1)))
    assert recent.find("a") is None
    assert recent.find("b") is not None
    assert recent.find("c") is not None


def test_what_is_kept_cannot_be_written_to() -> None:
    recent = RecentRows(1)
    recent.keep("a", np.zeros((1, 1)))
    rows = recent.find("a")
    assert rows is not None
    assert not rows.flags.writeable


@pytest.fixture
def many_switches() -> Iterator[None]:
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("many_switches")
def test_a_batch_is_scored_while_another_thread_scores_single_samples() -> None:
    """A unit is concluded while samples of the next one are scored: neither may lose rows to the other."""
    has_begun, is_over = Event(), Event()

    def score_samples() -> None:
        while not is_over.is_set():
            score_pairs("rouge1", [f"sample {time.perf_counter_ns()}"], ["sample"], use_stemmer=False)
            has_begun.set()

    with ThreadPoolExecutor() as pool:
        samples = pool.submit(score_samples)
        try:
            assert has_begun.wait(60)
            for i in range(4):
                rows = score_pairs("rouge1", [f"one {i}"] * 3_000, ["one"] * 3_000, use_stemmer=False)
                assert rows[:, 1].tolist() == [0.5] * 3_000
        finally:
            is_over.set()
        samples.result()


def test_samples_that_scorers_judge_one_by_one_do_not_push_out_a_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = written(["a b"] * 80, [f"a b c{i}" for i in range(80)])
    single = [written(["a b"], [f"a d{i}"]) for i in range(40)]
    value_of("rouge1", batch)
    for each in single:
        value_of("rouge1", each)
    monkeypatch.setattr(rouge_engine, "_score", lambda *seen: pytest.fail("scored again"))
    assert value_of("rouge1", batch) == pytest.approx(0.8)
    assert value_of("rouge2", batch) == pytest.approx(2 / 3)

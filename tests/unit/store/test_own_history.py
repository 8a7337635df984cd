"""What counts as an earlier answer to a sample, and what does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.store.own_history import OwnValues
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import SUBJECT, make_evaluation, make_run

HASHES = {"a": "hash-a", "b": "hash-b"}
DAY_S = 86_400.0


class Earlier:
    """A store in which runs gather, one a day."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "results.duckdb"
        self.n_runs = 0

    def add(
        self,
        values: Mapping[str, Sequence[float | None]],
        *,
        hashes: Mapping[str, str | None] = HASHES,
        is_cached: bool = False,
        is_partial: bool = False,
        scorer: str = "exact_match",
        **changes: Any,
    ) -> str:
        """A run with the values of each sample's repeats, None for a failed score; returns its id."""
        run_id = f"run-{self.n_runs:03}"
        started = 1_700_000_000.0 + self.n_runs * DAY_S
        self.n_runs += 1
        spool = Spool.create(self.path, run_id)
        spool.add_run(make_run(run_id, started_at=started, is_partial=is_partial))
        spool.add_evaluation(make_evaluation(f"{run_id}-1", run_id, **changes))
        for sample_id, repeats in values.items():
            sample = Sample(sample_id, "in", content_hash=hashes.get(sample_id))
            for repeat, value in enumerate(repeats):
                answer = Response("out", sample_id, repeat, is_cached=is_cached, created_at=started)
                spool.add_response(f"{run_id}-1", sample, answer)
                score = Score(scorer, value, error=None if value is not None else "cannot judge")
                spool.add_scores(f"{run_id}-1", sample_id, repeat, score)
        spool.close()
        return run_id

    def of(self, *, hashes: Mapping[str, str | None] = HASHES, **changes: Any) -> Mapping[str, OwnValues]:
        """The values of ``exact_match`` before an evaluation that is not stored."""
        without_run = changes.pop("without_run", None)
        with Store.open(self.path, mode="write") as store:
            store.fold()
            evaluation = make_evaluation("now-1", "now", **changes)
            return store.own_history(evaluation, hashes, without_run=without_run).get("exact_match", {})


@pytest.fixture
def earlier(tmp_path: Path) -> Earlier:
    return Earlier(tmp_path)


def test_repeats_and_runs_add_up_to_the_moments_of_all_values(earlier: Earlier) -> None:
    for values in ((1.0, 0.0), (0.25,), (1.0, 1.0, 0.5)):
        earlier.add({"a": values})
    found = earlier.of()["a"]
    everything = np.array([1.0, 0.0, 0.25, 1.0, 1.0, 0.5])
    assert (found.n, found.n_runs, found.low, found.high) == (6, 3, 0.0, 1.0)
    assert found.mean == pytest.approx(everything.mean(), abs=1e-12)
    assert found.squares / 5 == pytest.approx(everything.var(ddof=1), abs=1e-12)
    assert found.last_at == 1_700_000_000.0 + 2 * DAY_S


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "other"},
        {"task_hash": "other"},
        {"scorer_signatures": {"exact_match": "exact_match(case=ignore)"}},
        {"subject": replace(SUBJECT, model="local/big")},
        {"subject": replace(SUBJECT, model_revision="rev2")},
        {"subject": replace(SUBJECT, model_revision=None)},
        {"subject": replace(SUBJECT, params={"temperature": 0.7})},
        {"subject": replace(SUBJECT, prompt_hash="abd")},
    ],
    ids=lambda changes: str(next(iter(changes.items())))[:40],
)
def test_another_task_scorer_or_subject_is_not_the_same(earlier: Earlier, changes: dict[str, Any]) -> None:
    earlier.add({"a": [1.0]}, **changes)
    assert earlier.of() == {}
    assert earlier.of(**changes)["a"].n == 1


def test_a_revision_that_is_unknown_on_both_sides_is_the_same(earlier: Earlier) -> None:
    unknown = replace(SUBJECT, model_revision=None)
    earlier.add({"a": [1.0]}, subject=unknown)
    assert earlier.of(subject=unknown)["a"].n == 1


def test_a_dataset_that_grew_keeps_the_history_of_its_other_samples(earlier: Earlier) -> None:
    earlier.add({"a": [1.0]}, dataset_hash="when it was small")
    assert earlier.of()["a"].n == 1


def test_an_edited_sample_loses_its_history_and_the_others_keep_theirs(earlier: Earlier) -> None:
    earlier.add({"a": [1.0], "b": [0.0]}, dataset_hash="before the edit")
    assert earlier.of(hashes={"a": "edited", "b": "hash-b"}).keys() == {"b"}


def test_rows_without_a_sample_hash_count_where_the_whole_dataset_is_the_same(earlier: Earlier) -> None:
    earlier.add({"a": [1.0]}, hashes={})
    earlier.add({"b": [1.0]}, hashes={}, dataset_hash="other")
    assert earlier.of().keys() == {"a"}


def test_calls_without_a_dataset_are_not_taken_for_the_same_samples(earlier: Earlier) -> None:
    earlier.add({"a": [1.0]}, hashes={}, dataset_hash="")
    assert earlier.of(dataset_hash="") == {}


def test_copies_from_the_cache_and_failed_scores_do_not_count(earlier: Earlier) -> None:
    earlier.add({"a": [1.0, None]})
    earlier.add({"a": [1.0]}, is_cached=True)
    assert earlier.of()["a"].n == 1


def test_partial_and_interrupted_runs_count(earlier: Earlier) -> None:
    earlier.add({"a": [1.0]}, is_partial=True)
    earlier.add({"a": [1.0]}, status="interrupted")
    assert (earlier.of()["a"].n, earlier.of()["a"].n_runs) == (2, 2)


def test_the_run_that_asks_can_be_left_out(earlier: Earlier) -> None:
    first = earlier.add({"a": [1.0]})
    earlier.add({"a": [0.0]})
    assert earlier.of(without_run=first)["a"].mean == 0.0


def test_a_stored_evaluation_brings_the_hashes_of_its_own_samples(earlier: Earlier) -> None:
    earlier.add({"a": [1.0], "b": [1.0]}, dataset_hash="one")
    last = earlier.add({"a": [0.0]}, dataset_hash="two")
    with Store.open(earlier.path) as store:
        found = store.own_history(store.evaluation(f"{last}-1"))
    assert {sample_id: values.n for sample_id, values in found["exact_match"].items()} == {"a": 2}


def test_without_anything_alike_no_answer_is_read(earlier: Earlier) -> None:
    earlier.add({"a": [1.0]}, task="other")
    with Store.open(earlier.path, mode="write") as store:
        store.fold()
        store.connection.execute("DROP TABLE responses")
        assert store.own_history(make_evaluation("now-1", "now"), HASHES) == {}


def test_one_scorer_alone_can_be_asked_about(earlier: Earlier) -> None:
    signatures = {"exact_match": "exact_match", "contains": "contains"}
    earlier.add({"a": [1.0]}, scorer_signatures=signatures)
    earlier.add({"a": [1.0]}, scorer="contains", scorer_signatures=signatures)
    evaluation = make_evaluation("now-1", "now", scorer_signatures=signatures)
    with Store.open(earlier.path, mode="write") as store:
        store.fold()
        assert store.own_history(evaluation, HASHES).keys() == {"contains", "exact_match"}
        assert store.own_history(evaluation, HASHES, scorer="contains").keys() == {"contains"}

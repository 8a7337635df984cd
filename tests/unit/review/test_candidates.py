"""What the store says for each answer: flips, scorers that disagree, judges that are unsure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.review.picking.candidates import candidates_of
from evalkit.review.picking.pick import Reason
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run


def store_of(
    path: Path, runs: Mapping[str, Mapping[str, Sequence[float]]], failed: int | None = None
) -> Path:
    """Run id to what each scorer gave its samples; the answer numbered ``failed`` never came."""
    for run_id, scores in runs.items():
        spool = Spool.create(path, run_id)
        spool.add_run(make_run(run_id))
        spool.add_evaluation(make_evaluation(f"{run_id}-1", run_id))
        for i in range(len(next(iter(scores.values())))):
            sample = Sample(f"s{i}", f"{i} + 1", "1")
            answer = Response(error="timeout") if i == failed else Response("1")
            spool.add_response(f"{run_id}-1", sample, answer, i)
            if i != failed:
                given = [Score(name, values[i], "1") for name, values in scores.items()]
                spool.add_scores(f"{run_id}-1", sample.id, 0, *given)
        spool.close()
    with Store.open(path, mode="write") as store:
        store.fold()
    return path


def strengths(path: Path, reason: Reason, baseline: str | None = None) -> dict[str, float]:
    with Store.open(path) as store:
        found = candidates_of(store.connection, "now-1", baseline)
    return {each.key[1]: each.reasons[reason] for each in found if reason in each.reasons}


def test_a_flip_is_a_score_that_moved_against_the_baseline(tmp_path: Path) -> None:
    before, after = {"exact_match": [1.0, 0.0, 1.0]}, {"exact_match": [1.0, 1.0, 0.0]}
    path = store_of(tmp_path / "r.duckdb", {"then": before, "now": after})
    assert strengths(path, "flip", "then-1") == {"s0": 0, "s1": 1, "s2": 1}
    assert strengths(path, "flip") == {}


def test_scorers_disagree_on_their_own_scales(tmp_path: Path) -> None:
    path = store_of(tmp_path / "r.duckdb", {"now": {"contains": [1, 0, 1], "grade": [5, 1, 2]}})
    assert strengths(path, "disagree") == {"s0": 0, "s1": 0, "s2": 0.75}


def test_one_scorer_disagrees_with_nobody(tmp_path: Path) -> None:
    path = store_of(tmp_path / "r.duckdb", {"now": {"exact_match": [1, 0]}})
    assert strengths(path, "disagree") == {}


def test_an_answer_that_never_came_is_no_candidate(tmp_path: Path) -> None:
    path = store_of(tmp_path / "r.duckdb", {"now": {"exact_match": [1, 0, 1]}}, failed=1)
    with Store.open(path) as store:
        assert [each.key for each in candidates_of(store.connection, "now-1")] == [
            ("now-1", "s0", 0),
            ("now-1", "s2", 0),
        ]


def test_a_judge_is_unsure_near_one_half_or_where_its_judgements_differ(tmp_path: Path) -> None:
    path = store_of(tmp_path / "r.duckdb", {"now": {"exact_match": [1, 1, 1, 1]}})
    judged = [
        ("s0", "yes_no", 1, 0.5), ("s1", "yes_no", 1, 0.95),
        ("s2", "grade", 1, None), ("s2", "grade", 5, None),
        ("s3", "grade", 3, None), ("s3", "grade", 4, None),
    ]  # fmt: skip
    with Store.open(path, mode="write") as store:
        for sample_id, scorer, value, probability in judged:
            store.connection.execute(
                """INSERT INTO judgements (evaluation_id, sample_id, repeat, scorer, value, probability)
                   VALUES ('now-1', ?, 0, ?, ?, ?)""",
                [sample_id, scorer, value, probability],
            )
    found = strengths(path, "unsure")
    assert {name: round(value, 6) for name, value in found.items()} == {
        "s0": 1.0,
        "s1": 0.1,
        "s2": 1.0,
        "s3": 0.25,
    }

"""Laws of sessions with judges and people: each raises AssertionError with what it saw."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.laws.judged.judge_server import (
    JUDGE_USD,
    NEVER,
    SUBJECT_USD,
    JudgeServer,
    Question,
    cost_usd,
    judge_tokens,
    subject_tokens,
)
from tests.laws.judged.project import MIN_KAPPA
from tests.laws.judged.reviewing import Reviews
from tests.laws.project import CANARY
from tests.laws.seen import Stored

__all__ = [
    "acknowledged_reviews_are_kept_once",
    "changed_judges_decide_nothing",
    "corrections_rest_on_labels",
    "every_answer_is_judged",
    "failed_judgements_are_no_zeros",
    "judged_gates_are_calibrated",
    "judgements_cost_apart",
    "no_judgement_is_lost_or_doubled",
    "no_secret_in_opinions",
    "scores_are_means_of_what_was_judged",
]

#: Labels drawn at random below which nothing is corrected.
_LEAST_LABELS = 10
_DECIDED = ("pass", "fail")


@dataclass
class Heard:
    """What judges said, as the server knows it.

    Attributes:
        rubrics: signature of a scorer to the word that its rubric has.
        aside: how many verdicts stand in no run: of calibrations, and of sessions that were killed.
    """

    server: JudgeServer
    rubrics: dict[str, str] = field(default_factory=dict)
    aside: Counter[Question] = field(default_factory=Counter)

    def question(self, row: Mapping[str, Any]) -> Question:
        """What a judgement is about, by its row with ``scorer_signatures`` and ``output``."""
        signature = json.loads(row["scorer_signatures"])[row["scorer"]]
        judge = row["judge"].partition("?")[0].removeprefix("openai/")
        return Question(judge, self.rubrics[signature], row["output"])


def every_answer_is_judged(stored: Stored, run_id: str, n_rounds: int) -> None:
    """Each answer of a run that was left alone has one judgement for each round that was asked for."""
    for evaluation in stored.evaluations(run_id):
        rounds: dict[tuple[str, int], list[int]] = {}
        for row in _judgements(stored, evaluation["evaluation_id"]):
            if not row["is_rejudged"]:
                rounds.setdefault((row["sample_id"], row["repeat"]), []).append(row["round"])
        for response in stored.responses(evaluation["evaluation_id"]):
            found = sorted(rounds.get((response["sample_id"], response["repeat"]), []))
            due = list(range(n_rounds)) if response["error"] is None else []
            assert found == due, f"{run_id} {response['sample_id']}: rounds {found}, {due} due"


def no_judgement_is_lost_or_doubled(stored: Stored, heard: Heard) -> None:
    """What judges said is what is stored, each once over all sessions: resumed, repeated, judged again."""
    kept: dict[Question, dict[int, str]] = {}
    for row in _opinions(stored):
        question = heard.question(row)
        before = kept.setdefault(question, {}).setdefault(row["round"], row["verdict"])
        assert before == row["verdict"], f"{question}: round {row['round']} is {before} and {row['verdict']}"
    for question in kept.keys() | heard.server.said.keys():
        said = Counter(heard.server.said.get(question, ()))
        stands = Counter(kept.get(question, {}).values())
        assert stands <= said, f"{question}: stored {dict(stands)}, said {dict(said)}"
        n_more = said.total() - stands.total()
        assert n_more <= heard.aside[question], f"{question}: said {dict(said)}, stored {dict(stands)}"


def failed_judgements_are_no_zeros(stored: Stored, heard: Heard) -> None:
    """A judge that gave no verdict stands as an error without a value, and so does a score of no other."""
    for row in _opinions(stored, is_valid=None):
        where = f"{row['run_id']} {row['sample_id']} round {row['round']}"
        assert (row["value"] is None) == (row["error"] is not None), f"{where}: {row['value']} {row['error']}"
        assert row["value"] is None or heard.question(row).kind not in NEVER, (
            f"{where}: {row['value']} by a judge that said nothing"
        )
    wrong = stored.rows(
        """SELECT sample_id, value, error FROM scores s
           WHERE scorer = 'judge' AND value IS NOT NULL AND NOT EXISTS (
               FROM judgements j WHERE j.evaluation_id = s.evaluation_id AND j.sample_id = s.sample_id
               AND j.repeat = s.repeat AND j.value IS NOT NULL AND NOT coalesce(j.is_rejudged, false))"""
    )
    assert not wrong, f"scores without a judgement: {wrong[:3]}"


def scores_are_means_of_what_was_judged(stored: Stored, run_id: str) -> None:
    """A score is the mean of its valid judgements, and says how many failed; the metric is the mean of these
    scores."""
    for evaluation in stored.evaluations(run_id):
        said: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
        for row in _judgements(stored, evaluation["evaluation_id"]):
            if not row["is_rejudged"]:
                said.setdefault((row["sample_id"], row["repeat"]), []).append(row)
        means = []
        for score in _scores(stored, evaluation["evaluation_id"]):
            its = said.get((score["sample_id"], score["repeat"]), [])
            values = [row["value"] for row in its if row["value"] is not None]
            where = f"{run_id} {score['sample_id']}: {score['value']} of {values}"
            assert (score["value"] is None) == (not values), where
            if not values:
                continue
            means.append(math.fsum(values) / len(values))
            assert math.isclose(score["value"], means[-1], abs_tol=1e-12), where
            told, n_failed = score["explanation"] or "", len(its) - len(values)
            assert not n_failed or f"{n_failed} of {len(its)} judgements failed" in told, f"{where}: {told}"
        number = _metric(stored, evaluation["evaluation_id"], "mean:judge")
        is_once = all(repeat == 0 for _, repeat in said)
        if means and number is not None and is_once:
            mean = math.fsum(means) / len(means)
            assert math.isclose(number, mean, abs_tol=1e-9), f"{run_id}: mean {number}, scores say {mean}"


def changed_judges_decide_nothing(stored: Stored, run_id: str) -> None:
    """A gate that compares passes or fails only where the same judge, by the same prompt and rubric and of
    the same revision, judged both sides of what it compares: the samples that both have."""
    for verdict in stored.verdicts(run_id):
        baseline = verdict["baseline_evaluation_id"]
        if verdict["word"] not in _DECIDED or baseline is None:
            continue
        ids = (baseline, verdict["evaluation_id"])
        before, after = (_signature(stored, each) for each in ids)
        assert before == after, f"{verdict['gate']}: {verdict['word']}, judged by {before} and {after}"
        known = [{row["sample_id"] for row in stored.responses(each)} for each in ids]
        was, now = (_revisions(stored, each, is_valid=False, among=known[0] & known[1]) for each in ids)
        assert was == now, f"{verdict['gate']}: {verdict['word']}, revisions {was} and {now}"


def judged_gates_are_calibrated(stored: Stored, run_id: str, *, is_bound: bool) -> None:
    """Where the task asks for it, a gate on a judge passes or fails only by the newest record of that judge,
    prompt, rubric and revision; where not, the verdict says what it rests on."""
    for verdict in stored.verdicts(run_id):
        if verdict["word"] not in _DECIDED or "judge" not in verdict["gate"]:
            continue
        where = f"{verdict['gate']}: {verdict['word']}"
        rests = ("Rests on the judge", "Corrected by")
        assert any(each in verdict["detail"] for each in rests), f"{where}: {verdict['detail']}"
        if not is_bound:
            continue
        signature = _signature(stored, verdict["evaluation_id"])
        revisions = _revisions(stored, verdict["evaluation_id"])
        found = stored.rows(
            "SELECT * FROM judge_calibrations WHERE signature = ? ORDER BY created_at DESC", signature
        )
        fitting = [each for each in found if each["judge_revision"] in revisions]
        assert len(revisions) == 1, f"{where}: judged by {revisions}"
        assert fitting, f"{where}: no calibration of {signature} {revisions}"
        assert (fitting[0]["kappa"] or 0.0) >= MIN_KAPPA, f"{where}: kappa {fitting[0]['kappa']}"


def acknowledged_reviews_are_kept_once(stored: Stored, reviews: Reviews) -> None:
    """What the server of reviews acknowledged is in the store once, as it was said, whatever killed it."""
    rows = stored.rows("SELECT review_id, label, is_undone FROM reviews")
    counts = Counter(row["review_id"] for row in rows)
    assert not [each for each, n in counts.items() if n > 1], f"kept twice: {counts}"
    kept = {row["review_id"]: row["label"] for row in rows}
    lost = {each: label for each, label in reviews.acknowledged.items() if kept.get(each) != label}
    assert not lost, f"{len(lost)} of {len(reviews.acknowledged)} acknowledged reviews are lost: {lost}"
    strange = kept.keys() - reviews.acknowledged.keys() - reviews.unanswered
    assert not strange, f"nobody said {strange}"
    standing = {row["review_id"] for row in rows if not row["is_undone"]} & reviews.undone
    assert not standing, f"taken back, and they stand: {standing}"


def corrections_rest_on_labels(stored: Stored, run_id: str) -> None:
    """A number is corrected only by labels that people gave, and did not take back, to these very texts."""
    for evaluation in stored.evaluations(run_id):
        labelled = stored.rows(
            """SELECT DISTINCT r.sample_id FROM responses r
               JOIN responses o ON o.sample_id = r.sample_id AND o.output = r.output
               JOIN reviews v ON v.evaluation_id = o.evaluation_id AND v.sample_id = o.sample_id
                 AND v.repeat = o.repeat AND v.value IS NOT NULL AND NOT coalesce(v.is_undone, false)
               WHERE r.evaluation_id = ?""",
            evaluation["evaluation_id"],
        )
        rows = stored.rows(
            "SELECT n FROM metrics WHERE evaluation_id = ? AND metric = 'corrected(mean:judge)'",
            evaluation["evaluation_id"],
        )
        for row in rows:
            assert _LEAST_LABELS <= row["n"] <= len(labelled), (
                f"{run_id}: corrected by {row['n']} labels, {len(labelled)} texts have one"
            )
        said = [
            v["detail"]
            for v in stored.verdicts(run_id)
            if v["evaluation_id"] == evaluation["evaluation_id"] and v["gate"].startswith("mean:judge")
        ]
        is_told = any("Corrected by" in each for each in said)
        assert not is_told or rows, f"{run_id}: told as corrected, and no number is: {said}"


def judgements_cost_apart(stored: Stored, run_id: str) -> None:
    """What the Subject's answers cost and what judges cost are two sums, each of its own tokens at its own
    price."""
    for evaluation in stored.evaluations(run_id):
        number = evaluation["evaluation_id"]
        paid = []
        for row in stored.responses(number):
            if row["error"] is None:
                paid.append(cost_usd(subject_tokens(row["sample_id"][1:]), SUBJECT_USD))
                assert math.isclose(row["cost_usd"], paid[-1]), f"{row['sample_id']}: {row['cost_usd']}"
        judged = []
        for row in _judgements(stored, number):
            if row["prompt_tokens"] is None:
                assert row["cost_usd"] is None, f"{row['sample_id']}: {row['cost_usd']} of unknown tokens"
                continue
            one = judge_tokens(row["sample_id"][1:])
            n_attempts = row["completion_tokens"] / one[1]
            assert row["prompt_tokens"] == n_attempts * one[0], f"{row['sample_id']}: {row['prompt_tokens']}"
            due = n_attempts * cost_usd(one, JUDGE_USD)
            assert math.isclose(row["cost_usd"], due), f"{row['sample_id']}: {row['cost_usd']}, not {due}"
            judged += [] if row["is_rejudged"] else [due]
        for metric, costs in (("cost_usd", paid), ("judge_cost_usd", judged)):
            told = _metric(stored, number, metric)
            assert told is None or math.isclose(told, math.fsum(costs)), (
                f"{run_id}: {metric} {told}, {math.fsum(costs)} by its tokens"
            )


def no_secret_in_opinions(stored: Stored) -> None:
    """A key that a judge or a person repeats is in no reason, explanation, error or comment."""
    for table, columns in (
        ("judgements", ("reason", "error")), ("scores", ("explanation", "error")), ("reviews", ("comment",)),
        ("verdicts", ("detail",)),
    ):  # fmt: skip
        for column in columns:
            found = stored.rows(f"SELECT {column} FROM {table} WHERE contains({column}, ?) LIMIT 1", CANARY)
            assert not found, f"{table}.{column} has the key: {found}"


def _judgements(stored: Stored, evaluation_id: str) -> list[dict[str, Any]]:
    return stored.rows("SELECT * FROM judgements WHERE evaluation_id = ?", evaluation_id)


def _opinions(stored: Stored, is_valid: bool | None = True) -> list[dict[str, Any]]:
    """Judgements of all runs with the text that they are about."""
    return stored.rows(
        f"""SELECT j.*, e.run_id, e.scorer_signatures, r.output FROM judgements j
            JOIN evaluations e USING (evaluation_id) JOIN responses r USING (evaluation_id, sample_id, repeat)
            WHERE {"true" if is_valid is None else "j.verdict IS NOT NULL"}"""
    )


def _scores(stored: Stored, evaluation_id: str) -> list[dict[str, Any]]:
    return stored.rows("SELECT * FROM scores WHERE evaluation_id = ? AND scorer = 'judge'", evaluation_id)


def _metric(stored: Stored, evaluation_id: str, metric: str) -> float | None:
    found = stored.rows(
        "SELECT value FROM metrics WHERE evaluation_id = ? AND metric = ?", evaluation_id, metric
    )
    return found[0]["value"] if found else None


def _signature(stored: Stored, evaluation_id: str) -> str:
    found = stored.rows("SELECT scorer_signatures FROM evaluations WHERE evaluation_id = ?", evaluation_id)
    return str(json.loads(found[0]["scorer_signatures"])["judge"])


def _revisions(
    stored: Stored, evaluation_id: str, *, is_valid: bool = True, among: Collection[str] | None = None
) -> set[str | None]:
    """What judges said that they are; ``is_valid``: with a verdict.

    Args:
        among: samples that were judged; None for all.
    """
    rows = [
        row
        for row in _judgements(stored, evaluation_id)
        if not row["is_rejudged"] and (among is None or row["sample_id"] in among)
    ]
    return {
        row["judge_revision"]
        for row in rows
        if (row["verdict"] if is_valid else row["judge_revision"]) is not None
    }

"""What the store knows of each sample of one task: by Subject, over all runs that asked it alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from evalkit.core.frozen import frozen
from evalkit.core.run import Evaluation
from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.errors import StoreError, did_you_mean
from evalkit.store import evaluations
from evalkit.store.connection import Connection


class StoredItem(NamedTuple):
    """One sample as it is today.

    Attributes:
        input, target: as the last run had them; ``target`` is text, or JSON of another value.
        paid_usd: what its answers cost over all runs that count, cache hits left out; None where one is not
            known.
        n_paid: those answers.
    """

    sample_id: str
    input: str
    target: str
    paid_usd: float | None
    n_paid: int


class ItemScore(NamedTuple):
    """What one Subject got for one sample.

    Attributes:
        subject, item: places in ``ItemRows.subjects`` and ``ItemRows.items``.
        mean, low, high: of the scores of all its answers.
        n: those answers; ``n_fresh`` of them are not copies from the cache.
        wrong_answer: what it gave most often where the score was below a half; None where it never was, or
            where no answer was kept.
        is_varied: whether two answers that are not copies were scored differently.
    """

    subject: int
    item: int
    mean: float
    low: float
    high: float
    n: int
    n_fresh: int
    wrong_answer: str | None
    is_varied: bool


@frozen(slots=True)
class ItemRows:
    """The history of a task's samples under one scorer.

    Attributes:
        newest: the last evaluation of the task, which says what the task is.
        subjects: (subject id, model, label) of each Subject.
        n_runs: runs that the scores come from.
        started: starts of all runs of the task, changed ones included, in seconds since the epoch, sorted.
    """

    newest: Evaluation
    scorer: str
    subjects: Sequence[tuple[str, str, str]]
    items: Sequence[StoredItem]
    scores: Sequence[ItemScore]
    n_runs: int
    started: Sequence[float]


_EVALUATIONS = """
    SELECT evaluation_id, run_id, e.subject_id, coalesce(s.model, e.subject_id),
           coalesce(s.prompt, 'default'), e.task_hash, e.dataset_hash, e.scorer_signatures,
           epoch_us(r.started_at) / 1e6
    FROM evaluations e JOIN runs r USING (run_id) LEFT JOIN subjects s USING (subject_id)
    WHERE e.task = $task ORDER BY r.started_at, e.rowid"""

_ROWS = """
    kept AS (SELECT unnest($evaluations::VARCHAR[]) AS evaluation_id, unnest($subjects::INTEGER[]) AS subject,
                    generate_subscripts($evaluations::VARCHAR[], 1) AS place),
    answered AS (
        SELECT subject, place, evaluation_id, r.sample_id, r.repeat, r.input, r.target, r.sample_hash,
               r.position, e.dataset_hash, r.error, r.cost_usd, coalesce(r.is_cached, false) AS is_cached,
               r.output
        FROM kept JOIN evaluations e USING (evaluation_id) JOIN responses r USING (evaluation_id)
        WHERE NOT coalesce(r.is_recheck, false)),
    newest AS (
        SELECT sample_id, max(place) AS place, arg_max(coalesce(sample_hash, dataset_hash), place) AS hash,
               arg_max(input, place) AS input, arg_max(coalesce(target, ''), place) AS target,
               arg_max(coalesce(position, 0), place) AS position
        FROM answered WHERE dataset_hash = $dataset GROUP BY sample_id),
    alike AS (
        SELECT a.* FROM answered a JOIN newest n USING (sample_id)
        WHERE coalesce(a.sample_hash, a.dataset_hash) = n.hash)"""
#: A longer output is a text, no label or number that another Subject could give as well.
_LONGEST_ANSWER = 200
_SCORED = f"""{_ROWS},
    scored AS (
        SELECT a.*, s.value, coalesce(s.answer, CASE WHEN length(a.output) <= {_LONGEST_ANSWER}
                                                     THEN trim(a.output) END) AS answer
        FROM alike a JOIN scores s USING (evaluation_id, sample_id, repeat)
        WHERE s.scorer = $scorer AND s.value IS NOT NULL)"""
_ITEMS = f"""WITH {_ROWS}
    SELECT n.sample_id, any_value(n.input), any_value(n.target),
           CASE WHEN count(*) FILTER (NOT is_cached AND a.error IS NULL AND a.cost_usd IS NULL) = 0
                THEN sum(a.cost_usd) FILTER (NOT is_cached) END,
           count(*) FILTER (NOT is_cached)
    FROM newest n JOIN alike a USING (sample_id)
    GROUP BY n.sample_id ORDER BY any_value(n.position), n.sample_id"""
_SCORES = f"""WITH {_SCORED},
    said AS (SELECT subject, sample_id, answer, row_number() OVER (
                 PARTITION BY subject, sample_id ORDER BY count(*) DESC, answer) AS rank
             FROM scored WHERE value < 0.5 AND answer IS NOT NULL GROUP BY subject, sample_id, answer)
    SELECT subject, sample_id, avg(value), min(value), max(value), count(*),
           count(*) FILTER (NOT is_cached), any_value(said.answer),
           coalesce(min(value) FILTER (NOT is_cached) < max(value) FILTER (NOT is_cached), false)
    FROM scored LEFT JOIN (SELECT * FROM said WHERE rank = 1) said USING (subject, sample_id)
    GROUP BY subject, sample_id ORDER BY subject, sample_id"""


def read_items(connection: Connection, task: str, scorer: str | None = None) -> ItemRows:
    """The samples of the last dataset of ``task`` and all scores that answers to them got.

    A run counts where the task hash and the signature of the scorer are those of the last evaluation; an
    answer where the content of the sample is what it is today. ``scorer`` is the task's first unless named.
    Raises StoreError for a task or a scorer that no run has, with what is near it.
    """
    rows = connection.execute(_EVALUATIONS, {"task": task}).fetchall()
    if not rows:
        known = [row[0] for row in connection.execute("SELECT DISTINCT task FROM evaluations").fetchall()]
        hint = did_you_mean(task, known) or "'evalkit runs' lists what was evaluated"
        raise StoreError(f"no run has evaluated a task {task!r}", hint=hint)
    newest = evaluations.by_id(connection, rows[-1][0])
    scorer = _scorer(newest, scorer)
    signature = newest.scorer_signatures[scorer]
    kept = [
        row
        for row in rows
        if row[5] == newest.task_hash and (orjson.loads(row[7]) if row[7] else {}).get(scorer) == signature
    ]
    places = {subject: place for place, subject in enumerate(dict.fromkeys(row[2] for row in kept))}
    subjects = {row[2]: (row[2], row[3], _label(row[3], row[4])) for row in kept}
    chosen: dict[str, Any] = {
        "evaluations": [row[0] for row in kept],
        "subjects": [places[row[2]] for row in kept],
        "dataset": newest.dataset_hash,
    }
    items = [StoredItem(*row) for row in connection.execute(_ITEMS, chosen).fetchall()]
    place_of = {item.sample_id: place for place, item in enumerate(items)}
    scores = [
        ItemScore(subject, place_of[sample_id], *rest)
        for subject, sample_id, *rest in connection.execute(_SCORES, {**chosen, "scorer": scorer}).fetchall()
    ]
    n_runs = len({row[1] for row in kept})
    started = sorted({row[1]: row[8] for row in rows}.values())
    return ItemRows(newest, scorer, list(subjects.values()), items, scores, n_runs, started)


def _label(model: str, prompt: str) -> str:
    return model if prompt == DEFAULT_PROMPT else f"{model}#{prompt}"


def _scorer(newest: Evaluation, named: str | None) -> str:
    known = list(newest.scorer_signatures)
    if not known:
        raise StoreError(f"no scorer has scored task {newest.task!r}")
    if named is not None and named not in known:
        hint = did_you_mean(named, known) or f"it has {', '.join(known)}"
        raise StoreError(f"task {newest.task!r} has no scorer {named!r}", hint=hint)
    return named or known[0]


_DIFFERENCES = """
    SELECT sample_id, avg(value) FILTER (evaluation_id = $candidate)
               - avg(value) FILTER (evaluation_id = $baseline) AS difference
    FROM scores WHERE scorer = $scorer AND evaluation_id IN ($candidate, $baseline)
    GROUP BY sample_id HAVING difference IS NOT NULL"""
_LAST_PAIR = """
    SELECT e.evaluation_id, v.baseline_evaluation_id
    FROM verdicts v JOIN evaluations e USING (evaluation_id) JOIN runs r USING (run_id)
    WHERE e.task = $task AND e.task_hash = $hash AND v.baseline_evaluation_id IS NOT NULL
    ORDER BY r.started_at DESC, e.rowid DESC LIMIT 1"""
_LAST_TWO = """
    SELECT evaluation_id FROM evaluations e JOIN runs r USING (run_id)
    WHERE task = $task AND task_hash = $hash AND e.status = 'finished' AND n_samples = $n
    ORDER BY r.started_at DESC, e.rowid DESC LIMIT 2"""


def last_differences(connection: Connection, newest: Evaluation, scorer: str) -> dict[str, float]:
    """Sample id to candidate less baseline in the score, of the last comparison that a gate of the task made;
    without one, of the last two evaluations; empty where there is only one."""
    asked = {"task": newest.task, "hash": newest.task_hash}
    pair = connection.execute(_LAST_PAIR, asked).fetchone()
    if pair is None:
        last = connection.execute(_LAST_TWO, {**asked, "n": newest.n_samples}).fetchall()
        if len(last) < 2:
            return {}
        pair = (last[0][0], last[1][0])
    sides = {"candidate": pair[0], "baseline": pair[1], "scorer": scorer}
    return dict(connection.execute(_DIFFERENCES, sides).fetchall())

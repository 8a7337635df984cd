"""Samples whose answers are scored differently although nothing changed, over the whole history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from evalkit.core.quarantine import Quarantine
from evalkit.errors import StoreError
from evalkit.store.connection import Connection
from evalkit.store.evaluations import quarantines


class FlakySample(NamedTuple):
    """One sample of one task with one subject, as the task, the subject and the sample were last.

    Attributes:
        scorer: who scored; only scorers that have said 0 and 1 alone are looked at.
        n, n_failed: answers, and those that were scored 0.
        n_runs: runs that they come from.
        last_at, last_failed_at: start of the last run that asked it, and of the last in which it failed,
            seconds since the epoch.
        quarantine: as the last evaluation that asked the sample had it.
    """

    task: str
    model: str
    prompt: str
    model_revision: str | None
    scorer: str
    sample_id: str
    n: int
    n_failed: int
    n_runs: int
    last_at: float
    last_failed_at: float | None
    quarantine: Quarantine | None


class _Kept(NamedTuple):
    """A scorer in an evaluation; those of equal ``place`` scored the same subject on the same task."""

    evaluation_id: str
    scorer: str
    place: int
    started_at: float
    dataset_hash: str


_EVALUATIONS = """
    SELECT e.task, coalesce(s.model, e.subject_id), coalesce(s.prompt, 'default'), s.model_revision,
           e.task_hash, s.prompt_hash, CAST(s.params AS VARCHAR),
           e.evaluation_id, e.scorer_signatures, epoch_us(r.started_at) / 1e6, e.dataset_hash, e.quarantine
    FROM evaluations e JOIN runs r USING (run_id) JOIN subjects s USING (subject_id)
    WHERE e.task_hash != '' AND ($task IS NULL OR e.task = $task) AND ($model IS NULL OR s.model = $model)
      AND ($since IS NULL OR epoch_us(r.started_at) / 1e6 >= $since)
    ORDER BY r.started_at, e.rowid"""

# The newest row of a sample says what the sample is now; only answers to that very sample count.
_SAMPLES = """WITH
    kept AS (SELECT unnest($evaluations::VARCHAR[]) AS evaluation_id, unnest($scorers::VARCHAR[]) AS scorer,
                    unnest($places::INTEGER[]) AS place, unnest($started::DOUBLE[]) AS started_at,
                    unnest($hashes::VARCHAR[]) AS dataset_hash),
    scored AS (
        SELECT place, sample_id, evaluation_id, started_at, repeat, value, dataset_hash
        FROM kept JOIN scores USING (evaluation_id, scorer) WHERE value IS NOT NULL),
    right_or_wrong AS (SELECT place FROM scored GROUP BY place HAVING bool_and(value IN (0, 1))),
    varied AS (
        SELECT place, sample_id FROM scored JOIN right_or_wrong USING (place)
        GROUP BY place, sample_id HAVING min(value) < max(value)),
    answers AS (
        SELECT j.*, r.sample_hash, coalesce(r.is_cached, false) AS is_cached
        FROM scored j JOIN varied USING (place, sample_id)
        JOIN responses r USING (evaluation_id, sample_id, repeat)),
    newest AS (
        SELECT place, sample_id, arg_max(sample_hash, started_at) AS sample_hash,
               arg_max(dataset_hash, started_at) AS dataset_hash,
               arg_max(evaluation_id, started_at) AS last_evaluation
        FROM answers GROUP BY place, sample_id)
    SELECT place, sample_id, count(*), count(*) FILTER (value = 0), count(DISTINCT evaluation_id),
           max(started_at), max(started_at) FILTER (value = 0), any_value(last_evaluation)
    FROM answers a JOIN newest n USING (place, sample_id)
    WHERE NOT is_cached AND coalesce(a.sample_hash = n.sample_hash, a.dataset_hash = n.dataset_hash)
    GROUP BY place, sample_id HAVING min(value) < max(value)"""


def read_flaky(
    connection: Connection, *, task: str | None = None, model: str | None = None, since: float | None = None
) -> list[FlakySample]:
    """Samples that got both scores under one scorer: asserted ones first, then those that differ most
    often.

    Each task is looked at as it was evaluated last with each model and prompt name: with that task hash,
    prompt text, revision and parameters. What counts as an answer is told in ``own_history``. Raises
    StoreError where no evaluation fits.
    """
    chosen = {"task": task, "model": model, "since": since}
    rows = connection.execute(_EVALUATIONS, chosen).fetchall()
    if not rows:
        raise StoreError("no run has evaluated that", hint="'evalkit runs' and 'evalkit show' list what was")
    subjects, kept = _kept(rows)
    held = {row[7]: row[11] for row in rows}
    found = connection.execute(
        _SAMPLES,
        {
            "evaluations": [each.evaluation_id for each in kept],
            "scorers": [each.scorer for each in kept],
            "places": [each.place for each in kept],
            "started": [each.started_at for each in kept],
            "hashes": [each.dataset_hash for each in kept],
        },
    ).fetchall()
    flaky = []
    for place, sample_id, *counts, last_evaluation in found:
        name, scorer = subjects[place]
        quarantine = quarantines(held[last_evaluation]).get(sample_id)
        flaky.append(FlakySample(*[*name, scorer, sample_id, *counts, quarantine]))
    return sorted(flaky, key=_rank)


def _kept(rows: Iterable[tuple[Any, ...]]) -> tuple[list[tuple[tuple[Any, ...], str]], list[_Kept]]:
    """By place: (task, model, prompt, revision) and scorer; then the evaluations that count."""
    found: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], tuple[Any, ...]]]] = {}
    for row in rows:
        for scorer, signature in (orjson.loads(row[8]) if row[8] else {}).items():
            identity = (*row[3:7], signature)
            found.setdefault((*row[:3], scorer), []).append((identity, row))
    subjects, kept = [], []
    for place, ((*_, scorer), entries) in enumerate(found.items()):
        last, newest = entries[-1]
        subjects.append((_subject(newest), scorer))
        kept += [
            _Kept(row[7], scorer, place, row[9], row[10]) for identity, row in entries if identity == last
        ]
    return subjects, kept


def _subject(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(row[:4])


def _rank(sample: FlakySample) -> tuple[Any, ...]:
    share = sample.n_failed / sample.n
    return sample.scorer != "asserts", -share * (1 - share), sample[:6]

"""Reading ``evaluations`` with their ``subjects``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from evalkit.core.gate import GateRules
from evalkit.core.old_names import current_label
from evalkit.core.quarantine import Quarantine
from evalkit.core.run import Evaluation, SandboxRecord, SubjectRecord
from evalkit.errors import StoreError
from evalkit.store.connection import Connection

if TYPE_CHECKING:
    from evalkit.core.tournament import TournamentRecord

_SELECT = """SELECT evaluation_id, run_id, task, task_hash, dataset_hash,
    subject_id, coalesce(model, subject_id), model_revision, params, coalesce(prompt, 'default'),
    coalesce(prompt_hash, ''), n_samples, n_errors, e.status, labels, scorer_signatures,
    metric_specs, examples, sandbox, sandbox_failures, quarantine, n_repeats, n_available, e.gates,
    order_seed, n_left_out, tournament, judged_from
    FROM evaluations e LEFT JOIN subjects USING (subject_id) """


def of_run(connection: Connection, run_id: str) -> list[Evaluation]:
    return _all(connection, "WHERE run_id = ? ORDER BY length(evaluation_id), evaluation_id", [run_id])


def latest(connection: Connection, run_ids: Sequence[str]) -> list[Evaluation]:
    """Of each task and subject the finished evaluation in the first of these runs that has one, in order."""
    return _all(
        connection,
        """JOIN (SELECT unnest(?::VARCHAR[]) AS id, generate_subscripts(?::VARCHAR[], 1) AS place)
               ON id = e.run_id
           WHERE e.status = 'finished'
           QUALIFY row_number() OVER (PARTITION BY task, model, prompt ORDER BY place, e.rowid DESC) = 1
           ORDER BY place, task, model, prompt""",
        [list(run_ids), list(run_ids)],
    )


def of_task(connection: Connection, task: str, model: str | None, limit: int) -> list[Evaluation]:
    """The last finished evaluations of a task, with one model or any, the newest run first."""
    return _all(
        connection,
        """JOIN runs r USING (run_id)
           WHERE task = ? AND (? IS NULL OR model = ?) AND e.status = 'finished'
           ORDER BY r.started_at DESC, e.rowid DESC LIMIT ?""",
        [task, model, model, limit],
    )


def latest_of_subjects(connection: Connection, task: str, task_hash: str, limit: int) -> list[Evaluation]:
    """The last finished evaluation of a task by each subject, the latest first, at most ``limit`` of them."""
    return _all(
        connection,
        """JOIN runs USING (run_id) WHERE task = ? AND task_hash = ? AND e.status = 'finished'
           QUALIFY row_number() OVER (PARTITION BY subject_id ORDER BY started_at DESC, e.rowid DESC) = 1
           ORDER BY started_at DESC, e.rowid DESC LIMIT ?""",
        [task, task_hash, limit],
    )


def by_id(connection: Connection, evaluation_id: str) -> Evaluation:
    found = _all(connection, "WHERE evaluation_id = ?", [evaluation_id])
    if not found:
        raise StoreError(f"there is no evaluation {evaluation_id!r}", hint="'evalkit show RUN' lists them")
    return found[0]


def alike(connection: Connection, evaluation: Evaluation, prompt_hash: str) -> list[Evaluation]:
    """The finished evaluations of the same task with the same model, its revision and parameters, and a text
    of this hash; the newest first."""
    subject = evaluation.subject
    found = _all(
        connection,
        "WHERE task = ? AND task_hash = ? AND model = ? AND prompt_hash = ? AND e.status = 'finished' "
        "ORDER BY e.rowid DESC",
        [evaluation.task, evaluation.task_hash, subject.model, prompt_hash],
    )
    same = subject.params, subject.model_revision
    return [each for each in found if (each.subject.params, each.subject.model_revision) == same]


def _all(connection: Connection, rest: str, parameters: list[Any]) -> list[Evaluation]:
    return [_evaluation_of(row) for row in connection.execute(_SELECT + rest, parameters).fetchall()]


def _evaluation_of(row: tuple[Any, ...]) -> Evaluation:
    subject_id, model, revision, params, *prompt = row[5:11]
    *counts, labels, signatures, specs, examples, level, failures, quarantine = row[11:-7]
    n_repeats, n_available, gates, order_seed, n_left_out, tournament, judged_from = row[-7:]
    subject = SubjectRecord(*[subject_id, model, revision, _object(params), *prompt])
    labels = None if labels is None else tuple(labels)
    examples = tuple(orjson.loads(examples)) if examples else ()
    sandbox = SandboxRecord(level, tuple(failures or ())) if level else None
    named = {current_label(label): spec for label, spec in _object(specs).items()}
    objects = _object(signatures), named
    held = quarantines(quarantine)
    rules = GateRules.from_mapping(orjson.loads(gates)) if gates else None
    asked = [held, n_repeats, n_available, rules, order_seed, n_left_out or 0, _standing(tournament)]
    rest = [*asked, judged_from]
    return Evaluation(*[*row[:5], subject, *counts, labels, *objects, examples, sandbox, *rest])


def _standing(text: str | None) -> TournamentRecord | None:
    if not text:
        return None
    from evalkit.core.tournament import TournamentRecord  # only where there was one

    return TournamentRecord.from_dict(orjson.loads(text))


def quarantines(text: str | None) -> dict[str, Quarantine]:
    """Sample id to Quarantine, of the JSON that the column holds."""
    return {
        sample_id: Quarantine(date.fromisoformat(entry["until"]), entry["reason"])
        for sample_id, entry in _object(text).items()
    }


def _object(text: str | None) -> dict[str, Any]:
    return orjson.loads(text) if text else {}

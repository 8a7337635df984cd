"""An imported run into the store, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.core.estimate import Estimate
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.errors import StoreError
from evalkit.imports import identity
from evalkit.imports.estimates import Specs, measure, observe
from evalkit.imports.imported import ImportedEvaluation, ImportedRun, Subject
from evalkit.imports.origin import redact
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from evalkit.version import __version__

#: How the numbers of an evaluation are computed again, and the numbers.
Measured = tuple[Specs, list[Estimate]]


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one imported run."""

    run: Run
    format: str
    is_new: bool
    n_responses: int
    n_metrics: int


def store_runs(store_path: Path, read: Sequence[tuple[str, ImportedRun]]) -> list[Stored]:
    """Write what the store does not have yet. Raises StoreError where it cannot be written."""
    with Store.open(store_path, mode="write") as store:
        store.fold()
        known = {run.run_id for run in store.runs(None)}
    results = []
    for format_name, imported in read:
        run = _run(format_name, imported)
        is_new = run.run_id not in known
        n_metrics = _import(store_path, run, format_name, imported) if is_new else 0
        known.add(run.run_id)
        n_responses = sum(len(each.answers) for each in imported.evaluations)
        results.append(Stored(run, format_name, is_new, n_responses, n_metrics))
    return results


def _import(store_path: Path, run: Run, format_name: str, imported: ImportedRun) -> int:
    """Write, fold and count: a run of which a row is missing is taken out again. Raises StoreError."""
    measured = [measure(evaluation) for evaluation in imported.evaluations]  # whatever fails, fails here
    evaluation_ids = [f"{run.run_id}-{place:03d}" for place in range(len(measured))]
    spool = Spool.create(store_path, run.run_id, "import")
    try:
        _write(spool, run, format_name, imported, measured)
        spool.close()
    except BaseException:
        spool.discard()
        raise
    n_responses = sum(len(each.answers) for each in imported.evaluations)
    n_metrics = sum(len(numbers) for _, numbers in measured)
    with Store.open(store_path, mode="write") as store:
        store.fold()
        if store.count_rows(evaluation_ids) != (n_responses, n_metrics):
            store.delete_run(run.run_id, evaluation_ids)
            raise StoreError(
                "could not be stored completely, and is not imported",
                where=str(imported.files[0]),
                hint="the lines above say which rows; please report them",
            )
    return n_metrics


def _run(format_name: str, imported: ImportedRun) -> Run:
    return Run(
        identity.run_id(format_name, imported.files),
        started_at=imported.started_at,
        finished_at=imported.finished_at or imported.started_at,
        status="finished" if imported.is_finished else "interrupted",
        is_partial=imported.is_partial,
        evalkit_version=__version__,
        argv=("evalkit", "import", format_name, redact(str(imported.files[0]))),
    )


def _write(
    spool: Spool, run: Run, format_name: str, imported: ImportedRun, measured: Sequence[Measured]
) -> None:
    for place, (evaluation, its) in enumerate(zip(imported.evaluations, measured, strict=True)):
        _write_evaluation(spool, f"{run.run_id}-{place:03d}", run, format_name, evaluation, its)
    spool.add_run(run)  # last: a run without its rows must not be taken for known


def _write_evaluation(
    spool: Spool,
    evaluation_id: str,
    run: Run,
    format_name: str,
    evaluation: ImportedEvaluation,
    measured: Measured,
) -> None:
    specs, numbers = measured
    observations = observe(evaluation)
    places: dict[str, int] = {}
    for row, answer in enumerate(evaluation.answers):
        place = places.setdefault(answer.sample.id, len(places))
        spool.add_response(evaluation_id, answer.sample, answer.response, place)
        scores = [column[row] for column in observations.scores.values()]
        spool.add_scores(evaluation_id, answer.sample.id, answer.response.repeat, *scores)
    spool.add_metrics(evaluation_id, numbers)
    n_errors = sum(
        response.error is not None or any(column[row].error for column in observations.scores.values())
        for row, response in enumerate(observations.responses)
    )
    spool.add_evaluation(
        Evaluation(
            evaluation_id, run.run_id, evaluation.task,
            identity.task_hash(format_name, evaluation), identity.dataset_hash(format_name, evaluation),
            _subject(evaluation.subject), len(places) or evaluation.n_samples, n_errors, run.status,
            evaluation.labels, observations.scorer_signatures, specs,
        )
    )  # fmt: skip


def _subject(subject: Subject) -> SubjectRecord:
    return SubjectRecord(
        identity.subject_id(subject),
        subject.model,
        subject.revision,
        dict(subject.params),
        subject.prompt,
        identity.prompt_hash(subject),
    )

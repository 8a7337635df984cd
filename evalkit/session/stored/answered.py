"""Where the answers of a run came from: the response cache, or a call, and then what the cache lacked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evalkit.cache.differences import Key
from evalkit.cache.entries import CacheEntry, entries_near
from evalkit.cache.nearest import Nearest, nearest
from evalkit.cache.parts import input_digest
from evalkit.core.run import Evaluation, Run
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError, StoreError, did_you_mean
from evalkit.store.answers import Answer
from evalkit.store.store import Store

Way = Literal["cached", "asked", "failed", "to be asked"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One answer.

    Attributes:
        entry: what it was read from, or kept as; None where that is gone or never was.
        nearest: of an answer that was asked: what the cache held that came nearest to it before.
        error: of a call that failed.
    """

    task: str
    subject: str
    sample_id: str
    repeat: int
    way: Way
    entry: CacheEntry | None
    nearest: Nearest | None
    error: str | None = None


def explain_run(
    store: Store,
    directory: Path,
    run: Run,
    sample_id: str,
    *,
    task: str | None = None,
    subject: str | None = None,
    repeat: int | None = None,
) -> list[Explained]:
    """Every answer of a run to one sample. ``directory`` is the cache's.

    Raises StoreError, with what is near, where the run has no such task, subject, sample or repeat.
    """
    chosen = _chosen(store.evaluations(run.run_id), task, subject)
    ids = [each.evaluation_id for each in chosen]
    answers = store.answers.of_sample(ids, sample_id)
    if not answers:
        hint = did_you_mean(sample_id, store.answers.sample_ids(ids))
        raise StoreError(f"run {run.run_id} has no answer to sample {sample_id!r}", hint=hint)
    found = [each for each in answers if repeat in (None, each.repeat)]
    if not found:
        known = ", ".join(sorted({str(each.repeat) for each in answers}))
        raise StoreError(f"sample {sample_id!r} has no repeat {repeat}", hint=f"it has {known}")
    of = {each.evaluation_id: each for each in chosen}
    return [_explain(store, directory, of[each.evaluation_id], each) for each in found]


def inputs_of(store: Store | None, entries: Sequence[CacheEntry]) -> dict[str, str]:
    """The rendered inputs of entries by their keys: from the store, known by their digests, or from where
    they were imported."""
    times = [each.response.created_at for each in entries if each.response.created_at is not None]
    texts = store.answers.inputs_at(times) if store is not None and times else []
    known = {input_digest(text).hex(): text for text in texts}
    found = {each.key: known.get(each.input_digest, each.text) for each in entries}
    return {key: text for key, text in found.items() if text is not None}


def input_of(store: Store | None, entry: CacheEntry) -> str | None:
    """The rendered input of one entry."""
    return inputs_of(store, [entry]).get(entry.key)


def _chosen(evaluations: Sequence[Evaluation], task: str | None, subject: str | None) -> list[Evaluation]:
    found = [each for each in evaluations if task in (None, each.task)]
    if not found:
        tasks = list(dict.fromkeys(each.task for each in evaluations))
        hint = did_you_mean(task, tasks) if task is not None else None
        raise StoreError(f"the run has no task {task!r}" if task else "the run evaluated nothing", hint=hint)
    labels = list(dict.fromkeys(each.subject.label for each in found))
    found = [each for each in found if subject in (None, each.subject.label, each.subject.model)]
    if not found:
        raise StoreError(f"the run has no subject {subject!r}", hint=did_you_mean(str(subject), labels))
    return found


def _explain(store: Store, directory: Path, evaluation: Evaluation, answer: Answer) -> Explained:
    digest = input_digest(answer.input)
    entries = entries_near(directory, answer.sample_id, digest)
    own = next(
        (e for e in entries if answer.is_of(e.response.created_at) and e.input_digest == digest.hex()), None
    )
    way: Way = "failed" if answer.error is not None else "cached" if answer.is_cached else "asked"
    found = None
    if way != "cached":
        others: Sequence[CacheEntry] = [
            each for each in entries if own is None or each.stored_at < own.stored_at
        ]
        others = [each for each in others if own is None or each.key != own.key]
        if own is None:
            asked, others = _partly_known(answer), _of_model(evaluation.subject.model, others)
        else:
            asked = own.taken_apart(answer.input)
        found = nearest(asked, others, lambda entry: input_of(store, entry))
    about = evaluation.task, evaluation.subject.label, answer.sample_id, answer.repeat
    return Explained(*about, way, own, found, answer.error)


def _partly_known(answer: Answer) -> Key:
    """What the store says of a request whose entry is not there: the input and the repeat."""
    digest = input_digest(answer.input).hex()
    return Key(answer.sample_id, answer.repeat, input_digest=digest, text=answer.input)


def _of_model(text: str, entries: Sequence[CacheEntry]) -> Sequence[CacheEntry]:
    """The entries of a model by its spec; all of them where none is, or where the spec is an alias."""
    try:
        spec = ModelSpec.parse(text)
    except ModelSpecError:
        return entries
    named = [spec.provider, spec.name]
    its = [each for each in entries if [each.identity.get(name) for name in ("provider", "name")] == named]
    return its or entries

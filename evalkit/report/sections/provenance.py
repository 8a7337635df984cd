"""Where the numbers come from: enough to make them again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.text import plural, text_of
from evalkit.report.blocks import Block, Cell, Facts, Fold, Group, Text
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.numbers import UNKNOWN, count_text, seconds_text, time_text
from evalkit.report.wording import commit_text, left_out_text, run_status

TITLE = "Provenance"

#: With more evaluations than this each is folded away behind its name.
MAX_OPEN = 2


def blocks(data: ReportData) -> Iterator[Block]:
    runs = [data.run]
    for item in data.evaluations:
        if item.pair is not None and item.pair.run not in runs:
            runs.append(item.pair.run)
    for run in runs:
        yield Facts(_run_facts(run), "Run" if run is data.run else "Baseline run")
    for item in data.evaluations:
        title = f"{item.task} · {item.label}"
        if len(data.evaluations) <= MAX_OPEN:
            yield Facts(_evaluation_facts(item), title)
        else:
            yield Group(title, (Facts(_evaluation_facts(item)),))


def _samples(evaluation: Evaluation) -> str:
    return left_out_text(evaluation) or f"{count_text(evaluation.n_samples)} asked"


def _run_facts(run: Run) -> tuple[tuple[str, Cell], ...]:
    duration = run.finished_at - run.started_at if run.finished_at is not None else None
    return (
        ("run id", Text(run.run_id, "code")),
        ("status", Text(run_status(run))),
        ("commit", Text(run.git_commit or "not in a repository", "code" if run.git_commit else "muted")),
        ("branch", Text(commit_text(run) or UNKNOWN)),
        ("command", Text(shlex.join(run.argv), "code")),
        ("started", Text(time_text(run.started_at))),
        ("finished", Text(time_text(run.finished_at))),
        ("took", Text(seconds_text(duration))),
        ("evalkit", Text(run.evalkit_version or UNKNOWN)),
        ("host", Text(run.host or UNKNOWN)),
    )


def _evaluation_facts(item: EvaluationData) -> tuple[tuple[str, Cell], ...]:
    e, subject = item.evaluation, item.evaluation.subject
    scored = ", ".join(e.scorer_signatures.values()) or "none"
    return (
        ("evaluation", Text(e.evaluation_id, "code")),
        ("samples", Text(f"{_samples(e)}, {plural(item.operations.n, 'response')} stored")),
        ("task hash", Text(e.task_hash, "code")),
        ("dataset hash", Text(e.dataset_hash, "code")),
        ("model", Text(subject.model, "code")),
        ("revision", Text(subject.model_revision or UNKNOWN, "code" if subject.model_revision else "muted")),
        ("parameters", Text(_params(subject), "code")),
        ("scorers", Text(scored, "code")),
        *((("judged from", Text(e.judged_from, "code")),) if e.judged_from else ()),
        *((("sandbox", Text(e.sandbox.text)),) if e.sandbox else ()),
        ("prompt", _prompt(subject, item.prompt_text)),
        *((("examples", _examples(e.examples)),) if e.examples else ()),
    )


def _examples(examples: Sequence[Mapping[str, Any]]) -> Fold:
    """The few-shot examples in their order; each sample's own input shows them as the model saw them."""
    texts = [f"[{each['sample_id']}] {each['input']}\n→ {text_of(each['target'])}" for each in examples]
    return Fold(plural(len(examples), "few-shot example"), "\n\n".join(texts), "code")


def _params(subject: SubjectRecord) -> str:
    if not subject.params:
        return "none"
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(dict(subject.params), default=str, option=options).decode()


def _prompt(subject: SubjectRecord, text: str | None) -> Cell:
    name = f"{subject.prompt} · {subject.prompt_hash}" if subject.prompt_hash else subject.prompt
    return Fold(name, text, "code") if text else Text(name)

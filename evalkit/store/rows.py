"""Core data -> rows of the tables, in the order of their columns (``migrations/`` has the definitions).

Rows hold only what JSON can carry: times are seconds since the epoch, JSON columns are text.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import orjson

from evalkit.core.estimate import Estimate
from evalkit.core.prompt import Prompt
from evalkit.core.response import Response
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.verdict import Verdict

Row = list[Any]


def run_row(run: Run) -> Row:
    return [
        run.run_id, run.started_at, run.finished_at, run.status, run.is_partial, run.git_commit,
        run.git_branch, run.git_dirty, run.evalkit_version, list(run.argv), run.host,
    ]  # fmt: skip


def subject_row(subject: SubjectRecord) -> Row:
    return [
        subject.subject_id, subject.model, subject.model_revision, json_text(subject.params), subject.prompt,
        None, subject.prompt_hash,
    ]  # fmt: skip


def evaluation_row(evaluation: Evaluation) -> Row:
    return [
        evaluation.evaluation_id, evaluation.run_id, evaluation.task, evaluation.task_hash,
        evaluation.dataset_hash, evaluation.subject.subject_id, evaluation.n_samples, evaluation.n_errors,
        evaluation.status, evaluation.labels, json_text(evaluation.scorer_signatures),
        json_text(evaluation.metric_specs),
        json_text(evaluation.examples) if evaluation.examples else None,
        evaluation.sandbox.level if evaluation.sandbox else None,
        list(evaluation.sandbox.failures) if evaluation.sandbox else None,
        _quarantine_text(evaluation), evaluation.n_repeats, evaluation.n_available,
        json_text(evaluation.rules.as_dict()) if evaluation.rules else None, evaluation.order_seed,
    ]  # fmt: skip


def _quarantine_text(evaluation: Evaluation) -> str | None:
    entries = {sample_id: asdict(each) for sample_id, each in evaluation.quarantine.items()}
    return json_text(entries) if entries else None


def response_row(
    evaluation_id: str, sample: Sample, response: Response, position: int | None, *, is_recheck: bool = False
) -> Row:
    target = sample.target
    is_target_json = target is not None and type(target) is not str
    tool_calls = response.tool_calls
    return [
        evaluation_id, sample.id, response.repeat, response.input or sample.input,
        json_text(target) if is_target_json else target, response.output, response.error,
        response.finish_reason, response.prompt_tokens, response.completion_tokens, response.cost_usd,
        response.latency_s,
        response.is_cached, response.created_at, response.ttft_s, response.choice_logprobs, response.contexts,
        None if tool_calls is None else json_text(tool_calls), response.choice_tokens,
        is_target_json, position, sample.group, sample.content_hash, is_recheck or None,
        response.model_revision,
    ]  # fmt: skip


def score_row(evaluation_id: str, sample_id: str, repeat: int, score: Score) -> Row:
    value, error = score.value, score.error
    if value is not None and not math.isfinite(value):
        value, error = None, error or f"{score.scorer} gave {value}"
    return [evaluation_id, sample_id, repeat, score.scorer, value, score.answer, score.explanation, error]


def metric_row(evaluation_id: str, estimate: Estimate) -> Row:
    return [
        evaluation_id, estimate.metric, estimate.value, estimate.low, estimate.high, estimate.n,
        estimate.signature, estimate.n_failed, estimate.is_higher_better, estimate.error,
        estimate.worst, estimate.best,
    ]  # fmt: skip


def verdict_row(evaluation_id: str, verdict: Verdict, baseline_evaluation_id: str | None) -> Row:
    comparison = verdict.comparison
    return [
        evaluation_id, verdict.gate, verdict.verdict, verdict.detail, verdict.p_value,
        verdict.baseline_run_id, baseline_evaluation_id,
        None if comparison is None else json_text(asdict(comparison)), verdict.is_recorded or None,
    ]  # fmt: skip


def prompt_row(prompt: Prompt, created_at: float, message: str | None) -> Row:
    return [prompt.name, None, prompt.prompt_hash, prompt.text, created_at, message]


def json_text(value: Any) -> str:
    """Compact JSON; what JSON does not know (a date, a path, a set's member) becomes text."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # integers beyond 64 bits, lone surrogates
        # Half a pair stays in it: the spool replaces it, while DuckDB knows no JSON with it by number.
        return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    keys = getattr(value, "keys", None)  # a Mapping that is no dict
    return {key: value[key] for key in keys()} if keys is not None else str(value)

"""Core data -> rows of the tables, in the order of their columns (``migrations/`` has the definitions).

Rows hold only what JSON can carry: times are seconds since the epoch, JSON columns are text.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict
from hashlib import blake2b, sha256
from typing import Any

import orjson

from evalkit.core.compiled import compiled
from evalkit.core.estimate import Estimate
from evalkit.core.message import Media
from evalkit.core.prompt import Prompt
from evalkit.core.response import KINDS
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.verdict import Verdict

Row = list[Any]


def run_row(run: Run) -> Row:
    return [
        run.run_id, run.started_at, run.finished_at, run.status, run.is_partial, run.git_commit,
        run.git_branch, run.git_dirty, run.evalkit_version, list(run.argv), run.host,
        json_text(run.budget.as_dict()) if run.budget else None,
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
        evaluation.n_left_out or None,
        json_text(evaluation.tournament.as_dict()) if evaluation.tournament else None,
        evaluation.judged_from,
    ]  # fmt: skip


def _quarantine_text(evaluation: Evaluation) -> str | None:
    entries = {sample_id: asdict(each) for sample_id, each in evaluation.quarantine.items()}
    return json_text(entries) if entries else None


#: Columns of ``responses`` as the first migrations made them; each field that came later has the next one.
_FIRST = (
    "evaluation_id", "sample_id", "repeat", "input", "target", "output", "error", "finish_reason",
    "prompt_tokens", "completion_tokens", "cost_usd", "latency_s", "is_cached", "created_at", "ttft_s",
    "choice_logprobs", "contexts", "tool_calls", "choice_tokens", "is_target_json", "position",
    "sample_group", "sample_hash", "is_recheck", "model_revision", "row_hash",
)  # fmt: skip

#: All columns of ``responses``, in order: as the first migrations made them, then by declaration.
RESPONSE_COLUMNS = (*_FIRST, *(name for name in KINDS if name not in _FIRST))

#: What stands in the columns that are not fields of Response, and in those that take more than the value.
_VALUES = {
    "evaluation_id": "evaluation_id",
    "sample_id": "sample.id",
    "input": "response.input or sample.input",
    "target": "json_text(target) if is_target_json else target",
    "is_target_json": "is_target_json",
    "position": "position",
    "sample_group": "sample.group",
    "sample_hash": "sample.content_hash",
    "is_recheck": "is_recheck or None",
    "row_hash": "row_hash",
}


def _response_value(name: str) -> str:
    """Python that gives the value of one column."""
    kind, value = KINDS.get(name), f"response.{name}"
    if kind is None or not kind.is_json:
        return _VALUES.get(name, value)
    packed = value if kind.pack is None else f"pack_{name}({value})"
    return f"None if {value} is None else json_text({packed})"


def _row_maker() -> Callable[..., Row]:
    """The row of one answer, spelled out: it is made for each of them."""
    source = (
        "def response_row(evaluation_id, sample, response, position, *, is_recheck=False, row_hash=None):\n"
        "    target = sample.target\n"
        "    is_target_json = target is not None and type(target) is not str\n"
        f"    return [{', '.join(map(_response_value, RESPONSE_COLUMNS))}]"
    )
    packs = {f"pack_{name}": kind.pack for name, kind in KINDS.items() if kind.pack is not None}
    found: Callable[..., Row] = compiled("response_row", source, {"json_text": json_text, **packs})
    return found


def sample_row(sample: Sample) -> Row | None:
    """The row of the dataset under its hash; None where the Sample has none."""
    if not sample.row:
        return None
    text = json_text(sample.row)
    digest = blake2b(f"{sample.id}\n{text}".encode("utf-8", "replace"), digest_size=16).hexdigest()
    return [digest, sample.id, text]


def media_row(media: Media) -> Row:
    return [media.sha256, media.media_type, media.name, b64encode(media.data).decode()]


def score_row(evaluation_id: str, sample_id: str, repeat: int, score: Score) -> Row:
    value, error = score.value, score.error
    if value is not None and not math.isfinite(value):
        value, error = None, error or f"{score.scorer} gave {value}"
    return [
        evaluation_id, sample_id, repeat, score.scorer, value, score.answer, score.explanation, error,
        None if score.values is None else json_text(score.values),
    ]  # fmt: skip


def metric_row(evaluation_id: str, estimate: Estimate) -> Row:
    return [
        evaluation_id, estimate.metric, estimate.value, estimate.low, estimate.high, estimate.n,
        estimate.signature, estimate.n_failed, estimate.is_higher_better, estimate.error,
        estimate.worst, estimate.best, estimate.n_cut or None, estimate.without_cut,
    ]  # fmt: skip


def verdict_row(evaluation_id: str, verdict: Verdict, baseline_evaluation_id: str | None) -> Row:
    comparison = verdict.comparison
    return [
        evaluation_id, verdict.gate, verdict.verdict, verdict.detail, verdict.p_value,
        verdict.baseline_run_id, baseline_evaluation_id,
        None if comparison is None else json_text(asdict(comparison)), verdict.is_recorded or None,
        verdict.is_dropped or None, verdict.is_unseen or None,
    ]  # fmt: skip


def prompt_row(prompt: Prompt, created_at: float, path: str | None) -> Row:
    return [
        prompt.name, None, prompt.prompt_hash, prompt.text, created_at, None, None, None, None, path,
    ]  # fmt: skip


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
    if isinstance(value, bytes | bytearray | memoryview):  # an image in a row: the table media is for those
        return {"sha256": sha256(value).hexdigest(), "n_bytes": len(value)}
    keys = getattr(value, "keys", None)  # a Mapping that is not a dict
    return {key: value[key] for key in keys()} if keys is not None else str(value)


#: Of evaluation id, Sample, Response and position; by name ``is_recheck`` and ``row_hash``.
response_row = _row_maker()

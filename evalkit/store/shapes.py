"""What the tables hold beyond the types of their columns: what readers take for granted."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from datetime import date
from hashlib import sha256
from typing import Any, get_args

import orjson

from evalkit.core.budget import BudgetRecord
from evalkit.core.estimate import Comparison, JudgeNoise, LabelCorrection, LabelPlan, WithinSampleNoise
from evalkit.core.message_json import message_of
from evalkit.core.response_kinds import DEEPEST, is_too_deep
from evalkit.core.text import shown
from evalkit.core.verdict import GateResult

Values = Mapping[str, Any]

#: Table -> columns that are never NULL.
NEEDED: Mapping[str, frozenset[str]] = {
    "runs": frozenset({"run_id", "started_at", "status", "is_partial", "evalkit_version", "host"}),
    "subjects": frozenset({"subject_id", "model", "prompt", "prompt_hash"}),
    "evaluations": frozenset({
        "evaluation_id", "run_id", "task", "task_hash", "dataset_hash", "subject_id", "n_samples", "n_errors",
        "status",
    }),
    "responses": frozenset({"evaluation_id", "sample_id", "repeat", "input", "is_cached"}),
    "scores": frozenset({"evaluation_id", "sample_id", "repeat", "scorer"}),
    "judgements": frozenset({
        "evaluation_id", "sample_id", "repeat", "scorer", "judge", "round", "is_cached",
    }),
    "metrics": frozenset({"evaluation_id", "metric", "n", "signature"}),
    "verdicts": frozenset({"evaluation_id", "gate", "verdict", "detail"}),
    "prompts": frozenset({"prompt", "prompt_hash", "template", "created_at"}),
    "samples": frozenset({"row_hash", "sample_id", "fields"}),
    "media": frozenset({"sha256", "media_type", "data"}),
    "reviews": frozenset({
        "evaluation_id", "sample_id", "repeat", "reviewer", "label", "created_at", "review_id", "kind",
    }),
    "review_projects": frozenset({
        "project_id", "created_at", "task", "kind", "question", "question_hash", "evaluation_ids",
        "opponent_evaluation_ids", "control_share", "seed", "items",
    }),
}  # fmt: skip


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _are_messages(value: Any) -> bool:
    try:
        return isinstance(value, list) and all(map(message_of, value))
    except (TypeError, ValueError):
        return False


def _are_numbers(value: Any) -> bool:
    kinds = set(map(type, value.values())) if isinstance(value, dict) else {dict}
    return kinds <= {int, float}


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _are_review_items(value: Any) -> bool:
    texts = ("item_id", "evaluation_id", "sample_id", "picked_for")
    return isinstance(value, list) and all(
        isinstance(each, dict)
        and all(isinstance(each.get(name), str) for name in texts)
        and isinstance(each.get("repeat"), int)
        and isinstance(share := each.get("inclusion_probability"), int | float)
        and 0 < share <= 1
        for each in value
    )


def _are_specs(value: Any) -> bool:
    """``{"accuracy": ["accuracy", {}]}``, and ``["accuracy", {}, {"by": …, "value": …}]`` of a slice."""
    return isinstance(value, dict) and all(
        isinstance(spec, list)
        and len(spec) in (2, 3)
        and isinstance(spec[0], str)
        and isinstance(spec[1], dict)
        and (len(spec) == 2 or (_are_texts(spec[2]) and set(spec[2]) == {"by", "value"}))
        for spec in value.values()
    )


def _are_quarantines(value: Any) -> bool:
    try:
        return isinstance(value, dict) and all(
            isinstance(each["reason"], str) and date.fromisoformat(each["until"]) for each in value.values()
        )
    except (KeyError, TypeError, ValueError):
        return False


def _is_budget(value: Any) -> bool:
    try:
        return bool(BudgetRecord.from_dict(value).text)
    except (KeyError, TypeError, ValueError):
        return False


def _is_tournament(value: Any) -> bool:
    from evalkit.core.tournament import TournamentRecord  # only where there was one

    try:
        return bool(TournamentRecord.from_dict(value).metric)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


#: Fields of a comparison that are looked at by themselves.
_NESTED = ("within_sample_noise", "judge_noise", "pooled_with", "correction", "plan")


def _is_comparison(value: Any) -> bool:
    """Numbers, but for two texts and a list of runs; a newer evalkit may have stored more. What is not finite
    became null."""
    if not isinstance(value, dict):
        return False
    noise, judges, runs = stored_noise(value), value.get("judge_noise"), value.get("pooled_with", [])
    if not (isinstance(runs, list) and all(isinstance(each, str) for each in runs)):
        return False
    return (
        _has_fields(value, Comparison, ("metric", "method"))
        and (
            noise is None or (isinstance(noise, dict) and _has_fields(noise, WithinSampleNoise, ("source",)))
        )
        and (judges is None or (isinstance(judges, dict) and _has_fields(judges, JudgeNoise, ())))
        and _is_correction(value.get("correction"))
    )


def _is_correction(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or not _has_fields(value, LabelCorrection, ()):
        return False
    plan = value.get("plan")
    return plan is None or (isinstance(plan, dict) and _has_fields(plan, LabelPlan, ()))


def stored_noise(comparison: Values) -> Any:
    """``within_sample_noise`` of a stored comparison, called ``own_noise`` by evalkit up to 0.1."""
    return comparison.get("within_sample_noise", comparison.get("own_noise"))


def _has_fields(value: Values, kind: Any, texts: tuple[str, ...]) -> bool:
    for name, field in kind.__dataclass_fields__.items():
        if name not in value:
            if field.default is MISSING:
                return False
        elif name not in _NESTED and not isinstance(
            value[name], str if name in texts else float | int | None
        ):
            return False
    return True


#: Table and column -> whether the value of its JSON is what readers make something of.
SHAPES: Mapping[tuple[str, str], Callable[[Any], bool]] = {
    ("runs", "budget"): _is_budget,
    ("subjects", "params"): _is_object,
    ("evaluations", "scorer_signatures"): _are_texts,
    ("evaluations", "metric_specs"): _are_specs,
    ("evaluations", "examples"): _are_objects,
    ("evaluations", "quarantine"): _are_quarantines,
    ("evaluations", "tournament"): _is_tournament,
    ("responses", "tool_calls"): _are_objects,
    ("responses", "trajectory"): _are_messages,
    ("scores", "named_values"): _are_numbers,
    ("judgements", "named_values"): _are_numbers,
    ("samples", "fields"): _is_object,
    ("reviews", "named_values"): _are_numbers,
    ("review_projects", "criteria"): _are_texts,
    ("review_projects", "items"): _are_review_items,
    ("verdicts", "comparison"): _is_comparison,
}


def _verdict(values: Values) -> str | None:
    known = get_args(GateResult)
    return None if values["verdict"] in known else f"verdicts.verdict is none of {', '.join(known)}"


def _answer(values: Values) -> str | None:
    if values["output"] is None and values["error"] is None:
        return "responses.output and responses.error are both missing"
    if values["is_target_json"] and (values["target"] is None or parsed(values["target"]) is None):
        return f"responses.target {shown(values['target'], 60)} is not JSON"
    return None


def _score(values: Values) -> str | None:
    if values["value"] is None and values["error"] is None:
        return "scores.value and scores.error are both missing"
    return None


def _review(values: Values) -> str | None:
    from evalkit.core.label import ReviewKind  # only where there is one
    from evalkit.core.review import SKIP

    known = get_args(ReviewKind)
    if values["kind"] not in known:
        return f"reviews.kind is none of {', '.join(known)}"
    if (values["value"] is None) != (values["label"] == SKIP):
        return f"reviews.value cannot be {values['value']} where the label is {shown(values['label'], 60)}"
    share = values["inclusion_probability"]
    is_share = share is None or 0 < share <= 1
    return None if is_share else f"reviews.inclusion_probability cannot be {share}"


def _judgement(values: Values) -> str | None:
    if values["value"] is None and values["error"] is None:
        return "judgements.value and judgements.error are both missing"
    return None


def _media(values: Values) -> str | None:
    try:
        data = b64decode(values["data"], validate=True)
    except ValueError:
        return "media.data is not base64"
    is_it = sha256(data).hexdigest() == values["sha256"]
    return None if is_it else f"media.sha256 {shown(values['sha256'], 70)} is not that of its data"


#: Table -> what its values say together; None where all is well.
FORMS: Mapping[str, Callable[[Values], str | None]] = {
    "verdicts": _verdict,
    "responses": _answer,
    "scores": _score,
    "judgements": _judgement,
    "media": _media,
    "reviews": _review,
}


def parsed(text: str) -> tuple[Any] | None:
    """What a text of JSON says; None where it is none, or nested too deep for those who read it."""
    try:
        # What is shorter than that cannot be that deep.
        if len(text) > DEEPEST and is_too_deep(text.encode()):
            return None
        return (orjson.loads(text),)
    except ValueError:
        return _leniently(text)


def _leniently(text: str) -> tuple[Any] | None:
    """Half surrogates and integers beyond a double, which Python's own JSON has."""
    import json

    try:
        return (json.loads(text, parse_constant=_refuse),)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> Any:
    raise ValueError(name)

"""Tasks of Label Studio: its JSON export (not JSON-MIN), which it imports too.

A list of ``{"id", "data", "annotations": [{"completed_by", "result": [{"from_name", "to_name", "type",
"value"}], "was_cancelled", "lead_time", "created_at"}], "predictions"}``. Read are results of ``<Choices>``,
``<Rating>``, ``<Number>``, ``<Pairwise>`` and ``<TextArea>``. Source: labelstud.io/guide/task_format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from evalkit.core.review import Review
from evalkit.core.text import shown
from evalkit.errors import UsageError
from evalkit.review.exchange.item import (
    COMMENT,
    LABEL,
    ForeignReview,
    ShownItem,
    ids_in,
    ids_of,
    one_answer,
)
from evalkit.review.submission import said_by

_VALUES = {
    "choices": "choices",
    "rating": "rating",
    "number": "number",
    "pairwise": "selected",
    "textarea": "text",
}
_HINT = "export the project as JSON"


def write(items: Sequence[ShownItem]) -> list[dict[str, Any]]:
    """One task for each item, with what was said of it as annotations."""
    return [
        {
            "data": {**each.fields, **ids_of(each), "evalkit_task": each.task},
            "annotations": [_annotation(review, each) for review in each.reviews],
            "predictions": [],
        }
        for each in items
    ]


def claims(record: Mapping[str, Any]) -> bool:
    """Whether it has data and annotations."""
    return "data" in record and "annotations" in record


def read(records: Sequence[Any], source: str, questions: Sequence[str]) -> list[ForeignReview]:
    """What each person answered to ``questions``; cancelled annotations are none. Raises UsageError that
    names the task."""
    found = []
    for number, record in enumerate(records, start=1):
        where = f"{source}, task {number}"
        if not isinstance(record, Mapping) or not claims(record) or not isinstance(record["data"], Mapping):
            raise UsageError("is not an annotated task of Label Studio", where=where, hint=_HINT)
        data, annotations = record["data"], record["annotations"]
        sample_id = data.get("sample_id", data.get("id"))
        for annotation in annotations if isinstance(annotations, list) else [None]:
            if not isinstance(annotation, Mapping) or not isinstance(annotation.get("result", []), list):
                raise UsageError(f"{shown(annotation)} is not an annotation", where=where, hint=_HINT)
            if annotation.get("was_cancelled"):
                continue
            said, comment = _said(annotation.get("result", []), where, questions)
            if said:
                found.append(
                    ForeignReview(
                        where, ids_in(data), None if sample_id is None else str(sample_id), data,
                        _reviewer(annotation.get("completed_by"), where), said, comment,
                        _seconds(annotation.get("lead_time")), _time(annotation.get("created_at"), where),
                    )
                )  # fmt: skip
    return found


def _annotation(review: Review, shown_item: ShownItem) -> dict[str, Any]:
    to = "left" if shown_item.opponent is not None else "output"
    if review.values:
        result = [_rating(name, to, value) for name, value in review.values.items()]
    elif review.kind == "rubric":
        result = [_rating(LABEL, to, float(review.label))]
    else:
        word = said_by(review.label, shown_item.left)
        result = [{"from_name": LABEL, "to_name": to, "type": "choices", "value": {"choices": [word]}}]
    if review.comment:
        text = {"text": [review.comment]}
        result.append({"from_name": COMMENT, "to_name": to, "type": "textarea", "value": text})
    made = {"completed_by": {"email": review.reviewer}, "result": result, "was_cancelled": False}
    at = datetime.fromtimestamp(review.created_at, UTC).isoformat().replace("+00:00", "Z")
    return {**made, "created_at": at, **({} if review.seconds is None else {"lead_time": review.seconds})}


def _rating(name: str, to: str, value: float) -> dict[str, Any]:
    return {"from_name": name, "to_name": to, "type": "rating", "value": {"rating": int(value)}}


def _said(
    results: Sequence[Any], where: str, questions: Sequence[str]
) -> tuple[dict[str, str | float], str | None]:
    said: dict[str, str | float] = {}
    comment = None
    for result in results:
        name = result.get("from_name") if isinstance(result, Mapping) else None
        if name not in (*questions, COMMENT):
            continue
        key = _VALUES.get(result.get("type"))
        value = result.get("value")
        if key is None or not isinstance(value, Mapping) or key not in value:
            what = f"the result of {name!r} is of the type {shown(result.get('type'))}"
            raise UsageError(what, where=where, hint=f"readable are {', '.join(_VALUES)}")
        if name == COMMENT and name not in questions:
            comment = "\n".join(map(str, value[key])) if isinstance(value[key], list) else str(value[key])
        else:
            said[name] = one_answer(value[key], where, name)
    return said, comment


def _reviewer(completed_by: Any, where: str) -> str:
    """An e-mail address, or the number of a user."""
    if isinstance(completed_by, Mapping):
        completed_by = completed_by.get("email") or completed_by.get("id")
    if isinstance(completed_by, int) and not isinstance(completed_by, bool):
        return f"label-studio-{completed_by}"
    if not isinstance(completed_by, str) or not completed_by:
        raise UsageError("completed_by is empty", where=where, hint=_HINT)
    return completed_by


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _time(value: Any, where: str) -> float | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(f"created_at is no time: {shown(value)}", where=where) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()

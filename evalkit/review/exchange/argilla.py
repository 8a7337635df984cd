"""Records of Argilla 2, as ``dataset.records.to_json`` writes and ``from_json`` reads them.

A list of ``{"id", "fields", "metadata", "suggestions", "responses": {question: [{"value", "user_id"}]},
"vectors", "status", "_server_id"}``. Users are UUIDs there: reviewers from here get one that is made of their
name, and ``evalkit_reviewers`` in the metadata says whose it is.
Source: argilla 2.8, ``Record.to_dict``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

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

_PEOPLE = "evalkit_reviewers"
_NAMESPACE = uuid.UUID("6f3c1d9e-6a51-5a0e-8f0b-3d6b5c0f7a11")


def write(items: Sequence[ShownItem]) -> list[dict[str, Any]]:
    """One record for each item, with what was said of it as responses."""
    return [_record(each) for each in items]


def claims(record: Mapping[str, Any]) -> bool:
    """Whether it has fields and responses."""
    return "fields" in record and "responses" in record


def read(records: Sequence[Any], source: str, questions: Sequence[str]) -> list[ForeignReview]:
    """What each user answered to ``questions``. Raises UsageError that names the record."""
    found = []
    for number, record in enumerate(records, start=1):
        where = f"{source}, record {number}"
        if not isinstance(record, Mapping) or not claims(record):
            raise UsageError(
                "is not a record of Argilla", where=where, hint="export with dataset.records.to_json"
            )
        metadata, fields = (_mapping(record.get(name) or {}, where) for name in ("metadata", "fields"))
        names = dict(each.partition("=")[::2] for each in str(metadata.get(_PEOPLE, "")).split(",") if each)
        ids = {name: value for name, value in ids_in(metadata).items() if name != _PEOPLE}
        for user, said in _by_user(_mapping(record["responses"], where), where).items():
            answers = {name: one_answer(said[name], where, name) for name in questions if name in said}
            if answers:
                comment = said.get(COMMENT)
                sample_id = None if record.get("id") is None else str(record["id"])
                found.append(
                    ForeignReview(
                        where, ids, sample_id, fields, names.get(user, f"argilla-{user}"), answers,
                        comment if isinstance(comment, str) else None,
                    )
                )  # fmt: skip
    return found


def _record(shown_item: ShownItem) -> dict[str, Any]:
    responses: dict[str, list[dict[str, Any]]] = {}
    people = {}
    for review in shown_item.reviews:
        user = str(uuid.uuid5(_NAMESPACE, review.reviewer))
        people[user] = review.reviewer
        said: dict[str, Any] = dict(review.values or {LABEL: _value(review.label, shown_item)})
        said |= {COMMENT: review.comment} if review.comment else {}
        for question, value in said.items():
            responses.setdefault(question, []).append({"value": value, "user_id": user})
    metadata = ids_of(shown_item) | {"evalkit_task": shown_item.task}
    if people:
        metadata[_PEOPLE] = ",".join(f"{user}={name}" for user, name in people.items())
    return {
        "id": shown_item.item.item_id,
        "fields": shown_item.fields,
        "metadata": metadata,
        "suggestions": {},
        "responses": responses,
        "vectors": {},
        "status": "completed" if responses else "pending",
        "_server_id": None,
    }


def _value(label: str, shown_item: ShownItem) -> Any:
    """A rating is a number there."""
    word = said_by(label, shown_item.left)
    return int(word) if word.isdecimal() else word


def _by_user(responses: Mapping[str, Any], where: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for question, given in responses.items():
        if not isinstance(given, list) or not all(
            isinstance(each, Mapping) and {"value", "user_id"} <= each.keys() for each in given
        ):
            what = f"the responses to {question!r} are not a list of value and user_id: {shown(given)}"
            raise UsageError(what, where=where, hint="export with dataset.records.to_json")
        for each in given:
            found.setdefault(str(each["user_id"]), {})[question] = each["value"]
    return found


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"is not a record of Argilla: {shown(value)} is not an object", where=where)
    return value

"""Answers of evaluations, with what was said of them, as items to show elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evalkit.core.label import Label
from evalkit.core.review import Review, ReviewItem, Side
from evalkit.core.run import Evaluation
from evalkit.errors import UsageError
from evalkit.review.conversation import without_keys
from evalkit.review.exchange.item import ShownItem
from evalkit.review.sides import shown_left
from evalkit.store.connection import Connection
from evalkit.store.review_content import AnswerContent, answered, contents
from evalkit.store.reviews import labels_of, reviews_of

_Key = tuple[str, str, int]


def shown_items(connection: Connection, evaluations: Sequence[Evaluation]) -> list[ShownItem]:
    """The first answer to each sample, and each pair that was reviewed, in order; skipped and undone reviews
    left out. Which side of a pair stands left is drawn for the pair. Raises UsageError where there is none.
    """
    tasks = {each.evaluation_id: each.task for each in evaluations}
    items: dict[str, ReviewItem] = {}
    for evaluation in evaluations:
        for each in answered(connection, evaluation.evaluation_id):
            item = ReviewItem.of((evaluation.evaluation_id, each.sample_id, each.repeat))
            items[item.item_id] = item
    by_item: dict[str, list[Review]] = {}
    for review in reviews_of(connection, list(tasks)):
        if not review.is_undone and review.value is not None:
            items[review.item.item_id] = review.item
            by_item.setdefault(review.item.item_id, []).append(review)
    shown = contents(connection, [key for item in items.values() for key in _keys(item)])
    clean = {key: without_keys(content) for key, content in shown.items()}
    found = [
        _shown(item, tasks[item.evaluation_id], clean, by_item.get(item.item_id, []))
        for item in items.values()
        if all(key in clean for key in _keys(item))
    ]
    if not found:
        raise UsageError("there is no answer to export", hint="'evalkit show RUN' says how many came")
    return found


def label_rows(connection: Connection, evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """One row for each label of an answer: what ``evalkit judge calibrate --labels`` reads. Raises UsageError
    where nobody said anything."""
    rows = []
    for evaluation in evaluations:
        labels = labels_of(connection, evaluation.evaluation_id)
        shown = _contents_of(connection, evaluation, labels)
        for label in labels:
            content = shown.get((label.sample_id, label.repeat))
            if label.kind != "pairwise" and content is not None:
                rows.append(_label_row(label, content))
    if not rows:
        raise UsageError("nobody labelled these answers", hint="'evalkit review' asks people")
    return rows


def _contents_of(
    connection: Connection, evaluation: Evaluation, labels: Sequence[Label]
) -> dict[tuple[str, int], AnswerContent]:
    """Of the labelled answers of an evaluation, without keys."""
    keys = {(evaluation.evaluation_id, label.sample_id, label.repeat) for label in labels}
    found = contents(connection, sorted(keys))
    return {(sample, repeat): without_keys(content) for (_, sample, repeat), content in found.items()}


def _label_row(label: Label, content: AnswerContent) -> dict[str, Any]:
    row = {
        "sample_id": label.sample_id,
        "output": content.output,
        "label": label.label,
        "values": dict(label.values) if label.values else None,
        "reviewer": label.reviewer,
        "inclusion_probability": label.inclusion_probability,
        "input": content.input,
    }
    return {name: value for name, value in row.items() if value is not None}


def _keys(item: ReviewItem) -> list[_Key]:
    keys = [(item.evaluation_id, item.sample_id, item.repeat)]
    if item.opponent_evaluation_id is not None:
        keys.append((item.opponent_evaluation_id, item.sample_id, item.opponent_repeat or 0))
    return keys


def _shown(
    item: ReviewItem, task: str, clean: dict[_Key, AnswerContent], reviews: Sequence[Review]
) -> ShownItem:
    sides = [clean[key] for key in _keys(item)]
    hashes = {review.question_hash for review in reviews}
    left: Side | None = shown_left("exchange", item, "")
    return ShownItem(
        item, task, sides[0].input, sides[0].output, sides[1].output if len(sides) > 1 else None, left,
        hashes.pop() if len(hashes) == 1 else None, tuple(reviews),
    )  # fmt: skip

"""What people said in another tool, as reviews of answers of this store: all of a file, or nothing of it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from evalkit.core.frozen import frozen
from evalkit.core.label import ReviewKind
from evalkit.core.review import Review, ReviewItem, ReviewQuestion, Side
from evalkit.core.run import Evaluation
from evalkit.core.text import encodable
from evalkit.errors import UsageError
from evalkit.files.border import told_as
from evalkit.files.reading import read_text
from evalkit.redaction.redact import redact
from evalkit.review.conversation import without_keys
from evalkit.review.exchange.item import LABEL, Exchange, ForeignReview, item_of
from evalkit.review.question import question_of
from evalkit.review.submission import Submission, meaning
from evalkit.store.connection import Connection
from evalkit.store.review_content import AnswerContent, answered, contents
from evalkit.store.reviews import questions_asked, reviews_of
from evalkit.web.call import Refusal

#: Name of a tool -> its module.
TOOLS = {
    "argilla": "evalkit.review.exchange.argilla",
    "label-studio": "evalkit.review.exchange.label_studio",
}
_NAMESPACE = uuid.UUID("0b2b8f6e-6d0e-5f0d-9a55-1f6d7a1f4c02")
_Key = tuple[str, str, int]


@frozen(slots=True)
class Wanted:
    """How a file is to be understood.

    Attributes:
        label: which of the tool's questions is the label.
        kind: None: by what stands in the file.
        rubric, scale: as ``evalkit review`` takes them; what is asked decides which labels are alike.
        words: a word of the file -> the label that it means.
    """

    label: str = LABEL
    kind: ReviewKind | None = None
    rubric: str | None = None
    scale: str | None = None
    words: Mapping[str, str] | None = None


def open_tool(name: str) -> Exchange:
    """The module of a tool."""
    return cast(Exchange, import_module(TOOLS[name]))


def read_file(path: Path, tool: str | None, wanted: Wanted) -> tuple[str, list[ForeignReview]]:
    """The tool, which is told by the file where it is None, and all that is said there. Raises UsageError."""
    with told_as(UsageError, str(path), "the file cannot be read"):
        records = _records(read_text(path), path)
    head = next((each for each in records if isinstance(each, Mapping)), {})
    name = tool or next((name for name in TOOLS if open_tool(name).claims(head)), None)
    if name is None:
        hint = f"a JSON export of {' or '.join(TOOLS)}; --format says which"
        raise UsageError("is not a file of a tool that can be read", where=str(path), hint=hint)
    criteria = _question(wanted, "rubric").criteria if wanted.rubric and wanted.kind != "pairwise" else None
    questions = list(criteria) if criteria else [wanted.label]
    found = open_tool(name).read(records, str(path), questions)
    if not found:
        hint = "--label names the question; answers that were not labelled yet are none"
        raise UsageError(f"nobody answered {' or '.join(map(repr, questions))}", where=str(path), hint=hint)
    return name, found


def reviews_from(
    connection: Connection,
    foreign: Sequence[ForeignReview],
    evaluations: Sequence[Evaluation],
    wanted: Wanted,
) -> tuple[list[Review], int]:
    """What the store does not have yet, in order, with those that it replaces as undone; and how many it has.

    Args:
        evaluations: whose answers are meant where a file does not come from here.

    Raises UsageError that names the record: an answer that is not there, or is another text; a word that is
    no label.
    """
    placed = [(each, *_item(connection, each, evaluations)) for each in foreign]
    keys = [(item.evaluation_id, item.sample_id, item.repeat) for _, item, _, _ in placed]
    shown_here = {key: without_keys(found) for key, found in contents(connection, keys).items()}
    known = reviews_of(connection, sorted({key[0] for key in keys}))
    current = {_who(each): each for each in known if not each.is_undone}
    asked = questions_asked(connection)
    kinds = {each.question_hash: each.kind for each in known} | {key: q.kind for key, q in asked.items()}
    new: list[Review] = []
    n_known = 0
    for each, item, left, question_hash in placed:
        _check_text(each, item, left, shown_here)
        kind = _kind(each, left, wanted.kind, None if question_hash is None else kinds.get(question_hash))
        question = _question(wanted, kind, asked.get(question_hash or ""))
        review = _review(each, item, left, question_hash, question, wanted)
        earlier = current.get(_who(review))
        if earlier is not None and _is_same(earlier, review):
            n_known += 1
            continue
        new += [] if earlier is None else [replace(earlier, is_undone=True)]
        new.append(review)
        current[_who(review)] = review
    return new, n_known


def _records(text: str, path: Path) -> list[Any]:
    """A JSON list, or JSON lines."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            return [json.loads(line) for line in lines] if len(lines) > 1 else json.loads("")
        except json.JSONDecodeError:
            what = f"the file is not JSON: {error.msg}"
            raise UsageError(what, where=f"{path}:{error.lineno}") from None
    return value if isinstance(value, list) else [value]


def _item(
    connection: Connection, each: ForeignReview, evaluations: Sequence[Evaluation]
) -> tuple[ReviewItem, Side | None, str | None]:
    if each.ids:
        return item_of(each.ids, each.where)
    if not evaluations:
        hint = "name the run whose answers were labelled: --run=RUN"
        raise UsageError("the record does not come from evalkit", where=each.where, hint=hint)
    found = [
        (evaluation, answer)
        for evaluation in evaluations
        for answer in answered(connection, evaluation.evaluation_id)
        if answer.sample_id == each.sample_id
    ]
    if len(found) != 1:
        what = f"{len(found)} answers to sample {each.sample_id!r} are in the run" if found else (
            f"no answer to sample {each.sample_id!r} is in the run"
        )  # fmt: skip
        hint = "--run=RUN::SUBJECT names one of several subjects" if found else "records go by their id"
        raise UsageError(what, where=each.where, hint=hint)
    evaluation, answer = found[0]
    return ReviewItem.of((evaluation.evaluation_id, answer.sample_id, answer.repeat)), None, None


def _check_text(
    each: ForeignReview, item: ReviewItem, left: Side | None, here: Mapping[_Key, AnswerContent]
) -> None:
    """A label belongs to the text that was read."""
    content = here.get((item.evaluation_id, item.sample_id, item.repeat))
    if content is None:
        what = f"the answer to sample {item.sample_id!r} is not in this store"
        raise UsageError(what, where=each.where, hint="--store names the one that it was exported from")
    given = each.fields.get("output" if left is None else "left" if left == "response" else "right")
    if given is not None and given != content.output:
        what = f"another answer to sample {item.sample_id!r} was labelled than the store holds"
        raise UsageError(what, where=each.where, hint="was the text edited, or does it come of another run?")


def _review(
    each: ForeignReview,
    item: ReviewItem,
    left: Side | None,
    question_hash: str | None,
    question: ReviewQuestion,
    wanted: Wanted,
) -> Review:
    said = {name: _word(value, wanted) for name, value in each.said.items()}
    label = None if question.criteria else said[wanted.label]
    values = {name: float(value) for name, value in each.said.items()} if question.criteria else None
    comment = None if each.comment is None else redact(encodable(each.comment)) or None
    try:
        meant = meaning(question, Submission("", item.item_id, label, values, comment, each.seconds), left)
    except Refusal as refusal:
        hint = "--words=good=pass,bad=fail says what a word means; --kind and --scale what was asked"
        raise UsageError(f"of {each.reviewer}: {refusal}", where=each.where, hint=hint) from None
    asked = question_hash or question.question_hash
    key = [item.item_id, each.reviewer, asked, meant.label, comment, meant.values]
    created_at = time.time() if each.created_at is None else each.created_at
    return Review(
        str(uuid.uuid5(_NAMESPACE, json.dumps(key, sort_keys=True))),
        each.reviewer,
        item,
        question.kind,
        meant.label,
        meant.value,
        created_at,
        meant.values,
        comment,
        left,
        each.seconds,
        question_hash=asked,
    )


def _question(wanted: Wanted, kind: ReviewKind, asked: ReviewQuestion | None = None) -> ReviewQuestion:
    """What the words of the command say; without any, what people here were ``asked``."""
    if asked is not None and not asked.criteria and wanted.rubric is None and wanted.scale is None:
        return asked
    return question_of(kind, wanted.rubric, wanted.scale)


def _kind(
    each: ForeignReview, left: Side | None, wanted: ReviewKind | None, asked: ReviewKind | None
) -> ReviewKind:
    """Of the question that people here were asked; else as wanted, or as the labels show."""
    if asked is not None and wanted not in (None, asked):
        what = f"the item was exported from a review of kind {asked}, not {wanted}"
        raise UsageError(what, where=each.where, hint="leave --kind out")
    if asked is not None or wanted is not None:
        return asked or wanted or "pass_fail"
    if left is not None:
        return "pairwise"
    return "rubric" if all(isinstance(value, int | float) for value in each.said.values()) else "pass_fail"


def _word(value: str | float, wanted: Wanted) -> str:
    text = f"{value:g}" if isinstance(value, int | float) else value
    words = wanted.words or {}
    return words.get(text, words.get(text.casefold(), text.casefold()))


def _who(review: Review) -> tuple[str, str, str | None]:
    return review.reviewer, review.item.item_id, review.question_hash


def _is_same(one: Review, other: Review) -> bool:
    def said(review: Review) -> list[Any]:
        return [review.label, review.comment, dict(review.values) if review.values else None]

    return said(one) == said(other)

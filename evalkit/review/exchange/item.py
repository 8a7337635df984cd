"""An item as other tools show it, and what somebody said of it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from evalkit.core.frozen import frozen
from evalkit.core.review import Review, ReviewItem, Side
from evalkit.core.text import shown
from evalkit.errors import UsageError

#: The question whose answer is the label, and that of a remark.
LABEL, COMMENT = "label", "comment"
#: How the sides of a pair are called where they are shown.
LEFT, RIGHT, TIE = "left", "right", "tie"


@frozen(slots=True)
class ShownItem:
    """One answer or a pair, with all that was said of it here.

    Attributes:
        input, output: texts without keys; ``opponent`` is the other side of a pair, else None.
        left: of a pair, the side that stands left.
        question_hash: of what is asked, None where nobody was asked yet.
    """

    item: ReviewItem
    task: str
    input: str
    output: str
    opponent: str | None = None
    left: Side | None = None
    question_hash: str | None = None
    reviews: tuple[Review, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """What is read, by name: ``input`` and ``output``, or ``input``, ``left`` and ``right``."""
        if self.opponent is None:
            return {"input": self.input, "output": self.output}
        sides = (self.output, self.opponent) if self.left == "response" else (self.opponent, self.output)
        return {"input": self.input, LEFT: sides[0], RIGHT: sides[1]}


@frozen(slots=True)
class ForeignReview:
    """What one person said in another tool.

    Attributes:
        where: file and place of the record, for messages.
        ids: as ``ids_of`` wrote them; empty for an item that does not come from here.
        sample_id: what the record is called, for those.
        fields: the texts that were shown, by name.
        said: answer to each question that was asked for; a text or a number.
        created_at: seconds since the epoch, None where unknown.
    """

    where: str
    ids: Mapping[str, Any]
    sample_id: str | None
    fields: Mapping[str, Any]
    reviewer: str
    said: Mapping[str, str | float]
    comment: str | None = None
    seconds: float | None = None
    created_at: float | None = None


class Exchange(Protocol):
    """What the module of a tool offers."""

    def write(self, items: Sequence[ShownItem]) -> list[dict[str, Any]]:
        """What the tool imports, in order."""
        ...

    def claims(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is one of this tool's exports."""
        ...

    def read(self, records: Sequence[Any], source: str, questions: Sequence[str]) -> list[ForeignReview]:
        """What the tool exports. Raises UsageError that names the record."""
        ...


def ids_of(shown_item: ShownItem) -> dict[str, Any]:
    """What brings a label back to its answer: texts and numbers alone, as tools take them, and nothing that
    tells a reviewer which model answered."""
    item = shown_item.item
    found = {
        "evaluation": item.evaluation_id,
        "sample": item.sample_id,
        "repeat": item.repeat,
        "opponent": item.opponent_evaluation_id,
        "opponent_repeat": item.opponent_repeat,
        "left": shown_item.left,
        "picked_for": item.picked_for,
        "inclusion_probability": item.inclusion_probability,
        "question": shown_item.question_hash,
    }
    return {f"evalkit_{name}": value for name, value in found.items() if value is not None}


def item_of(ids: Mapping[str, Any], where: str) -> tuple[ReviewItem, Side | None, str | None]:
    """The item, the side that stood left, and the hash of the question. Raises UsageError at ``where``."""
    found = {name.removeprefix("evalkit_"): value for name, value in ids.items()}
    try:
        opponent = None
        if "opponent" in found:
            opponent = str(found["opponent"]), int(found["opponent_repeat"])
        answer = str(found["evaluation"]), str(found["sample"]), int(found["repeat"])
        probability = float(found.get("inclusion_probability", 1.0))
        left: Any = found.get("left")
        if not 0 < probability <= 1 or (left not in ("response", "opponent")) != (opponent is None):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        what = f"what evalkit wrote beside the item was changed: {shown(dict(ids))}"
        raise UsageError(what, where=where, hint="leave fields that begin with evalkit_ alone") from None
    picked_for = str(found.get("picked_for", "all"))
    question = found.get("question")
    item = ReviewItem.of(answer, opponent, picked_for, probability)
    return item, left, None if question is None else str(question)


def ids_in(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a record's values that ``ids_of`` wrote."""
    return {name: value for name, value in values.items() if str(name).startswith("evalkit_")}


def one_answer(value: Any, where: str, question: str) -> str | float:
    """A text or a number; of a list with one element, that. Raises UsageError."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        what = f"the answer to {question!r} is neither one text nor one number: {shown(value)}"
        raise UsageError(what, where=where, hint="labels with one choice, and ratings, can be read")
    return value

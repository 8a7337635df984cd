"""What a browser sends as a review: checked field by field, and put into the words of the store."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.review import SKIP, ReviewQuestion, Side
from evalkit.core.text import encodable, shown
from evalkit.redaction.redact import redact
from evalkit.web.call import Refusal

MOST_COMMENT = 10_000
_ID = re.compile(r"[\w-]{8,64}", re.ASCII)
_FIELDS = frozenset({"review_id", "item_id", "label", "values", "comment", "seconds"})
_DAY_S = 86_400.0


@frozen(slots=True)
class Submission:
    """A review as it came.

    Attributes:
        label: None where ``values`` say all.
    """

    review_id: str
    item_id: str
    label: str | None
    values: Mapping[str, float] | None
    comment: str | None
    seconds: float | None


@frozen(slots=True)
class Said:
    """What a label means, in the words of ``reviews``."""

    label: str
    value: float | None
    values: Mapping[str, float] | None = None


def read_submission(body: Mapping[str, Any]) -> Submission:
    """Raises Refusal that names the field."""
    unknown = sorted(set(body) - _FIELDS)
    if unknown:
        raise Refusal(
            422, f"{shown(unknown[0])} is not a field of a review", f"known: {', '.join(sorted(_FIELDS))}"
        )
    label = body.get("label")
    if label is not None and not isinstance(label, str):
        raise Refusal(422, f"label is not a text: {shown(label)}")
    return Submission(
        review_id_of(body), _text(body, "item_id"), label, _values(body), _comment(body), _seconds(body)
    )


def review_id_of(body: Mapping[str, Any]) -> str:
    """Raises Refusal."""
    found = _text(body, "review_id")
    if not _ID.fullmatch(found):
        raise Refusal(422, f"review_id is not an id: {shown(found)}", "send a UUID of your own making")
    return found


def meaning(question: ReviewQuestion, submission: Submission, left: Side | None) -> Said:
    """Raises Refusal for a label that does not answer the question.

    Args:
        left: of a pair, the side that the reviewer saw left.
    """
    label = submission.label
    if label == SKIP:
        return Said(SKIP, None)
    if question.criteria:
        return _criteria(question, question.criteria, submission.values)
    if submission.values is not None:
        raise Refusal(422, "values are for a rubric with several criteria")
    if question.kind == "rubric":
        number = float(_on_scale(question, label, "label"))
        return Said(f"{number:g}", number)
    if question.kind == "pairwise":
        chosen: dict[Side, tuple[str, float]] = {"response": ("better", 1.0), "opponent": ("worse", 0.0)}
        first: Side = left or "response"
        second: Side = "opponent" if first == "response" else "response"
        sides = {"left": chosen[first], "right": chosen[second], "tie": ("tie", 0.5)}
        return Said(*_known(sides, label))
    return Said(*_known({"pass": ("pass", 1.0), "fail": ("fail", 0.0)}, label))


def said_by(label: str, left: Side | None) -> str:
    """A stored label as its reviewer said it: better and worse as the side that it was on."""
    if label not in ("better", "worse") or left is None:
        return label
    return "left" if (label == "better") == (left == "response") else "right"


def _known(known: Mapping[str, tuple[str, float]], label: str | None) -> tuple[str, float]:
    if label is None or label not in known:
        raise Refusal(422, f"{shown(label)} is not a label here", f"known: {', '.join(known)}, {SKIP}")
    return known[label]


def _criteria(
    question: ReviewQuestion, criteria: Mapping[str, str], given: Mapping[str, float] | None
) -> Said:
    names = set(given or {})
    missing, unknown = sorted(set(criteria) - names), sorted(names - set(criteria))
    if given is None or missing or unknown:
        what = f"{unknown[0]!r} is not a criterion" if unknown else f"values lack {', '.join(missing)}"
        raise Refusal(422, what, f"criteria: {', '.join(criteria)}")
    values = {name: float(_on_scale(question, given[name], f"values.{name}")) for name in criteria}
    mean = math.fsum(values.values()) / len(values)
    return Said(f"{mean:g}", mean, values)


def _on_scale(question: ReviewQuestion, value: object, field: str) -> int:
    low, high = question.scale or (1, 5)
    try:
        number = int(value) if isinstance(value, str) and len(value) < 10 else value
    except ValueError:
        number = None
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int) or not low <= number <= high:
        raise Refusal(422, f"{field} is not a whole number from {low} to {high}: {shown(value)}")
    return number


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str):
        raise Refusal(422, f"{name} is missing" if found is None else f"{name} is not a text: {shown(found)}")
    return found


def _values(body: Mapping[str, Any]) -> dict[str, float] | None:
    found = body.get("values")
    if found is None:
        return None
    if not isinstance(found, dict) or not all(_is_number(each) for each in found.values()):
        raise Refusal(422, "values is not an object of numbers")
    return found


def _comment(body: Mapping[str, Any]) -> str | None:
    """Without keys, as whatever people write into the store."""
    found = body.get("comment")
    if found is None or found == "":
        return None
    if not isinstance(found, str) or len(found) > MOST_COMMENT:
        raise Refusal(422, f"comment is not a text of at most {MOST_COMMENT:,} characters")
    return redact(encodable(found))


def _seconds(body: Mapping[str, Any]) -> float | None:
    found = body.get("seconds")
    if found is None:
        return None
    if not _is_number(found) or not 0 <= found <= _DAY_S:
        raise Refusal(422, f"seconds is not a number from 0 to {_DAY_S:.0f}: {shown(found)}")
    return float(found)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""The forms of a judge's answer: one verdict, one for each of several criteria, or which of two is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from evalkit.core.frozen import frozen
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.text import shown
from evalkit.scorers.judge.engine.criterion import Criterion
from evalkit.scorers.judge.engine.opinion import Opinion
from evalkit.scorers.judge.engine.reply import Document, documents, last_verdict
from evalkit.scorers.judge.engine.words import MalformedError, side

_VERDICTS = ("verdict", "score", "rating", "grade", "winner")
_REASONS = ("reason", "reasoning", "explanation", "rationale")


class Form(Protocol):
    """How a judge answers.

    Attributes:
        schema: the JSON that it is to write, its reason first.
        example: the same for it to read, on one line.
    """

    @property
    def schema(self) -> ResponseSchema: ...

    @property
    def example(self) -> str: ...

    def read(self, text: str) -> Opinion:
        """What the judge wrote. Raises MalformedError that says what is wrong with it."""
        ...


@frozen(slots=True)
class OneVerdict:
    """``{"reason": …, "verdict": …}`` about one criterion."""

    criterion: Criterion

    @property
    def schema(self) -> ResponseSchema:
        return _schema(_verdict_object(self.criterion.verdict_schema))

    @property
    def example(self) -> str:
        return f'{{"reason": "your reason", "verdict": {self.criterion.words}}}'

    def read(self, text: str) -> Opinion:
        return _agreed(text, lambda document: _one(document, self.criterion), has_lines=True)


@frozen(slots=True)
class OneForEach:
    """``{"clear": {"reason": …, "verdict": …}, …}``: one for each criterion."""

    criteria: tuple[Criterion, ...]

    @property
    def schema(self) -> ResponseSchema:
        return _schema(_object({each.name: _verdict_object(each.verdict_schema) for each in self.criteria}))

    @property
    def example(self) -> str:
        each = [f'"{one.name}": {{"reason": "your reason", "verdict": {one.words}}}' for one in self.criteria]
        return "{" + ", ".join(each) + "}"

    def read(self, text: str) -> Opinion:
        return _agreed(text, self._of, has_lines=False)

    def _of(self, document: Document) -> Opinion | None:
        inner = document.get("criteria", document)
        if not isinstance(inner, Mapping):
            return None
        missing = [each.name for each in self.criteria if each.name.lower() not in inner]
        if len(missing) == len(self.criteria):
            return None
        if missing:
            raise MalformedError(f"the object says nothing of {', '.join(missing)}")
        return joined(self.criteria, [self._about(each, inner[each.name.lower()]) for each in self.criteria])

    def _about(self, criterion: Criterion, written: Any) -> Opinion:
        try:
            found = _one(written if isinstance(written, Mapping) else {"verdict": written}, criterion)
        except MalformedError as error:
            raise MalformedError(f"{criterion.name}: {error}") from None
        if found is None:
            raise MalformedError(f"{criterion.name} has no verdict")
        return found


@frozen(slots=True)
class WhichIsBetter:
    """``{"reason": …, "verdict": "A" | "B" | "tie"}`` about two answers; A stands first."""

    @property
    def schema(self) -> ResponseSchema:
        return _schema(_verdict_object({"type": "string", "enum": ["A", "B", "tie"]}))

    @property
    def example(self) -> str:
        return '{"reason": "your reason", "verdict": "A", "B" or "tie"}'

    def read(self, text: str) -> Opinion:
        return _agreed(text, self._of, has_lines=True)

    def _of(self, document: Document) -> Opinion | None:
        document = _unwrapped(document)
        written = _first(document, _VERDICTS)
        if written is None:
            return None
        verdict = side(written)
        return Opinion(verdict, SIDES[verdict], _reason(document))


#: Which of two answers is better -> value of the first.
SIDES: Mapping[str, float] = {"A": 1.0, "tie": 0.5, "B": 0.0}


def joined(criteria: Sequence[Criterion], opinions: Sequence[Opinion]) -> Opinion:
    """One opinion of several criteria: the mean as its value, each by its name."""
    values = {each.name: said.value for each, said in zip(criteria, opinions, strict=True)}
    verdicts = [f"{each.name}: {said.verdict}" for each, said in zip(criteria, opinions, strict=True)]
    reasons = [
        f"{each.name}: {said.reason}" for each, said in zip(criteria, opinions, strict=True) if said.reason
    ]
    return Opinion(", ".join(verdicts), overall(criteria, values), "; ".join(reasons) or None, values)


def overall(criteria: Sequence[Criterion], values: Mapping[str, float]) -> float:
    """The mean of the criteria: on their scale where all have the same, else of their shares in 0..1."""
    has_one_scale = len({each.bounds for each in criteria}) == 1
    each_value = [values[one.name] if has_one_scale else one.share(values[one.name]) for one in criteria]
    return sum(each_value) / len(each_value)


def _agreed(text: str, of: Callable[[Document], Opinion | None], *, has_lines: bool) -> Opinion:
    """What all objects that hold a verdict say: one may quote another that stood in the judged text, and
    which of them is meant nobody can tell."""
    if not text.strip():
        raise MalformedError("the answer is empty")
    found = [said for said in map(of, documents(text)) if said is not None]
    if not found and has_lines and (line := last_verdict(text)) is not None:
        said = of({"verdict": line, "reason": text.strip().rpartition("\n")[0].strip() or None})
        found = [] if said is None else [said]
    if not found:
        raise MalformedError(f"there is no JSON object with a verdict in {shown(text.strip())}")
    if len({said.verdict for said in found}) > 1:
        raise MalformedError("there are several objects, and their verdicts differ")
    return found[-1]


def _one(document: Document, criterion: Criterion) -> Opinion | None:
    document = _unwrapped(document)
    written = _first(document, _VERDICTS)
    if written is None:
        return None
    verdict, value = criterion.read(written)
    return Opinion(verdict, value, _reason(document))


def _unwrapped(document: Document) -> Document:
    """What stands in an object of one key: ``{"judgement": {…}}``."""
    inner = next(iter(document.values())) if len(document) == 1 else None
    return inner if isinstance(inner, Mapping) else document


def _first(document: Document, names: Sequence[str]) -> Any:
    return next((document[name] for name in names if document.get(name) is not None), None)


def _reason(document: Document) -> str | None:
    found = _first(document, _REASONS)
    return found if isinstance(found, str) else None if found is None else shown(found, 2000)


def _schema(schema: Mapping[str, Any]) -> ResponseSchema:
    return ResponseSchema(schema, "judgement", strict=True)


def _verdict_object(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """A model fills in an object from its beginning: the reason stands before the verdict."""
    return _object({"reason": {"type": "string"}, "verdict": verdict})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }

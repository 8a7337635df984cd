"""``json_schema``: the output is JSON that a schema accepts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import cut, shown
from evalkit.errors import ScorerError, TaskError
from evalkit.files.border import reason_of
from evalkit.limits.helper import call
from evalkit.limits.pattern_cost import safe_chars
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.match.engine.pattern import compile_pattern
from evalkit.scorers.structured.engine.json_text import read_json

_MOST_CHARS = 160
#: Keys under which a schema holds values, not schemas.
_DATA = frozenset({"const", "default", "enum", "examples"})


@dataclass(frozen=True)
class JsonSchema(BaseScorer):
    """1 if the output, or a fenced block in it, is JSON that fits the schema, else 0.

    The explanation is the first error with its JSON path. The answer is the JSON text. ``format`` is not
    checked, and references to other documents are not fetched: one in use is a ScorerError.

    Args:
        schema: JSON Schema of any draft that ``jsonschema`` knows (``$schema`` names it; by default
            2020-12). Without one any JSON will do. Raises TaskError on a schema that is itself wrong.
    """

    name = "json_schema"
    kind = "binary"
    gives_answer = False
    main: ClassVar[str] = "schema"

    schema: Mapping[str, Any] | bool = True
    _validator: Any = field(init=False, repr=False, compare=False)
    _safe_chars: int = field(init=False, repr=False, compare=False)

    def _prepare(self) -> None:
        self._set("_validator", open_validator(self.name, self.schema))
        self._set("_safe_chars", schema_safe_chars(self.name, self.schema))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.schema,)

    def score(self, sample: Sample, response: Response) -> Score:
        try:
            document, text = read_json(response.output or "")
        except ValueError as error:
            return self._wrong(f"{shown(response.output)} {error}")
        problem = self._problem(document, text)
        return Score(self.name, 1.0, text) if problem is None else self._wrong(problem, text)

    def _problem(self, document: Any, text: str) -> str | None:
        """The first error. A document's texts are no longer than its own, so that bounds their patterns."""
        if len(text) <= self._safe_chars:
            kind, problem = first_error(self._validator, document)
        else:
            schema = json.dumps(self.schema)
            kind, problem = call(f"{__name__}:score", schema, text, what=f"scorer {self.name!r}")
        if kind == "refusal":
            raise ScorerError(str(problem))
        return problem


def score(schema: str, text: str) -> tuple[str, str | None]:
    """As ``first_error``, of a schema and a document as JSON: what the helper process does."""
    return first_error(_validator_of(schema), json.loads(text))


@lru_cache(maxsize=64)
def _validator_of(schema: str) -> Any:
    return open_validator(JsonSchema.name, json.loads(schema))


def first_error(validator: Any, document: Any) -> tuple[str, str | None]:
    """``error`` with the first one and its JSON path, or None; ``refusal`` where the schema cannot score."""
    from referencing.exceptions import Unresolvable

    try:
        error = next(validator.iter_errors(document), None)
    except Unresolvable as unresolvable:
        return "refusal", f"the schema's reference {unresolvable} is not in the schema"
    except RecursionError:
        return "refusal", "the schema refers to itself without end, or the output is nested too deeply"
    return "error", None if error is None else f"{error.json_path}: {cut(error.message, _MOST_CHARS)}"


def open_validator(scorer: str, schema: Mapping[str, Any] | bool) -> Any:
    """A compiled validator that never opens a connection. Raises TaskError on a wrong schema."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    try:
        cls: Any = validator_for(schema, default=Draft202012Validator)
        cls.check_schema(schema)
    except SchemaError as error:
        raise TaskError(
            f"scorer {scorer!r}: the schema is wrong at {error.json_path}: {cut(error.message, _MOST_CHARS)}"
        ) from None
    except (
        Exception
    ) as error:  # what the meta-schema did not foresee: a $schema that is not a text, deep nesting
        raise TaskError(f"scorer {scorer!r}: the schema cannot be used: {reason_of(error)}") from None
    return cls(schema, registry=REGISTRY)


def schema_safe_chars(scorer: str, schema: Any) -> int:
    """The length of a document up to which scoring it takes no time to speak of; 0 where references may lead
    from one to the next, which has no bound. Raises TaskError on a pattern that is none."""
    patterns, n_references = [], 0
    for key, value in _pairs(schema):
        if key == "pattern" and isinstance(value, str):
            patterns.append(value)
        elif key == "patternProperties" and isinstance(value, Mapping):
            patterns += value
        n_references += key in ("$ref", "$dynamicRef", "$recursiveRef")
    compiled = [compile_pattern(scorer, "pattern", each).compiled for each in patterns]
    if n_references > 1:
        return 0
    # Names that no pattern fits are looked for with all patterns joined.
    joined = [compile_pattern(scorer, "patternProperties", "|".join(patterns)).compiled] if compiled else []
    return min(map(safe_chars, [*compiled, *joined]), default=sys.maxsize)


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """All keys of all objects in a schema with their values."""
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        if key not in _DATA:
            yield key, inner
            yield from _pairs(inner)
    for inner in value if isinstance(value, list | tuple) else ():
        yield from _pairs(inner)

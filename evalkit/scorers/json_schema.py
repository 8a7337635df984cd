"""``json_schema``: the output is JSON that a schema accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import cut, shown
from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.json_text import read_json

_MOST_CHARS = 160


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

    def _prepare(self) -> None:
        self._set("_validator", open_validator(self.name, self.schema))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.schema,)

    def score(self, sample: Sample, response: Response) -> Score:
        try:
            document, text = read_json(response.output or "")
        except ValueError as error:
            return self._wrong(f"{shown(response.output)} {error}")
        problem = self._first_error(document)
        return Score(self.name, 1.0, text) if problem is None else self._wrong(problem, text)

    def _first_error(self, document: Any) -> str | None:
        from referencing.exceptions import Unresolvable

        try:
            error = next(self._validator.iter_errors(document), None)
        except Unresolvable as unresolvable:
            raise ScorerError(f"the schema's reference {unresolvable} is not in the schema") from None
        except RecursionError:
            raise ScorerError("the schema refers to itself without end") from None
        return None if error is None else f"{error.json_path}: {cut(error.message, _MOST_CHARS)}"


def open_validator(scorer: str, schema: Mapping[str, Any] | bool) -> Any:
    """A compiled validator that never opens a connection. Raises TaskError on a wrong schema."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    cls: Any = validator_for(schema, default=Draft202012Validator)
    try:
        cls.check_schema(schema)
    except SchemaError as error:
        raise TaskError(
            f"scorer {scorer!r}: the schema is wrong at {error.json_path}: {cut(error.message, _MOST_CHARS)}"
        ) from None
    return cls(schema, registry=REGISTRY)

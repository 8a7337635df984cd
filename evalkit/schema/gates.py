"""Gates of every kind, built in and installed, in JSON Schema."""

from __future__ import annotations

import inspect

from evalkit.core.gate import Gate
from evalkit.errors import EvalkitError
from evalkit.registry import GATES
from evalkit.schema.plugins import metric_pattern
from evalkit.schema.values import Schema, first_sentences, schema_of_structure

#: The kind that is a text of its own, without its name before it.
_TEXT_KIND = "absolute"


def gate_schema() -> Schema:
    """An entry of ``gates:``: a text, or one kind with its parameters, or with a metric alone."""
    named: Schema = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {kind: _named_schema(kind) for kind in GATES},
        "additionalProperties": False,
    }
    return {"anyOf": [_kind_schema(_TEXT_KIND), named]}


def _named_schema(kind: str) -> Schema:
    """Behind the kind's name; the text one may stand there as a mapping too, for metrics with parameters."""
    if kind != _TEXT_KIND:
        return _kind_schema(kind)
    gate: type[Gate] = GATES.get(kind)
    return {"anyOf": [_kind_schema(kind), {**schema_of_structure(gate), **gate.rules}]}


def _kind_schema(kind: str) -> Schema:
    try:
        gate: type[Gate] = GATES.get(kind)
    except EvalkitError:  # of a package that is broken: whoever uses it is told
        return {}
    own = gate.schema(metric_pattern())
    if own is not None:
        return dict(own)
    short: Schema = {"type": "string", "$ref": "#/$defs/metric"}
    text = inspect.cleandoc(gate.__doc__ or "").split("\n\n")[0]
    return {
        "description": first_sentences(text),
        "anyOf": [{**schema_of_structure(gate), **gate.rules}, short],
    }

"""A gate in JSON Schema."""

from __future__ import annotations

from evalkit.core.gate import RegressionGate
from evalkit.schema.plugins import metric_pattern
from evalkit.schema.values import Schema, schema_of_structure

#: What Python reads as a number that is one.
_NUMBER = r"[-+]?(?:(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][-+]?\d+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)"
_PROVEN = r"(?:\s+(?:proven|not\s+disproven|missing\s+worst))?"
_EQUAL = r"(?:\s+missing\s+worst)?"
#: Two models are never exactly alike.
_TWO_SIDED: Schema = {
    "if": {"properties": {"two_sided": {"const": True}}, "required": ["two_sided"]},
    "then": {"properties": {"margin": {"exclusiveMinimum": 0}}},
}


def gate_schema() -> Schema:
    """An entry of ``gates:``."""
    ordered, equal = rf"(?:>=|<=|>|<)\s*{_NUMBER}{_PROVEN}", rf"==\s*{_NUMBER}{_EQUAL}"
    text: Schema = {
        "type": "string",
        "pattern": rf"^\s*{metric_pattern()}\s*(?:{ordered}|{equal})\s*$",
        "description": "METRIC OP NUMBER, for example `accuracy >= 0.8`.",
    }
    written: Schema = {**schema_of_structure(RegressionGate), **_TWO_SIDED}
    short: Schema = {"type": "string", "$ref": "#/$defs/metric"}
    regression: Schema = {
        "type": "object",
        "properties": {
            "regression": {
                "description": "Candidate against baseline, paired on sample ids.",
                "anyOf": [written, short],
            }
        },
        "required": ["regression"],
        "additionalProperties": False,
    }
    return {"anyOf": [text, regression]}

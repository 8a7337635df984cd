"""What editors complete and check ``*.eval.yaml`` by."""

from __future__ import annotations

from evalkit.core.forms import keys_of
from evalkit.core.old_names import KEYS
from evalkit.core.quarantine import OF_ROW
from evalkit.core.task import DatasetSpec, Task
from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.hub import OPTIONS
from evalkit.schema.gates import gate_schema
from evalkit.schema.plugins import assertion_schema, metric_schema, scorer_schema
from evalkit.schema.values import Schema, descriptions, schema_of_structure
from evalkit.tasks.assertions import VALUE_IS_MAPPING

_TEXT: Schema = {"type": ["string", "null"], "pattern": r"\S"}
_GIVEN: Schema = {"not": {"type": "null"}}


def task_file_schema() -> Schema:
    """JSON Schema (draft 2020-12) of one document of a task file, for the scorers and metrics installed here.

    It is no stricter than the loader. What only the loader sees: names of a template's fields, files,
    patterns that cannot be compiled, parameters that contradict each other, whatever needs the dataset.
    """
    schema = schema_of_structure(Task)
    for old, key in KEYS.items():
        schema["properties"][old] = {
            "type": ["string", "null"], "deprecated": True, "description": f"Now called `{key}`.",
        }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Task of evalkit",
        **schema,
        "oneOf": [_given("dataset"), _given("samples")],
        "allOf": [
            {"if": {"properties": {"scoring": {"const": "loglikelihood"}}, "required": ["scoring"]},
             "then": _given("choices")},
            {"if": _given("continuation"), "then": _given("choices")},
            {"if": _given("tool_choice"), "then": _given("tools")},
            {"not": {"allOf": [_given("prompt"), _given("messages")]}},
        ],
        "$defs": {
            "metric": metric_schema(),
            "scorer": scorer_schema(),
            "gate": gate_schema(),
            "assertion": assertion_schema(VALUE_IS_MAPPING),
            "sample": _sample(),
            "file_dataset": _file(),
            "hub_dataset": _hub(),
        },
    }  # fmt: skip


def _given(key: str) -> Schema:
    return {"required": [key], "properties": {key: _GIVEN}}


def _sample() -> Schema:
    """A row: any fields, two of which evalkit reads itself."""
    return {
        "type": "object",
        "properties": {
            "assert": {
                "type": ["array", "null"],
                "items": {"$ref": "#/$defs/assertion"},
                "description": "What the response to this sample must satisfy.",
            }
        },
        "if": {"required": ["assert"]},
        "then": {"properties": {"quarantine": {"anyOf": [dict(OF_ROW), {"type": "null"}]}}},
    }


def _spec_keys(*names: str) -> dict[str, Schema]:
    texts = descriptions(DatasetSpec)
    return {
        name: {**_TEXT, **({"description": texts[name]} if name in texts else {})}
        for name in keys_of(DatasetSpec)
        if name in names
    }


def _file() -> Schema:
    keys = _spec_keys("file", "name", "split", "revision")
    schema = schema_of_structure(FileFormat, keys)
    schema["properties"]["path"] = {"type": "null"}
    return {**schema, "required": ["file"]}


def _hub() -> Schema:
    keys = _spec_keys("path", "name", "split", "revision", "format")
    options: dict[str, Schema] = {name: {} for name in OPTIONS}
    return {
        "type": "object",
        "properties": {**keys, **options, "file": {"type": "null"}},
        "required": ["path"],
        "additionalProperties": False,
    }

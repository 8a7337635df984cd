"""Structured output: the JSON that an answer must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.forms import Written
from evalkit.core.frozen import frozen
from evalkit.core.text import seen
from evalkit.core.tools import API_NAME, NAME_HINT
from evalkit.errors import TaskError, did_you_mean

#: How a schema is called that brings no name.
DEFAULT_NAME = "response"

#: What tells a bare schema, as the types of JSON Schema do.
_SCHEMA_KEYS = ("$schema", "$ref", "$defs", "properties", "anyOf", "allOf", "oneOf", "enum", "items")
_JSON_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_KEYS = ("name", "description", "schema", "strict")
_HINT = "write {type: json_schema, json_schema: {name: …, schema: …}}, json_object, or the JSON Schema alone"


@frozen(slots=True)
class ResponseSchema:
    """What ``response_format:`` asks for.

    Attributes:
        schema: a JSON Schema; None asks for a JSON object of any kind.
        name: what the provider calls it.
        strict: whether the provider must keep to the schema; None leaves that to it.
        description: what the answer is for, for the model to read.
    """

    schema: Mapping[str, Any] | None = None
    name: str = DEFAULT_NAME
    strict: bool | None = None
    description: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As chat completions have it: the value of ``response_format``."""
        if self.schema is None:
            return {"type": "json_object"}
        inner: dict[str, Any] = {"name": self.name, "schema": self.schema}
        if self.description is not None:
            inner["description"] = self.description
        if self.strict is not None:
            inner["strict"] = self.strict
        return {"type": "json_schema", "json_schema": inner}


def parse_response_format(value: Any, key: str = "response_format") -> ResponseSchema | None:
    """A task's ``response_format:``: a mapping of chat completions, ``json_object``, or a bare JSON Schema.
    ``{type: text}`` is None. Raises TaskError with the offending ``key``."""
    if value is None or isinstance(value, ResponseSchema):
        return value
    if value == "json_object":
        return ResponseSchema()
    if not isinstance(value, Mapping):
        raise TaskError(f"response_format {seen(value)} cannot be read", key=key, hint=_HINT)
    kind = value.get("type")
    if isinstance(kind, str) and kind in ("text", "json_object", "json_schema"):
        return _of_type(kind, value, key)
    is_schema = any(name in value for name in _SCHEMA_KEYS) or (
        all(each in _JSON_TYPES for each in kind) if isinstance(kind, list) and kind else kind in _JSON_TYPES
    )
    if not is_schema:
        raise TaskError(f"response_format {seen(value)} cannot be read", key=key, hint=_HINT)
    return ResponseSchema(value)


def _of_type(kind: str, value: Mapping[str, Any], key: str) -> ResponseSchema | None:
    known = ("type", "json_schema") if kind == "json_schema" else ("type",)
    for name in value:
        if name not in known:
            what = f"response_format of type {kind} has unknown key {name!r}"
            raise TaskError(what, key=f"{key}.{name}", hint=did_you_mean(str(name), known))
    if kind != "json_schema":
        return ResponseSchema() if kind == "json_object" else None
    key = f"{key}.json_schema"
    inner = value.get("json_schema")
    if not isinstance(inner, Mapping) or not isinstance(inner.get("schema"), Mapping):
        what = f"response_format json_schema {seen(inner)} holds no schema"
        raise TaskError(what, key=key, hint="write json_schema: {name: …, schema: {type: object, …}}")
    for name in inner:
        if name not in _KEYS:
            hint = did_you_mean(str(name), _KEYS)
            raise TaskError(f"json_schema has unknown key {name!r}", key=f"{key}.{name}", hint=hint)
    return ResponseSchema(inner["schema"], _name(inner, key), *_rest(inner, key))


def _name(inner: Mapping[str, Any], key: str) -> str:
    name = inner.get("name", DEFAULT_NAME)
    if not isinstance(name, str) or not API_NAME.match(name):
        raise TaskError(f"json_schema name {seen(name)} cannot be used", key=f"{key}.name", hint=NAME_HINT)
    return name


def _rest(inner: Mapping[str, Any], key: str) -> tuple[bool | None, str | None]:
    strict, description = inner.get("strict"), inner.get("description")
    if strict is not None and not isinstance(strict, bool):
        what = f"json_schema strict {seen(strict)} is not true or false"
        raise TaskError(what, key=f"{key}.strict")
    if description is not None and not isinstance(description, str):
        what = f"json_schema description {seen(description)} is not a text"
        raise TaskError(what, key=f"{key}.description")
    return strict, description


_KIND_SCHEMA = {
    "anyOf": [
        {"enum": ["text", "json_object", "json_schema", *_JSON_TYPES]},
        {"type": "array", "minItems": 1},
    ]
}
#: The notation of ``response_format:``: a word, or a mapping that is or holds a JSON Schema.
RESPONSE_FORMAT = Written(
    parse_response_format,
    {
        "anyOf": [
            {"const": "json_object"},
            {
                "type": "object",
                "anyOf": [
                    {
                        "required": ["type"],
                        "properties": {"type": {"anyOf": [_KIND_SCHEMA, {"type": "array"}]}},
                    },
                    *({"required": [name]} for name in _SCHEMA_KEYS),
                ],
            },
            {"type": "null"},
        ]
    },
)

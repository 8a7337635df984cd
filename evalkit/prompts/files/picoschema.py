"""The variables of a dotprompt: ``input.schema``, in Picoschema or JSON Schema, and ``input.default``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evalkit.core.document import Step
from evalkit.core.prompt_variable import PromptVariable
from evalkit.core.text import seen
from evalkit.prompts.files.head import Head

_KEY = re.compile(r"(?P<name>[^?(]+)(?P<optional>\??)(?:\((?P<type>[^,)]*)(?:,\s*(?P<about>.*))?\))?\Z")
_OTHERS = "(*)"
_SCHEMA: tuple[Step, ...] = ("input", "schema")


def variables_of(head: Head, used: Mapping[str, int]) -> tuple[PromptVariable, ...] | None:
    """What the head declares; None where it declares nothing.

    Without a schema, or with one that admits other fields, what the template uses beside is declared by that.
    """
    schema, defaults = head.get(*_SCHEMA), head.mapping("input", "default")
    if schema is None and not defaults:
        return None
    declared, is_open = _schema(head) if schema is not None else ({}, True)
    found = {
        name: PromptVariable(name, about, defaults.get(name), is_required and name not in defaults, line)
        for name, (about, is_required, line) in declared.items()
    }
    for name, value in defaults.items():
        line = head.line("input", "default", name)
        found.setdefault(name, PromptVariable(name, "", value, False, line))
    for name, line in used.items() if is_open else ():
        found.setdefault(name, PromptVariable(name, line=line))
    return tuple(found.values())


_Declared = dict[str, tuple[str, bool, int]]


def _schema(head: Head) -> tuple[_Declared, bool]:
    schema = head.get(*_SCHEMA)
    if not isinstance(schema, Mapping):
        head.fail(f"input.schema {seen(schema)} is not read", *_SCHEMA, hint="write out its fields")
    if isinstance(schema.get("properties"), Mapping):
        return _json_schema(head, schema)
    declared: _Declared = {}
    for key, value in schema.items():
        if key == _OTHERS:
            continue
        match = _KEY.match(key)
        if match is None or not match["name"].isidentifier():
            head.fail(f"input.schema {seen(key)} is not a name of a field", *_SCHEMA, key)
        about = match["about"] or (value.partition(",")[2] if isinstance(value, str) else "")
        declared[match["name"]] = (about.strip(), not match["optional"], head.line(*_SCHEMA, key))
    return declared, _OTHERS in schema


def _json_schema(head: Head, schema: Mapping[str, Any]) -> tuple[_Declared, bool]:
    required = schema.get("required") or []
    declared: _Declared = {}
    for name, value in head.mapping(*_SCHEMA, "properties").items():
        about = value.get("description", "") if isinstance(value, Mapping) else ""
        declared[name] = (str(about), name in required, head.line(*_SCHEMA, "properties", name))
    return declared, bool(schema.get("additionalProperties"))

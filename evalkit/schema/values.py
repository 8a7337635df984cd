"""A type annotation, and a structure of keys, in JSON Schema (draft 2020-12)."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union

import orjson

from evalkit.core.fitting import Constraint
from evalkit.core.forms import Declared, Entries, Form, Nested, Typed, Written, keys_of

Schema = dict[str, Any]

_TYPES: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_NULL: Schema = {"type": "null"}
_SECTION = re.compile(r"^(?:Args|Attributes):\n((?:[ \t]+.*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def schema_of_hint(hint: Any) -> Schema:
    """What fits an annotation, as ``evalkit.core.fitting`` judges; anything where that cannot be said."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _constrained(*arguments)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return any_of(*(_NULL if each is type(None) else schema_of_hint(each) for each in arguments))
    if origin is tuple:
        member = schema_of_hint(arguments[0])
        entries: Schema = {"type": "array", "items": member}
        return any_of(member, entries) if member.get("type") == "string" else entries
    if hint is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return {"type": "object"}
    return {"type": _TYPES[hint]} if hint in _TYPES else {}


def _constrained(hint: Any, *extras: Any) -> Schema:
    schema = schema_of_hint(hint)
    for each in extras:
        if isinstance(each, Constraint):
            # Keywords about numbers and texts do not bind values of other types, null among them.
            schema = {**schema, **each.keywords}
    return schema


def any_of(*schemas: Schema) -> Schema:
    """One of several; plain types become a list of types."""
    if all(set(each) == {"type"} for each in schemas):
        return {"type": [each["type"] for each in schemas]}
    return {"anyOf": list(schemas)}


def schema_of_form(form: Form) -> Schema:
    """What may stand at one key."""
    match form:
        case Typed():
            return schema_of_hint(form.hint)
        case Written():
            return dict(form.shape)
        case Entries():
            return {"type": ["array", "null"], "items": dict(form.shape)}
        case Nested():
            inner = {**schema_of_structure(form.structure), **form.also}
            return any_of(inner, _NULL) if form.is_optional else inner
    raise TypeError(f"no schema is known of {type(form).__name__}")


def schema_of_structure(structure: type[Any], more: Mapping[str, Schema] | None = None) -> Schema:
    """A mapping with the keys that a dataclass declares, and ``more``."""
    texts = descriptions(structure)
    keys: Mapping[str, Declared] = keys_of(structure)  # type: ignore[arg-type]  # a class is hashable
    properties = {key: described(each, texts.get(each.field)) for key, each in keys.items()}
    required = [key for key, each in keys.items() if each.is_required]
    schema: Schema = {
        "type": "object",
        "properties": {**properties, **(more or {})},
        "additionalProperties": False,
    }
    return {**schema, "required": required} if required else schema


def described(declared: Declared, text: str | None) -> Schema:
    """The schema of one key with what its docstring says of it, and its default."""
    schema = schema_of_form(declared.form)
    if text:
        schema = {**schema, "description": text}
    default = plain(declared.default) if not declared.is_required else None
    return schema if default is None else {**schema, "default": default}


def plain(value: Any) -> Any:
    """A default as JSON has it; None where JSON has no such value, or it says nothing."""
    if isinstance(value, tuple | Mapping) and not value:
        return None
    try:
        return orjson.loads(orjson.dumps(value))
    except (TypeError, ValueError):
        return None


def descriptions(documented: Any) -> dict[str, str]:
    """Name -> what the sections ``Args`` and ``Attributes`` of a docstring say of it, bases included."""
    found: dict[str, str] = {}
    for each in reversed(getattr(documented, "__mro__", (documented,))):
        for section in _SECTION.findall(f"{inspect.cleandoc(each.__doc__ or '')}\n"):
            for name, text in _ENTRY.findall(section):
                found[name] = first_sentences(text)
    return found


def first_sentences(text: str) -> str:
    """A text of a docstring on one line, with a capital and without its marks of code."""
    line = " ".join(text.split()).replace("``", "`")
    return line[:1].upper() + line[1:]

"""The keys of a task that have a notation of their own: how each is read, and what an editor knows of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evalkit.core.forms import Entries, Nested, Written, as_list, as_mapping
from evalkit.core.gate import parse_entry, parse_gate, parse_metric
from evalkit.core.prompt import ROLES, parse_prompt
from evalkit.core.quarantine import ENTRY, parse_quarantine_list
from evalkit.core.request import GenerateParams
from evalkit.core.text import seen
from evalkit.errors import TaskError, TemplateError

_MAX_BITS = 63
_MAX_DEPTH = 50

#: What the name of a data file ends with, in small letters.
DATA_FILE = r"\.(csv|json|jsonl|ndjson|parquet|tsv|yaml|yml)(\.gz)?$"
#: Names of scorers stand in gates (``mean:strict >= 0.9``), so they are made of what a gate can say.
SCORE_NAME = r"^[A-Za-z_][\w.\-]*$"

_SCALAR = {"type": ["string", "number", "boolean"]}
#: A label is taken as it is written, ``null`` too.
_LABEL = {"type": ["string", "number", "boolean", "null"]}


def check_numbers(key: str, value: Any, depth: int = 0) -> None:
    """Refuse integers that no computation takes, and nesting that no key has, before anything meets them."""
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise TaskError(
            f"{key} holds a number of {value.bit_length()} bits", key=key, hint="give a smaller one"
        )
    if depth > _MAX_DEPTH:
        raise TaskError(f"{key} is nested more than {_MAX_DEPTH} deep", key=key)
    if isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            check_numbers(key, each, depth + 1)


def is_data_file(value: Any) -> bool:
    """Whether a text is short for ``{file: TEXT}``: it ends like a data file."""
    return isinstance(value, str) and re.search(DATA_FILE, value.lower()) is not None


def choice_labels(value: Any, key: str = "choices") -> tuple[str, ...] | str | None:
    """A task's ``choices:``: a template, or two or more different labels."""
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    labels = tuple(label_text(label, key) for label in as_list(value, key))
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise TaskError(f"choices {seen(list(labels))} are not two or more different labels", key=key)
    return labels


def label_text(value: Any, key: str) -> str:
    """A label as text; a list, a mapping or nothing at all is not a label."""
    if value is None or isinstance(value, list | tuple | Mapping | set):
        raise TaskError(f"{key}: {seen(value)} is not a label", key=key, hint="write a text")
    return str(value)


def _tag(tag: Any, key: str) -> str:
    """A text with a letter or a digit in it."""
    if not isinstance(tag, str | int | float) or isinstance(tag, bool):
        raise TaskError(f"tag {seen(tag)} is not a text", key=key)
    text = tag if isinstance(tag, str) else seen(tag)
    if not any(c.isalnum() for c in text) or not text.isprintable():
        what = f"tag {seen(tag)} has no letter and no digit, or does not print"
        raise TaskError(what, key=key, hint="write a word, for example 'glue'")
    return text


def _generate(value: Any, key: str) -> GenerateParams:
    return value if isinstance(value, GenerateParams) else GenerateParams.from_mapping(value, key)


def _prompt(value: Any, key: str) -> Any:
    try:
        return parse_prompt(value)
    except TemplateError as error:
        raise TaskError(error.what, key=key, hint=error.hint) from None


def _rows(value: Any, key: str) -> tuple[Mapping[str, Any], ...] | None:
    """A task's ``samples:``."""
    if value is None:
        return None
    return tuple(as_mapping(each, f"{key}.{index}") for index, each in enumerate(as_list(value, key)))


def scorer_parts(value: Any) -> tuple[str, Mapping[str, Any], str | None]:
    """``{"exact_match": {"name": "strict", …}}`` -> name and parameters of the scorer, name of its scores."""
    spec = parse_entry(value)
    params = dict(spec.params)
    alias = params.pop("name", None)
    if alias is not None and (not isinstance(alias, str) or not re.match(rf"{SCORE_NAME}\Z", alias)):
        hint = "write a word of letters, digits, '_', '.' and '-'"
        raise TaskError(f"scorer {spec.name!r}: name {seen(alias)} cannot be used", hint=hint)
    return spec.name, params, alias


_TEMPLATE = {"type": "string", "pattern": r"\S"}
_TURNS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {"role": {"enum": list(ROLES)}, "content": _SCALAR},
        "required": ["role", "content"],
        "additionalProperties": False,
    },
}
_PROMPT_OBJECT = {
    "type": "object",
    "properties": {
        "file": _TEMPLATE,
        "text": {"anyOf": [_TEMPLATE, _TURNS]},
        "constant": {"type": "boolean", "default": False},
    },
    "oneOf": [{"required": ["file"]}, {"required": ["text"]}],
    "additionalProperties": False,
}

PROMPT = Written(_prompt, {"anyOf": [_TEMPLATE, _TURNS, _PROMPT_OBJECT, {"type": "null"}]})
CHOICES = Written(
    choice_labels,
    {
        "anyOf": [
            _TEMPLATE,
            {"type": "array", "items": _LABEL, "minItems": 2, "uniqueItems": True},
            {"type": "null"},
        ]
    },
)
GENERATE = Nested(GenerateParams, _generate, is_optional=False)
METRICS = Entries(parse_metric, {"$ref": "#/$defs/metric"})
GATES = Entries(parse_gate, {"$ref": "#/$defs/gate"})
TAGS = Entries(_tag, {"anyOf": [{"type": "string", "pattern": r"[^\W_]"}, {"type": "number"}]})
QUARANTINE = Written(
    lambda value, key: parse_quarantine_list(as_list(value, key), key),
    {"type": ["array", "null"], "items": ENTRY},
)
SAMPLES = Written(_rows, {"type": ["array", "null"], "items": {"$ref": "#/$defs/sample"}})

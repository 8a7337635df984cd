"""The values of a task's keys as YAML gives them: lists, mappings, labels, names; else a TaskError."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from evalkit.core.gate import parse_metric
from evalkit.core.text import seen
from evalkit.errors import TaskError

T = TypeVar("T")

_MAX_BITS = 63
_MAX_DEPTH = 50

_DATA_FILE = re.compile(r".*\.(csv|json|jsonl|ndjson|parquet|tsv|yaml|yml)(\.gz)?\Z", re.IGNORECASE)
#: Names of scorers stand in gates (``mean:strict >= 0.9``), so they are made of what a gate can say.
_SCORE_NAME = re.compile(r"[A-Za-z_][\w.\-]*\Z")


def keyed(key: str, parse: Callable[[Any], T], value: Any) -> T:
    """``parse(value)``; its TaskError names ``key`` where it names none."""
    try:
        return parse(value)
    except TaskError as error:
        error.key = error.key or key
        raise


def as_list(value: Any, key: str) -> Sequence[Any]:
    """A list as it stands; nothing is an empty one."""
    if value is None:
        return ()
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise TaskError(f"{key} {seen(value)} is not a list", key=key, hint=f"write '{key}: […]'")
    return value


def as_mapping(value: Any, key: str) -> Mapping[str, Any]:
    """A mapping as it stands."""
    if not isinstance(value, Mapping):
        hint = "write {file: NAME.jsonl}, or {path: …, split: …} of the Hub" if key == "dataset" else None
        raise TaskError(f"{key} {seen(value)} is not a mapping", key=key, hint=hint)
    return value


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
    return isinstance(value, str) and _DATA_FILE.match(value) is not None


def choice_labels(value: Any) -> tuple[str, ...] | str | None:
    """A task's ``choices:``: a template, or two or more different labels."""
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    labels = tuple(label_text(label, "choices") for label in as_list(value, "choices"))
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise TaskError(f"choices {seen(list(labels))} are not two or more different labels", key="choices")
    return labels


def label_text(value: Any, key: str) -> str:
    """A label as text; a list, a mapping or nothing at all is no label."""
    if value is None or isinstance(value, list | tuple | Mapping | set):
        raise TaskError(f"{key}: {seen(value)} is not a label", key=key, hint="write a text")
    return str(value)


def tag_list(values: Sequence[Any]) -> tuple[str, ...]:
    """Tags: texts with a letter or a digit in them."""
    for index, tag in enumerate(values):
        if not isinstance(tag, str | int | float) or isinstance(tag, bool):
            raise TaskError(f"tag {seen(tag)} is not a text", key=f"tags.{index}")
        text = tag if isinstance(tag, str) else seen(tag)
        if not any(c.isalnum() for c in text) or not text.isprintable():
            what = f"tag {seen(tag)} has no letter and no digit, or does not print"
            raise TaskError(what, key=f"tags.{index}", hint="write a word, for example 'glue'")
    return tuple(tag if isinstance(tag, str) else seen(tag) for tag in values)


def scorer_parts(value: Any) -> tuple[str, Mapping[str, Any], str | None]:
    """``{"exact_match": {"name": "strict", …}}`` -> name and parameters of the scorer, name of its scores."""
    spec = parse_metric(value)
    params = dict(spec.params)
    alias = params.pop("name", None)
    if alias is not None and (not isinstance(alias, str) or not _SCORE_NAME.match(alias)):
        hint = "write a word of letters, digits, '_', '.' and '-'"
        raise TaskError(f"scorer {spec.name!r}: name {seen(alias)} cannot be used", hint=hint)
    return spec.name, params, alias

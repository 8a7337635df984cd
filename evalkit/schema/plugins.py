"""Scorers, metrics and assertions with their parameters, built in and installed, in JSON Schema."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from evalkit.core.old_names import METRICS as OLD_METRICS
from evalkit.core.task_values import SCORE_NAME
from evalkit.errors import EvalkitError
from evalkit.registry import ASSERTIONS, METRICS, SCORERS, Registry, is_sample_metric
from evalkit.schema.values import Schema, any_of, descriptions, first_sentences, plain, schema_of_hint

_NUMBER: Schema = {"type": "number"}
_ALIAS: Schema = {
    "type": "string",
    "pattern": SCORE_NAME,
    "description": "What the scores are called, so that a scorer may appear twice.",
}
_BY: Schema = {
    "type": ["string", "null"],
    "pattern": r"\S",
    "description": "One value for each slice: `tags`, a field of the rows, or a template over the row.",
}
#: Every assertion takes these.
_AT_LEAST: Mapping[str, Schema] = {
    "at_least": {**_NUMBER, "description": "The lowest value with which the assertion holds (default 1)."},
    "at_most": {**_NUMBER, "description": "The highest value with which the assertion holds."},
}


def metric_schema() -> Schema:
    """An entry of ``metrics:``, and the metric of a gate."""
    return _entry(METRICS, METRICS, {"by": _BY})


def scorer_schema() -> Schema:
    """An entry of ``scorers:``; a metric of which one sample alone has a value may stand there, too."""
    schema = _entry(SCORERS, SCORERS, {"name": _ALIAS})
    metrics = _entry(filter(is_sample_metric, METRICS), METRICS, {"name": _ALIAS})
    return {"anyOf": [*schema["anyOf"], *metrics["anyOf"]]}


def assertion_schema(values_are_mappings: Iterable[str]) -> Schema:
    """An entry of a row's ``assert:``.

    Args:
        values_are_mappings: names whose value is a mapping in itself, not one of parameters.
    """
    own = [name for name in SCORERS if name != "asserts" and name not in ASSERTIONS]
    parts = [
        _entry(ASSERTIONS, ASSERTIONS, _AT_LEAST),
        _entry(own, SCORERS, _AT_LEAST),
        _entry([name for name in METRICS if is_sample_metric(name)], METRICS, _AT_LEAST),
    ]
    for part in parts:
        for name in values_are_mappings:
            if name in part["anyOf"][1]["properties"]:
                part["anyOf"][1]["properties"][name] = {"type": "object"}
    return {"anyOf": [each for part in parts for each in part["anyOf"]]}


def metric_pattern() -> str:
    """A metric as it stands in a gate's text: a name, and maybe a variant."""
    names = "|".join(re.escape(name) for name in [*METRICS, *OLD_METRICS])
    return rf"(?:{names})(?::[\w:./\-]+)?"


def _entry(names: Iterable[str], registry: Registry, more: Mapping[str, Schema]) -> Schema:
    """A name, or one name with its parameters."""
    properties: dict[str, Schema] = {}
    patterns: dict[str, Schema] = {}
    alone, variants = [], []
    for name in names:
        plugin = _loaded(registry, name)
        parameters = _parameters(plugin, more)
        properties[name] = parameters
        if not parameters["anyOf"][0].get("required"):
            alone.append(name)
        if plugin is not None and static_of(plugin, "variant"):
            variants.append(name)
            patterns[rf"^{re.escape(name)}:."] = {"type": ["object", "null"]}
    for old, name in OLD_METRICS.items():
        if name in variants:
            variants.append(old)
            properties[old] = {"deprecated": True}
            patterns[rf"^{re.escape(old)}:."] = {"deprecated": True}
    words: list[Schema] = [{"enum": alone}] if alone else []
    if variants:
        words.append({"type": "string", "pattern": rf"^(?:{'|'.join(map(re.escape, variants))}):."})
    one: Schema = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": properties,
        "patternProperties": patterns,
        "additionalProperties": False,
    }
    return {"anyOf": [any_of(*words), one]}


def static_of(plugin: Any, name: str) -> Any:
    """What a plug-in's class says, itself or by a base of evalkit's; None where it says nothing."""
    return inspect.getattr_static(plugin, name, None)


def _loaded(registry: Registry, name: str) -> Any:
    """None where the plug-in, or a library that it needs, cannot be loaded: then any parameter will do."""
    try:
        return registry.get(name)
    except EvalkitError:
        return None


def _parameters(plugin: Any, more: Mapping[str, Schema]) -> Schema:
    """All parameters by their names, or the one that a bare value stands for, or nothing."""
    if plugin is None:
        return {"anyOf": [{}]}
    known = inspect.signature(plugin).parameters
    texts, hints = descriptions(plugin), _hints(plugin)
    properties = {}
    for name, parameter in known.items():
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            schema = schema_of_hint(hints.get(name, Any))
            default = None if parameter.default is parameter.empty else plain(parameter.default)
            properties[name] = {
                **schema,
                **({"description": texts[name]} if name in texts else {}),
                **({"default": default} if default is not None else {}),
            }
    named: Schema = {"type": "object", "properties": {**properties, **more}}
    if not any(each.kind is each.VAR_KEYWORD for each in known.values()):
        named["additionalProperties"] = False
    required = [name for name, each in known.items() if each.default is each.empty and name in properties]
    main = "value" if "value" in known else static_of(plugin, "main")
    alternatives = [{**named, "required": required} if required else named]
    if main in properties:
        alternatives.append({key: each for key, each in properties[main].items() if key != "default"})
    if not required:
        alternatives.append({"type": "null"})
    doc = inspect.cleandoc(plugin.__doc__ or "").split("\n\n")[0]
    return {"description": first_sentences(doc), "anyOf": alternatives}


def _hints(plugin: Any) -> Mapping[str, Any]:
    """The annotations of a plug-in's parameters; none where they cannot be read."""
    has_own = isinstance(plugin, type) and not dataclasses.is_dataclass(plugin)
    source = plugin.__init__ if has_own else plugin
    try:
        return typing.get_type_hints(source, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return {}

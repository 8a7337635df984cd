"""Plug-ins that are frozen dataclasses of their parameters: reading, checking and naming these.

A task file gives parameters as YAML values. Each must fit the annotation of the dataclass field that it
names; a wrong name or value is one TaskError that says which plug-in, which parameter and what is known.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, Union

from evalkit.core.text import shown, text_of
from evalkit.errors import EvalkitError, TaskError, did_you_mean

#: Bits of whole numbers that fit into a float.
_MOST_BITS = 1023
_WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Mapping: "a mapping",
}


def open_plugin(role: str, name: str, cls: Any, params: Mapping[str, Any]) -> Any:
    """``cls(**params)``; ``role`` is ``scorer`` or ``metric``.

    A bare value (``value``) is meant for the parameter that ``cls.main`` names, unless the class has a
    parameter ``value``. Raises TaskError on unknown, missing or wrong parameters.
    """
    label = f"{role} {name!r}"
    known = inspect.signature(cls).parameters
    params = dict(params)
    main = getattr(cls, "main", None)
    if main and "value" in params and "value" not in known and main not in params:
        params[main] = params.pop("value")
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
        _refuse_unknown(label, params, known)
    for key, parameter in known.items():
        if (
            parameter.default is parameter.empty
            and key not in params
            and parameter.kind is not parameter.VAR_KEYWORD
        ):
            raise TaskError(f"{label} needs the parameter {key!r}", hint=f"write '{name}: {{{key}: …}}'")
    try:
        return cls(**params)
    except EvalkitError:
        raise
    except Exception as error:  # another package's class may raise what it likes
        kind = "" if isinstance(error, TypeError | ValueError) else f"{type(error).__name__}: "
        raise TaskError(f"{label}: {kind}{error}") from None


def _refuse_unknown(label: str, params: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    for key in params:
        if key not in known:
            hint = did_you_mean(str(key), known) if known else "it takes no parameters"
            raise TaskError(f"{label} has no parameter {key!r}", hint=hint)


def fit_parameters(role: str, plugin: Any) -> None:
    """Check each field of a frozen dataclass against its annotation; lists become tuples.

    Raises TaskError that names the plug-in, the parameter and what would fit.
    """
    cls: Any = type(plugin)
    for key, hint in _hints(cls).items():
        value = getattr(plugin, key)
        try:
            fitted = fit_value(value, hint)
        except ValueError as error:
            raise TaskError(f"{role} {plugin.name!r}: {key} {shown(value)} is not {error}") from None
        if fitted is not value:
            object.__setattr__(plugin, key, fitted)


def parameters_text(plugin: Any, separator: str = "=") -> list[str]:
    """``["ignore_case=true"]``: parameters that are not at their default, in the order of the fields.

    Defaults stay out, so a new parameter leaves old signatures alone; a plug-in whose default changes
    must change its version.
    """
    texts = []
    for field in dataclasses.fields(plugin):
        value = getattr(plugin, field.name)
        if field.init and value != field.default:
            text = text_of(value)
            texts.append(f"{field.name}{separator}{text if text.isprintable() else json.dumps(text)}")
    return texts


@cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls) if field.init}


def fit_value(value: Any, hint: Any) -> Any:
    """``value`` as the annotation ``hint`` has it. Raises ValueError that says what would fit."""
    origin = typing.get_origin(hint)
    if hint is Any:
        return value
    if origin is Literal:
        return _fit_literal(value, typing.get_args(hint))
    if origin in (Union, types.UnionType):
        return _fit_union(value, typing.get_args(hint))
    if origin is tuple:
        return _fit_tuple(value, typing.get_args(hint)[0])
    expected = Mapping if origin is not None and issubclass(origin, Mapping) else hint
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if expected is float and is_number:
        return _fit_float(value)
    if not isinstance(value, expected) or (expected is int and not is_number):
        raise ValueError(_WORDS.get(expected, str(expected)))
    return value


def _fit_float(value: int | float) -> float:
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise ValueError("a number that a float can hold")
    if math.isnan(value):  # it compares with nothing, so it would judge everything alike
        raise ValueError("a number")
    return float(value)


def _fit_literal(value: Any, options: Sequence[Any]) -> Any:
    if value not in options:
        raise ValueError("one of " + ", ".join(text_of(option) for option in options))
    return value


def _fit_union(value: Any, members: Sequence[Any]) -> Any:
    if value is None and type(None) in members:
        return None
    words = []
    for member in members:
        if member is not type(None):
            try:
                return fit_value(value, member)
            except ValueError as error:
                words.append(str(error))
    raise ValueError(" or ".join(words))


def _fit_tuple(value: Any, member: Any) -> tuple[Any, ...]:
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, list | tuple):
        raise ValueError("a list")
    try:
        return tuple(fit_value(entry, member) for entry in value)
    except ValueError as error:
        raise ValueError(f"a list of which each entry is {error}") from None

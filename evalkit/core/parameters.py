"""Plug-ins that are frozen dataclasses of their parameters: reading, checking and naming these.

A task file gives parameters as YAML values. Each must fit the annotation of the dataclass field that it
names; a wrong name or value is one TaskError that says which plug-in, which parameter and what is known.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import sys
import typing
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from evalkit.core.fitting import fit_value
from evalkit.core.text import shown, text_of
from evalkit.errors import EvalkitError, TaskError, did_you_mean


def open_plugin(role: str, name: str, cls: Any, params: Mapping[str, Any]) -> Any:
    """``cls(**params)``; ``role`` is ``scorer`` or ``metric``.

    A bare value (``value``) is meant for the parameter that ``cls.main`` names, unless the class has a
    parameter ``value``. Raises TaskError on unknown, missing or wrong parameters.
    """
    label = f"{role} {name!r}"
    known = inspect.signature(cls).parameters
    params = dict(params)
    main = cls.main
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
    # Not all annotations of the class: its bases declare dozens that are no parameters, and reading each
    # takes as long as to check a whole plug-in.
    return {field.name: _hint(cls, field) for field in dataclasses.fields(cls) if field.init}


def _hint(cls: Any, field: dataclasses.Field[Any]) -> Any:
    """The annotation of one field, read where the class stands that declares it."""
    owner = next(
        base
        for base in reversed(cls.__mro__)
        if getattr(base, "__dataclass_fields__", {}).get(field.name) is field
    )
    holder = SimpleNamespace(__annotations__={field.name: field.type})
    names = vars(sys.modules[owner.__module__])
    return typing.get_type_hints(holder, names, include_extras=True)[field.name]

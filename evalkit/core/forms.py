"""How the keys of a task file are written: one declaration that reads a value, and that editors are told.

A structure is a frozen dataclass. Each field is a key; its annotation says what may stand there::

    @frozen
    class Draw:
        \"\"\"Which examples.

        Attributes:
            n: how many.
        \"\"\"

        n: Annotated[int, Bounds(at_least=1)]
        by: Annotated[tuple[str, ...], Written(read_names, {"type": "array"})] = ()

``read_fields`` reads it, ``evalkit.schema`` makes a JSON Schema of it, descriptions and defaults included.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, Protocol, Union

from evalkit.core.fitting import fit_value
from evalkit.core.frozen import frozen
from evalkit.core.text import seen
from evalkit.errors import EvalkitError, TaskError, did_you_mean


class Form(Protocol):
    """What may stand at a key."""

    def read(self, value: Any, key: str) -> Any:
        """The typed value. Raises TaskError at ``key``, dotted, or below it."""
        ...


@frozen
class Typed:
    """A value of a plain type, by its annotation."""

    hint: Any

    def read(self, value: Any, key: str) -> Any:
        """``value`` as the annotation has it; a single name out of a few gets what is near it."""
        try:
            return fit_value(value, self.hint)
        except ValueError as error:
            what = f"{_words(key)} {seen(value)}"
            if names := literals_of(self.hint):
                hint = did_you_mean(value if isinstance(value, str) else seen(value), map(str, names))
                raise TaskError(f"{what} is unknown", key=key, hint=hint) from None
            raise TaskError(f"{what} is not {error}", key=key) from None


def literals_of(hint: Any) -> tuple[Any, ...]:
    """The values of an annotation that is a Literal, or a Literal or None; else none."""
    members = [each for each in typing.get_args(hint) if each is not type(None)]
    inner = members[0] if typing.get_origin(hint) in (Union, types.UnionType) and len(members) == 1 else hint
    return typing.get_args(inner) if typing.get_origin(inner) is Literal else ()


@frozen
class Written:
    """A value with a notation of its own.

    Attributes:
        parse: value and key to the typed value; takes the typed value too. Raises TaskError.
        shape: the notation in JSON Schema; ``{"$ref": "#/$defs/metric"}`` is filled in by ``evalkit.schema``.
    """

    parse: Callable[[Any, str], Any]
    shape: Mapping[str, Any]

    def read(self, value: Any, key: str) -> Any:
        return read_at(self.parse, value, key)


@frozen
class Nested:
    """A mapping of its own.

    Attributes:
        structure: the dataclass that declares its keys.
        parse: value and key to the typed value; takes the typed value too. Raises TaskError.
        also: what JSON Schema is to know beside the keys.
        is_optional: whether nothing at all may stand there.
    """

    structure: type[Any]
    parse: Callable[[Any, str], Any]
    also: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    is_optional: bool = True

    def read(self, value: Any, key: str) -> Any:
        return read_at(self.parse, value, key)


@frozen
class Entries:
    """A list of values with a notation of their own; nothing at all is an empty list."""

    parse: Callable[[Any, str], Any]
    shape: Mapping[str, Any]

    def read(self, value: Any, key: str) -> tuple[Any, ...]:
        return tuple(
            read_at(self.parse, each, f"{key}.{index}") for index, each in enumerate(as_list(value, key))
        )


@frozen(slots=True)
class Key:
    """In ``Annotated``: the key of a field that is called otherwise in task files."""

    name: str


#: In ``Annotated``: a field that no task file sets.
NOT_A_KEY = Key("")


@frozen(slots=True)
class Declared:
    """One key of a structure: the field behind it, and what may stand there."""

    field: str
    form: Form
    hint: Any
    is_required: bool
    default: Any


@cache
def keys_of(structure: type[Any]) -> Mapping[str, Declared]:
    """Key, as files have it -> what may stand there, in the order of the fields of a dataclass."""
    hints = typing.get_type_hints(structure, include_extras=True)
    declared = {}
    for field in dataclasses.fields(structure):
        hint = hints[field.name]
        extras = typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()
        name = next((each.name for each in extras if isinstance(each, Key)), field.name)
        if name and field.init:
            form = next(
                (each for each in extras if isinstance(each, Written | Nested | Entries)), Typed(_plain(hint))
            )
            made = field.default_factory
            default = field.default if made is dataclasses.MISSING else made()
            is_required = default is dataclasses.MISSING
            declared[name] = Declared(field.name, form, hint, is_required, default)
    return declared


def read_fields(structure: type[Any], value: Any, key: str, what: str = "") -> dict[str, Any]:
    """The keyword arguments of a structure from a mapping of a task file; absent keys stay absent.

    Args:
        key: where the mapping stands, dotted.
        what: what the mapping is, for the message about an unknown key; default: its key.

    Raises TaskError on a value that is not a mapping, an unknown key, and a value that does not fit.
    """
    declared: Mapping[str, Declared] = keys_of(structure)  # type: ignore[arg-type]  # a class is hashable
    for name in as_mapping(value, key):
        if name not in declared:
            told = f"{what or _words(key)} has unknown key {name!r}"
            raise TaskError(told, key=f"{key}.{name}", hint=did_you_mean(str(name), declared))
    return {
        each.field: each.form.read(value[name], f"{key}.{name}")
        for name, each in declared.items()
        if name in value
    }


def read_at(parse: Callable[[Any, str], Any], value: Any, key: str) -> Any:
    """``parse(value, key)``; its TaskError stands at ``key`` where it does not say, and an exception that no
    check foresaw is one as well."""
    try:
        return parse(value, key)
    except TaskError as error:
        error.key = error.key or key
        raise
    except EvalkitError:
        raise
    except Exception as error:
        raise TaskError(
            f"{_words(key)} {seen(value)} cannot be read: {type(error).__name__}", key=key
        ) from None


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


def _words(key: str) -> str:
    """``gates.0.regression.margin`` -> ``regression margin``; the line tells which entry it is."""
    return re.sub(r"^.*\.\d+\.", "", key).replace(".", " ")


def _plain(hint: Any) -> Any:
    """An annotation without what is not said of values."""
    if typing.get_origin(hint) is not Annotated:
        return hint
    base, *extras = typing.get_args(hint)
    extras = [each for each in extras if not isinstance(each, Key)]
    return Annotated[(base, *extras)] if extras else base

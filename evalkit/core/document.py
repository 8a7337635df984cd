"""A YAML text as plain values that know the lines they stand on."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ClassVar

from evalkit.core.frozen import frozen
from evalkit.errors import EvalkitError

#: One step into a document: a mapping's key or a sequence's index.
Step = str | int

# YAML 1.2's core schema, where yes, no, on, off, dates and 12:30 are text: what labels and targets need.
# Numbers with leading zeros stay text too (YAML 1.2 reads 007 as 7), so ids and postcodes survive.
_SCALARS: tuple[tuple[str, str, str], ...] = (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?(?:0|[1-9][0-9]*)[eE][-+]?[0-9]+"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("merge", r"<<", "<"),
)
#: Levels of lists and mappings, and characters that aliases may add by being read again and again.
MOST_LEVELS = 100
MOST_REPEATED = 10_000_000
_PREFIX = "tag:yaml.org,2002:"


@frozen(slots=True)
class Document:
    """One YAML document.

    Attributes:
        value: mappings as dicts, sequences as lists, scalars by YAML 1.2's core schema.
        source: the file it came from, for messages.
    """

    value: Any
    source: str
    _root: Any

    def where(self, *path: Step) -> str:
        """``file:line`` of the key or item at ``path``, or of the deepest part of it that exists."""
        mark, node = self._root.start_mark, self._root
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            mark, node = found
        return f"{self.source}:{mark.line + 1}"

    def texts(self, *path: Step) -> list[str] | None:
        """The scalars of the sequence at ``path`` as they are written, None when it is no such sequence."""
        node = self._root
        for step in path:
            found = _child(node, step)
            if found is None:
                return None
            node = found[1]
        items = node.value if node.id == "sequence" else None
        return [item.value for item in items] if items and all(i.id == "scalar" for i in items) else None


def read_documents(text: str, source: str, error: type[EvalkitError]) -> list[Document]:
    """All documents of a YAML text. Raises ``error`` with ``where`` ``source:line`` on malformed YAML,
    duplicate keys, keys that are not scalars, unknown tags and anchors that contain themselves."""
    import yaml

    try:
        nodes: list[Any] = list(yaml.compose_all(text, Loader=_loader()))
    except yaml.MarkedYAMLError as problem:
        raise _malformed(problem, text, source, error) from None
    except yaml.YAMLError as problem:
        raise error(f"malformed YAML: {str(problem).splitlines()[0]}", where=source) from None
    except RecursionError:
        raise error("malformed YAML: it is nested too deeply", where=source) from None
    except Exception as problem:  # a lone surrogate, which is not a character
        raise error(f"malformed YAML: {type(problem).__name__}: {problem}", where=source) from None
    nodes = [node for node in nodes if not (node.id == "scalar" and node.tag == f"{_PREFIX}null")]
    return [Document(_Values(source, error).of(node), source, node) for node in nodes]


def _malformed(problem: Any, text: str, source: str, error: type[EvalkitError]) -> EvalkitError:
    """The parser's complaint; the end of the text counts as its last line."""
    n_lines = len(text.splitlines())
    parts = [problem.problem or "it cannot be parsed"]
    if problem.context:
        start = f" (line {problem.context_mark.line + 1})" if problem.context_mark else ""
        parts.insert(0, problem.context + start)
    mark = problem.problem_mark or problem.context_mark
    where = f"{source}:{min(mark.line + 1, n_lines)}" if mark else source
    return error(f"malformed YAML: {', '.join(parts)}", where=where)


@cache
def _loader() -> Any:
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    for name, pattern, firsts in _SCALARS:
        Loader.add_implicit_resolver(f"{_PREFIX}{name}", re.compile(rf"(?:{pattern})\Z"), list(firsts))
    Loader.yaml_implicit_resolvers.setdefault("", []).append((f"{_PREFIX}null", re.compile(r"\Z")))
    return Loader


def _child(node: Any, step: Step) -> tuple[Any, Any] | None:
    if node.id == "mapping":
        return next(
            ((key.start_mark, value) for key, value in node.value if key.value == str(step)),
            None,
        )
    if node.id == "sequence" and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark, node.value[step]
    return None


def _int(text: str) -> int:
    # Of hexadecimal digits Python reads any number, and then refuses to write it.
    if len(text) > 3_500:
        raise ValueError(f"a whole number of {len(text):,} digits is too long")
    return int(text, 0)


def _float(text: str) -> float:
    lower = text.lower().lstrip("+")
    return {".inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}.get(lower) or float(lower)


_CONVERT: dict[str, Callable[[str], Any]] = {
    f"{_PREFIX}null": lambda text: None,
    f"{_PREFIX}bool": lambda text: text.lower() == "true",
    f"{_PREFIX}int": _int,
    f"{_PREFIX}float": _float,
    f"{_PREFIX}str": str,
}


class _Values:
    """Turns the nodes of one document into values; a node that an alias shares is turned once.

    What is shared is small here and grows when it is written or compared: a text of 200 bytes can stand for
    billions. So each node knows how many characters it stands for.
    """

    def __init__(self, source: str, error: type[EvalkitError]) -> None:
        self._source = source
        self._error = error
        self._done: dict[int, Any] = {}
        self._open: set[int] = set()
        self._sizes: dict[int, int] = {}
        self._size = 0  # of what was turned since the innermost open node began
        self._n_repeated = 0

    def of(self, node: Any) -> Any:
        if id(node) in self._done:
            self._n_repeated += self._sizes[id(node)]
            if self._n_repeated > MOST_REPEATED:
                raise self._fail(node, "aliases repeat too much (an alias bomb?)", "write out what is meant")
            self._size += self._sizes[id(node)]
            return self._done[id(node)]
        if id(node) in self._open:
            raise self._fail(node, "an anchor contains itself")
        if len(self._open) >= MOST_LEVELS:
            raise self._fail(node, f"the YAML is nested more than {MOST_LEVELS} levels deep")
        self._open.add(id(node))
        before, self._size = self._size, 1 + (len(node.value) if node.id == "scalar" else 0)
        make = {"scalar": self._scalar, "sequence": self._sequence, "mapping": self._mapping}[node.id]
        value = self._done[id(node)] = make(node)
        self._sizes[id(node)] = self._size
        self._size += before
        self._open.discard(id(node))
        return value

    def _scalar(self, node: Any) -> Any:
        convert = _CONVERT.get(node.tag)
        if convert is None:
            raise self._fail(node, f"unknown YAML tag {node.tag.replace(_PREFIX, '!!')!r}")
        try:
            return convert(node.value)
        except ValueError as problem:
            raise self._fail(node, str(problem)) from None

    def _sequence(self, node: Any) -> list[Any]:
        self._expect_tag(node, "seq")
        return [self.of(item) for item in node.value]

    def _mapping(self, node: Any) -> dict[str, Any]:
        self._expect_tag(node, "map")
        merged: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for key, value in node.value:
            if key.id != "scalar":
                raise self._fail(key, "a mapping's key is not a text", 'put a template in quotes: "{{ … }}"')
            self._size += len(key.value)
            if key.tag == f"{_PREFIX}merge":
                merged.update(self._merge(value))
            elif key.value in values:
                raise self._fail(key, f"key {key.value!r} appears twice", "remove one")
            else:
                values[key.value] = self.of(value)
        return {**merged, **values} if merged else values

    def _merge(self, node: Any) -> dict[str, Any]:
        sources: Sequence[Any] = node.value if node.id == "sequence" else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):
            value = self.of(source)
            if not isinstance(value, dict):
                raise self._fail(source, "'<<' does not name a mapping")
            merged.update(value)
        return merged

    def _expect_tag(self, node: Any, tag: str) -> None:
        if node.tag != f"{_PREFIX}{tag}":
            raise self._fail(node, f"unknown YAML tag {node.tag.replace(_PREFIX, '!!')!r}")

    def _fail(self, node: Any, what: str, hint: str | None = None) -> EvalkitError:
        return self._error(what, where=f"{self._source}:{node.start_mark.line + 1}", hint=hint)

"""In which parts two keys differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from evalkit.cache.json_changes import change_text, json_changes
from evalkit.cache.parts import MessageMark, Parts, text_digest
from evalkit.cache.word_changes import word_changes

#: What stands in an identity under a word of the code, in words for people.
_WORDS: Mapping[str, str] = {"name": "model", "adapter": "adapter version", "reads_sample": "whole sample"}

UNKNOWN = "parameters, tools, response format or choices: it was stored by an evalkit that did not note them"


@dataclass(frozen=True, slots=True)
class Key:
    """A request, or what an entry was found by, taken apart; what is not known is None.

    Attributes:
        identity: what answers.
        request: hexadecimal digest of the whole request.
        input_digest: of the rendered input, hexadecimal.
        options: what all requests of the task share, see ``parts.options_text``.
        text: the rendered input.
    """

    sample_id: str
    repeat: int
    identity: Mapping[str, Any] | None = None
    request: str | None = None
    input_digest: str | None = None
    parts: Parts | None = None
    options: Mapping[str, Any] | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that differs, and how, a line each."""

    part: str
    changes: tuple[str, ...]


def differences(asked: Key, kept: Key) -> list[Difference]:
    """Every part in which a request is not the kept one; empty where they are one."""
    found = list(_of_identity(asked, kept))
    if asked.request is not None and asked.request == kept.request:
        return found
    if asked.repeat != kept.repeat:
        found.append(_one("repeat", kept.repeat, asked.repeat))
    if asked.parts is None or kept.parts is None:
        return found + list(_of_input(asked, kept))
    found += _of_messages(asked, kept)
    if asked.options is not None and kept.options is not None:
        found += _of_options(asked.options, kept.options)
    elif asked.parts.options != kept.parts.options:
        found.append(Difference("parameters", ("what they were is no longer known",)))
    found += _of_ranked(asked.parts, kept.parts)
    return found + list(_of_sample(asked.parts.sample, kept.parts.sample))


def _of_identity(asked: Key, kept: Key) -> Iterator[Difference]:
    if asked.identity is None or kept.identity is None:
        return
    for path, old, new in json_changes(kept.identity, asked.identity):
        first, dot, rest = path.partition(".")
        yield _one(_WORDS.get(first, first) + dot + rest, old, new)


def _of_input(asked: Key, kept: Key) -> Iterator[Difference]:
    """Where the parts are not known on both sides: the rendered input as a whole."""
    if None not in (asked.input_digest, kept.input_digest) and asked.input_digest != kept.input_digest:
        yield Difference("messages", _text_changes(kept.text, asked.text))
    elif asked.request is not None and kept.request is not None and asked.repeat == kept.repeat:
        yield Difference("unknown", (UNKNOWN,))


def _of_messages(asked: Key, kept: Key) -> Iterator[Difference]:
    assert asked.parts is not None
    assert kept.parts is not None
    old, new = kept.parts.messages, asked.parts.messages
    old_texts, new_texts = _texts(kept), _texts(asked)
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        n_pairs = min(i2 - i1, j2 - j1)
        for i, j in zip(range(i1, i1 + n_pairs), range(j1, j1 + n_pairs), strict=True):
            yield Difference(_name(j, new[j]), _message_changes(old[i], new[j], old_texts[i], new_texts[j]))
        for i in range(i1 + n_pairs, i2):
            yield Difference(_name(i, old[i]), ("is gone",))
        for j in range(j1 + n_pairs, j2):
            yield Difference(_name(j, new[j]), ("is new",))


def _name(index: int, mark: MessageMark) -> str:
    return f"message {index + 1} ({mark.role})"


def _message_changes(
    old: MessageMark, new: MessageMark, old_text: str | None, new_text: str | None
) -> tuple[str, ...]:
    lines: list[str] = []
    if old.role != new.role:
        lines.append(f"role: {change_text(old.role, new.role)}")
    if old.media != new.media:
        lines.append(f"shows {_media(new.media)}, not {_media(old.media)}")
    if old.digest.partition("+")[0] != new.digest.partition("+")[0]:
        lines += _text_changes(old_text, new_text, old.n_chars, new.n_chars)
    elif old.digest != new.digest and not lines:
        lines.append("calls of tools, or types and names of files")
    return tuple(lines)


def _media(hashes: Sequence[str]) -> str:
    return ", ".join(f"sha256:{each[:12]}" for each in hashes) or "nothing"


def _text_changes(
    old: str | None, new: str | None, n_old: int | None = None, n_new: int | None = None
) -> tuple[str, ...]:
    if old is not None and new is not None:
        return tuple(word_changes(old, new)) or ("white space or hidden characters",)
    lengths = "" if n_old is None or n_new is None else f" ({n_old:,} -> {n_new:,} characters)"
    return (f"the text differs{lengths}; the store does not have both",)


def _texts(key: Key) -> list[str | None]:
    """The text of each message, cut out of the rendered input; None where it is not the one that was sent."""
    assert key.parts is not None
    marks = key.parts.messages
    if key.text is None:
        return [None] * len(marks)
    has_roles = key.options is not None and bool(key.options.get("roles"))
    is_bare = len(marks) == 1 and not has_roles
    found: list[str | None] = []
    at = 0
    for mark in marks:
        at += 0 if is_bare else len(mark.role) + 2
        text = key.text[at : at + mark.n_chars]
        found.append(text if text_digest(text) == mark.digest.partition("+")[0] else None)
        at += mark.n_chars + 2
    return found


def _of_options(asked: Mapping[str, Any], kept: Mapping[str, Any]) -> Iterator[Difference]:
    for path, old, new in json_changes(kept.get("generate") or {}, asked.get("generate") or {}):
        yield _one(path, old, new)
    yield from _of_tools(asked.get("tools") or [], kept.get("tools") or [])
    for name, word in (("tool_choice", "tool_choice"), ("roles", "roles of messages")):
        if asked.get(name) != kept.get(name):
            yield _one(word, kept.get(name), asked.get(name))
    old, new = kept.get("response_format"), asked.get("response_format")
    changes = tuple(_at(path, *values) for path, *values in json_changes(old, new))
    if changes:
        yield Difference("response_format", changes)


def _of_tools(asked: Sequence[Any], kept: Sequence[Any]) -> Iterator[Difference]:
    old, new = ({_tool_name(tool): tool for tool in tools} for tools in (kept, asked))
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            yield Difference(f"tool {name}", ("is new" if name in new else "is gone",))
        elif changes := tuple(_at(path, *values) for path, *values in json_changes(old[name], new[name])):
            yield Difference(f"tool {name}", changes)
    if list(old) != list(new) and set(old) == set(new):
        yield Difference("tools", ("their order",))


def _tool_name(tool: Any) -> str:
    try:
        return str(tool["function"]["name"])
    except (LookupError, TypeError):
        return str(tool)


def _at(path: str, old: Any, new: Any) -> str:
    """With the path as the user wrote it: without what chat completions put around it."""
    for around in ("function.", "json_schema.schema.", "json_schema."):
        path = path.removeprefix(around)
    return f"{path}: {change_text(old, new)}" if path else change_text(old, new)


def _of_ranked(asked: Parts, kept: Parts) -> Iterator[Difference]:
    if (asked.ranked is None) != (kept.ranked is None):
        ways = ("generated", "ranked choices")
        yield _one("way of answering", ways[kept.ranked is not None], ways[asked.ranked is not None])
    elif asked.ranked is not None and kept.ranked is not None:
        for name, old, new in zip(("continuations", "choices"), kept.ranked, asked.ranked, strict=True):
            if old != new:
                yield Difference(name, ("differ",))


def _of_sample(asked: Mapping[str, str], kept: Mapping[str, str]) -> Iterator[Difference]:
    names = [name for name in dict.fromkeys([*kept, *asked]) if kept.get(name) != asked.get(name)]
    if names:
        yield Difference("sample", (f"the application reads it: {', '.join(names)}",))


def _one(part: str, old: Any, new: Any) -> Difference:
    return Difference(part, (change_text(old, new),))

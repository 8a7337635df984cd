"""A Handlebars source taken apart into text and tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from evalkit.core.frozen import frozen
from evalkit.errors import TemplateError

Kind = Literal["text", "comment", "value", "open", "else", "close"]

_COMMENT = re.compile(r"\{\{~?!--[\s\S]*?--~?\}\}|\{\{~?![\s\S]*?\}\}")
_INNER = r"""(?:"(?:\\["]|[^"])*"|'(?:\\[']|[^'])*'|[^"'{}])*?"""
_TRIPLE = re.compile(r"\{\{(?P<left>~?)\{(?P<inner>" + _INNER + r")\}(?P<right>~?)\}\}")
_TAG = re.compile(r"\{\{(?P<left>~?)(?P<sign>[#/^>&*]?[>*]?)(?P<inner>" + _INNER + r")(?P<right>~?)\}\}")
_ELSE = re.compile(r"\s*else(?=\s|\Z)\s*")
_REFUSED = {">": "partials", "#>": "partials", "*": "decorators", "#*": "decorators", "^": "inverse blocks"}


@frozen
class Tag:
    """A piece of a source.

    Attributes:
        text: of text what it is; of a tag what stands within it, without its sign.
        source: as it is written.
        line: from 1.
        strips_left, strips_right: white space beside it goes (``~``).
    """

    kind: Kind
    text: str
    source: str
    line: int
    strips_left: bool = False
    strips_right: bool = False


def tags_of(source: str) -> Iterator[Tag]:
    """The pieces of a source in order; no two texts beside each other.

    Raises TemplateError with ``where`` its line.
    """
    place, text, start = 0, "", 0
    while True:
        at = source.find("{{", place)
        if at < 0:
            break
        text += source[place:at]
        if text.endswith("\\") and not text.endswith("\\\\"):
            # An escaped tag is text, as everything after it is up to the next one.
            stop = source.find("{{", at + 2)
            stop = len(source) if stop < 0 else stop
            text, place = text[:-1] + source[at:stop], stop
            continue
        if text.endswith("\\\\"):
            text = text[:-1]
        tag = _tag_at(source, at)
        if text:
            yield Tag("text", text, text, _line(source, start))
        yield tag
        place = start = at + len(tag.source)
        text = ""
    text += source[place:]
    if text:
        yield Tag("text", text, text, _line(source, start))


def _tag_at(source: str, at: int) -> Tag:
    line = _line(source, at)
    comment = _COMMENT.match(source, at)
    if comment:
        found = comment[0]
        return Tag("comment", "", found, line, found.startswith("{{~"), found.endswith("~}}"))
    if source.startswith("{{{{", at):
        raise TemplateError("raw blocks ({{{{ }}}}) are not read", where=str(line))
    match = _TRIPLE.match(source, at) or _TAG.match(source, at)
    if match is None:
        raise TemplateError("a tag {{ has no end", where=str(line), hint="close it with }}, or write \\{{")
    strips = bool(match["left"]), bool(match["right"])
    sign = match.groupdict().get("sign") or ""
    inner = match["inner"]
    is_bare_else = sign == "^" or inner.strip() == "else"
    if match.re is _TAG and source.startswith("}", match.end()) and not (strips[1] or is_bare_else):
        raise TemplateError(f"{match[0]}}} closes with a brace too many", where=str(line))
    if sign in _REFUSED and not (sign == "^" and not inner.strip()):
        raise TemplateError(f"{_REFUSED[sign]} ({match[0]}) are not read", where=str(line))
    if sign == "^":
        return Tag("else", "", match[0], line, *strips)
    if sign == "#":
        return Tag("open", inner.strip(), match[0], line, *strips)
    if sign == "/":
        return Tag("close", inner.strip(), match[0], line, *strips)
    if otherwise := _ELSE.match(inner):
        return Tag("else", inner[otherwise.end() :].strip(), match[0], line, *strips)
    return Tag("value", inner.strip(), match[0], line, *strips)


def _line(source: str, at: int) -> int:
    return source.count("\n", 0, at) + 1

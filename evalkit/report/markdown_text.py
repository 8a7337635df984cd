"""Any text inside Markdown: nothing of it is drawn, linked or told to anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape as html_escape

from evalkit.core.text import one_line

#: What hosts make links of by themselves; the other side of a link to an issue is told of it.
_LINK = re.compile(r":(?=//)|\bwww(?=\.)|\bGH-(?=\d)|#(?=\d)|[!%](?=[\w\"])", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&@$])")
_FENCE = re.compile("`+")
_BAR = re.compile(r"(\\*)\|")

#: Joins words: it cannot be seen, and parts what a host would put together.
_JOINER = "\u2060"


def escape(text: str, width: int = 200) -> str:
    """One line without Markdown, HTML, mentions of users and links: nothing is drawn, nobody is told."""
    line = _SPECIAL.sub(r"\\\1", one_line(text, width))
    line = line.replace("\\<", "&lt;").replace("\\@", f"@{_JOINER}")
    return _LINK.sub(lambda found: found[0] + _JOINER, line)


def in_html(text: str, width: int = 200) -> str:
    """One line for an element of HTML, where backslashes stand for themselves: nothing is drawn or linked."""
    line = html_escape(one_line(text, width), quote=False).replace("@", f"@{_JOINER}")
    return _LINK.sub(lambda found: found[0] + _JOINER, line)


def folded(summary: str, pieces: Sequence[str]) -> Iterator[str]:
    """Behind a line that opens, each piece for itself."""
    for number, piece in enumerate(pieces, 1):
        part = f", part {number} of {len(pieces)}" if len(pieces) > 1 else ""
        yield f"<details><summary>{in_html(summary)}{part}</summary>\n\n{piece}\n\n</details>"


def code(text: str, width: int = 120) -> str:
    """One line as code, in a table's cell or outside; the fence is longer than any run of backticks in it."""
    body = _BAR.sub(_bar, one_line(text, width))
    if not body:
        return ""
    fence = "`" * (1 + max(map(len, _FENCE.findall(body)), default=0))
    space = " " if body.startswith("`") or body.endswith("`") else ""
    return f"{fence}{space}{body}{space}{fence}"


def _bar(match: re.Match[str]) -> str:
    # Parsers disagree on a bar behind several backslashes.
    return f"{match[1]}[U+007C]" if match[1] else "\\|"

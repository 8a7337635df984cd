"""Text in lines that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.text_columns import columns
from evalkit.report.look import WIDTH, Look


def wrapped(text: str, indent: str, width: int = WIDTH) -> Iterator[str]:
    """The text in lines of at most ``width`` columns, each indented. A word that is longer has a line of its
    own, which the terminal breaks: it may be a path that somebody copies."""
    line = indent.rstrip()
    for word in _words(text):
        if columns(line) + 1 + columns(word) > width and line.strip():
            yield line
            line = ""
        line = f"{line} {word}" if line.strip() else indent + word
    if line.strip():
        yield line


def lines_for(look: Look, text: str, indent: str) -> Iterator[str]:
    """The text as this reader sees it, in lines; none of them is obeyed, wherever it begins."""
    yield from map(look.shown, wrapped(look.shown(" ".join(text.split())), indent, look.width))


def joined(items: Sequence[str], sign: str, width: int) -> Iterator[str]:
    """Items with a sign between them, in lines of at most ``width`` columns; none of them is broken."""
    line = ""
    for item in items:
        longer = f"{line}{sign}{item}" if line else item
        if line and columns(longer) > width:
            yield line
            longer = item
        line = longer
    if line:
        yield line


#: What is not parted from the words around it, as in ``p < 0.001``.
_SIGNS = ("=", "<", ">", "<=", ">=", "==")


def _words(text: str) -> Iterator[str]:
    """A percent sign stays with its number, and what is compared with what it is compared with."""
    words: list[str] = []
    for word in text.split():
        is_bound = word.startswith("%") or word in _SIGNS or (bool(words) and words[-1] in _SIGNS)
        if words and not is_bound:
            yield " ".join(words)
            words = []
        words.append(word)
    if words:
        yield " ".join(words)

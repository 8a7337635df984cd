"""How values are compared and shown as text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

# Characters that a reader cannot see, that a terminal obeys, or that reorder what stands around them.
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
HIDDEN_CHARACTER = re.compile(f"[{_HIDDEN}]")
# In a name also what ends a line, and a bracket that would look like a character shown by number.
_NOT_IN_A_NAME = re.compile(rf"[{_HIDDEN}\t\n]|\[(?=U\+[0-9A-F]{{4,6}}\])")

_BEFORE_BRACKET = re.compile(r"(?<=#)#(?=\w*\[)")

# What CI hosts read as commands: ``::`` where a line begins (GitHub), ``##[`` and ``##vso[`` anywhere (GitHub
# and Azure), ``##teamcity[``. Section marks of GitLab and Travis need a carriage return and an escape.
_HOST_COMMAND = re.compile(r"^([^\S\n]*:)(?=:)|(##)(?=\w*\[)", re.MULTILINE)
# A bracket behind ``##`` stands in a text of JSON, never between them.
_OBEYED_IN_JSON = re.compile(rf"[{_HIDDEN}]|(?<=##)\[|(?<=##vso)\[|(?<=##teamcity)\[")


def text_of(value: Any) -> str:
    """A text as it stands; a number, a truth value or anything else that JSON knows in its JSON form."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def texts_of(value: Any) -> tuple[str, ...]:
    """One text for a single value, one for each entry of a list."""
    if isinstance(value, list | tuple):
        return tuple([entry if type(entry) is str else text_of(entry) for entry in value])
    return (text_of(value),)


def shown(value: Any, limit: int = 80) -> str:
    """``value`` in quotes on one line, cut after ``limit`` characters, for messages."""
    if isinstance(value, str):
        return repr(value) if len(value) <= limit else f"{value[:limit]!r}…"
    try:
        return cut(visible(text_of(value)), limit)
    except (TypeError, ValueError, RecursionError):
        return seen(value, limit)


def seen(value: Any, limit: int = 200) -> str:
    """``value`` as Python writes it, cut after ``limit`` characters, for messages about what a file holds:
    never fails, however large or deep it is."""
    try:
        return cut(repr(value), limit)
    except (ValueError, RecursionError):  # an integer of more digits than Python writes
        return f"a value that cannot be shown ({type(value).__name__})"


def visible(text: str) -> str:
    """Show characters that cannot be seen, or that reorder their neighbours, by number: ``[U+202E]``."""
    if text.isprintable():  # which none of them is; most texts end here
        return text
    return HIDDEN_CHARACTER.sub(_number, text)


def one_line(text: str, width: int) -> str:
    """White space folded and cut to ``width`` characters, hidden characters shown."""
    folded = visible(" ".join(text[: width * 8].split()))
    return folded if len(folded) <= width and len(text) <= width * 8 else folded[: width - 1] + "…"


def inert(text: str) -> str:
    """``text`` as a terminal and a CI host's log may have it, line by line: hidden characters are shown, and
    nothing is a command of the host: ``: :set-output``, ``## [command]``."""
    shown = visible(text)
    return _HOST_COMMAND.sub(r"\1\2 ", shown) if "::" in shown or "##" in shown else shown


def name_of(text: str) -> str:
    """``text`` on one line, hidden characters and line ends shown; unlike texts keep unlike names."""
    # Last what begins a command in a host's log: a bracket in front of a number could do so.
    return _BEFORE_BRACKET.sub(_number, _NOT_IN_A_NAME.sub(_number, text))


def inert_json(text: str) -> str:
    """The same value as a JSON text that has hidden characters, and what would begin a command of a CI host,
    by number."""
    if text.isascii() and "\x7f" not in text and "##" not in text:  # JSON has no other that is hidden
        return text
    return _OBEYED_IN_JSON.sub(_by_number, text)


def encodable(text: str) -> str:
    """``text`` as the store has it: half a surrogate pair, which no file and no database takes, as U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _by_number(match: re.Match[str]) -> str:
    """A character as JSON writes any character, as a pair beyond 16 bits."""
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _number(match: re.Match[str]) -> str:
    return f"[U+{ord(match[0]):04X}]"


def cut(text: str, limit: int) -> str:
    """``text`` with an ellipsis in place of what is beyond ``limit`` characters."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def plural(n: int, noun: str) -> str:
    """``1 response``, ``1,000 responses``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def shown_path(path: Path, folder: Path) -> str:
    """``path`` as seen from ``folder``, whole where it is not in it."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def path_in(path: Path | None, folder: Path) -> str | None:
    """``path`` as it is called in ``folder`` on every machine; None of one that is not in it."""
    return path.relative_to(folder).as_posix() if path is not None and path.is_relative_to(folder) else None

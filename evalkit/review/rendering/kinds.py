"""Which form a text has that nobody declared: JSON, code or prose."""

from __future__ import annotations

import json
import re
from typing import Literal

TextKind = Literal["markdown", "code", "json", "text"]

#: Strings whole, signs one by one, all else up to white space or a sign.
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
#: How programs begin that stand without a fence. Prose begins so too, but not with the rest of the line.
_CODE_START = re.compile(
    r"#!/|<\?php\b|#include\s*[<\"]|@\w+(?:\(|$)|(?:async )?def \w+\(|class \w+[(:{]"
    r"|import [\w.]+(?: as \w+)?;?$|from [\w.]+ import |package \w+;?$"
    r"|(?:export )?(?:async )?function\*? \w*\(|(?:const|let|var) \w+ ?=|func \w+\(|fn \w+\("
    r"|(?:public|private) (?:static |final )*(?:class|void|int|String)\b|SELECT .+|CREATE TABLE "
)
#: A longer text is not read as JSON.
_MOST_CHARS = 1_000_000


def kind_of(text: str) -> TextKind:
    """``json``: an object or a list; ``code``: begins like a program and has no fences; else ``markdown``."""
    if pretty_json(text) is not None:
        return "json"
    first = text.lstrip("\n").partition("\n")[0].rstrip()
    return "code" if "```" not in text and _CODE_START.match(first) else "markdown"


def pretty_json(text: str) -> str | None:
    """An object or a list in lines, names, numbers and texts as they were written; None of any other text."""
    stripped = text.strip()
    if not stripped or stripped[0] + stripped[-1] not in ("{}", "[]") or len(stripped) > _MOST_CHARS:
        return None
    try:
        json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    return _in_lines(_JSON_TOKEN.findall(stripped))


def _in_lines(tokens: list[str]) -> str:
    parts: list[str] = []
    depth = 0
    before = ""
    for token in tokens:
        if token in "}]":
            depth -= 1
            if before not in ("{", "["):
                parts.append("\n" + "  " * depth)
        elif before in ("{", "[", ","):
            parts.append("\n" + "  " * depth)
        parts.append(token + " " if token == ":" else token)
        depth += token in ("{", "[")
        before = token
    return "".join(parts)

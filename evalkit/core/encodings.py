"""What stands for a sign in an encoding that does not have it."""

from __future__ import annotations

#: One character for one, so that columns stay.
_PLAIN = str.maketrans(
    {
        "✓": "+", "✗": "x", "○": "o", "▽": "v", "·": "-", "•": "o", "●": "*", "■": "x", "◊": "?", "▼": "v",
        "▲": "^", "├": "[", "┤": "]", "─": "-", "│": "|", "║": "!", "┼": "+", "╫": "+", "↔": "=", "–": "-",
        "\N{MINUS SIGN}": "-", "…": "~", "←": "<", "→": ">", "≤": "<", "≥": ">", "×": "x",
    }
)  # fmt: skip


def in_encoding(text: str, encoding: str | None) -> str:
    """``text`` as a stream of this encoding takes it: signs give way to plain ones, all else to its number.
    A stream without one takes everything."""
    if encoding is None or text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_char(char, encoding) for char in text)
    except LookupError:
        return in_encoding(text, "ascii")
    return text


def _char(char: str, encoding: str) -> str:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return char.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii")
    return char

"""The Penn Treebank tokeniser in Python: rules of which the longest match wins.

Every rule is a pattern of which the first group is the token; what stands behind it in the match counts for
its length, and the earlier rule wins a tie. The rules were worked out from the behaviour of the tokeniser
of Stanford CoreNLP 3.4.1 (``-preserveLines -lowerCase``): docs/adr/0011-ptb-tokeniser.md says what was
compared. A caption is taken by itself, as if a sentence that begins with a capital followed it.
"""

from __future__ import annotations

import re
from functools import cache

from evalkit.metrics.captions.engine.ptb.characters import LETTERS, MARKS, SYMBOLS
from evalkit.metrics.captions.engine.ptb.rules import char_class, rules

#: Stands for a character that is dropped: it ends a token and is not a space.
_DROPPED = "\x7f"
#: Stands behind a text: the sentence that follows.
NEXT = "\nA\n"
_LINE_ENDS = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
_NO_TOKEN = frozenset((" ", "\xa0", _DROPPED))

#: What is written otherwise than it stands there.
_REWRITTEN = {
    "(": "-lrb-",
    ")": "-rrb-",
    "[": "-lsb-",
    "]": "-rsb-",
    "{": "-lcb-",
    "}": "-rcb-",
    '"': "''",
    "“": "``",
    "”": "''",
    "«": "``",
    "»": "''",
    "‘": "`",
    "‛": "`",
    "’": "'",
    "‹": "`",
    "›": "'",
    "–": "--",
    "—": "--",
    "―": "--",
    "…": "...",
    "\xad": "-",
    "&quot;": "''",
    "&nbsp;": "",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "⅓": "1/3",
    "⅔": "2/3",
    "£": "#",
    "€": "$",
    "₠": "$",
    "¤": "$",
    "¢": "cents",
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
}


class _Translation(dict[int, str]):
    """Code point -> what the rules see; filled as texts come."""

    def __missing__(self, code: int) -> str:
        self[code] = seen = _seen(chr(code))
        return seen


def _seen(char: str) -> str:
    if char in "\t\n\r\x0b\x0c\x85\u2028\u2029\u3000" or "\u2000" <= char <= "\u200a":
        return " "
    if " " <= char < "\x7f" or char == "\xa0":
        return char
    twin = _WINDOWS.get(char)
    if twin:
        return twin
    return char if _known().match(char) else _DROPPED


#: Bytes of Windows' Latin alphabet that are read as what was meant.
_WINDOWS = {
    "\x80": "€", "\x91": "‘", "\x92": "’", "\x93": "“", "\x94": "”", "\x96": "–", "\x97": "—",
}  # fmt: skip


@cache
def _known() -> re.Pattern[str]:
    return re.compile(
        f"[{char_class(LETTERS)}{char_class(MARKS)}{char_class(SYMBOLS)}’‘“”‛‹›«»–—―…€£¤₠¢½¼¾⅓⅔\xad]"
    )


def readable(text: str) -> str:
    """``text`` in the characters that the rules know: line ends as spaces, Windows' quotes as quotes, unknown
    characters as one that is dropped. Its length may change."""
    return text if text.isascii() and text.isprintable() else text.translate(_TRANSLATION)


def one_line(text: str) -> str:
    """``text`` with a space for every character that ends a line in Java, and for a carriage return."""
    return text if text.isprintable() else _LINE_ENDS.sub(" ", text)


def first_tokens(text: str, start: int, end: int) -> tuple[list[str], int]:
    """The tokens that begin in ``start:end``, in lower case, and where the last one ends.

    ``text`` is a readable one with ``NEXT`` behind it.

    A token that holds a space (``1 1/2``) has a no-break space in its place, as in the Java tokeniser.
    """
    found, at = [], start
    while at < end:
        char = text[at]
        if char in _NO_TOKEN:
            at += 1
            continue
        token = _longest(text, at)
        at += len(token)
        found.append(_written(token))
    return found, at


def _longest(text: str, at: int) -> str:
    reach, token = at + 1, text[at]
    for rule in rules():
        found = rule.match(text, at)
        if found and found.end() > reach:
            reach, token = found.end(), found[1]
    return token


def _written(token: str) -> str:
    if token in _REWRITTEN:
        return _REWRITTEN[token]
    if token.startswith("--"):
        return "--"
    if token[:2] == ". " or (token[:2] == ".." and token[-1] == "."):
        return "..." if len(token) > 2 else token
    token = token.replace(" ", "\xa0").replace("(", "-LRB-").replace(")", "-RRB-").lower()
    if "@" in token or (token.isascii() and "&" not in token):
        return token
    token = _QUOTED.sub(lambda found: _REWRITTEN.get(found[0], found[0]), token)
    return token.replace("\xad", "").replace("&apos;", "'").replace("&amp;", "&")


#: Curly quotes are straightened where they are quotes or part of 's and n't; inside a word they stay.
_QUOTED = re.compile("^’(?=(?:[msd]|re|ve|ll)$)|[’‘‛](?=t$)|[‘“”‛‹›«»]|^[’](?=[‘’“”‛‹›«»])|(?<=[‘’“”‛‹›«»])’")
_TRANSLATION = _Translation()

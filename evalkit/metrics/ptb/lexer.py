"""The Penn Treebank tokeniser in Python: rules of which the longest match wins.

Every rule is a pattern of which the first group is the token; what it looks ahead counts for its length, and the
earlier rule wins a tie. The rules are worked out from the behaviour of the tokeniser of Stanford CoreNLP 3.4.1
(``-preserveLines -lowerCase``): see docs/adr/0011-ptb-tokeniser.md for what was compared. One caption is taken by
itself, as if a sentence that begins with a capital followed it.
"""

from __future__ import annotations

import re
from functools import cache

from evalkit.metrics.ptb.characters import LETTERS, MARKS, SYMBOLS
from evalkit.metrics.ptb.words import (
    ABBREVIATIONS,
    BEFORE_NUMBERS,
    CAPITAL_ABBREVIATIONS,
    CONTRACTED,
    JOINED,
    STARTERS,
    TITLES,
)

#: Stands for a character that is dropped: it ends a token and is no space.
_DROPPED = "\x7f"
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


def _class(ranges: str) -> str:
    return "".join("-".join(f"\\u{int(end, 16):04x}" for end in each.split("-")) for each in ranges.split())


@cache
def _known() -> re.Pattern[str]:
    return re.compile(f"[{_class(LETTERS)}{_class(MARKS)}{_class(SYMBOLS)}’‘“”‛‹›«»–—―…€£¤₠¢½¼¾⅓⅔\xad]")


@cache
def _rules() -> tuple[re.Pattern[str], ...]:
    """Compiled at first use: a tenth of a second."""
    letter = f"A-Za-z{_class(LETTERS)}"
    start = f"(?!\\d)[{letter}{_class(MARKS)}]"
    word = f"{start}[{letter}{_class(MARKS)}\\d\xad]*"
    words = f"{word}(?:[.!?]{word})*"
    apostrophe = "(?:['’]|&apos;)"
    any_apostrophe = "(?:['’`‘‛]|&apos;)"
    clitic = "(?:'(?i:[msd]|re|ve|ll)(?![A-Za-z])|(?:’|&apos;)(?i:[msd]|re|ve|ll))"
    space = "[ \xa0]"
    acronym = r"[A-Za-z]\.(?:[A-Za-z]\.)+"
    titles = "|".join(TITLES)
    return tuple(
        re.compile(pattern)
        for pattern in (
            # Tags, entities.
            r"(<[!?][A-Za-z-][^>\n]*>|</?[A-Za-z][\w:.-]*>"
            r"|<[A-Za-z][\w:.-]*(?: +[A-Za-z][\w:.-]*(?:=(?:\"[^\"\n]*\"|'[^'\n]*'|\w[\w.-]*))?)* */?>)",
            r"(&(?i:amp|lt|gt|quot|nbsp);|&#\d+;)",
            # cannot -> can not
            *(f"((?i:{first}))(?i:{second})" for first, second in JOINED),
            # Clitics.
            f"({words}){clitic}",
            f"([A-Za-z]*[A-MO-Za-mo-z])[nN]{any_apostrophe}[tT]",
            f"({clitic})",
            f"([nN]{any_apostrophe}[tT])",
            f"({words})",
            f"([yY]{apostrophe}){start}",
            f"((?i:{'|'.join(CONTRACTED)}))",
            f"([lLdDjJ]{apostrophe})",
            f"([dlnoA-HJ-XZ]{any_apostrophe}[{letter}]{{2,}})",
            f"([{letter}]+[aeiouyAEIOUY]{any_apostrophe}[aeiouA-Z][{letter}]*)",
            f"({apostrophe}(?:[2-9]0s|\\d\\d(?=\\s)))",
            # Addresses.
            r"((?i:https?)://[^\s\"<>|()]+[^\s\"<>|.!?(){},-])",
            r"((?:www\.(?:[^\s\"<>|.!?(){},]+\.)+[A-Za-z]{2,4}"
            r"|(?:[^\s\"`'!#-/0-9:-@A-Z\[-_{|}]+\.)+(?:com|net|org|edu))(?:/[^\s\"<>|()]+[^\s\"<>|.!?(){},-])?)",
            r"(<?[A-Za-z0-9][^\s\"<>|(){}]*@(?:[^\s\"<>|(){}.]+\.)*[^\s\"<>|(){}.]+>?)",
            f"(@[A-Za-z_][A-Za-z_0-9]*|#{start}[{letter}_]*)",
            # Numbers.
            r"([-+]?(?:\d*(?:[.:,\u066b\u066c]\d+)+|\d+))",
            f"((?:\\d{{1,4}}[- \xa0])?\\d{{1,4}}/\\d{{1,4}})",
            r"(\d{1,2}[-/]\d{1,2}[-/]\d{2,4})",
            f"(\\d+[{letter}][{letter}\\d]*)",
            f"((?:\\(\\d{{2,3}}\\){space}?|\\+{{0,2}}(?:\\d{{2,4}}[- \xa0])?\\d{{2,4}}[- \xa0])"
            r"\d{3,4}[- \xa0]?\d{3,5})",
            r"([A-Z]*\$)",
            # Compounds.
            f"([A-Za-z0-9][A-Za-z0-9.,\xad]*(?:[-‐‑֊](?:{acronym}|(?:[dDoOlL]{apostrophe})?[{letter}\\d\xad]+))+)",
            f"([{letter}\\d\xad]+(?:[-_‐‑֊][{letter}\\d\xad]+)+)",
            r"([A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\?/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2})",
            r"([A-Z]+(?:(?:&amp;|[&+])[A-Z]+)+)",
            r"([cC]\+\+|[cCfF]#)",
            # Abbreviations.
            f"((?i:{titles})\\.)",
            f"((?:(?i:{'|'.join(ABBREVIATIONS)})|{'|'.join(CAPITAL_ABBREVIATIONS)})\\.)(?:[\\s\\S]{{2}})?",
            f"((?i:{'|'.join(BEFORE_NUMBERS)})\\.){space}?\\d",
            f"({acronym})",
            f"([A-Za-z]\\.)(?!\\s*\\n|\\s+(?:{'|'.join((*STARTERS, *map(str.upper, STARTERS)))})\\s|\\s+</)",
            f"((?:\\d*{words}|\\d+)\\.)[,;:、]",
            # Faces.
            r"([<>]?[:;=][-o*']?[()\[\]{DdPpO@\\|](?![A-Za-z0-9])|:[03])",
            r"([-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\))",
            # Runs of signs, single signs.
            r"([?!]+)",
            r"(\.{3,}|(?:\.[ \xa0]){2,4}\.)",
            r"(''|``|[‘’“”‛‹›«»]+)",
            r"(_+|#+|@+|\*+|(?:\\\*)+|<<|>>|-+)",
        )
    )


def readable(text: str) -> str:
    """``text`` in the characters that the rules know: line ends as spaces, Windows' quotes as quotes, unknown
    characters as one that is dropped. Its length may change."""
    return text if text.isascii() and text.isprintable() else text.translate(_TRANSLATION)


def one_line(text: str) -> str:
    """``text`` with a space for every character that ends a line in Java, and for a carriage return."""
    return text if text.isprintable() else _LINE_ENDS.sub(" ", text)


def first_tokens(text: str, start: int, end: int) -> tuple[list[str], int]:
    """The tokens of a readable text that begin in ``start:end``, in lower case, and where the last one ends.

    A token that holds a space (``1 1/2``) has a no-break space in its place, as in the Java tokeniser.
    """
    padded = text + "\nA\n"
    found, at = [], start
    while at < end:
        char = text[at]
        if char in _NO_TOKEN:
            at += 1
            continue
        token = _longest(padded, at)
        at += len(token)
        found.append(_written(token))
    return found, at


def _longest(text: str, at: int) -> str:
    reach, token = at + 1, text[at]
    for rule in _rules():
        found = rule.match(text, at)
        if found and found.end() > reach:
            reach, token = found.end(), found[1]
    return token


def _written(token: str) -> str:
    if token in _REWRITTEN:
        return _REWRITTEN[token]
    if token.startswith("--"):
        return "--"
    if token.startswith("..") and token.endswith(".") or token.startswith(". "):
        return "..." if len(token) > 2 else token
    token = token.replace(" ", "\xa0").replace("(", "-LRB-").replace(")", "-RRB-").lower()
    if "@" in token or (token.isascii() and "&" not in token):
        return token
    token = _QUOTED.sub(lambda found: _REWRITTEN.get(found[0], found[0]), token)
    return token.replace("\xad", "").replace("&apos;", "'").replace("&amp;", "&")


#: Curly quotes are straightened where they are quotes or part of 's and n't; inside a word they stay.
_QUOTED = re.compile("^’(?=(?:[msd]|re|ve|ll)$)|[’‘‛](?=t$)|[‘“”‛‹›«»]|^[’](?=[‘’“”‛‹›«»])|(?<=[‘’“”‛‹›«»])’")
_TRANSLATION = _Translation()

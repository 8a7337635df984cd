"""The rules of the Python tokeniser, in the order in which they win a tie.

A pattern's first group is the token; what stands behind it in the match counts for its length alone. No
bounded repeat (``{0,300}``) is reached by a text that was compared: the bounds keep hostile ones quick.
"""

from __future__ import annotations

import re
from functools import cache

from evalkit.metrics.captions.engine.ptb.characters import LETTERS, MARKS
from evalkit.metrics.captions.engine.ptb.words import (
    ABBREVIATIONS,
    BEFORE_NUMBERS,
    CAPITAL_ABBREVIATIONS,
    CONTRACTED,
    JOINED,
    STARTERS,
    TITLES,
)


def char_class(ranges: str) -> str:
    """``"aa b5-b7"``, hexadecimal, as the inside of a class of a pattern."""
    return "".join("-".join(f"\\u{int(end, 16):04x}" for end in each.split("-")) for each in ranges.split())


_LETTER = f"A-Za-z{char_class(LETTERS)}"
_START = f"(?!\\d)[{_LETTER}{char_class(MARKS)}]"
_WORD = f"{_START}[{_LETTER}{char_class(MARKS)}\\d\xad]*"
_WORDS = f"{_WORD}(?:[.!?]{_WORD})*"
_APOSTROPHE = "(?:['’]|&apos;)"
_ANY_APOSTROPHE = "(?:['’`‘‛]|&apos;)"
_CLITIC = "(?:'(?i:[msd]|re|ve|ll)(?![A-Za-z])|(?:’|&apos;)(?i:[msd]|re|ve|ll))"
_SPACE = "[ \xa0]"
_ACRONYM = r"[A-Za-z]\.(?:[A-Za-z]\.)+"


@cache
def rules() -> tuple[re.Pattern[str], ...]:
    """All rules, compiled at first use: a tenth of a second."""
    patterns = (*_word_patterns(), *_number_patterns(), *_compound_patterns(), *_sign_patterns())
    return tuple(map(re.compile, patterns))


def _word_patterns() -> tuple[str, ...]:
    """Tags, words and what an apostrophe does to them."""
    return (
        # Tags, entities.
        r"(<[!?][A-Za-z-][^>\n]*>|</?[A-Za-z][\w:.-]*>"
        r"|<[A-Za-z][\w:.-]*(?: +[A-Za-z][\w:.-]*(?:=(?:\"[^\"\n]*\"|'[^'\n]*'|\w[\w.-]*))?)* */?>)",
        r"(&(?i:amp|lt|gt|quot|nbsp);|&#\d+;)",
        # cannot -> can not
        *(f"((?i:{first}))(?i:{second})" for first, second in JOINED),
        # Clitics.
        f"({_WORDS}){_CLITIC}",
        f"([A-Za-z]*[A-MO-Za-mo-z])[nN]{_ANY_APOSTROPHE}[tT]",
        f"({_CLITIC})",
        f"([nN]{_ANY_APOSTROPHE}[tT])",
        f"({_WORDS})",
        f"([yY]{_APOSTROPHE}){_START}",
        f"((?i:{'|'.join(CONTRACTED)}))",
        f"([lLdDjJ]{_APOSTROPHE})",
        f"([dlnoA-HJ-XZ]{_ANY_APOSTROPHE}[{_LETTER}]{{2,}})",
        f"([{_LETTER}]+[aeiouyAEIOUY]{_ANY_APOSTROPHE}[aeiouA-Z][{_LETTER}]*)",
        f"({_APOSTROPHE}(?:[2-9]0s|\\d\\d(?=\\s)))",
    )


def _number_patterns() -> tuple[str, ...]:
    """Addresses and numbers."""
    return (
        # Addresses.
        r"((?i:https?)://[^\s\"<>|()]+[^\s\"<>|.!?(){},-])",
        r"((?:www\.(?:[^\s\"<>|.!?(){},]+\.)+[A-Za-z]{2,4}"
        r"|(?:[^\s\"`'!#-/0-9:-@A-Z\[-_{|}]{1,300}\.)+(?:com|net|org|edu))(?:/[^\s\"<>|()]+[^\s\"<>|.!?(){},-])?)",
        r"(<?[A-Za-z0-9][^\s\"<>|(){}]{0,300}@(?:[^\s\"<>|(){}.]+\.)*[^\s\"<>|(){}.]+>?)",
        f"(@[A-Za-z_][A-Za-z_0-9]*|#{_START}[{_LETTER}_]*)",
        # Numbers.
        r"([-+]?(?:\d*(?:[.:,\u066b\u066c]\d+)+|\d+))",
        r"((?:\d{1,4}[- \xa0])?\d{1,4}/\d{1,4})",
        r"(\d{1,2}[-/]\d{1,2}[-/]\d{2,4})",
        f"(\\d+[{_LETTER}][{_LETTER}\\d]*)",
        f"((?:\\(\\d{{2,3}}\\){_SPACE}?|\\+{{0,2}}(?:\\d{{2,4}}[- \xa0])?\\d{{2,4}}[- \xa0])"
        r"\d{3,4}[- \xa0]?\d{3,5})",
        r"([A-Z]*\$)",
    )


def _compound_patterns() -> tuple[str, ...]:
    """Compounds and abbreviations."""
    return (
        # Compounds.
        f"([A-Za-z0-9][A-Za-z0-9.,\xad]{{0,300}}(?:[-‐‑֊](?:{_ACRONYM}|(?:[dDoOlL]{_APOSTROPHE})?[{_LETTER}\\d\xad]+))+)",
        f"([{_LETTER}\\d\xad]+(?:[-_‐‑֊][{_LETTER}\\d\xad]+)+)",
        r"([A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\?/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2})",
        r"([A-Z]+(?:(?:&amp;|[&+])[A-Z]+)+)",
        r"([cC]\+\+|[cCfF]#)",
        # Abbreviations.
        f"((?i:{'|'.join(TITLES)})\\.)",
        f"((?:(?i:{'|'.join(ABBREVIATIONS)})|{'|'.join(CAPITAL_ABBREVIATIONS)})\\.)(?:[\\s\\S]{{2}})?",
        f"((?i:{'|'.join(BEFORE_NUMBERS)})\\.){_SPACE}?\\d",
        f"({_ACRONYM})",
        f"([A-Za-z]\\.)(?!\\s*\\n|\\s+(?:{'|'.join((*STARTERS, *map(str.upper, STARTERS)))})\\s|\\s+</)",
        f"((?:\\d*{_WORDS}|\\d+)\\.)[,;:、]",
    )


def _sign_patterns() -> tuple[str, ...]:
    """Faces and runs of signs."""
    return (
        # Faces.
        r"([<>]?[:;=][-o*']?[()\[\]{DdPpO@\\|](?![A-Za-z0-9])|:[03])",
        r"([-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\))",
        # Runs of signs, single signs.
        r"([?!]+)",
        r"(\.{3,}|(?:\.[ \xa0]){2,4}\.)",
        r"(''|``|[‘’“”‛‹›«»]+)",
        r"(_+|#+|@+|\*+|(?:\\\*)+|<<|>>|-+)",
    )

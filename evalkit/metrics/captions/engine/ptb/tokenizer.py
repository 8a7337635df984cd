"""Captions -> the words that COCO's evaluation compares: the Python tokeniser and the Java one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, Protocol

from evalkit.metrics.captions.engine.ptb.lexer import NEXT, first_tokens, readable
from evalkit.metrics.captions.engine.ptb.words import BEFORE_NUMBERS, SPECIAL

TokenizerName = Literal["python", "java"]

#: Tokens that COCO's evaluation drops. Brackets come out in lower case and so survive, upstream as here.
PUNCTUATION = frozenset(
    ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"]
)

#: What stands between spaces and is tokenised alike wherever it stands: a word, with one sign behind it.
_STEADY = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*[,;:!?]?|[A-Za-z'-]*[A-Za-z]{2}\.")
_ENDS = frozenset(".,;:!?")
_MOST_CHUNKS = 200_000


class Tokenizer(Protocol):
    """Captions -> tokens.

    Attributes:
        signature: what is said of it in the signature of a metric.
    """

    signature: str

    def tokenize(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Lower-case tokens of each text without punctuation; each text by itself, whatever its neighbours.

        Raises JavaError when it needs a Java that is absent or fails.
        """
        ...


class PythonTokenizer:
    """The rules of ``lexer.py``; what stands between spaces is remembered where the rest does not matter."""

    signature = "ptb-python-1"

    def __init__(self) -> None:
        self._steady: dict[str, tuple[str, ...]] = {}

    def tokenize(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """As in Tokenizer; never fails."""
        return [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> tuple[str, ...]:
        steady = self._steady
        found: list[str] = []
        try:
            for chunk in text.split(" "):
                found += steady[chunk]
        except KeyError:
            return self._mixed_tokens(text)
        return tuple(found)

    def _mixed_tokens(self, text: str) -> tuple[str, ...]:
        steady = self._steady
        line = readable(text)
        found: list[str] = []
        at, size, padded = 0, len(line), line + NEXT
        while at < size:
            end = line.find(" ", at)
            end = size if end < 0 else end
            chunk = line[at:end]
            if chunk not in steady and _is_steady(chunk):
                self._remember(chunk)
            if chunk in steady:
                found += steady[chunk]
                at = end + 1
            else:
                # Tokens of an unsteady chunk may reach beyond it.
                tokens, at = first_tokens(padded, at, end)
                found += kept(tokens)
        return tuple(found)

    def _remember(self, chunk: str) -> None:
        if len(self._steady) >= _MOST_CHUNKS:
            self._steady.clear()
        word = chunk[:-1].lower() if chunk[-1:] in _ENDS else chunk.lower()
        is_plain = word.isascii() and word.isalpha() and word not in SPECIAL
        self._steady[chunk] = (word,) if is_plain else kept(first_tokens(chunk + NEXT, 0, len(chunk))[0])


def kept(tokens: Sequence[str]) -> tuple[str, ...]:
    """The tokens without punctuation."""
    return tuple(token for token in tokens if token and token not in PUNCTUATION)


def _is_steady(chunk: str) -> bool:
    if not _STEADY.fullmatch(chunk):
        return not chunk
    return not (chunk[-1] == "." and chunk[:-1].lower() in BEFORE_NUMBERS)

"""Captions as numbers of their words: tokenised once for all metrics of a process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import get_args

from evalkit.metrics.ptb.java_tokenizer import JavaTokenizer
from evalkit.metrics.ptb.tokenizer import PythonTokenizer, Tokenizer, TokenizerName

Ids = tuple[int, ...]

_MOST_TEXTS = 1_000_000


class _Vocabulary(dict[str, int]):
    """Word -> number, in the order in which words come."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


class CaptionTokens:
    """Texts -> numbers of their tokens, each text tokenised once as long as it is remembered."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._vocabulary = _Vocabulary()
        self._texts: dict[str, Ids] = {}
        self._spaced: dict[int, Ids] = {}

    def tokens(self, texts: Sequence[str]) -> list[Ids]:
        """The tokens of each text. Raises JavaError from the Java tokeniser."""
        known = self._texts
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if len(known) + len(new) > _MOST_TEXTS:
            known.clear()
            new = list(dict.fromkeys(texts))
        number = self._vocabulary.__getitem__
        for text, found in zip(new, self.tokenizer.tokenize(new), strict=True):
            known[text] = tuple(map(number, found))
            if any("\xa0" in token for token in found):
                self._note_spaced(found)
        return [known[text] for text in texts]

    def words(self, texts: Sequence[str]) -> list[Ids]:
        """The same, a token that holds a space (``1 1/2``) taken as several words: BLEU and CIDEr split again."""
        found = self.tokens(texts)
        if not self._spaced:
            return found
        spaced = self._spaced
        return [
            ids
            if spaced.keys().isdisjoint(ids)
            else tuple(chain.from_iterable(spaced.get(number, (number,)) for number in ids))
            for ids in found
        ]

    def names(self) -> list[str]:
        """All words by their numbers."""
        return list(self._vocabulary)

    def _note_spaced(self, tokens: Iterable[str]) -> None:
        for token in tokens:
            if "\xa0" in token:
                words = tuple(self._vocabulary[word] for word in token.split())
                self._spaced[self._vocabulary[token]] = words


@cache
def caption_tokens(name: TokenizerName) -> CaptionTokens:
    """The tokens of this process by one tokeniser."""
    assert name in get_args(TokenizerName)
    return CaptionTokens(JavaTokenizer() if name == "java" else PythonTokenizer())

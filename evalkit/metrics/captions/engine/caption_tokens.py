"""Captions as numbers of their words: tokenised once for all metrics of a process."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cache
from itertools import accumulate, chain, count
from typing import get_args

import numpy as np

from evalkit.metrics.captions.engine.ngrams import FlatTexts
from evalkit.metrics.captions.engine.ptb.java_tokenizer import JavaTokenizer
from evalkit.metrics.captions.engine.ptb.tokenizer import PythonTokenizer, Tokenizer, TokenizerName

_MOST_TEXTS = 1_000_000


class _Vocabulary(dict[str, int]):
    """Token -> number, in the order in which tokens come.

    Attributes:
        spaced: number of each token that holds a space (``1 1/2``) -> numbers of its words.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spaced: dict[int, tuple[int, ...]] = {}

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self)
        if "\xa0" in token:
            self.spaced[number] = tuple(self[word] for word in token.split())
        return number


class CaptionTokens:
    """Texts -> numbers of their tokens, each text tokenised once as long as it is remembered."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._vocabulary = _Vocabulary()
        self._forget()

    def _forget(self) -> None:
        self._places: dict[str, int] = {}
        self._tokens, self._starts, self._lengths = array("i"), array("q"), array("i")

    def tokens(self, texts: Sequence[str]) -> FlatTexts:
        """The tokens of each text. Raises JavaError from the Java tokeniser."""
        known = self._places
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new and len(known) + len(new) > _MOST_TEXTS:
            self._forget()
            known, new = self._places, list(dict.fromkeys(texts))
        self._learn(new)
        places = np.fromiter(map(known.__getitem__, texts), np.int64, len(texts))
        lengths = np.frombuffer(self._lengths, np.int32)[places] if self._lengths else places
        starts = np.frombuffer(self._starts, np.int64)[places] if self._starts else places
        owners = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
        shifts = starts - np.concatenate([[0], np.cumsum(lengths)[:-1]])[: len(texts)]
        positions = np.arange(len(owners)) + shifts[owners]
        found = np.frombuffer(self._tokens, np.int32)[positions] if self._tokens else owners
        return FlatTexts(found, owners, lengths)

    def words(self, texts: Sequence[str]) -> FlatTexts:
        """The same, a token that holds a space (``1 1/2``) as several words: BLEU and CIDEr split again."""
        flat = self.tokens(texts)
        spaced = self._vocabulary.spaced
        if not spaced or not np.isin(flat.tokens, list(spaced)).any():
            return flat
        return FlatTexts.of(
            [[word for token in ids for word in spaced.get(token, (token,))] for ids in flat.lists()]
        )

    def names(self) -> list[str]:
        """All words by their numbers."""
        return list(self._vocabulary)

    def _learn(self, texts: Sequence[str]) -> None:
        found = self.tokenizer.tokenize(texts)
        lengths = list(map(len, found))
        self._starts.extend(accumulate(lengths[:-1], initial=len(self._tokens)) if lengths else ())
        self._lengths.extend(lengths)
        self._tokens.extend(map(self._vocabulary.__getitem__, chain.from_iterable(found)))
        self._places.update(zip(texts, count(len(self._places)), strict=False))


@cache
def caption_tokens(name: TokenizerName) -> CaptionTokens:
    """The tokens of this process by one tokeniser."""
    assert name in get_args(TokenizerName)
    return CaptionTokens(JavaTokenizer() if name == "java" else PythonTokenizer())

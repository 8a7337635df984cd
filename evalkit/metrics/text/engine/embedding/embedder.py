"""Texts -> embeddings, each text computed once in a process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from evalkit.metrics.text.engine.embedding.bert import Array, Bert

#: As sentence-transformers cuts for this model; longer texts are scored by their beginning.
MAX_SENTENCE_TOKENS = 256
#: All that the model has positions for.
MAX_TOKENS = 512

#: Tokens that one forward pass takes: larger ones gain nothing and cost memory.
_BATCH_TOKENS = 4096
#: Sentences that are kept, 1.5 kB each.
_MOST_KEPT = 50_000


class Embedder:
    """One encoder with its tokenizer (``tokenizers.Tokenizer``)."""

    def __init__(self, bert: Bert, tokenizer: Any) -> None:
        self._bert = bert
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._sentences: dict[str, Array] = {}
        #: Values of pairs of texts, for metrics that compare tokens: those would take too much room.
        self.pairs: dict[tuple[str, str], float] = {}

    def sentences(self, texts: Sequence[str]) -> Array:
        """(n, d) mean-pooled embeddings of length 1. Source: sentence-transformers, all-MiniLM-L6-v2."""
        wanted = list(dict.fromkeys(texts))
        new = [text for text in wanted if text not in self._sentences]
        if len(self._sentences) + len(new) > _MOST_KEPT:
            self._sentences, new = {}, wanted
        for index, states in self._states(new, MAX_SENTENCE_TOKENS):
            pooled = states.mean(axis=0)
            self._sentences[new[index]] = pooled / max(float(np.linalg.norm(pooled)), 1e-12)
        return np.stack([self._sentences[text] for text in texts])

    def tokens(self, texts: Sequence[str]) -> list[Array]:
        """For each text (t, d): the states of its tokens, each of length 1, the first and the last being
        those of the frame ([CLS], [SEP])."""
        wanted = list(dict.fromkeys(texts))
        found: dict[str, Array] = {}
        for index, states in self._states(wanted, MAX_TOKENS):
            found[wanted[index]] = states / np.linalg.norm(states, axis=1, keepdims=True)
        return [found[text] for text in texts]

    def _states(self, texts: Sequence[str], max_tokens: int) -> Iterator[tuple[int, Array]]:
        """Index and last hidden states of each text. Only texts of one length share a pass, so that no
        padding is needed and a text's numbers do not hang on its neighbours."""
        self._tokenizer.enable_truncation(max_tokens)
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        by_length: dict[int, list[int]] = {}
        for index, each in enumerate(ids):
            by_length.setdefault(len(each), []).append(index)
        for length, indexes in sorted(by_length.items()):
            step = max(1, _BATCH_TOKENS // length)
            for start in range(0, len(indexes), step):
                chunk = indexes[start : start + step]
                states = self._bert.encode(np.array([ids[index] for index in chunk], dtype=np.int64))
                yield from zip(chunk, states, strict=True)

"""``bleu_1`` … ``bleu_4``: BLEU in the definition of COCO's caption evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import numpy as np

from evalkit.metrics.base import weighted_sums
from evalkit.metrics.captions.engine.caption_metric import Captioned, CaptionMetric
from evalkit.metrics.captions.engine.ngrams import Bools, FlatTexts, Grams, Ints, each_order
from evalkit.metrics.metric import Floats

#: What upstream adds so that nothing is divided by zero.
_SMALL, _TINY = 1e-9, 1e-15
#: Cells of the largest table of images by words.
_CELLS = 16_000_000


@dataclass(frozen=True)
class BleuCoco(CaptionMetric):
    """Base: rows of (caption length, closest reference length, then guesses and hits of each order)."""

    kind = "corpus"
    order: ClassVar[int]

    def _statistics(self, captioned: Captioned) -> Floats:
        texts = [*captioned.captions, *chain.from_iterable(captioned.references)]
        sizes = list(map(len, captioned.references))
        return bleu_statistics(self._tokens.words(texts), sizes, self.order)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """BLEU of the summed statistics; NaN where no row counts. One row gives the value of its image."""
        sums, total = weighted_sums(rows, weights)
        length, reference = sums[:, 0], sums[:, 1]
        guesses, hits = sums[:, 2 : 2 + self.order], sums[:, 2 + self.order :]
        precision = np.prod((hits + _TINY) / (guesses + _SMALL), axis=1) ** (1 / self.order)
        ratio = (length + _TINY) / (reference + _SMALL)
        penalty = np.exp(np.minimum(0.0, 1 - 1 / ratio))
        return np.where(total > 0, precision * penalty, np.nan)


@dataclass(frozen=True)
class Bleu1(BleuCoco):
    """Precision of words in 0..1, clipped by the references, with brevity penalty; larger is better.

    The reference length is that of the reference closest to the caption (the shorter of two), image by image.
    NaN where nothing counts. An empty caption adds nothing but reference length.

    Source: ``Bleu(4)`` of pycocoevalcap 1.2, Papineni et al. 2002 (BLEU: a Method for Automatic Evaluation of
    Machine Translation).

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "bleu_1"
    order = 1


@dataclass(frozen=True)
class Bleu2(BleuCoco):
    """Geometric mean in 0..1 of the precisions of words and pairs, as ``bleu_1``; larger is better.

    Source: ``Bleu(4)`` of pycocoevalcap 1.2.

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "bleu_2"
    order = 2


@dataclass(frozen=True)
class Bleu3(BleuCoco):
    """Geometric mean in 0..1 of the precisions of 1- to 3-grams, as ``bleu_1``; larger is better.

    Source: ``Bleu(4)`` of pycocoevalcap 1.2.

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "bleu_3"
    order = 3


@dataclass(frozen=True)
class Bleu4(BleuCoco):
    """Geometric mean in 0..1 of the precisions of 1- to 4-grams, as ``bleu_1``; larger is better.

    Source: ``Bleu(4)`` of pycocoevalcap 1.2.

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "bleu_4"
    order = 4


def bleu_statistics(flat: FlatTexts, sizes: Sequence[int], order: int) -> Floats:
    """(n, 2 + 2 * order): length, closest reference length, guesses and clipped hits of order 1, 2 …

    Args:
        flat: n captions and then all references, image after image.
        sizes: length n, how many references an image has, at least one.
        order: longest n-gram.
    """
    n = len(sizes)
    images = np.concatenate([np.arange(n), np.repeat(np.arange(n), sizes)]).astype(np.int32)
    rows = np.zeros((n, 2 + 2 * order))
    if not n:
        return rows
    lengths = flat.lengths[:n]
    rows[:, 0] = lengths
    rows[:, 1] = _closest(lengths, flat.lengths[n:], images[n:], sizes)
    rows[:, 2 : 2 + order] = np.maximum(0, lengths[:, None] - np.arange(order))
    useful = _stands_in_caption(flat, images, n)
    hits = (_hits(grams, images, n) for grams in each_order(flat, order, useful))
    for k, column in enumerate(hits, 2 + order):
        rows[:, k] = column
    return rows


def _closest(lengths: Ints, references: Ints, images: Ints, sizes: Sequence[int]) -> Ints:
    # The distance first, the shorter one of two that are as far.
    width = int(references.max(initial=0)) + 1
    ranks = np.abs(references - lengths[images]).astype(np.int64) * width + references
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.minimum.reduceat(ranks, starts) % width


def _stands_in_caption(flat: FlatTexts, images: Ints, n: int) -> Bools:
    """(m,) whether a token occurs in the caption of its image: no other n-gram can be a hit."""
    places = images[flat.texts]
    n_words = int(flat.tokens.max(initial=0)) + 1
    block = max(1, _CELLS // n_words)
    n_caption_tokens = int(flat.lengths[:n].sum())
    found = np.zeros(len(places), np.bool_)
    for start in range(0, n, block):
        # Captions and references are each in the order of their images.
        a, b = np.searchsorted(places[:n_caption_tokens], (start, start + block))
        c, d = np.searchsorted(places[n_caption_tokens:], (start, start + block)) + n_caption_tokens
        is_there = np.zeros((min(block, n - start), n_words), np.bool_)
        is_there[places[a:b] - start, flat.tokens[a:b]] = True
        found[a:b] = True
        found[c:d] = is_there[places[c:d] - start, flat.tokens[c:d]]
    return found


def _hits(grams: Grams, images: Ints, n: int) -> Floats:
    """(n,) how many n-grams of each caption stand in its references, each as often as in one of these."""
    is_caption = grams.texts < n
    keys = grams.grams.astype(np.int64) * n + images[grams.texts]
    own, allowed = keys[is_caption], keys[~is_caption]
    # Texts are sorted within an n-gram and captions come first, so both are sorted.
    if not len(own) or not len(allowed):
        return np.zeros(n)
    starts = np.flatnonzero(np.diff(allowed, prepend=-1))
    most = np.maximum.reduceat(grams.counts[~is_caption], starts)
    at = np.minimum(np.searchsorted(allowed[starts], own), len(starts) - 1)
    is_shared = allowed[starts][at] == own
    counts = np.where(is_shared, np.minimum(grams.counts[is_caption], most[at]), 0).astype(np.float64)
    return np.bincount(images[grams.texts[is_caption]], weights=counts, minlength=n).astype(np.float64)

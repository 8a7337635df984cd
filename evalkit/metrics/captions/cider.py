"""``cider_d`` and ``cider``: consensus with the references in n-grams weighted by their rarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar, NamedTuple

import numpy as np

from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.metrics.base import column, weighted_mean
from evalkit.metrics.captions.engine.caption_metric import Captioned, CaptionMetric
from evalkit.metrics.captions.engine.document_frequencies import (
    ORDER,
    DocumentFrequencies,
    read_document_frequencies,
)
from evalkit.metrics.captions.engine.ngrams import FlatTexts, Grams, Ints, each_order
from evalkit.metrics.metric import Floats

#: ``idf`` for document frequencies out of the references at hand.
FROM_REFERENCES = "refs"
_SIGMA = 6.0


@dataclass(frozen=True)
class CiderMetric(CaptionMetric):
    """Base of both definitions: a row is the value of one caption."""

    kind = "graded"
    bounds = (0.0, 10.0)
    unit = "none"
    is_clipped: ClassVar[bool]

    idf: str = FROM_REFERENCES

    def _statistics(self, captioned: Captioned) -> Floats:
        texts = [*captioned.captions, *chain.from_iterable(captioned.references)]
        sizes = list(map(len, captioned.references))
        if self.idf != FROM_REFERENCES:
            flat = self._tokens.words(texts)
            return column(cider(flat, sizes, Frozen(self._frozen(), self._tokens.names()), self.is_clipped))
        if list(map(id, captioned.references)) == list(map(id, captioned.documents)):
            return column(cider(self._tokens.words(texts), sizes, None, self.is_clipped))
        flat = self._tokens.words([*texts, *chain.from_iterable(captioned.documents)])
        return column(cider(flat, sizes, list(map(len, captioned.documents)), self.is_clipped))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean: document frequencies stay those of the whole set, whatever is resampled."""
        return weighted_mean(rows, weights)

    def _frozen(self) -> DocumentFrequencies:
        frozen = read_document_frequencies(self.idf)
        if frozen.tokenizer != self._tokens.tokenizer.signature:
            raise MetricError(
                f"the words of the document frequencies are of {frozen.tokenizer}, those of the captions of "
                f"{self._tokens.tokenizer.signature}",
                where=self.idf,
                hint="make the file with the same tokenizer",
            )
        return frozen

    def _signature_parts(self, observations: Observations) -> list[str]:
        parts = [text for text in super()._signature_parts(observations) if not text.startswith("idf:")]
        if self.idf == FROM_REFERENCES:
            return ["idf:refs", *parts]
        frozen = self._frozen()
        return [f"idf:{frozen.digest}({frozen.n_documents} images)", *parts]


@dataclass(frozen=True)
class CiderD(CiderMetric):
    """Mean in 0..10 of CIDEr-D, what pycocoevalcap prints as "CIDEr"; larger is better.

    For each order 1 to 4 the cosine of tf-idf vectors of caption and reference, the caption's counts clipped
    by the reference's, times a Gaussian (sigma 6) of the difference in length; the mean over orders and
    references, times 10. NaN where nothing counts. An empty caption scores 0.

    Document frequencies come from the references of all Samples of the evaluation, failed ones included, each
    once: a value belongs to its set, and one image alone scores 0. An interval or a paired test keeps them
    fixed and resamples the values of the images. With ``idf: FILE`` they come from a named corpus
    (``write_document_frequencies``), and a single caption can be scored.

    Source: ``Cider`` of pycocoevalcap 1.2, Vedantam et al. 2015 (arXiv 1411.5726).

    Args:
        idf: ``refs`` (default) or a file of document frequencies, relative to the working directory.
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "cider_d"
    is_clipped = True


@dataclass(frozen=True)
class Cider(CiderMetric):
    """Mean in 0..10 of plain CIDEr: ``cider_d`` without clipping and weights by length; larger is better.

    A caption that repeats rare words is not punished: prefer ``cider_d``. NaN where nothing counts.
    MetricError where the file of document frequencies cannot be read.

    Source: ``ciderScorer`` of vrama91/cider (arXiv 1411.5726) over the tokens of COCO's evaluation.

    Args:
        idf: ``refs`` (default) or a file of document frequencies, relative to the working directory.
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "cider"
    is_clipped = False


class Frozen(NamedTuple):
    """A named corpus, and the words of the captions by their numbers."""

    corpus: DocumentFrequencies
    names: Sequence[str]


def cider(
    flat: FlatTexts, sizes: Sequence[int], documents: Sequence[int] | Frozen | None, is_clipped: bool
) -> list[float]:
    """CIDEr-D (``is_clipped``) or plain CIDEr in 0..10 of each caption against its references.

    Args:
        flat: n captions, all references image after image, and what ``documents`` count.
        sizes: length n, how many references an image has, at least one.
        documents: where document frequencies come from: the references (None), other images whose references
            stand behind them (how many each has), or a named corpus.
    """
    n, others = len(sizes), documents if not isinstance(documents, Frozen) else None
    groups = np.repeat(np.arange(n + len(others or ())), [*sizes, *(others or ())])
    images = np.concatenate([np.arange(n), groups]).astype(np.int32)
    n_texts = n + sum(sizes)
    similarity = np.zeros(n_texts)
    orders = each_order(flat, ORDER)
    for order in range(1, ORDER + 1):
        # Not a loop over the orders: it would hold one while the next is made.
        similarity += _similarity(next(orders), order, flat, images, documents, n, is_clipped)[:n_texts]
    if is_clipped:
        similarity *= _length_weights(flat.lengths, images, n_texts)
    sums = np.bincount(images[n:n_texts], weights=similarity[n:], minlength=n)
    scores: list[float] = (10.0 / ORDER * sums / np.asarray(sizes, np.float64)).tolist()
    return scores


def _similarity(
    grams: Grams,
    order: int,
    flat: FlatTexts,
    images: Ints,
    documents: Sequence[int] | Frozen | None,
    n: int,
    is_clipped: bool,
) -> Floats:
    """(texts,) cosine of each reference with the caption of its image in n-grams of one order."""
    if isinstance(documents, Frozen):
        frequencies, n_documents = (
            _frozen_frequencies(grams, flat, order, documents),
            documents.corpus.n_documents,
        )
    else:
        n_documents = n if documents is None else len(documents)
        first = n if documents is None else len(images) - sum(documents)
        frequencies = _frequencies(grams, images, first)
    idf = np.log(max(1, n_documents)) - np.log(np.maximum(1.0, frequencies))
    return _cosines(grams, grams.counts * idf[grams.grams], images, n, is_clipped)


def _frequencies(grams: Grams, images: Ints, first_text: int) -> Floats:
    """Images among the texts from ``first_text`` on that hold each n-gram, by its number."""
    is_document = grams.texts >= first_text
    numbers, holders = grams.grams[is_document], images[grams.texts[is_document]]
    is_new = np.ones(len(numbers), np.bool_)
    is_new[1:] = (numbers[1:] != numbers[:-1]) | (holders[1:] != holders[:-1])
    n_grams = int(grams.grams.max(initial=-1)) + 1
    return np.bincount(numbers[is_new], minlength=n_grams).astype(np.float64)


def _frozen_frequencies(grams: Grams, flat: FlatTexts, order: int, frozen: Frozen) -> Floats:
    names, counts = frozen.names, frozen.corpus.counts
    first = np.flatnonzero(np.diff(grams.grams, prepend=-1))
    places = grams.positions[first][:, None] + np.arange(order)
    words = flat.tokens[places].tolist()
    return np.array([counts.get(" ".join(names[i] for i in gram), 0) for gram in words], np.float64)


def _cosines(grams: Grams, weights: Floats, images: Ints, n: int, is_clipped: bool) -> Floats:
    n_texts = len(images)
    norms = np.sqrt(np.bincount(grams.texts, weights=weights**2, minlength=n_texts))
    is_caption = grams.texts < n
    keys = grams.grams.astype(np.int64) * n_texts + images[grams.texts]
    own = keys[is_caption]
    if not len(own):
        return np.zeros(n_texts)
    # Texts are sorted within an n-gram and captions come first, so both sides are sorted.
    theirs = np.flatnonzero(~is_caption)
    keys = keys[theirs]
    at = np.minimum(np.searchsorted(own, keys), len(own) - 1)
    is_shared = own[at] == keys
    at, theirs = at[is_shared], theirs[is_shared]
    ours, other = weights[is_caption][at], weights[theirs]
    products = (np.minimum(ours, other) if is_clipped else ours) * other
    sums = np.bincount(grams.texts[theirs], weights=products, minlength=n_texts)
    lengths = norms * norms[np.minimum(images, n - 1)]
    return np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1.0), sums)


def _length_weights(lengths: Ints, images: Ints, n_texts: int) -> Floats:
    # Upstream takes the number of pairs for the length.
    pairs = np.maximum(0, lengths - 1)[:n_texts]
    differences = (pairs[images[:n_texts]] - pairs).astype(np.float64)
    return np.exp(-(differences**2) / (2 * _SIGMA**2))

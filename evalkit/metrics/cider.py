"""``cider_d`` and ``cider``: consensus with the references in n-grams weighted by their rarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.metrics.base import column, weighted_mean
from evalkit.metrics.caption_metric import Captioned, CaptionMetric
from evalkit.metrics.caption_tokens import CaptionTokens
from evalkit.metrics.document_frequencies import ORDER, DocumentFrequencies, read_document_frequencies
from evalkit.metrics.metric import Floats
from evalkit.metrics.ngrams import FlatTexts, Grams, Ints, each_order

#: ``idf`` for document frequencies out of the references at hand.
FROM_REFERENCES = "refs"
_SIGMA = 6.0


@dataclass(frozen=True)
class CiderMetric(CaptionMetric):
    """Base of both definitions: a row is the value of one caption."""

    kind = "graded"
    bounds = (0.0, 10.0)
    is_clipped: ClassVar[bool]

    idf: str = FROM_REFERENCES

    def _statistics(self, captioned: Captioned) -> Floats:
        tokens = self._tokens
        captions = tokens.words(captioned.captions)
        references = Grouped.of(tokens, captioned.references)
        if self.idf == FROM_REFERENCES:
            is_whole = list(map(id, captioned.references)) == list(map(id, captioned.documents))
            documents = None if is_whole else Grouped.of(tokens, captioned.documents)
            weighing = Weighing(documents=documents)
        else:
            weighing = Weighing(frozen=self._frozen(), names=tokens.names())
        return column(cider(captions, references, weighing, is_clipped=self.is_clipped).tolist())

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
                mend="make the file with the same tokenizer",
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
    """Mean in 0..10 of plain CIDEr: as ``cider_d``, but neither clipped nor weighted by length; larger is better.

    A caption that repeats rare words is not punished: prefer ``cider_d``. NaN where nothing counts. MetricError
    where the file of document frequencies cannot be read.

    Source: ``ciderScorer`` of vrama91/cider (arXiv 1411.5726) over the tokens of COCO's evaluation.

    Args:
        idf: ``refs`` (default) or a file of document frequencies, relative to the working directory.
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "cider"
    is_clipped = False


@dataclass(frozen=True)
class Grouped:
    """Words of the references of many images: all texts, and how many each image has."""

    texts: Sequence[Sequence[int]]
    sizes: Sequence[int]

    @classmethod
    def of(cls, tokens: CaptionTokens, references: Sequence[Sequence[str]]) -> Grouped:
        """Tokenise the references of each image."""
        return cls(tokens.words(list(chain.from_iterable(references))), list(map(len, references)))


@dataclass(frozen=True)
class Weighing:
    """Where document frequencies come from: the references themselves by default.

    Attributes:
        documents: other images to count over.
        frozen: a named corpus; ``names`` are then the words by their numbers.
    """

    documents: Grouped | None = None
    frozen: DocumentFrequencies | None = None
    names: Sequence[str] = ()


def cider(
    captions: Sequence[Sequence[int]], references: Grouped, weighing: Weighing, *, is_clipped: bool
) -> Floats:
    """(n,) CIDEr-D (``is_clipped``) or plain CIDEr in 0..10 of each caption against its references."""
    n, others = len(captions), weighing.documents
    flat = FlatTexts.of([*captions, *references.texts, *(others.texts if others else ())])
    sizes = [*references.sizes, *(others.sizes if others else ())]
    images = np.concatenate([np.arange(n), np.repeat(np.arange(len(sizes)), sizes)]).astype(np.int64)
    n_documents = len(others.sizes) if others else n
    if weighing.frozen:
        n_documents = weighing.frozen.n_documents
    n_texts = n + len(references.texts)
    similarity = np.zeros(n_texts)
    for order, grams in enumerate(each_order(flat, ORDER), 1):
        if weighing.frozen:
            frequencies = _frozen_frequencies(grams, flat, order, weighing)
        else:
            frequencies = _frequencies(grams, images, first_text=n_texts if others else n)
        idf = np.log(max(1, n_documents)) - np.log(np.maximum(1.0, frequencies))
        similarity += _cosines(grams, grams.counts * idf[grams.grams], images, n, n_texts, is_clipped)
    holders = images[n:n_texts]
    if is_clipped:
        similarity *= _length_weights(flat.lengths, images, n_texts)
    sums = np.bincount(holders, weights=similarity[n:], minlength=n)[:n]
    scores: Floats = 10.0 / ORDER * sums / np.asarray(references.sizes, np.float64)
    return scores


def _frequencies(grams: Grams, images: Ints, first_text: int) -> Floats:
    """Images among the texts from ``first_text`` on that hold each n-gram, by its number."""
    is_document = grams.texts >= first_text
    numbers, holders = grams.grams[is_document], images[grams.texts[is_document]]
    is_new = np.ones(len(numbers), np.bool_)
    is_new[1:] = (numbers[1:] != numbers[:-1]) | (holders[1:] != holders[:-1])
    n_grams = int(grams.grams.max(initial=-1)) + 1
    return np.bincount(numbers[is_new], minlength=n_grams).astype(np.float64)


def _frozen_frequencies(grams: Grams, flat: FlatTexts, order: int, weighing: Weighing) -> Floats:
    assert weighing.frozen is not None
    names, counts = weighing.names, weighing.frozen.counts
    first = np.flatnonzero(np.diff(grams.grams, prepend=-1))
    places = grams.positions[first][:, None] + np.arange(order)
    words = flat.tokens[places].tolist()
    return np.array([counts.get(" ".join(names[i] for i in gram), 0) for gram in words], np.float64)


def _cosines(
    grams: Grams, weights: Floats, images: Ints, n: int, n_texts: int, is_clipped: bool
) -> Floats:
    """(n_texts,) similarity of each reference to the caption of its image; zeros for the captions."""
    norms = np.sqrt(np.bincount(grams.texts, weights=weights**2, minlength=n_texts))[:n_texts]
    is_caption, is_reference = grams.texts < n, (grams.texts >= n) & (grams.texts < n_texts)
    keys = grams.grams * (len(images) + 1) + images[grams.texts]
    own, theirs = keys[is_caption], keys[is_reference]
    if not len(own):
        return np.zeros(n_texts)
    # Texts are sorted within an n-gram and captions come first, so both lists of keys are sorted.
    at = np.minimum(np.searchsorted(own, theirs), len(own) - 1)
    shared = np.flatnonzero(own[at] == theirs)
    ours, other = weights[is_caption][at[shared]], weights[is_reference][shared]
    products = (np.minimum(ours, other) if is_clipped else ours) * other
    sums = np.bincount(grams.texts[is_reference][shared], weights=products, minlength=n_texts)
    lengths = norms * norms[np.minimum(images[:n_texts], n - 1)]
    return np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1.0), sums)


def _length_weights(lengths: Ints, images: Ints, n_texts: int) -> Floats:
    # Upstream takes the number of pairs for the length.
    pairs = np.maximum(0, lengths - 1)[:n_texts]
    differences = (pairs[images[:n_texts]] - pairs).astype(np.float64)
    return np.exp(-(differences**2) / (2 * _SIGMA**2))

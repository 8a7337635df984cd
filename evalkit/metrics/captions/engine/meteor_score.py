"""METEOR's statistics of one caption, and the score of any sum of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.metrics.base import weighted_sums
from evalkit.metrics.metric import Floats

#: Parameters for English, task "rank", and the weights of the four kinds of match.
ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
MATCH_WEIGHTS = {"exact": 1.0, "stem": 0.6, "synonym": 0.8, "paraphrase": 0.6}

#: Numbers in a line of the jar: words of caption and reference, function words of both; for each kind of
#: match its content and function words, of caption and reference in turn; chunks; matched words of both.
N_STATISTICS = 23
_FIRST_MATCH, _CHUNKS = 4, 20


def statistics_of(line: str) -> list[float] | None:
    """The statistics in a line of the jar, ready to be added up; None where it is no such line."""
    try:
        numbers = [float(text) for text in line.split()]
    except ValueError:
        return None
    if len(numbers) != N_STATISTICS:
        return None
    if _is_identical(numbers):
        # A caption that is its reference word for word has no chunk to be punished for, in sums neither.
        numbers[_CHUNKS] = 0.0
    return numbers


def _is_identical(numbers: Sequence[float]) -> bool:
    n_words = numbers[:2]
    n_matched = [sum(numbers[_FIRST_MATCH + side : _CHUNKS : 2]) for side in (0, 1)]
    return n_matched == list(n_words) and numbers[_CHUNKS] == 1.0


def scores(rows: Floats, weights: Floats | None = None) -> Floats:
    """METEOR in 0..1 of each weighted sum: (n, 23) rows and (b, n) weights to (b,) values.

    0 where nothing matches, NaN where no row counts. Equal to what meteor-1.5.jar answers to ``EVAL``.

    Source: Denkowski and Lavie 2014, Meteor Universal, https://aclanthology.org/W14-3348.
    """
    sums, total = weighted_sums(rows, weights)
    n_words, n_function = sums[:, :2], sums[:, 2:4]
    # (b, kind, content or function, caption or reference)
    matches = sums[:, _FIRST_MATCH:_CHUNKS].reshape(-1, len(MATCH_WEIGHTS), 2, 2)
    matched = np.zeros_like(n_words)
    # In the order of the jar, so that the last digit is the same too.
    for word_class, share in enumerate((DELTA, 1 - DELTA)):
        for kind, weight in enumerate(MATCH_WEIGHTS.values()):
            matched += matches[:, kind, word_class] * weight * share
    length = DELTA * (n_words - n_function) + (1 - DELTA) * n_function
    with np.errstate(divide="ignore", invalid="ignore"):
        precision, recall = (matched / length).T
        mean = 1 / ((1 - ALPHA) / precision + ALPHA / recall)
        fragmentation = sums[:, _CHUNKS] / (sums[:, _CHUNKS + 1 :].sum(axis=1) / 2)
        score = mean * (1 - GAMMA * fragmentation**BETA)
    value: Floats = np.where(total > 0, np.maximum(np.nan_to_num(score, nan=0.0), 0.0), np.nan)
    return value

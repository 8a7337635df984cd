"""The intervals that rouge-score's ``BootstrapAggregator`` prints, for comparison with published ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evalkit.metrics.metric import Floats


def rouge_intervals(
    scores: Mapping[str, Floats], *, confidence: float = 0.95, n_resamples: int = 1_000, seed: int = 0
) -> dict[str, Floats]:
    """Low, mid and high of the mean, to the last digit as after ``numpy.random.seed(seed)``.

    evalkit's own interval of a ROUGE metric is Student's t over samples; this is for agreement with
    rouge-score. The metrics draw from one stream, so their order matters as it does there.

    Args:
        scores: metric to its (n, 3) precision, recall and F, in the order of rouge-score's types.

    Returns:
        metric to (3, 3): rows low, mid, high; columns precision, recall, F.

    Raises ValueError on a confidence outside 0..1, no resamples or no scores.
    """
    if not 0 <= confidence <= 1 or n_resamples < 1:
        raise ValueError(f"confidence {confidence} or n_resamples {n_resamples} is out of range")
    rng = np.random.RandomState(seed)
    outside = (1 - confidence) / 2
    ends = 100 * np.array([outside, 0.5, 1 - outside])
    intervals = {}
    for name, matrix in scores.items():
        if not len(matrix):
            raise ValueError(f"there are no scores of {name}")
        means = np.empty((n_resamples, matrix.shape[1]))
        for mean in means:
            mean[:] = matrix[rng.choice(np.arange(len(matrix)), size=len(matrix))].mean(axis=0)
        intervals[name] = np.percentile(means, ends, axis=0)
    return intervals

"""How many more labels, or how many more samples, give a corrected mean the standard error that is needed.

Its variance has two parts: A (1 / n - 1 / N') falls with labels n, B / N with samples N, of which N' are open
to be drawn. A judge that agrees with people makes A small, and more samples help; where it does not, nothing
but labels does.
"""

from __future__ import annotations

from math import ceil, sqrt

from evalkit.core.frozen import frozen
from evalkit.stats.ppi import Corrected

#: Beyond so many times what there is, a number is not a plan.
_MOST = 1_000.0
#: A sample is taken to cost no less than this part of a label, so that a mixture does not go to infinity.
_CHEAPEST = 0.001


@frozen
class Needs:
    """What would do, each by itself; None where no number of it does.

    Attributes:
        n_labels, n_samples: more than there are.
        both: labels and samples to be added together, where neither does alone; None elsewhere.
    """

    n_labels: int | None
    n_samples: int | None
    both: tuple[int, int] | None = None


def needs(found: Corrected, error: float, label_usd: float = 1.0, sample_usd: float = 0.0) -> Needs:
    """What it takes for a standard error of at most ``error`` > 0, if what comes varies as what is there.

    Args:
        label_usd, sample_usd: what one more costs, for the mixture.
    """
    n, total, part = found.n_labels, found.n_judged, found.share_open
    allowed = error**2
    of_all = found.variance / total
    gap = 1 / n - 1 / found.n_open
    of_labels = max(0.0, found.error**2 - of_all) / gap if gap > 0 else 0.0
    more_labels = more_samples = None
    if of_all <= allowed:
        wanted = of_labels / (allowed - of_all + of_labels / found.n_open) if of_labels > 0 else 0.0
        more_labels = max(0, ceil(wanted - n - 1e-9))
    of_samples = found.variance - of_labels / part
    left = allowed - of_labels / n
    if left > 0 and of_samples > 0:
        more_samples = max(0, ceil(of_samples / left - total - 1e-9))
        more_samples = more_samples if more_samples <= _MOST * total else None
    if more_labels is not None or more_samples is not None:
        return Needs(more_labels, more_samples)
    return Needs(
        None, None, _mixture(found, allowed, (of_labels, max(of_samples, 0.0)), (label_usd, sample_usd))
    )


def _mixture(
    found: Corrected, allowed: float, parts: tuple[float, float], prices: tuple[float, float]
) -> tuple[int, int]:
    """Labels and samples with a / n + b / N = ``allowed`` at the least price."""
    a, b = parts
    label = max(prices[0], 1e-9)
    sample = max(prices[1], label * _CHEAPEST)
    total = sqrt(a * label) + sqrt(b * sample)
    n = sqrt(a / label) * total / allowed
    n_samples = max(sqrt(b / sample) * total / allowed, n / found.share_open)
    return max(0, ceil(n - found.n_labels)), max(0, ceil(n_samples - found.n_judged))

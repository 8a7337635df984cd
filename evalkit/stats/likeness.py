"""How alike neighbouring nights are, and what their means are worth for it.

Two views, as a history that moves slowly by itself and one that stepped once look the same for a while. The
first is a first-order autoregression with the correlation of neighbours. The second holds that a share of
the variance lasts, as likeness that dies away slowly, beside what every night draws anew (as answers to other
samples are); the share is taken for as large as the history leaves room for. A change has to stand out of
both.

Sources: the bias of an autocorrelation is Marriott and Pope 1954 (Biometrika 41:390), what alike nights are
worth Bayley and Hammersley 1946 (J. R. Stat. Soc. Suppl. 8:184), the variance from differences von Neumann
1941 (Ann. Math. Stat. 12:367).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Standard errors added to an estimated likeness of neighbours: for an interval, and for an alarm.
_CAUTION, ALARM_CAUTION = 1.0, 2.0
#: The most that is taken for a likeness.
_MOST_ALIKE = 0.97
#: Correlations of neighbours, of the share that lasts.
_LASTING = (0.7, 0.9)
#: Lags that the share is read from, as what lasts shows in late ones too: of the nights, and at most.
_LAGS, _MOST_LAGS = 0.25, 20
_SHARES = np.linspace(0, 1, 26)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Neighbours as those of a first-order autoregression, estimated with caution.

    Attributes:
        rho: correlation of neighbours, 0 to 0.97.
    """

    rho: float

    def inflation(self, n: float) -> float:
        """By what the variance of a mean of ``n`` neighbours is larger than that of independent nights."""
        rho = self.rho
        if rho <= 0 or n <= 1:
            return 1.0
        return float((1 + rho) / (1 - rho) - 2 * rho * (1 - rho**n) / (n * (1 - rho) ** 2))

    def degrees(self, n_free: float) -> float:
        """What ``n_free`` nights are worth for a variance."""
        return n_free * (1 - self.rho**2) / (1 + self.rho**2)


@dataclass(frozen=True, slots=True)
class Noise:
    """What is left over from a fit.

    Attributes:
        scale: by which the nights' deviations are off.
        degrees: of freedom of ``scale``; 1 where next to nothing is known of it.
    """

    scale: float
    degrees: float
    alike: Likeness

    @classmethod
    def of(cls, residuals: Floats, n_fitted: int, least: float, caution: float = _CAUTION) -> Noise:
        """From (n,) residuals of a fit with ``n_fitted`` numbers, and the least scale that is trusted;
        ``caution`` as in ``likeness``."""
        n = len(residuals)
        alike = likeness(residuals, n_fitted, caution)
        n_free = n - n_fitted * alike.inflation(n / n_fitted)
        total = float(residuals @ residuals)
        scale = max(sqrt(total / max(n_free, 1.0)), least)
        return cls(scale, max(1.0, alike.degrees(n_free)), alike)

    def error(self, n_before: int, mass_before: float, n_after: int, mass_after: float) -> float:
        """Standard error of the difference of two means of as many neighbours, with such sums of weights."""
        variance = self.alike.inflation(n_before) / mass_before + self.alike.inflation(n_after) / mass_after
        return self.scale * sqrt(variance)


def likeness(residuals: Floats, n_fitted: int = 2, caution: float = _CAUTION) -> Likeness:
    """Of neighbours, from (n,) standardised residuals of a fit with ``n_fitted`` numbers: corrected for the
    fit, which hides some of it, and ``caution`` standard errors to the safe side."""
    n = len(residuals)
    total = float(residuals @ residuals)
    if total <= 1e-9 * n:
        return Likeness(0.0)
    raw = float(residuals[1:] @ residuals[:-1]) / total
    # Each number is taken to hide what a mean does, (1 + 4 rho) / n: places are fitted too.
    corrected = (raw + n_fitted / n) / max(1 - 4 * n_fitted / n, 0.25)
    rho = min(max(corrected, -1.0), _MOST_ALIKE)
    return Likeness(min(max(rho + caution * sqrt((1 - rho**2) / n), 0.0), _MOST_ALIKE))


def lasting_error(
    contrast: Floats, residuals: Floats, stretches: Sequence[int], least: float, caution: float = 1.0
) -> float:
    """Standard error of a weighted sum of nights, by the view that some likeness lasts: the largest.

    Args:
        contrast: (n,) weights of the standardised nights.
        residuals: (n,) standardised, of the fit that the sum is of.
        stretches: nights behind each number that was fitted.
        least: standard deviation that no night is trusted beyond.
        caution: standard errors that the share that lasts is taken for more than it seems.
    """
    variance = float(np.square(np.diff(residuals)).mean()) / 2
    products = np.correlate(contrast, contrast, "full")[len(contrast) - 1 :]
    errors = []
    for rho in _LASTING:
        share = _lasting_share(residuals, stretches, rho, caution)
        spread = max(variance / (1 - share * rho), least**2)
        fading = rho ** np.arange(1, len(contrast))
        errors.append(spread * float(products[0] + 2 * share * (fading @ products[1:])))
    return sqrt(max(errors))


def _lasting_share(residuals: Floats, stretches: Sequence[int], rho: float, caution: float) -> float:
    """Of the variance, the share that is alike by ``rho``: the least whose autocorrelations, as a fit leaves
    them, reach those seen and ``caution`` standard errors more."""
    n = len(residuals)
    total = float(residuals @ residuals)
    if total <= 1e-9 * n:
        return 0.0
    lags = np.arange(1, min(max(int(_LAGS * n), 2), _MOST_LAGS) + 1)
    seen = np.array([residuals[lag:] @ residuals[:-lag] for lag in lags]) / total
    # A fitted number takes the variance of its mean out of the residuals.
    alike = Likeness(rho)
    taken_more = sum(alike.inflation(each) - 1 for each in stretches) / n
    taken = np.minimum(len(stretches) / n + _SHARES * taken_more, 0.9)[:, np.newaxis]
    expected = (_SHARES[:, np.newaxis] * rho**lags - taken) / (1 - taken)
    telling = expected[-1] - expected[0]
    reached = expected @ telling >= seen @ telling + caution * sqrt(float(telling @ telling) / n)
    return float(_SHARES[int(np.argmax(reached))]) if reached.any() else 1.0

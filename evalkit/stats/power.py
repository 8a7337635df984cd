"""What a number of paired samples can see, and how many it takes. Power is 80 % unless asked otherwise.

Tests are one-sided at alpha.

Sources: Lachin 1981, Controlled Clinical Trials 2:93-113, for means by the normal distribution; Connett,
Smith and McHugh 1987, Statistics in Medicine 6:581-590, for flips, with the variance of no difference.
"""

from __future__ import annotations

from math import ceil, sqrt

from evalkit.stats.normal import normal_quantile

POWER = 0.8


def detection_factor(alpha: float = 0.05, power: float = POWER) -> float:
    """Standard errors that lie between no difference and the smallest visible one: 2.49 at 5 % and 80 %."""
    return normal_quantile(1 - alpha) + normal_quantile(power)


def visible_drop(sd: float, n: float, alpha: float = 0.05, power: float = POWER) -> float:
    """The smallest mean drop that n paired samples see with this power.

    Args:
        sd: standard deviation of the differences over samples; for binary scores the square root of the
            share of samples that flip.
    """
    return detection_factor(alpha, power) * sd / sqrt(n)


def visible_binary_drop(n: float, n_flips: int, alpha: float = 0.05, power: float = POWER) -> float | None:
    """The smallest drop of a share that n pairs see, ``n_flips`` of them having flipped; None if none is.

    2.49 * sqrt(D / n) with D the share of flips. No flip seen does not mean that none can happen, so D is
    at least what the drop itself would take (a drop is made of flips): D >= 2.49^2 / n. And as 2^-n is the
    smallest p-value that n samples can give, a handful sees nothing, whatever happens.
    """
    least = detection_factor(alpha, power) ** 2 / n
    if least > 1 or 2.0**-n > alpha:
        return None
    return visible_drop(sqrt(max(n_flips / n, least)), n, alpha, power)


def n_to_see(drop: float, sd: float, alpha: float = 0.05, power: float = POWER) -> int | None:
    """Paired samples at which ``drop`` becomes visible; None for a drop of zero, which never does."""
    if not drop > 0:
        return None
    return ceil((detection_factor(alpha, power) * sd / drop) ** 2)


def n_to_show_flips(drop: float, share: float, alpha: float = 0.05, power: float = POWER) -> int | None:
    """Paired samples at which McNemar's exact test shows a drop of a share, ``share`` of the samples flipping
    in all; None for a drop of zero.

    The exact test is as the normal one that has to see one flip fewer: n drop - 1 = 2.49 sqrt(n share) at 5 %
    and 80 %. That takes about 2 / drop samples more than ``n_to_see`` says.
    """
    if not drop > 0:
        return None
    reach = detection_factor(alpha, power) * sqrt(max(share, drop))
    return ceil(((reach + sqrt(reach**2 + 4 * drop)) / (2 * drop)) ** 2)


def n_to_allow_flips(margin: float, share: float, alpha: float = 0.05, power: float = POWER) -> int | None:
    """Paired samples at which Tango's interval excludes a drop of ``margin`` where none is, ``share`` of the
    samples flipping; None for a margin of zero.

    The score test takes the variance that flips would have if the drop were ``margin``, which is larger where
    few flip. Source: Nam 1997, Biometrics 53:1422-1430.
    """
    if not margin > 0:
        return None
    middle, product = 2 * margin - share, share * margin * (1 - margin)
    losses = (sqrt(middle**2 + 4 * product) - middle) / 4
    at_margin = 2 * losses + margin * (1 - margin)
    reach = normal_quantile(1 - alpha) * sqrt(at_margin) + normal_quantile(power) * sqrt(share)
    return ceil((reach / margin) ** 2)

"""Plans for corrected means: what they promise is what a larger draw has."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats.ppi import Corrected, Labelled, corrected_mean
from evalkit.stats.ppi_planning import needs

_RNG = np.random.default_rng(0)
TRUTH = _RNG.normal(size=60_000)


def _found(n_labels: int, n_judged: int, noise: float) -> Corrected:
    judged = TRUTH[:n_judged] + noise * np.random.default_rng(1).normal(size=n_judged)
    labels = np.append(TRUTH[:n_labels], np.full(n_judged - n_labels, np.nan))
    found = corrected_mean(Labelled(judged, labels, np.zeros(n_judged, dtype=np.bool_), np.ones(n_judged)))
    assert found is not None
    return found


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
def test_so_many_labels_more_have_the_error(noise: float) -> None:
    now = _found(400, 8_000, noise)
    wanted = now.error / 1.4
    more = needs(now, wanted).n_labels
    assert more is not None
    assert _found(400 + more, 8_000, noise).error == pytest.approx(wanted, rel=0.07)


def test_so_many_samples_more_have_the_error() -> None:
    now = _found(1_000, 4_000, 0.3)
    wanted = now.error / 1.3
    more = needs(now, wanted).n_samples
    assert more is not None
    assert _found(1_000, 4_000 + more, 0.3).error == pytest.approx(wanted, rel=0.07)


def test_no_number_of_samples_helps_a_useless_judge() -> None:
    now = _found(400, 8_000, 100.0)
    found = needs(now, now.error / 1.5)
    assert found.n_samples is None
    assert found.n_labels is not None


def test_where_neither_does_alone_both_do_at_the_least_price() -> None:
    now = _found(400, 800, 1.0)
    wanted = now.error / 4
    found = needs(now, wanted, label_usd=1.0, sample_usd=0.01)
    assert (found.n_labels, found.n_samples) == (None, None)
    assert found.both is not None
    n_labels, n_samples = 400 + found.both[0], 800 + found.both[1]
    assert _found(n_labels, n_samples, 1.0).error == pytest.approx(wanted, rel=0.1)
    assert n_samples > 5 * n_labels


def test_what_is_there_may_do() -> None:
    now = _found(400, 8_000, 1.0)
    assert needs(now, 1.1 * now.error).n_labels == 0

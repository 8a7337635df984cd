"""What the ranking engines share."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.models.embedded.ranking_engine import log_sum_exp


def test_log_sum_exp_agrees_with_scipy() -> None:
    special = pytest.importorskip("scipy.special")
    logits = np.random.default_rng(0).normal(0, 8, 50_000).astype(np.float32)
    for shift in (0, 80, -300):
        assert log_sum_exp(logits + shift) == pytest.approx(
            special.logsumexp(np.float64(logits + shift)), abs=1e-4
        )

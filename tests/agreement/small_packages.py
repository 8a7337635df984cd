"""What three small packages for evaluation statistics compute, kept as a golden file.

Run in an environment of its own, from the root of the repository:

    pip install deltagate==0.1.1 evalsig==0.1.2 statgate==0.1.1
    python -m tests.agreement.small_packages

It writes ``tests/golden/small_packages.json``: inputs, values, package and version.
``tests/unit/stats/test_small_packages.py`` holds evalkit's numbers against it.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).resolve().parents[1] / "golden/small_packages.json"

#: Two systems on 40 samples in 9 groups of unlike size, and 0/1 scores of the same.
_RNG = np.random.default_rng(20)
GROUPS = np.repeat(np.arange(9), [1, 2, 3, 4, 4, 5, 6, 7, 8]).tolist()
BEFORE = _RNG.random(40).round(3).tolist()
AFTER = (0.7 * np.array(BEFORE) + 0.3 * _RNG.random(40)).round(3).tolist()
P_VALUES = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.6]
FLIPS = [(3, 14), (0, 6), (7, 7), (1, 0), (10, 15)]
SHARES = [(0, 5), (9, 10), (511, 1_000)]
DRAWS, SEED = 500, 7


def main() -> None:
    data = {
        "command": "python -m tests.agreement.small_packages",
        "versions": {name: version(name) for name in ("deltagate", "evalsig", "statgate", "numpy", "scipy")},
        "before": BEFORE,
        "after": AFTER,
        "groups": GROUPS,
        "p_values": P_VALUES,
        "flips": FLIPS,
        "shares": SHARES,
        "draws": DRAWS,
        "seed": SEED,
        "deltagate": _deltagate(),
        "evalsig": _evalsig(),
        "statgate": _statgate(),
    }
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in data.items())
    GOLDEN.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _deltagate() -> dict[str, Any]:
    import deltagate

    clustered = deltagate.paired_delta(AFTER, BEFORE, clusters=GROUPS)
    percentiles = deltagate.bootstrap_delta_ci(AFTER, BEFORE, method="percentile", n_boot=DRAWS, seed=SEED)
    return {
        "mcnemar_exact": [deltagate.mcnemar_test(*flips, exact=True).p_value for flips in FLIPS],
        "holm": deltagate.holm_bonferroni(P_VALUES).adjusted,
        "benjamini_hochberg": deltagate.benjamini_hochberg(P_VALUES).adjusted,
        "clustered_error": clustered["stderr"],
        "percentile_bootstrap": [percentiles["lower"], percentiles["upper"]],
        "n_to_see": [deltagate.min_samples_for_delta(drop, 0.4) for drop in (0.01, 0.05, 0.2)],
    }


def _evalsig() -> dict[str, Any]:
    from evalsig import inference

    before, after, groups = np.array(BEFORE), np.array(AFTER), np.array(GROUPS)
    drawn = inference.cluster_bootstrap_ci(before, after, groups, n_resamples=DRAWS, rng=SEED)
    return {
        "t_interval": list(inference.paired_t_test(before, after).ci),
        "cluster_bootstrap": list(drawn.ci),
        "holm": inference.holm(np.array(P_VALUES)).p_adjusted.tolist(),
        "benjamini_hochberg": inference.benjamini_hochberg(np.array(P_VALUES)).p_adjusted.tolist(),
        "visible_drop": [inference.mde(0.4, n).mde for n in (50, 500, 5_000)],
        "n_to_see": [inference.required_n(drop, 0.4) for drop in (0.01, 0.05, 0.2)],
    }


def _statgate() -> dict[str, Any]:
    from statgate.core import intervals, permutation, power

    wilson = [intervals.wilson_interval(*counts) for counts in SHARES]
    differences = np.subtract(AFTER, BEFORE)[:12]
    return {
        "wilson": [[each.low, each.high] for each in wilson],
        "visible_drop": [power.minimum_detectable_effect(0.4, n) for n in (50, 500, 5_000)],
        "sign_flips_of_12": permutation.sign_flip_pvalue(differences, permutations=1_000_000, seed=SEED),
    }


if __name__ == "__main__":
    main()

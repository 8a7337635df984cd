"""Item-rest correlations against a 2PL fit: ``python -m tests.agreement.irt``.

girth (Sanchez 2021, MIT) fits discriminations by marginal maximum likelihood in a virtual environment of its
own, made when it is not there. What is printed is Spearman's correlation of its discriminations with those of
``evalkit items``, over samples that not all Subjects answered alike, with a 95 % interval by Fisher's z.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from math import atanh, sqrt, tanh
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from evalkit.items.discrimination import item_rest_correlations
from evalkit.items.votes import Floats
from tests.benchmarks.venvs import ensure
from tests.calibration.label_sets import label_sets

REQUIREMENTS = ("girth==0.8.0",)
SHARED_DATA = Path(os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
_SCRIPT = """
import json, sys
import numpy as np
from girth import twopl_mml
print(json.dumps(twopl_mml(np.array(json.load(sys.stdin)))["Discrimination"].tolist()))
"""


def fitted(python: Path, values: Floats) -> Floats:
    """(n,) discriminations of girth for (n, k) scores of 0 and 1."""
    rows = json.dumps(values.astype(int).tolist())
    said = subprocess.run(
        [str(python), "-P", "-c", _SCRIPT], input=rows, capture_output=True, text=True, check=True
    )
    return np.array(json.loads(said.stdout))


def simulated(k: int, n: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Scores of k Subjects for n samples of a 2PL world, and the true discriminations: log-normal(0, 0.5)."""
    draw = np.random.default_rng(seed)
    slopes = draw.lognormal(0, 0.5, n)
    logits = slopes[:, np.newaxis] * (draw.normal(0, 1, k) - draw.normal(0, 1, (n, 1)))
    return (draw.random((n, k)) < 1 / (1 + np.exp(-logits))).astype(float), slopes


def _sets(data: Path) -> Iterator[tuple[str, Floats, Floats | None]]:
    for k in (10, 30, 100):
        yield f"simulated 2PL, {k} Subjects", *simulated(k, 100)
    for people in label_sets(data):
        yield people.name, people.values, None


def _told(one: Floats, other: Floats) -> str:
    rho, n = float(spearmanr(one, other).statistic), len(one)
    z, half = atanh(max(min(rho, 0.999999), -0.999999)), 1.96 / sqrt(n - 3)
    return f"{rho:+.2f} [{tanh(z - half):+.2f}, {tanh(z + half):+.2f}]"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--venv", type=Path, default=Path(".venv-irt"), help="environment with girth")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of recorded answers")
    options = parser.parse_args(arguments)
    python = ensure(options.venv, REQUIREMENTS)
    for name, values, truth in _sets(options.data):
        varied = (values.min(axis=1) < values.max(axis=1)).nonzero()[0]
        ours, theirs = item_rest_correlations(values[varied]), fitted(python, values[varied])
        known = ~np.isnan(ours) & ~np.isnan(theirs)
        told = f"{name:34} {int(known.sum()):5} samples  items with girth {_told(ours[known], theirs[known])}"
        if truth is not None:
            sides = (_told(each[known], truth[varied][known]) for each in (ours, theirs))
            told += "  with the truth: items {}, girth {}".format(*sides)
        print(told, flush=True)


if __name__ == "__main__":
    main()

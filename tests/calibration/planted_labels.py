"""Wrong targets planted into recorded answers, and how many of those that ``evalkit items`` names they are.

    python -m tests.calibration.planted_labels [--draws N] [--only WORD] [--data FOLDER]

A share of the targets is replaced by another target of the set, at random; all that is named beside them
counts as false, though some of it may be wrong in the set as published. Precision and recall stand with
their 95 % intervals (Wilson) over all draws together.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from evalkit.items.mislabelled import LEAST_SUBJECTS, NAMED, effective_subjects, suspicions
from evalkit.items.votes import votes_of
from evalkit.stats.intervals import wilson_interval
from tests.calibration.label_sets import LabelSet, label_sets, rasch_set

SHARED_DATA = Path(os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
SHARES = (0.0, 0.02, 0.05, 0.1)


def planted(people: LabelSet, share: float, seed: int) -> tuple[LabelSet, set[int]]:
    """The set with a share of wrong targets, and their places."""
    draw = np.random.default_rng(seed)
    targets, known = list(people.targets), sorted(set(people.targets))
    places = draw.choice(len(targets), round(share * len(targets)), replace=False).tolist()
    for place in places:
        targets[place] = str(draw.choice([each for each in known if each != targets[place]]))
    return people._replace(targets=targets), set(places)


def named(people: LabelSet) -> set[int]:
    """Places whose target is said to be wrong."""
    weights = effective_subjects(people.models)
    if weights.sum() < LEAST_SUBJECTS - 1e-9:
        return set()
    votes = votes_of(people.values, people.answers, people.targets)
    return set(np.flatnonzero(suspicions(votes, weights).probabilities >= NAMED).tolist())


def line(people: LabelSet, share: float, n_draws: int) -> str:
    """One row of the table."""
    n_found = n_named = n_planted = 0
    for seed in range(n_draws):
        wrong, places = planted(people, share, seed)
        found = named(wrong)
        n_found += len(found & places)
        n_named += len(found)
        n_planted += len(places)
    told = f"{people.name:34} {share:5.0%} planted {n_planted:5} named {n_named:5}"
    if not n_planted:
        return told
    precision = _rate(n_found, n_named) if n_named else "nothing named: cannot tell"
    return f"{told}  precision {precision:22} recall {_rate(n_found, n_planted)}"


def _rate(hits: int, n: int) -> str:
    low, high = wilson_interval(hits / n, n)
    return f"{hits / n:.2f} [{low:.2f}, {high:.2f}]"


def _sets(data: Path) -> Iterator[LabelSet]:
    simulated = (rasch_set(k, 300, labels, seed=k) for k in (4, 8, 20) for labels in (2, 4))
    return chain(label_sets(data), simulated)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=10, help="of planted targets, for each row (default 10)")
    parser.add_argument("--only", default="", help="sets whose name has this word: 'xstest'")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of recorded answers")
    options = parser.parse_args(arguments)
    for people in (each for each in _sets(options.data) if options.only in each.name):
        for share in SHARES:
            print(line(people, share, options.draws if share else 1), flush=True)


if __name__ == "__main__":
    main()

"""The answers of several Subjects to each sample as votes: for its target, or for one answer against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evalkit.core.frozen import frozen

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

#: A target with fewer samples has no ability of its own: it shares that of all such targets.
_LEAST_OF_A_CLASS = 20


@frozen(slots=True)
class Votes:
    """Of n samples and k Subjects.

    Attributes:
        given: (n, k) whether the Subject answered.
        right: (n, k) whether it gave the target.
        rival: (n, k) whether it gave the answer that most Subjects gave in place of the target.
        rivals: (n,) that answer; None where no Subject was wrong with an answer that is known.
        classes: (2, n) number of the class that a sample is in if its target is right, and if the rival is.
    """

    given: Bools
    right: Bools
    rival: Bools
    rivals: Sequence[str | None]
    classes: Codes


def votes_of(values: Floats, answers: Sequence[Sequence[str | None]], targets: Sequence[str]) -> Votes:
    """Votes from (n, k) scores of 0 or 1, NaN where there is none, the (n, k) answers and the (n,) targets.

    An answer that was scored wrong is never that of the target, however it is spelled. Where two answers
    were given as often, the one that comes first in the alphabet is the rival.
    """
    given = ~np.isnan(values)
    right = given & (values > 0.5)
    rivals: list[str | None] = []
    rival = np.zeros_like(right)
    for row, texts in enumerate(answers):
        wrong = [
            text if is_given and not is_right else None
            for text, is_given, is_right in zip(texts, given[row], right[row], strict=True)
        ]
        counts = Counter(text for text in wrong if text is not None)
        top = min(counts, key=lambda text: (-counts[text], text)) if counts else None
        rivals.append(top)
        rival[row] = [text is not None and text == top for text in wrong]
    return Votes(given, right, rival, rivals, _classes(targets, rivals))


def _classes(targets: Sequence[str], rivals: Sequence[str | None]) -> Codes:
    counts = Counter(targets)
    common = sorted(target for target, n in counts.items() if n >= _LEAST_OF_A_CLASS)
    # Where most targets are rare they are free answers, and a common one is chance.
    if sum(counts[target] for target in common) < len(targets) / 2:
        common = []
    code = {target: place + 1 for place, target in enumerate(common)}
    own = [code.get(target, 0) for target in targets]
    # What is not a target of any sample has no abilities of its own.
    known = set(own)
    of_rivals = [code.get(rival or "", 0) for rival in rivals]
    other = [rival if rival in known else mine for rival, mine in zip(of_rivals, own, strict=True)]
    return np.array([own, other], dtype=np.int64).reshape(2, len(targets))

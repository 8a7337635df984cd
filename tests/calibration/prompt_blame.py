"""How often ``prompts blame`` names a version, rightly and wrongly, over simulated histories of a prompt.

Answers are right or wrong, each sample with a worth of its own; versions differ by chance and by the drop of
one of them. A search is begun as the command begins it, where the last version is shown to be worse than the
first. The naive search names the first version that is worse than the one before it at alpha.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from evalkit.session.prompt_blame.search import Drop, search
from evalkit.stats.intervals import wilson_interval
from evalkit.stats.paired import mcnemar
from tests.calibration.lines import Computed, Line, rate

ALPHA = 0.05


class History(NamedTuple):
    """Versions, samples, and what one version in the middle lost (0: none did).

    Attributes:
        is_always_begun: also where no regression is shown, the hardest case for a wrong name.
    """

    n_versions: int
    n_samples: int
    drop: float
    is_always_begun: bool = False


HISTORIES = (
    History(9, 100, 0.0),
    History(9, 100, 0.0, is_always_begun=True),
    History(17, 200, 0.0, is_always_begun=True),
    History(9, 100, 0.1),
    History(9, 200, 0.1),
    History(9, 200, 0.2),
    History(17, 400, 0.1),
)
_TITLE = (
    f"Blame: {'versions':>8} {'n':>4} {'drop':>5} {'begun':<9} {'named wrongly':<24} "
    f"{'the naive search':<24} {'named rightly':<24} {'looked at':>9}"
)


def lines(n_sessions: int) -> Iterator[Line]:
    """One for each history."""
    for history in HISTORIES:
        label = f"blame {history.n_versions} {history.n_samples} {history.drop:g}"
        yield Line(_TITLE, label, partial(_computed, history, n_sessions))


class _Paired:
    """Exact tests of McNemar between versions; each pair is computed once."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers
        self._found: dict[tuple[int, int], Drop] = {}
        self.looked: set[int] = set()

    def __call__(self, earlier: int, later: int) -> Drop:
        self.looked |= {earlier, later}
        if (earlier, later) not in self._found:
            one, other = self._answers[earlier], self._answers[later]
            n_losses, n_wins = int((one & ~other).sum()), int((~one & other).sum())
            p_value = mcnemar(n_wins, n_losses).worse
            self._found[earlier, later] = Drop(p_value, (n_losses - n_wins) / len(one))
        return self._found[earlier, later]


def _computed(history: History, n_sessions: int) -> Computed:
    seen: Counter[str] = Counter()
    culprit = history.n_versions // 2 if history.drop else None
    for seed in range(n_sessions):
        paired = _Paired(_answers(history, np.random.default_rng([seed, *map(int, history[:2])])))
        last = history.n_versions - 1
        if not history.is_always_begun and paired(0, last).p_value > ALPHA:
            continue
        found = search(history.n_versions, paired, ALPHA).found
        seen["looked"] += len(paired.looked) - 2
        seen["begun"] += 1
        seen["right"] += found is not None and found == culprit
        seen["wrong"] += found is not None and found != culprit
        pairs = range(1, history.n_versions)
        naive = next((place for place in pairs if paired(place - 1, place).p_value <= ALPHA), None)
        seen["naive"] += naive is not None and naive != culprit
    begun = "always" if history.is_always_begun else f"{100 * seen['begun'] / n_sessions:.0f} %"
    rates = [rate(seen[name], n_sessions) for name in ("wrong", "naive", "right")]
    text = (
        f"       {history.n_versions:>8} {history.n_samples:>4} {history.drop:>5g} {begun:<9} "
        f"{rates[0]:<24} {rates[1]:<24} {rates[2]:<24} {seen['looked'] / max(seen['begun'], 1):>9.1f}"
    )
    low, _ = wilson_interval(seen["wrong"] / n_sessions, n_sessions)
    return Computed(text, is_off=low > ALPHA)


def _answers(history: History, rng: np.random.Generator) -> Any:
    """Right or wrong, by version and sample."""
    worth = rng.beta(4, 2, history.n_samples)
    lost = np.zeros(history.n_versions)
    if history.drop:
        lost[history.n_versions // 2 :] = history.drop / (4 / 6)
    return rng.random((history.n_versions, history.n_samples)) < worth * (1 - lost)[:, None]

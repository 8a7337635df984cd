"""``prompts blame``: versions between two runs, held against each other by the gate's own paired test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Literal

from evalkit.comparisons.comparable import over, side_of
from evalkit.core.columns import column_of
from evalkit.core.estimate import Comparison
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.errors import UsageError
from evalkit.gates.deciding.compared import Measured, Refused
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.metrics.open import open_computed
from evalkit.session.prompt_blame.ends import Ends
from evalkit.session.prompt_blame.search import Drop, Searched, search
from evalkit.store.evaluations import alike
from evalkit.store.prompts import StoredPrompt
from evalkit.store.store import Store

Outcome = Literal["found", "undecided", "no regression"]


@dataclass(frozen=True)
class Looked:
    """A version whose answers were looked at.

    Attributes:
        source: the ``run`` that was named, an earlier run of the ``store``, or ``asked`` for this search.
        n_cached, n_asked: answers of the cache, and calls of the model, for this search.
        cost_usd: of those calls; None where nobody knows.
    """

    version: StoredPrompt
    evaluation: Evaluation
    observations: Observations
    source: Literal["run", "store", "asked"]
    n_cached: int = 0
    n_asked: int = 0
    cost_usd: float | None = 0.0


@dataclass
class Blame:
    """What came out.

    Attributes:
        regression: the candidate against the base.
        culprit: the version that brought it; None where none can be told.
        proof: the culprit against the version before it.
        suspects: the versions of which at least one brought it.
        looked: place among ``ends.versions`` to what was looked at.
    """

    ends: Ends
    outcome: Outcome
    regression: Comparison
    searched: Searched = field(default_factory=Searched)
    looked: dict[int, Looked] = field(default_factory=dict)
    culprit: StoredPrompt | None = None
    proof: Comparison | None = None
    suspects: Sequence[StoredPrompt] = ()

    @property
    def others(self) -> list[tuple[Looked, Looked]]:
        """Pairs of versions between which something was lost too."""
        return [(self.looked[earlier], self.looked[later]) for earlier, later in self.searched.others]

    @property
    def n_asked(self) -> int:
        return sum(each.n_asked for each in self.looked.values())

    @property
    def n_cached(self) -> int:
        return sum(each.n_cached for each in self.looked.values())

    @property
    def cost_usd(self) -> float | None:
        """Of all calls; None where the price of some is unknown."""
        costs = [each.cost_usd for each in self.looked.values()]
        return None if None in costs else fsum(each or 0.0 for each in costs)


class Blaming:
    """Looks at versions and compares them; what was looked at stays.

    Args:
        ask: evaluates a version on samples and returns the run's id; its results are in the store then.
        opened: opens the store for reading.
    """

    def __init__(
        self, ends: Ends, ask: Callable[[StoredPrompt, Sequence[str]], str], opened: Callable[[], Store]
    ) -> None:
        self._ends = ends
        self._ask = ask
        self._opened = opened
        self._metric = open_computed(ends.gate.metric, ends.candidate.metric_specs)
        last = len(ends.versions) - 1
        found = ((0, ends.base), (last, ends.candidate))
        self._looked = {
            place: Looked(ends.versions[place], evaluation, self._of_samples(seen), "run")
            for (place, evaluation), seen in zip(found, ends.observations, strict=True)
        }
        self._compared: dict[tuple[int, int], Measured] = {}

    def run(self) -> Blame:
        """Raises UsageError where versions cannot be compared; what ``ask`` raises passes."""
        ends, last = self._ends, len(self._ends.versions) - 1
        regression = self._measured(0, last).paired.at(ends.gate.alpha)
        if not regression.is_worse:
            return Blame(ends, "no regression", regression, looked=self._looked)
        found = search(len(ends.versions), self._drop, ends.gate.alpha)
        blame = Blame(ends, "undecided", regression, found, self._looked)
        blame.suspects = [ends.versions[place] for place in found.suspects]
        if found.found is not None:
            blame.outcome, blame.culprit = "found", ends.versions[found.found]
            blame.proof = self._measured(found.found - 1, found.found).paired.at(found.level)
        return blame

    def _drop(self, earlier: int, later: int) -> Drop:
        paired = self._measured(earlier, later).paired
        return Drop(paired.difference.tests.worse, -paired.difference.value)

    def _measured(self, earlier: int, later: int) -> Measured:
        key = earlier, later
        if key not in self._compared:
            sides = [side_of(each.evaluation, each.observations) for each in map(self._look, key)]
            gate, metric = self._ends.gate, self._metric
            found = prepare_regression(gate, metric, sides[1], sides[0], is_declared=False)
            if not isinstance(found, Measured):
                why = found.verdict.detail if isinstance(found, Refused) else "one was stopped early"
                raise UsageError(f"two versions cannot be compared: {why}")
            self._compared[key] = found
        return self._compared[key]

    def _look(self, place: int) -> Looked:
        if place not in self._looked:
            version = self._ends.versions[place]
            self._looked[place] = self._stored(version) or self._asked(version)
        return self._looked[place]

    def _stored(self, version: StoredPrompt) -> Looked | None:
        """Of an earlier run that put this text to the same model with all of these samples."""
        with self._opened() as store:
            for evaluation in alike(store.connection, self._ends.candidate, version.prompt_hash):
                seen = store.observations(evaluation.evaluation_id)
                if set(self._ends.sample_ids) <= set(seen.sample_ids):
                    return Looked(version, evaluation, self._of_samples(seen), "store")
        return None

    def _asked(self, version: StoredPrompt) -> Looked:
        run_id = self._ask(version, self._ends.sample_ids)
        with self._opened() as store:
            its = [each for each in store.evaluations(run_id) if each.task == self._ends.candidate.task]
            if len(its) != 1 or its[0].status != "finished":
                raise UsageError(f"the evaluation of a version did not end (run {run_id})")
            seen = store.observations(its[0].evaluation_id)
        is_cached = column_of(seen.responses, "is_cached")
        costs = [
            cost for cost, cached in zip(column_of(seen.responses, "cost_usd"), is_cached, strict=True)
            if not cached
        ]  # fmt: skip
        cost = None if None in costs else fsum(costs)
        n_cached = sum(map(bool, is_cached))
        return Looked(version, its[0], self._of_samples(seen), "asked", n_cached, len(costs), cost)

    def _of_samples(self, observations: Observations) -> Observations:
        return over(observations, self._ends.sample_ids)

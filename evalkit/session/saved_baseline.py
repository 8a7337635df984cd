"""``--llm-save-baseline=NAME[:undecided]``: point a baseline at the run that just ended, or say why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from evalkit.core.text import plural
from evalkit.errors import EvalkitError
from evalkit.gates.deciding.moving import why_held
from evalkit.store.store import Store

#: The policy behind a name: undecided gates that fell by less than their margin do not hold the baseline.
UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class SavedBaseline:
    """What the options ask for.

    Attributes:
        n_runs: runs that the baseline pools at most, the latest ones (``--llm-baseline-runs``).
    """

    name: str
    is_undecided_allowed: bool = False
    n_runs: int = 1

    @classmethod
    def parse(cls, text: str, n_runs: int = 1) -> Self:
        """Raises ValueError, with the hint, on another policy than ``undecided``."""
        name, colon, policy = text.partition(":")
        if colon and policy != UNDECIDED:
            raise ValueError(f"write NAME or NAME:{UNDECIDED}")
        return cls(name, bool(colon), n_runs)

    def save(self, store: Store, run_id: str) -> str:
        """The line of the summary that says what was done."""
        scored = [(e, store.verdicts(e.evaluation_id)) for e in store.evaluations(run_id)]
        is_failed = any(v.verdict in ("fail", "error") for _, verdicts in scored for v in verdicts)
        # What fails says more; the store refuses it.
        held = None if is_failed else why_held(scored, is_undecided_allowed=self.is_undecided_allowed)
        if held is not None:
            by_hand = f"evalkit baseline set {self.name} {run_id}"
            hint = by_hand if held.is_drop else f"--llm-save-baseline={self.name}:{UNDECIDED}"
            return f"baseline: {self.name} was not moved: {held.reason}; to move it all the same: {hint}"
        is_moved = any(each.name == self.name for each in store.baselines())
        is_blind = is_moved and any(v.word == "recorded" for _, verdicts in scored for v in verdicts)
        try:
            store.set_baseline(self.name, *self._pool(store, run_id))
        except EvalkitError as error:
            return f"baseline: {self.name} was not moved: {error}"
        blind = f" (not compared with the run before: --llm-baseline={self.name} does)" if is_blind else ""
        n_pooled = len(store.pool_of(self.name)) - 1
        pool = f", pooled with {plural(n_pooled, 'run')} before it" if n_pooled else ""
        return f"baseline: {self.name} is now run {run_id}{pool}{blind}"

    def _pool(self, store: Store, run_id: str) -> list[str]:
        """The run, and of those that the baseline has the latest that can still be pooled with it."""
        return list(dict.fromkeys([run_id, *store.pool_of(self.name, alike=run_id)]))[: self.n_runs]

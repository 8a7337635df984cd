"""What lies between two versions of a thing that was retired: a model, a judge, a scorer."""

from __future__ import annotations

from typing import Literal

from evalkit.core.frozen import frozen
from evalkit.core.subject import DEFAULT_PROMPT

#: ``model``: both answered the same samples. ``scorer``: both scored the same responses.
BridgeKind = Literal["model", "scorer"]


@frozen(slots=True)
class Bridge:
    """One metric of one task, a row of ``bridges``.

    Attributes:
        old_signature, new_signature: of the metric on either side, scorer included.
        difference: new minus old, in units of the metric, over the samples that both have.
        low, high: ends of its 95 % interval.
        error: its standard error; never smaller than what the interval says.
        n: samples.
        method: test and interval by name.
        new_evaluation_id: None where stored responses were scored again.
        created_at: seconds since the epoch.
    """

    kind: BridgeKind
    task: str
    metric: str
    old_model: str
    old_prompt: str
    new_model: str
    new_prompt: str
    old_signature: str
    new_signature: str
    difference: float
    low: float
    high: float
    error: float
    n: int
    method: str
    old_evaluation_id: str
    new_evaluation_id: str | None
    created_at: float

    @property
    def is_of_models(self) -> bool:
        """Whether the series goes on under another name."""
        return (self.old_model, self.old_prompt) != (self.new_model, self.new_prompt)

    @property
    def old(self) -> str:
        """The retired side, for people."""
        name = self.old_model if self.old_prompt == DEFAULT_PROMPT else f"{self.old_model}#{self.old_prompt}"
        return name if self.is_of_models else self.old_signature

"""What a session gives to the scorers that ask for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, Self, cast, runtime_checkable

from evalkit.scorers.scorer import Scorer
from evalkit.scorers.shared_sandbox import SandboxDoor, SharedSandbox


@dataclass(frozen=True)
class ScorerSettings:
    """Handed to scorers when they are opened; nothing in it is opened before a scorer needs it.

    Attributes:
        sandbox: where code that a model wrote is run.
    """

    sandbox: SandboxDoor = field(default_factory=lambda: SharedSandbox().door())


@runtime_checkable
class Bindable(Protocol):
    """A scorer that needs something of its session."""

    def bound(self, settings: ScorerSettings) -> Self:
        """The same scorer with what it needs; the signature does not change."""
        ...


def bound(scorer: Scorer, settings: ScorerSettings) -> Scorer:
    """``scorer`` with what it needs of the session; one that needs nothing is given back as it is."""
    return cast(Scorer, scorer.bound(settings)) if isinstance(scorer, Bindable) else scorer

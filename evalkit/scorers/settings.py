"""What a session gives to the scorers that ask for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from evalkit.scorers.shared_sandbox import SandboxDoor, SharedSandbox


@dataclass(frozen=True)
class ScorerSettings:
    """Handed to scorers when they are opened; nothing in it is opened before a scorer needs it.

    Attributes:
        sandbox: where code that a model wrote is run.
    """

    sandbox: SandboxDoor = field(default_factory=lambda: SharedSandbox().door())

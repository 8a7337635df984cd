"""What a session gives to the scorers that ask for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evalkit.scorers.shared_sandbox import SandboxDoor, SharedSandbox

if TYPE_CHECKING:
    from evalkit.scorers.judge.door import JudgeDoor


def _no_judges() -> JudgeDoor:
    from evalkit.scorers.judge.door import NoJudges

    return NoJudges()


@dataclass(frozen=True)
class ScorerSettings:
    """Handed to scorers when they are opened; nothing in it is opened before a scorer needs it.

    Attributes:
        sandbox: where code that a model wrote is run.
        judges: where judge Models are asked; without a session there are none.
    """

    sandbox: SandboxDoor = field(default_factory=lambda: SharedSandbox().door())
    judges: JudgeDoor = field(default_factory=_no_judges)

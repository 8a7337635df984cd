"""What a session gives to the scorers that ask for it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from evalkit.core.frozen import frozen
from evalkit.scorers.shared_sandbox import SandboxDoor, SharedSandbox

if TYPE_CHECKING:
    from evalkit.prompts.media import MediaFiles
    from evalkit.scorers.judge.door import JudgeDoor


def _no_judges() -> JudgeDoor:
    from evalkit.scorers.judge.door import NoJudges

    return NoJudges()


def _no_files() -> MediaFiles:
    from evalkit.prompts.media import MediaFiles

    return MediaFiles()


@frozen
class ScorerSettings:
    """Handed to scorers when they are opened; nothing in it is opened before a scorer needs it.

    Attributes:
        sandbox: where code that a model wrote is run.
        judges: where judge Models are asked; without a session there are none.
        media: where files that scorers name, and images of conversations, are read.
    """

    sandbox: SandboxDoor = field(default_factory=lambda: SharedSandbox().door())
    judges: JudgeDoor = field(default_factory=_no_judges)
    media: MediaFiles = field(default_factory=_no_files)

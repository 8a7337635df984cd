"""What outputs are compared with: the references in a sample's target."""

from __future__ import annotations

from typing import Any

from evalkit.core.text import texts_of

#: Why a sample without references is a failure, in every metric over texts.
NO_TARGET = "there is no target to compare with (give the task a 'target:')"


def references_of(target: Any) -> tuple[str, ...]:
    """The references as texts; none for a target of None, an empty list or one of nothing but None."""
    if target is None:
        return ()
    if isinstance(target, list | tuple):
        target = [each for each in target if each is not None]
    return texts_of(target)

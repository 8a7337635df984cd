"""What a prompt file declares of the fields that it fills in."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from evalkit.core.frozen import frozen


class Absent(str):
    """An empty text that stands for what is not there, so that who must can tell."""

    __slots__ = ()


ABSENT = Absent()


@frozen(slots=True)
class PromptVariable:
    """A field that a prompt file declares.

    Attributes:
        name: how its templates call it.
        description: what it holds, for readers.
        default: what stands in for it where a row does not have it, or has null.
        is_required: whether each row must have it; a variable with a default is not required. One that is
            neither required nor has a default is an empty text where a row lacks it.
        line: of the file, counted from 1; None where it is not known.
    """

    name: str
    description: str = ""
    default: Any = field(default=None, hash=False)
    is_required: bool = True
    line: int | None = field(default=None, compare=False)

    @property
    def stands_in(self) -> Any:
        """What a template sees where a row lacks it."""
        return ABSENT if self.default is None else self.default

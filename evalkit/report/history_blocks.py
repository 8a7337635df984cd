"""What a history is told with: its picture with strips, and a small one for a row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from evalkit.core.frozen import frozen

if TYPE_CHECKING:  # only where there is a history
    from evalkit.report.drift_picture import Picture


@frozen(slots=True)
class Stretch:
    """Runs under one version, from left to right; ``text`` is empty where ``name`` has no room."""

    left: float
    width: float
    name: str
    text: str
    label: str
    is_other: bool


@frozen(slots=True)
class Strip:
    """The versions of one thing under a picture, at ``top``."""

    name: str
    top: float
    stretches: tuple[Stretch, ...]

    @property
    def label(self) -> str:
        return "; ".join(each.label for each in self.stretches)


@frozen(slots=True)
class Dot:
    """The run that is reported."""

    x: float
    y: float


@frozen(slots=True)
class History:
    """The picture of one series, with what it says beside it.

    Attributes:
        outcome: how things stand, as a verdict is shown; ``word`` says it.
        sentences: the most important first.
        height: of the picture with its strips.
    """

    kind: ClassVar[str] = "history"
    title: str
    outcome: str
    word: str
    sentences: tuple[str, ...]
    picture: Picture
    marks: tuple[Dot, ...]
    strips: tuple[Strip, ...]
    height: float

    @property
    def label(self) -> str:
        """What it shows, in words."""
        return "; ".join((self.picture.label, *(strip.label for strip in self.strips)))


@frozen(slots=True)
class Trace:
    """A small picture in a cell."""

    kind: ClassVar[str] = "trace"
    picture: Picture

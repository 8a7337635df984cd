"""What a comparison is told with: its picture, what got worse, and what a change of the prompt did."""

from __future__ import annotations

from typing import ClassVar, Literal

from evalkit.core.frozen import frozen

#: How a row of a forest plot is drawn: the verdict of its gate, or what its difference shows without one.
Shape = Literal["fail", "undecided", "pass", "worse", "better", "unclear"]


@frozen(slots=True)
class ForestRow:
    """One difference, in units of its picture.

    Attributes:
        y: its middle.
        name, detail: what the row is about, in bold and in a line under that, which may be empty.
        value, low, high: places of the difference and the ends of its interval.
        margins: places of the changes up to which its gate accepts: one, two of a gate with two sides, or
            none without a gate.
        numbers: difference and interval as text.
        label: all of it in words.
    """

    y: float
    name: str
    detail: str
    value: float
    low: float
    high: float
    margins: tuple[float, ...]
    shape: Shape
    numbers: str
    label: str


@frozen(slots=True)
class ForestHeading:
    """A line over the rows of one task, at the height ``y``."""

    y: float
    name: str


@frozen(slots=True)
class ForestPlot:
    """Differences on one axis, all of one unit and one direction.

    Attributes:
        height: of the picture.
        zero: place of no difference.
        left_word, right_word: what lies in either direction.
        ticks: places and texts.
        shapes: those that occur with what they mean, for the key.
        has_margins: whether a margin is drawn.
        label: what the picture shows, in words.
        is_aside: whether it stands behind a line that opens.
    """

    title: str
    height: float
    zero: float
    left_word: str
    right_word: str
    ticks: tuple[tuple[float, str], ...]
    headings: tuple[ForestHeading, ...]
    rows: tuple[ForestRow, ...]
    shapes: tuple[tuple[Shape, str], ...]
    has_margins: bool
    label: str
    is_aside: bool = False


@frozen(slots=True)
class Forest:
    """Forest plots, one below the other."""

    kind: ClassVar[str] = "forest"
    plots: tuple[ForestPlot, ...]


@frozen(slots=True)
class Example:
    """One sample of a cluster.

    Attributes:
        link: where it stands within the page, or empty.
        input: its own part of the input.
        before, now: what the baseline answered, and this: from where they begin to differ.
    """

    sample_id: str
    link: str
    input: str
    target: str
    before: str
    now: str


@frozen(slots=True)
class ClusterShown:
    """Samples that got worse and have something in common.

    Attributes:
        title: what that is.
        counts: how many they are, in words.
        share: of all rows that got worse, 0..1, for the bar.
        link: where all of them stand within the page, or empty.
    """

    title: str
    counts: str
    share: float
    examples: tuple[Example, ...]
    link: str = ""


@frozen(slots=True)
class Clusters:
    """The clusters of one evaluation.

    Attributes:
        title: which evaluation, and how many rows got worse.
        ways: what they were put together by -> the clusters.
        is_open: whether they are shown before anybody asks.
    """

    kind: ClassVar[str] = "clusters"
    title: str
    ways: tuple[tuple[str, tuple[ClusterShown, ...]], ...]
    is_open: bool


@frozen(slots=True)
class DiffLine:
    """One line of a prompt's difference, or many that did not change.

    Attributes:
        kind: ``same``, ``removed``, ``added``, or ``skipped`` for lines that are folded away.
        parts: pieces of its text, each with whether it changed.
        n: lines that ``skipped`` stands for; their text is the one part.
    """

    kind: Literal["same", "removed", "added", "skipped"]
    parts: tuple[tuple[str, bool], ...]
    n: int = 1


@frozen(slots=True)
class OutputChange:
    """What one sample was answered before and after.

    ``has_marks`` where the two have enough in common for a difference word by word.
    """

    sample_id: str
    link: str
    before: str
    now: str
    has_marks: bool


@frozen(slots=True)
class PromptChange:
    """The difference of two prompts beside the difference of what was answered to them.

    Attributes:
        before, now: names of the two prompts.
        lines: what changed, with the lines around it.
        outputs_title: which answers stand beside.
    """

    kind: ClassVar[str] = "prompt change"
    before: str
    now: str
    lines: tuple[DiffLine, ...]
    outputs_title: str
    outputs: tuple[OutputChange, ...]

"""The closed set of things that a page is made of. Sections build them, the templates paint them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from evalkit.core.frozen import frozen

if TYPE_CHECKING:  # a page of a lone run has none of these
    from evalkit.report.history_blocks import History, Trace
    from evalkit.report.story import Clusters, Forest, PromptChange
    from evalkit.report.ways import Chart, Form, Link, Pager, Pick


@frozen(slots=True)
class Text:
    """A piece of text. ``style``: empty, ``code``, ``muted``, ``number``, ``strong``, or
    ``again`` for what stands in the row above already and is shown on narrow screens only."""

    kind: ClassVar[str] = "text"
    text: str
    style: str = ""


@frozen(slots=True)
class Badge:
    """A verdict: icon and word."""

    kind: ClassVar[str] = "badge"
    outcome: str
    word: str


@frozen(slots=True)
class Interval:
    """A value with its interval on an axis. ``tone``: empty, ``better``, ``worse`` or ``unclear``.

    ``marks`` are values on the axis that a reader compares with: zero, or a gate's threshold. ``beneath`` is
    a line under it.
    """

    kind: ClassVar[str] = "interval"
    value: float
    low: float | None
    high: float | None
    axis_low: float
    axis_high: float
    label: str
    marks: tuple[float, ...] = ()
    tone: str = ""
    beneath: str = ""

    def x(self, value: float) -> float:
        """Position on the axis, 0..100, kept inside it."""
        share = (value - self.axis_low) / (self.axis_high - self.axis_low or 1)
        return round(100 * min(max(share, 0.0), 1.0), 2)


@frozen(slots=True)
class Reading:
    """A number with its interval in a line under it, where many of them stand side by side.

    ``tone``: empty, ``better`` or ``worse`` than the baseline, which ``word`` says.
    """

    kind: ClassVar[str] = "reading"
    text: str
    ends: str
    tone: str = ""
    word: str = ""


@frozen(slots=True)
class Histogram:
    """Counts in neighbouring bins; ``label`` says in words what the picture shows."""

    kind: ClassVar[str] = "histogram"
    counts: tuple[int, ...]
    label: str
    low: str
    high: str


@frozen(slots=True)
class Fold:
    """A summary that opens into text; ``is_name`` where the summary names what the row is about."""

    kind: ClassVar[str] = "fold"
    summary: str
    text: str
    style: str = ""
    is_name: bool = False


@frozen(slots=True)
class Find:
    """A button that searches the samples for a text."""

    kind: ClassVar[str] = "find"
    text: str
    query: str


Cell: TypeAlias = "Text | Badge | Interval | Reading | Histogram | Fold | Find | Trace | Link | Pick"


@frozen(slots=True)
class Row:
    """One row of a table; ``heading`` makes it a line over the rows that follow."""

    cells: tuple[Cell, ...]
    heading: str = ""


@frozen(slots=True)
class Column:
    """``style``: empty, ``number`` (right-aligned), ``wide`` (takes what is left), ``narrow`` or
    ``lead``. On narrow screens rows become cards; the last three stand there without their title."""

    title: str
    style: str = ""


@frozen(slots=True)
class Table:
    """Rows under columns; ``caption`` is read aloud and not shown.

    ``is_grid`` where rows are compared column by column: on narrow screens it scrolls under its first column,
    and does not become cards.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    is_grid: bool = False


@frozen(slots=True)
class Square:
    """One cell of a win matrix. ``outcome``: ``win``, ``loss``, ``tie``, ``new`` (not tested), or empty for a
    Subject against itself. ``label`` says it in words."""

    outcome: str
    label: str


@frozen(slots=True)
class Matrix:
    """Rows against columns of the same names; ``caption`` is read aloud and not shown."""

    kind: ClassVar[str] = "matrix"
    caption: str
    names: tuple[str, ...]
    rows: tuple[tuple[Square, ...], ...]


@frozen(slots=True)
class Facts:
    """Names with their values; ``title`` stands above them."""

    kind: ClassVar[str] = "facts"
    items: tuple[tuple[str, Cell], ...]
    title: str = ""


@frozen(slots=True)
class Note:
    """One paragraph. ``tone``: empty or ``warning``."""

    kind: ClassVar[str] = "note"
    text: str
    tone: str = ""


@frozen(slots=True)
class Group:
    """Blocks behind a summary line."""

    kind: ClassVar[str] = "group"
    summary: str
    blocks: tuple[Table | Facts, ...]


@frozen(slots=True)
class Mark:
    """A point of a plot, in units of its picture.

    Attributes:
        place: of the point.
        across, along: ends of its intervals on the level and the upright axis.
        beside: where its letter stands.
        is_best: whether it is on the frontier.
        label: what it is, in words.
    """

    place: tuple[float, float]
    across: tuple[float, ...]
    along: tuple[float, ...]
    beside: tuple[float, float]
    letter: str
    is_best: bool
    label: str


@frozen(slots=True)
class Plot:
    """A picture of points with their frontier.

    Attributes:
        frontier: its line, in the language of SVG.
        x_ticks, y_ticks: places and texts.
        label: what it shows, in words.
    """

    title: str
    marks: tuple[Mark, ...]
    frontier: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    x_title: str
    y_title: str
    label: str


@frozen(slots=True)
class Plots:
    """Pictures side by side; ``title`` stands above them, and ``note``, how to read them, below."""

    kind: ClassVar[str] = "plots"
    title: str
    plots: tuple[Plot, ...]
    note: str = ""


@frozen(slots=True)
class SampleTable:
    """Where the page draws the rows of all evaluations."""

    kind: ClassVar[str] = "samples"
    has_pairs: bool


@frozen(slots=True)
class Answer:
    """What came of a comparison, in plain words.

    Attributes:
        outcome: the worst verdict, or ``none``; for its colour and icon.
        sentences: at most three: what happened, how sure that is, what to do next.
        more: text and target within the page, where the reader goes from here.
    """

    kind: ClassVar[str] = "answer"
    outcome: str
    sentences: tuple[str, ...]
    more: tuple[tuple[str, str], ...] = ()


Block: TypeAlias = (
    "Table | Matrix | Facts | Note | Group | Plots | SampleTable | Answer | Forest | Clusters | PromptChange "
    "| History | Form | Pager | Chart"
)

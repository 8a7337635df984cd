"""Ways from page to page, where there is more than one: links, forms that ask for another page, pages of a
list, and the door that a page is seen through."""

from __future__ import annotations

from typing import ClassVar, Literal

from evalkit.core.frozen import frozen


@frozen(slots=True)
class Link:
    """A cell that leads to another page. ``label`` says more to a screen reader than ``text`` does; ``more``
    stands beside it."""

    kind: ClassVar[str] = "link"
    text: str
    href: str
    label: str = ""
    more: str = ""


@frozen(slots=True)
class Pick:
    """A box in a row; ``form`` is the form that is sent with the rows that were picked."""

    kind: ClassVar[str] = "pick"
    name: str
    label: str
    form: str


@frozen(slots=True)
class Field:
    """What a form asks for.

    Attributes:
        kind: one line, many lines (a query), a choice, or nothing that is shown.
        choices: value and text of each choice.
    """

    name: str
    label: str
    value: str = ""
    kind: Literal["line", "lines", "choice", "hidden"] = "line"
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""


@frozen(slots=True)
class Form:
    """Asks for another page, with what was filled in as its query. It changes nothing."""

    kind: ClassVar[str] = "form"
    name: str
    label: str
    action: str
    button: str
    fields: tuple[Field, ...] = ()
    note: str = ""


@frozen(slots=True)
class Pager:
    """Where a list goes on. ``text`` says which part is shown; an empty address is the end."""

    kind: ClassVar[str] = "pager"
    text: str
    earlier: str = ""
    later: str = ""


@frozen(slots=True)
class Bar:
    """A bar or a point of a chart, in units of its picture; ``label`` says what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str


@frozen(slots=True)
class Chart:
    """Numbers of a result as bars or as a line, in a picture of 720 x 240; the numbers stand in a table.

    Attributes:
        bars: of a line its points, without width and height.
        path: the line, in the language of SVG; empty for bars.
        x_ticks, y_ticks: places and texts.
        zero: height of the zero line.
        label: what it shows, in words.
    """

    kind: ClassVar[str] = "chart"
    title: str
    bars: tuple[Bar, ...]
    path: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    zero: float
    label: str


@frozen(slots=True)
class Way:
    """A link of a page's head. ``is_here`` marks the part that the page belongs to."""

    text: str
    href: str
    is_here: bool = False


@frozen(slots=True)
class Door:
    """What a page has around it, where it is one of many: in ``evalkit view`` and in its folders.

    Attributes:
        ways: to the other parts.
        stores: to other stores, where there are several.
        near: from this page to what belongs to it.
        style, script: addresses of the files; empty where the page carries them itself.
    """

    ways: tuple[Way, ...]
    stores: tuple[Way, ...] = ()
    near: tuple[Way, ...] = ()
    style: str = ""
    script: str = ""

"""A page that is one of many, from the blocks that reports are made of."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.frozen import frozen
from evalkit.report.html import environment, policy, scripts, stylesheet
from evalkit.report.sections import Section
from evalkit.report.ways import Door


@frozen(slots=True)
class Page:
    """What stands on it.

    Attributes:
        part: which part of the whole it is, for the head.
        outcome: for the colour and icon of the title; empty for none.
        facts: the line under the title.
        banners: what the reader must know first.
        follow_s: seconds after which the page asks for itself again; 0 for never.
    """

    title: str
    part: str
    sections: Sequence[Section]
    facts: Sequence[str] = ()
    banners: Sequence[str] = ()
    outcome: str = ""
    foot: str = ""
    follow_s: int = 0


def render_page(page: Page, door: Door) -> str:
    """The page as text; encode it as reports are. It carries its style and script where ``door`` names no
    files."""
    style, script = stylesheet(with_ways=True), scripts()
    template = environment().get_template("page.html.j2")
    return template.render(page=page, door=door, style=style, script=script, policy=policy(style, script))

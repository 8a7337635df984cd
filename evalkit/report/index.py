"""``index.html``: the reports of a folder with their verdicts, and how the numbers of each task went.

The page is its own index: it holds what it tells of each report, with the time and size of its file, so that
only what is new is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from evalkit.core.verdict import OUTCOMES
from evalkit.report.listed import INDEX, Known, Listed, known_of, stamps_of
from evalkit.report.text_file import write_text
from evalkit.report.trends import trends

#: Lines of numbers that are open, and that are there at all.
OPEN_LINES, MOST_LINES = 12, 200
#: Reports that are listed where no script runs.
UNSCRIPTED = 100
#: So often reports that came while the page was written are taken up.
ROUNDS = 3

_SCRIPTS = ("theme.js", "dom.js", "runs.js")


def write_index(folder: Path | str) -> Path:
    """List all reports of ``folder`` in its ``index.html``. Raises UsageError where it cannot be written.

    Sessions that end at the same time write it one after the other: each looks again whether all reports
    that are there are in it.
    """
    folder = Path(folder)
    for _ in range(ROUNDS):
        known = known_of(folder)
        path = write_text(render_index(known), folder / INDEX)
        if stamps_of(folder) == {name: stamp for name, (stamp, _) in known.pages.items()}:
            break
    return path


def render_index(known: Known) -> str:
    """The page as text."""
    from markupsafe import Markup

    from evalkit.report.html import environment, joined_scripts, part, policy, stylesheet

    style, script = stylesheet() + part("index.css"), joined_scripts(_SCRIPTS)
    reports = known.newest_first
    lines = trends(reports, list(known.lines))
    kept, digest = known.kept()
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            kept=Markup(kept),
            digest=digest,
            reports=reports,
            first=reports[:UNSCRIPTED],
            trends=lines[:MOST_LINES],
            n_untold=max(len(lines) - MOST_LINES, 0),
            n_open=OPEN_LINES,
            outcomes=_outcomes(reports),
            style=style,
            script=script,
            policy=policy(style, script),
        )
    )


def _outcomes(reports: Sequence[Listed]) -> list[tuple[str, int]]:
    """Each outcome with its number of reports, the worst first."""
    counts = Counter(report.outcome for report in reports)
    return [(outcome, counts[outcome]) for outcome in (*OUTCOMES, "none") if outcome in counts]

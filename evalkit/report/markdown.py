"""A report as Markdown for a pull request, small enough for any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evalkit.core.text import plural
from evalkit.report.blocks import Answer, Note
from evalkit.report.changed_samples import changed_samples
from evalkit.report.data import ReportData
from evalkit.report.markdown_blocks import markdown_of
from evalkit.report.markdown_text import code, folded
from evalkit.report.markdown_text import escape as escape
from evalkit.report.numbers import time_text
from evalkit.report.place import Place
from evalkit.report.sections import Section, section_of
from evalkit.report.three_words import three_words
from evalkit.report.wording import SIGNS, banners, commit_text, cost_text, headline

#: Bytes; GitHub refuses comments above 65,536 characters, GitLab and Azure take more.
MAX_BYTES = 60_000

#: Sections of the page in the order of a comment: what decides first. Provenance is in its last line.
_ORDER = (
    "forest", "worse", "verdicts", "tournament", "leaderboard", "samples", "metrics", "slices", "history",
    "judges", "tradeoffs", "flaky", "prompts", "operations",
)  # fmt: skip
#: What begins with a picture or says of itself what it is.
_UNTITLED = ("forest", "verdicts", "samples")
#: What few readers of a comment ask for: behind its title.
_FOLDED = ("tradeoffs", "operations")
#: What is folded away stays in one piece up to so many characters.
_WHOLE_CHARS = 8_000
#: Tasks and Subjects that are named.
_MOST_NAMED = 4


def markdown(data: ReportData, *, max_bytes: int = MAX_BYTES, place: Place | None = None) -> str:
    """The answer first, then the differences as a picture, what got worse, verdicts, the first samples that
    turned, metrics; what does not fit is said by name.

    Args:
        max_bytes: of the text, UTF-8.
        place: of the report that samples are linked to; None where there is none.
    """
    where = place if place is not None else Place()
    parts = list(_answer(data, where))
    for name in _ORDER:
        section = section_of(data, name)
        if section is not None:
            title = section.title.lower()
            parts += [(title, part) for part in _section(data, section, where)]
    return fitted([*parts, ("facts of the run", _foot(data))], max_bytes)


def fitted(parts: Sequence[tuple[str, str]], max_bytes: int) -> str:
    """Name and text of each part -> those that fit, in order; what was left out is counted by name."""
    kept: list[str] = []
    left_out: Counter[str] = Counter()
    size = 300
    for name, part in parts:
        part_size = len(part.encode("utf-8", "replace")) + 2
        if size + part_size <= max_bytes:
            kept.append(part)
            size += part_size
        else:
            left_out[name or "heading"] += 1
    if left_out:
        told = ", ".join(name if n == 1 else f"{name} ({n:,})" for name, n in left_out.items())
        n_parts = plural(left_out.total(), "part")
        kept.append(f"*{n_parts} left out for length: {told}. They are in the HTML report.*")
    return "\n\n".join(kept) + "\n"


def _answer(data: ReportData, place: Place) -> Iterator[tuple[str, str]]:
    """Name and text: the heading, what must be known before any number, at most three sentences, and where
    the report is."""
    section = section_of(data, "answer")
    told = next((each for each in section.blocks if isinstance(each, Answer)), None) if section else None
    gates = f": {headline(data)}" if data.outcome_counts else ""
    words = three_words(data, told.outcome if told else "")
    yield "", f"### evalkit: {SIGNS[data.outcome]} {words}{gates}"
    yield "names", f"{_named(data.tasks)} by {_named(data.subjects)}"
    for banner in banners(data):
        yield "notes", f"> **Note** {escape(banner, 400)}"
    if told is not None:
        yield from (("answer", part) for part in markdown_of(told, place))
    if place.told:
        yield "place of the report", place.told


def _named(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(map(code, names[:_MOST_NAMED])) + (f" and {rest:,} more" if rest > 0 else "")


def _section(data: ReportData, section: Section, place: Place) -> Iterator[str]:
    """Its blocks in pieces, the title before the first one."""
    # The drawing of differences has their numbers beside it.
    blocks = section.blocks[:1] if section.name == "forest" else section.blocks
    pieces = [piece for block in blocks for piece in markdown_of(block, place)]
    if section.name == "samples":
        pieces += [piece for item in data.evaluations for piece in changed_samples(item, escape, place)]
    if section.name in _FOLDED:
        # What is said in a sentence (answers that were cut, several revisions) is worth being read.
        said = [each for each in blocks if isinstance(each, Note)] if section.name == "operations" else []
        yield from (piece for each in said for piece in markdown_of(each, place))
        pieces = [piece for each in blocks if each not in said for piece in markdown_of(each, place)]
        whole = "\n\n".join(pieces)
        yield from folded(section.title, [whole] if len(whole) <= _WHOLE_CHARS else pieces)
        return
    if pieces and section.name not in _UNTITLED:
        pieces[0] = f"**{section.title}**\n\n{pieces[0]}"
    yield from pieces


def _foot(data: ReportData) -> str:
    run = data.run
    facts = [f"run {run.run_id}", time_text(run.started_at), commit_text(run), cost_text(data)]
    return f"<sub>{escape(' · '.join(fact for fact in facts if fact), 400)}</sub>"

"""Blocks of comparisons and histories as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evalkit.report.history_blocks import History
from evalkit.report.markdown_text import escape, folded
from evalkit.report.place import Place
from evalkit.report.plain_forest import plain_forest
from evalkit.report.plain_history import plain_history
from evalkit.report.story import Clusters, ClusterShown, DiffLine, Forest, PromptChange
from evalkit.report.wording import SIGNS, one_line

_FENCES = re.compile("`{3,}")
#: Letters of a line of a prompt, and lines of one difference.
_LINE_CHARS, _MOST_LINES = 300, 60
_MARKS = {"same": " ", "removed": "-", "added": "+"}


def fenced(lines: Sequence[str], language: str) -> str:
    """Lines in a block of code; a name may hold a fence, so the one around is longer than any."""
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max(map(len, _FENCES.findall(text)), default=2))
    return f"{fence}{language}\n{text}\n{fence}"


def _forest(block: Forest, _: Place) -> Iterator[str]:
    for plot in block.plots:
        drawn = fenced([line.text for line in plain_forest([plot])], "text")
        yield from (
            folded(f"{plot.title}, {len(plot.rows)} differences", [drawn]) if plot.is_aside else [drawn]
        )


def _clusters(block: Clusters, place: Place) -> Iterator[str]:
    lines = [f"{escape(block.title)}:", ""]
    for way, found in block.ways:
        lines += [f"- by {way}: {_cluster(each, place)}" for each in found]
    yield "\n".join(lines)


def _cluster(cluster: ClusterShown, place: Place) -> str:
    link = place.link(cluster.link) if cluster.link else ""
    title = escape(cluster.title)
    return f"{f'[{title}]({link})' if link else f'**{title}**'}, {escape(cluster.counts)}"


def _prompt_change(block: PromptChange, _: Place) -> Iterator[str]:
    lines = [_diff_line(each) for each in block.lines]
    if len(lines) > _MOST_LINES:
        rest = len(lines) - _MOST_LINES
        lines = [*lines[:_MOST_LINES], f"  … {rest:,} more lines"]
    yield from folded(f"{block.before} → {block.now}", [fenced(lines, "diff")])


def _diff_line(line: DiffLine) -> str:
    if line.kind == "skipped":
        return f"  … {line.n:,} {'line' if line.n == 1 else 'lines'} as before"
    return f"{_MARKS[line.kind]} {one_line(''.join(text for text, _ in line.parts), _LINE_CHARS)}"


def _history(block: History, _: Place) -> Iterator[str]:
    sign = "" if block.outcome == "none" else f"{SIGNS[block.outcome]} "
    yield f"{sign}**{escape(block.word)}**: {escape(block.title)}"
    yield fenced(plain_history(block), "text")
    yield " ".join(escape(sentence, 600) for sentence in block.sentences)


PAINTERS: Mapping[str, Callable[[Any, Place], Iterator[str]]] = {
    "forest": _forest, "clusters": _clusters, "prompt change": _prompt_change, "history": _history,
}  # fmt: skip

"""Clusters as a page shows them: counts in words, and three examples each, from where answers differ."""

from __future__ import annotations

from itertools import groupby

from evalkit.core.response import Response
from evalkit.core.text import plural
from evalkit.report.clusters import Cluster, clusters
from evalkit.report.data import EvaluationData, Pair, ReportData
from evalkit.report.excerpts import both_ends
from evalkit.report.links import samples_link
from evalkit.report.payload import text_of
from evalkit.report.story import Clusters, ClusterShown, Example

_INPUT_CHARS, _ANSWER_CHARS, _TARGET_CHARS = 220, 200, 60
#: Characters before the first difference of two answers that are shown with it.
_CONTEXT_CHARS = 40


def shown_clusters(data: ReportData, item: EvaluationData, n_lost: int, *, is_open: bool) -> Clusters:
    """The clusters of one evaluation, put together by way."""
    names = [item.task] if len(data.tasks) > 1 else []
    names += [item.label] if len({each.label for each in data.evaluations if each.pair}) > 1 else []
    place = f"{', '.join(names)}: " if names else ""
    title = f"{place}{n_lost:,} of {plural(len(item.observations), 'row')} got worse"
    ways = tuple(
        (way, tuple(_shown(item, each, n_lost) for each in its))
        for way, its in groupby(clusters(item), key=lambda each: each.way)
    )
    return Clusters(title, ways, is_open)


def _shown(item: EvaluationData, cluster: Cluster, n_lost: int) -> ClusterShown:
    counts = f"all {n_lost:,}" if cluster.n == n_lost else f"{cluster.n:,} of the {n_lost:,}"
    if cluster.of is not None:
        counts += f", {cluster.n:,} of {plural(cluster.of, 'sample')} that have it"
    if cluster.remark:
        counts += f"; {cluster.remark}"
    assert item.pair is not None
    examples = tuple(_example(item, item.pair, row) for row in cluster.rows)
    return ClusterShown(cluster.heading, counts, cluster.n / max(n_lost, 1), examples, cluster.link)


def _example(item: EvaluationData, pair: Pair, row: int) -> Example:
    seen, partner = item.observations, pair.rows[row]
    now = seen.responses[row]
    before = None if partner is None else pair.observations.responses[partner]
    texts = _differing(_answer(before), _answer(now))
    sample_id = seen.sample_ids[row]
    return Example(
        sample_id=sample_id,
        link=samples_link(task=item.task, subject=item.label, sample=sample_id, repeat=now.repeat),
        input=both_ends(_folded(item.frame.inner(now.input)), _INPUT_CHARS),
        target=both_ends(_folded(text_of(seen.targets[row])), _TARGET_CHARS),
        before=texts[0],
        now=texts[1],
    )


def _answer(response: Response | None) -> str:
    if response is None:
        return ""
    return _folded(response.output if response.output is not None else f"error: {response.error}")


def _folded(text: str) -> str:
    return " ".join(text.split())


def _differing(before: str, now: str) -> tuple[str, str]:
    """Both answers from where they begin to differ, with a few words before it; their beginnings where that
    is near."""
    same = next((at for at, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), None)
    start = 0 if same is None or same <= _CONTEXT_CHARS else before.rfind(" ", 0, same - _CONTEXT_CHARS) + 1
    return _part(before, start), _part(now, start)


def _part(text: str, start: int) -> str:
    return f"{'… ' if start else ''}{both_ends(text[start:], _ANSWER_CHARS)}"

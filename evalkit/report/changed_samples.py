"""Samples of a Markdown report: which got worse or better, or, with nothing to compare with, which failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from evalkit.core.observations import Observations
from evalkit.report.data import Change, EvaluationData, Pair
from evalkit.report.links import Kind, samples_link
from evalkit.report.payload import text_of
from evalkit.report.place import Place
from evalkit.report.wording import baseline_label

#: Samples that are listed of each kind.
MAX_SAMPLES = 8
_CELL_CHARS, _TAKEN_CHARS = 160, 40

Escape = Callable[[str, int], str]

#: In the order in which a reviewer reads them.
_WORDS: dict[Change, str] = {
    "loss": "got worse",
    "error": "could not be scored",
    "win": "got better",
    "tie": "as before",
    "new": "unpaired",
}
_LISTED: tuple[Literal["loss", "error", "win"], ...] = ("loss", "error", "win")


def changed_samples(item: EvaluationData, escape: Escape, place: Place) -> Iterator[str]:
    """Blocks of Markdown; ``escape(text, width)`` makes any text harmless in a table's cell.

    Args:
        place: of the report that the samples are linked to.
    """
    name = f"**{escape(item.task, 200)}, {escape(item.label, 200)}**"
    if item.pair is not None:
        yield f"{name} against {escape(baseline_label(item, item.pair), 200)}: {_counts(item.pair)}"
        for kind in _LISTED:
            chosen = [row for row, change in enumerate(item.pair.changes) if change == kind]
            if chosen:
                words = f"{len(chosen):,} {_WORDS[kind]}"
                yield _fold(item, chosen, words, escape, (place, (kind,)))
    elif any(verdict.verdict in ("fail", "error") for verdict in item.verdicts):
        chosen = [row for row, status in enumerate(item.statuses) if status in ("fail", "error")]
        if chosen:
            yield f"{name}: samples that failed"
            words = f"{len(chosen):,} of {len(item.statuses):,}"
            yield _fold(item, chosen, words, escape, (place, ("fail", "error")))


def _counts(pair: Pair) -> str:
    """``340 got worse, 12 got better, 648 as before``; worse and better are always said."""
    counts = pair.counts
    return ", ".join(
        f"{counts[kind]:,} {words}"
        for kind, words in _WORDS.items()
        if counts[kind] or kind in ("win", "loss")
    )


def _fold(
    item: EvaluationData,
    rows: Sequence[int],
    summary: str,
    escape: Escape,
    where: tuple[Place, tuple[Kind, ...]],
) -> str:
    place, kinds = where
    titles = ["sample", "input", "target", *(["baseline"] if item.pair is not None else []), "now"]
    lines = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    for row in rows[:MAX_SAMPLES]:
        first, *cells = [escape(cell or "", _CELL_CHARS) for cell in _cells(item, row)]
        lines.append("| " + " | ".join([_linked(first, item, row, place), *cells]) + " |")
    shown = f", the first {MAX_SAMPLES}" if len(rows) > MAX_SAMPLES else ""
    parts = [f"<details><summary>{summary}{shown}</summary>", "\n".join(lines)]
    if told := place.of_all(samples_link(task=item.task, subject=item.label, kinds=kinds)):
        parts.append(told)
    return "\n\n".join([*parts, "</details>"])


def _linked(text: str, item: EvaluationData, row: int, place: Place) -> str:
    seen = item.observations
    fragment = samples_link(
        task=item.task,
        subject=item.label,
        sample=seen.sample_ids[row],
        repeat=seen.responses[row].repeat,
    )
    link = place.link(fragment)
    return f"[{text}]({link})" if link and text else text


def _cells(item: EvaluationData, row: int) -> list[str | None]:
    observations = item.observations
    before: list[str | None] = []
    if item.pair is not None:
        before = [_answer(item.pair.observations, item.pair.rows[row], item.scorer)]
    return [
        observations.sample_ids[row],
        item.frame.inner(observations.responses[row].input),
        text_of(observations.targets[row]),
        *before,
        _answer(observations, row, item.scorer),
    ]


def _answer(observations: Observations, row: int | None, scorer: str | None) -> str | None:
    """The output, behind what the scorer took out of it where that is something else."""
    if row is None:
        return None
    response = observations.responses[row]
    if response.output is None:
        return f"error: {response.error}"
    scores = observations.scores.get(scorer) if scorer is not None else None
    taken = scores[row].answer if scores is not None else None
    output = _ends(response.output)
    is_told = taken is not None and len(taken) <= _TAKEN_CHARS and taken != response.output.strip()
    return f"[{taken}] {output}" if is_told else output


def _ends(text: str) -> str:
    """Beginning and end of a long text: two answers that think alike differ in the end."""
    if len(text) <= _CELL_CHARS:
        return text
    half = _CELL_CHARS // 2 - 20
    return f"{text[:half].rstrip()} … {text[-half:].lstrip()}"

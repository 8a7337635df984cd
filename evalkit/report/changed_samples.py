"""Samples of a Markdown report: which got worse or better, or, with nothing to compare with, which failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evalkit.core.observations import Observations
from evalkit.report.data import Change, EvaluationData, Pair
from evalkit.report.payload import text_of
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
_LISTED: tuple[Change, ...] = ("loss", "error", "win")


def changed_samples(item: EvaluationData, escape: Escape) -> Iterator[str]:
    """Blocks of Markdown; ``escape(text, width)`` makes any text harmless in a table's cell."""
    name = f"**{escape(item.task, 200)}, {escape(item.label, 200)}**"
    if item.pair is not None:
        yield f"{name} against {escape(baseline_label(item, item.pair), 200)}: {_counts(item.pair)}"
        for kind in _LISTED:
            chosen = [row for row, change in enumerate(item.pair.changes) if change == kind]
            if chosen:
                yield _fold(item, chosen, f"{len(chosen):,} {_WORDS[kind]}", escape)
    elif any(verdict.verdict in ("fail", "error") for verdict in item.verdicts):
        chosen = [row for row, status in enumerate(item.statuses) if status in ("fail", "error")]
        if chosen:
            yield f"{name}: samples that failed"
            yield _fold(item, chosen, f"{len(chosen):,} of {len(item.statuses):,}", escape)


def _counts(pair: Pair) -> str:
    """``340 got worse, 12 got better, 648 as before``; worse and better are always said."""
    counts = pair.counts
    return ", ".join(
        f"{counts[kind]:,} {words}"
        for kind, words in _WORDS.items()
        if counts[kind] or kind in ("win", "loss")
    )


def _fold(item: EvaluationData, rows: Sequence[int], summary: str, escape: Escape) -> str:
    titles = ["sample", "input", "target", *(["baseline"] if item.pair is not None else []), "now"]
    lines = [
        "| " + " | ".join(titles) + " |",
        "|" + " --- |" * len(titles),
        *(
            "| " + " | ".join(escape(cell or "", _CELL_CHARS) for cell in _cells(item, row)) + " |"
            for row in rows[:MAX_SAMPLES]
        ),
    ]
    shown = f", the first {MAX_SAMPLES}" if len(rows) > MAX_SAMPLES else ""
    return f"<details><summary>{summary}{shown}</summary>\n\n" + "\n".join(lines) + "\n\n</details>"


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

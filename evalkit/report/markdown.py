"""A report as Markdown for a pull request, small enough for any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evalkit.core.estimate import Estimate
from evalkit.core.text import plural
from evalkit.report.changed_samples import changed_samples
from evalkit.report.data import OUTCOMES, ReportData
from evalkit.report.deltas import Delta, delta, levels, untold
from evalkit.report.fdr import sentence_of
from evalkit.report.flaky import TITLE
from evalkit.report.frontier import frontier_sentences
from evalkit.report.markdown_answer import answer_parts, difference_parts
from evalkit.report.markdown_leaderboard import leaderboard_parts
from evalkit.report.markdown_text import code
from evalkit.report.markdown_text import escape as escape
from evalkit.report.missing import NOTE as MISSING
from evalkit.report.missing import difference_ends, value_ends
from evalkit.report.numbers import count_text, interval_text, p_text, time_text, value_text
from evalkit.report.place import Place
from evalkit.report.terminal import is_untold, without_cut_text
from evalkit.report.totals import of_known
from evalkit.report.wording import SIGNS, commit_text, cost_text

#: Bytes; GitHub refuses comments above 65,536 characters, GitLab and Azure take more.
MAX_BYTES = 60_000


def markdown(data: ReportData, *, max_bytes: int = MAX_BYTES, place: Place | None = None) -> str:
    """The answer first, then the differences as a picture, verdicts, the first samples that turned, metrics;
    what does not fit is said by name.

    Args:
        max_bytes: of the text, UTF-8.
        place: of the report that samples are linked to; None where there is none.
    """
    where = place if place is not None else Place()
    parts = [*answer_parts(data), *([("place of the report", where.told)] if where.told else [])]
    named: list[tuple[str, Iterator[str]]] = [
        ("differences", difference_parts(data)),
        ("verdicts", _verdicts(data)),
        ("tournament", _tournaments(data)),
        ("leaderboard", leaderboard_parts(data)),
        ("samples", _turned(data, where)),
        ("metrics", _metrics(data)),
        ("slices", _slices(data)),
        ("flaky samples", _flaky(data)),
    ]
    parts += [(name, part) for name, its in named for part in its]
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


def _turned(data: ReportData, place: Place) -> Iterator[str]:
    for item in data.evaluations:
        yield from changed_samples(item, escape, place)


def _verdicts(data: ReportData) -> Iterator[str]:
    found = [(item, verdict) for item in data.evaluations for verdict in item.verdicts]
    found.sort(key=lambda entry: OUTCOMES.index(entry[1].word))
    rows = [
        [
            f"{SIGNS[verdict.word]} {verdict.word}",
            escape(item.task),
            escape(item.label),
            code(verdict.gate),
            escape(verdict.detail, 400),
            p_text(verdict.p_value),
        ]
        for item, verdict in found
    ]
    yield from _tables(["verdict", "task", "subject", "gate", "detail", "p"], rows, size=60)


def _tournaments(data: ReportData) -> Iterator[str]:
    if all(item.evaluation.tournament is None for item in data.evaluations):
        return
    from evalkit.report.tournament import bound_text, tournaments  # only where there was one

    for found in tournaments([item.evaluation for item in data.evaluations]):
        yield f"**Tournament in {code(found.metric)} of {escape(found.task)}**: {found.calls_text}."
        rows = [
            [
                escape(each.label) + (" (baseline)" if each.record.is_baseline else ""),
                value_text(found.metric, each.record.value),
                escape(each.standing_text, 400),
            ]
            for each in found.entrants
        ]
        yield from _tables(["subject", found.metric, "standing"], rows, size=60)
        yield escape(f"{found.outcome} {bound_text(found)}", 1_000)


def _metrics(data: ReportData) -> Iterator[str]:
    rows, missing = [], []
    for item in data.evaluations:
        for estimate in item.estimates:
            if is_untold(estimate):
                continue
            found = delta(estimate, item.pair) if item.pair else None
            missing.append((value_ends(estimate), _difference_ends(found)))
            rows.append(
                [
                    escape(item.task),
                    escape(item.label),
                    code(estimate.metric),
                    _value(estimate, item.estimates),
                    interval_text(estimate.metric, estimate.low, estimate.high),
                    count_text(estimate.n),
                    found.line if found else escape(untold(estimate, item.pair)),
                ]
            )
    titles = ["task", "subject", "metric", "value", "95 % interval", "n", "against baseline"]
    for place, title in enumerate(("missing wrong or right", "difference then")):
        if any(ends[place] for ends in missing):
            titles.append(title)
            rows = [[*row, ends[place]] for row, ends in zip(rows, missing, strict=True)]
    yield from _tables(titles, rows, size=80)
    if any(map(any, missing)):
        yield MISSING
    yield from filter(None, (sentence_of(data), levels(data)))
    for item in data.evaluations:
        for remark in filter(None, (*item.tally.remarks, item.tally.account.troubles)):
            yield f"{escape(item.task)} · {escape(item.label)}: {escape(remark, 600)}"
    for sentence in frontier_sentences(data.evaluations):
        yield escape(sentence, 600)


def _difference_ends(found: Delta | None) -> str:
    return difference_ends(found.metric, found.worst, found.best) if found is not None else ""


def _value(estimate: Estimate, estimates: Sequence[Estimate]) -> str:
    value = f"{value_text(estimate.metric, estimate.value)} {of_known(estimate, estimates)}".rstrip()
    return f"{value}{without_cut_text(estimate)}"


def _slices(data: ReportData) -> Iterator[str]:
    """The slices that moved though nobody asked."""
    scanned = [(item, item.pair.slices) for item in data.evaluations if item.pair and item.pair.slices]
    moved = [(item, move) for item, scan in scanned for move in scan.moved]
    if not moved:
        return
    from evalkit.report.slices import numbers, sentence

    yield f"**Slices that moved.** {escape(sentence([scan for _, scan in scanned]), 600)}"
    moved.sort(key=lambda pair: pair[1].difference)
    rows = [
        [escape(item.task), escape(item.label), code(move.part.text), escape(move.metric), f"{move.n:,}",
         *numbers(move), move.word]
        for item, move in moved
    ]  # fmt: skip
    titles = ["task", "subject", "slice", "metric", "n", "baseline", "candidate", "change", "won/lost/tied"]
    yield from _tables([*titles, "q", "finding"], rows, size=60)


def _flaky(data: ReportData) -> Iterator[str]:
    rows = [
        [
            escape(item.task),
            escape(item.label),
            escape(sample.sample_id),
            sample.rate_text,
            sample.quarantine_text,
            escape(sample.reason),
        ]
        for item in data.evaluations
        for sample in item.flaky
    ]
    if rows:
        yield f"**{TITLE}**"
    yield from _tables(["task", "subject", "sample", "fails", "quarantine", "reason"], rows, size=40)


def _tables(titles: Sequence[str], rows: Sequence[Sequence[str]], size: int) -> Iterator[str]:
    """A table in pieces of ``size`` rows, so that a piece that does not fit costs only itself."""
    line = "| " + " | ".join(titles) + " |\n|" + " --- |" * len(titles)
    for start in range(0, len(rows), size):
        piece = rows[start : start + size]
        yield line + "".join("\n| " + " | ".join(row) + " |" for row in piece)


def _foot(data: ReportData) -> str:
    run = data.run
    facts = [f"run {run.run_id}", time_text(run.started_at), commit_text(run), cost_text(data)]
    return f"<sub>{escape(' · '.join(fact for fact in facts if fact), 400)}</sub>"

"""A report as Markdown for a pull request, small enough for any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evalkit.core.text import plural
from evalkit.report.data import OUTCOMES, Change, EvaluationData, ReportData
from evalkit.report.deltas import delta
from evalkit.report.flaky import TITLE
from evalkit.report.numbers import count_text, interval_text, p_text, time_text, value_text
from evalkit.report.payload import text_of
from evalkit.report.wording import (
    SIGNS,
    banners,
    baseline_label,
    change_text,
    commit_text,
    cost_text,
    headline,
    one_line,
)

#: Bytes; hosts refuse comments above 65,536 characters.
MAX_BYTES = 60_000

#: Samples that are listed for each kind of change.
MAX_SAMPLES = 8

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&@$])")


def markdown(data: ReportData, *, max_bytes: int = MAX_BYTES) -> str:
    """Verdicts, metrics with differences, and the first samples that turned; what does not fit is said."""
    parts = [*_head(data), *_verdicts(data), *_metrics(data), *_flaky(data)]
    for item in data.evaluations:
        parts += _changes(item)
    kept, left_out, size = [], 0, 200
    for part in [*parts, _foot(data)]:
        size += len(part.encode("utf-8", "replace")) + 2
        if size <= max_bytes:
            kept.append(part)
        else:
            left_out += 1
    if left_out:
        kept.append(f"*{plural(left_out, 'part')} left out for length: see the HTML report.*")
    return "\n\n".join(kept) + "\n"


def escape(text: str, width: int = 200) -> str:
    """One line that Markdown, HTML and the mention of a user cannot make anything of."""
    return _SPECIAL.sub(r"\\\1", one_line(text, width)).replace("\\<", "&lt;").replace("\\@", "@\u2060")


def _code(text: str) -> str:
    body = one_line(text, 120).replace("|", "\\|")
    fence = "``" if "`" in body else "`"
    return f"{fence}{body}{fence}" if fence == "`" else f"{fence} {body} {fence}"


def _head(data: ReportData) -> Iterator[str]:
    word = data.outcome if data.outcome != "none" else "no verdict"
    yield f"### evalkit: {SIGNS[data.outcome]} {word}, {headline(data)}"
    for banner in banners(data):
        yield f"> **Note** {escape(banner, 400)}"


def _verdicts(data: ReportData) -> Iterator[str]:
    found = [(item, verdict) for item in data.evaluations for verdict in item.verdicts]
    found.sort(key=lambda entry: OUTCOMES.index(entry[1].verdict))
    rows = [
        [
            f"{SIGNS[verdict.verdict]} {verdict.verdict}",
            escape(item.task),
            escape(item.label),
            _code(verdict.gate),
            escape(verdict.detail, 400),
            p_text(verdict.p_value),
        ]
        for item, verdict in found
    ]
    yield from _tables(["verdict", "task", "subject", "gate", "detail", "p"], rows, size=60)


def _metrics(data: ReportData) -> Iterator[str]:
    rows = []
    for item in data.evaluations:
        for estimate in item.estimates:
            found = delta(estimate, item.pair) if item.pair else None
            rows.append(
                [
                    escape(item.task),
                    escape(item.label),
                    _code(estimate.metric),
                    value_text(estimate.metric, estimate.value),
                    interval_text(estimate.metric, estimate.low, estimate.high),
                    count_text(estimate.n),
                    f"{found.text} {found.word}".rstrip() if found else "",
                ]
            )
    titles = ["task", "subject", "metric", "value", "95 % interval", "n", "against baseline"]
    yield from _tables(titles, rows, size=80)


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


def _changes(item: EvaluationData) -> Iterator[str]:
    if item.pair is None:
        return
    against = escape(baseline_label(item, item.pair))
    yield f"**{escape(item.task)}, {escape(item.label)}** against {against}: {change_text(item.pair)}"
    kinds: tuple[tuple[Change, str], ...] = (("loss", "losses"), ("win", "wins"))
    for kind, words in kinds:
        rows = [row for row, change in enumerate(item.pair.changes) if change == kind]
        if rows:
            yield _fold(item, rows, words)


def _fold(item: EvaluationData, rows: Sequence[int], words: str) -> str:
    assert item.pair is not None
    lines = []
    for row in rows[:MAX_SAMPLES]:
        observations, base = item.observations, item.pair.rows[row]
        before = item.pair.observations.responses[base].output if base is not None else None
        cells = (
            observations.sample_ids[row],
            observations.responses[row].input,
            text_of(observations.targets[row]),
            before,
            observations.responses[row].output,
        )
        lines.append("| " + " | ".join(escape(cell or "", 160) for cell in cells) + " |")
    shown = f"the first {MAX_SAMPLES} of {len(rows):,} {words}" if len(rows) > MAX_SAMPLES else words
    table = "| sample | input | target | baseline | now |\n| --- | --- | --- | --- | --- |\n" + "\n".join(
        lines
    )
    return f"<details><summary>{shown}</summary>\n\n{table}\n\n</details>"


def _foot(data: ReportData) -> str:
    run = data.run
    facts = [f"run {run.run_id}", time_text(run.started_at), commit_text(run), cost_text(data)]
    return f"<sub>{escape(' · '.join(fact for fact in facts if fact), 400)}</sub>"

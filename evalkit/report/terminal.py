"""Verdicts and metrics as lines of plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from evalkit.core.account import BATCH_HINT
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.run import Evaluation, Run
from evalkit.core.tally import Tally
from evalkit.core.text import name_of, plural
from evalkit.core.verdict import Verdict
from evalkit.metrics.always import ALWAYS, OF_JUDGES
from evalkit.metrics.units import TOTALS
from evalkit.pricing.public import price_hint
from evalkit.report.briefs import judges, operations
from evalkit.report.data import OUTCOMES, Source
from evalkit.report.flaky import TITLE, flaky_samples
from evalkit.report.frontier import frontier_sentences
from evalkit.report.missing import value_sentence
from evalkit.report.numbers import count_text, interval_text, usd_text, value_text
from evalkit.report.totals import of_known
from evalkit.report.wording import SIGNS, left_out_text, one_line, visible

#: Characters of a line; a verdict's detail goes on in the next one.
WIDTH = 110

#: Flaky and quarantined samples that are named.
MAX_FLAKY = 20

#: Numbers that every task has stand together in one line, each in a form of its own.
COMMON = (*ALWAYS, *TOTALS)


def is_untold(estimate: Estimate) -> bool:
    """Whether nobody asked for it, and no response and no judgement carries it (a price, tokens): nothing to
    say. What they carry, and yet has no value, is said."""
    return estimate.metric in (*COMMON, *OF_JUDGES) and estimate.value is None and not estimate.n


@frozen(slots=True)
class Item:
    """What the terminal says about one Task with one Subject."""

    task: str
    label: str
    estimates: Sequence[Estimate]
    verdicts: Sequence[Verdict]
    tally: Tally
    left_out: str = ""
    has_too_many_errors: bool = False


def summary_lines(source: Source, run_id: str) -> list[str]:
    """The summary of a run, from its numbers alone: no response is read."""
    evaluations = source.evaluations(run_id)
    tallies = source.tallies(run_id)
    lines: list[str] = []
    items: list[Item] = []
    for e in evaluations:
        if e.task_hash:
            estimates, verdicts = source.estimates(e.evaluation_id), source.verdicts(e.evaluation_id)
            tally = tallies.get(e.evaluation_id, Tally())
            has_too_many = e.has_too_many_errors
            items.append(
                Item(e.task, e.subject.label, estimates, verdicts, tally, left_out_text(e), has_too_many)
            )
            lines += _item(items[-1])
    if any(e.tournament is not None for e in evaluations):
        from evalkit.report.tournament import tournament_lines  # only where there was one

        for told in tournament_lines(evaluations):
            lines += wrapped(visible(told.text), indent=told.indent)
    for sentence in frontier_sentences(items):
        lines += wrapped(visible(sentence), indent="")
    lines += _by_hand([e for e in evaluations if not e.task_hash])
    lines += _unpriced(evaluations, tallies)
    run = source.run(run_id)
    lines += _flaky(source, run, evaluations)
    lines += _sandboxes(evaluations)
    if run.n_unread:
        lines.append(
            f"{plural(run.n_unread, 'row')} came and could not be stored: the numbers are incomplete"
        )
    return lines


def _flaky(source: Source, run: Run, evaluations: Sequence[Evaluation]) -> Iterator[str]:
    found = [(e, sample) for e in evaluations for sample in flaky_samples(source, run, e)]
    if found:
        yield TITLE.lower()
    for e, sample in found[:MAX_FLAKY]:
        state = f", quarantine {sample.quarantine_text}" if sample.quarantine_text else ""
        reason = f" ({sample.reason})" if sample.reason else ""
        name = visible(f"{e.task} · {e.subject.label} · {sample.sample_id}")
        yield from wrapped(f"{name}: fails {sample.rate_text}{state}{visible(reason)}", indent="  ")
    if len(found) > MAX_FLAKY:
        yield f"  {len(found) - MAX_FLAKY:,} more: evalkit flaky"


def _sandboxes(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    """How code that models wrote was run, and which probes failed, once for the run."""
    for record in dict.fromkeys(e.sandbox for e in evaluations if e.sandbox is not None):
        yield f"sandbox: {visible(record.level)}"
        for failure in record.failures:
            yield from wrapped(f"failed: {one_line(failure, 600)}", indent="  ")


def _unpriced(evaluations: Sequence[Evaluation], tallies: Mapping[str, Tally]) -> Iterator[str]:
    """Models whose tokens are known and whose price is not, a line each."""
    counts: Counter[str] = Counter()
    batched: Counter[str] = Counter()
    for e in evaluations:
        account = tallies.get(e.evaluation_id, Tally()).account
        counts[e.subject.model] += account.n_unpriced
        batched[e.subject.model] += account.n_unpriced_batched
    for model, n in counts.items():
        if n:
            what = f"cost unknown: no price is known for {plural(n, 'answer')} of {model}"
            hint = f"{price_hint()}; {BATCH_HINT}" if batched[model] else price_hint()
            yield from wrapped(visible(f"{what} ({hint})"), indent="")


def _by_hand(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    """What tests asked through the ``llm`` fixture: one entry for each subject, as tests may be many."""
    for label in dict.fromkeys(e.subject.label for e in evaluations):
        its = [e for e in evaluations if e.subject.label == label]
        n, n_errors = sum(e.n_samples for e in its), sum(e.n_errors for e in its)
        yield visible(f"llm fixture · {label}")
        yield f"  {plural(len(its), 'test')}, {plural(n, 'response')}, {plural(n_errors, 'error')}"


def _item(item: Item) -> Iterator[str]:
    yield name_of(f"{item.task} · {item.label}")
    common = {
        e.metric: e for e in item.estimates if e.metric in COMMON and (is_untold(e) or e.value is not None)
    }
    own = [each for each in item.estimates if each.metric not in common and each.metric not in OF_JUDGES]
    width = max((len(name_of(estimate.metric)) for estimate in own), default=0)
    for estimate in own:
        value = _estimate(estimate, of_known(estimate, item.estimates))
        line = f"  {name_of(estimate.metric):<{width}}  {value}"
        yield from _with_ends(line, estimate, indent=min(width + 4, 40))
    for verdict in sorted(item.verdicts, key=lambda verdict: OUTCOMES.index(verdict.word)):
        yield from _verdict(verdict)
    if told := " · ".join(operations(common, item.tally.account)):
        yield f"  {told}"
    if told := judges(item.estimates):
        yield f"  {told}"
    if item.left_out:
        yield f"  {item.left_out}"
    for remark in filter(None, (*item.tally.remarks, item.tally.account.troubles)):
        yield from wrapped(one_line(remark, 600), indent="  ")
    if "saved_calls" in common:
        yield f"  {' · '.join(_saved(common))}"
    if "rerun_calls" in common:
        yield f"  {' · '.join(_asked_again(common))}"


def _with_ends(line: str, estimate: Estimate, indent: int) -> Iterator[str]:
    """The line of a metric, with the ends that missing answers leave open."""
    ends = value_sentence(estimate)
    if ends and len(line) + 2 + len(ends) > WIDTH:
        yield line
        yield from wrapped(ends, indent=" " * indent)
    else:
        yield f"{line}; {ends}" if ends else line


def _estimate(estimate: Estimate, of: str) -> str:
    if estimate.value is None:
        return f"no value: {one_line(estimate.error or 'unknown', 80)}"
    interval = interval_text(estimate.metric, estimate.low, estimate.high)
    is_told = estimate.worst is not None  # with its ends
    failed = f", {estimate.n_failed:,} failed" if estimate.n_failed and not is_told else ""
    value = " ".join(filter(None, (value_text(estimate.metric, estimate.value), of, interval)))
    return f"{value}  n {count_text(estimate.n)}{failed}{without_cut_text(estimate)}"


def without_cut_text(estimate: Estimate) -> str:
    """``, 0.83 without 12 cut``; empty where no answer was cut at ``max_tokens``."""
    if not estimate.n_cut:
        return ""
    value = "no value" if estimate.without_cut is None else value_text(estimate.metric, estimate.without_cut)
    return f", {value} without {estimate.n_cut:,} cut"


def _saved(common: Mapping[str, Estimate]) -> Iterator[str]:
    """What ``--llm-sequential`` did not spend; tokens and cost are at the mean of the responses that came."""
    known = {name: each.value for name, each in common.items() if each.value is not None}
    n_asked, n_saved = common["saved_calls"].n, known["saved_calls"]
    n_total = n_asked + n_saved
    yield f"stopped early: asked {n_asked:,} of {n_total:,.0f} responses, saved {n_saved / n_total:.0%}"
    if (tokens := known.get("saved_tokens")) is not None:
        yield f"about {tokens:,.0f} tokens"
    if (cost := known.get("saved_cost_usd")) is not None:
        yield f"about {usd_text(cost)}"


def _asked_again(common: Mapping[str, Estimate]) -> Iterator[str]:
    """What ``--llm-rerun`` asked for, and what came of it."""
    known = {name: each.value for name, each in common.items() if each.value is not None}
    n_errors = round(known.get("rerun_errors", 0))
    failed = f", {plural(n_errors, 'error')}" if n_errors else ""
    yield f"asked again: {plural(round(known['rerun_calls']), 'further answer')}{failed}"
    if (cost := known.get("rerun_cost_usd")) is not None:
        yield f"{usd_text(cost)} {of_known(common['rerun_cost_usd'], common.values())}".rstrip()
    yield f"{plural(round(known.get('rerun_changed', 0)), 'verdict')} changed"


def _verdict(verdict: Verdict) -> Iterator[str]:
    head = visible(f"  {SIGNS[verdict.word]} {verdict.word:<9} {verdict.gate}")
    detail = one_line(verdict.detail, 600)
    if len(head) + 2 + len(detail) <= WIDTH:
        yield f"{head}  {detail}".rstrip()
        return
    yield head
    yield from wrapped(detail, indent=" " * 14)


def wrapped(text: str, indent: str) -> Iterator[str]:
    """The text in lines of at most ``WIDTH`` characters, each indented."""
    line = indent.rstrip()
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH and line.strip():
            yield line
            line = ""
        line = f"{line} {word}" if line.strip() else indent + word
    if line.strip():
        yield line

"""What a run comes to, evaluation by evaluation, for the end of a session and for ``evalkit show``.

Made from numbers alone, before any response is read, of the blocks that the page is made of.
"""

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
from evalkit.pricing.public import price_hint
from evalkit.report.blocks import Block, Note
from evalkit.report.briefs import asked_again, judges, operations, saved
from evalkit.report.common_metrics import COMMON, is_in_brief
from evalkit.report.data import Source
from evalkit.report.flaky import TITLE as FLAKY
from evalkit.report.flaky import flaky_samples
from evalkit.report.frontier import frontier_sentence, trade_offs
from evalkit.report.metric_table import own_metrics
from evalkit.report.missing import NOTE as MISSING
from evalkit.report.missing import value_ends
from evalkit.report.sections import Section
from evalkit.report.sections.flaky import flaky_table
from evalkit.report.verdict_table import verdict_table, worst_first
from evalkit.report.wording import left_out_text, one_line

#: Flaky and quarantined samples that are named.
MAX_FLAKY = 20
#: Characters of a remark that a tool or a vendor wrote.
_REMARK_CHARS = 600


@frozen(slots=True)
class Item:
    """What is known of one Task with one Subject without reading a response."""

    task: str
    label: str
    estimates: Sequence[Estimate]
    verdicts: Sequence[Verdict]
    tally: Tally
    left_out: str = ""
    has_too_many_errors: bool = False


def summary(source: Source, run_id: str) -> Iterator[Section]:
    """Each evaluation by its name; then what is said of all of them."""
    evaluations = source.evaluations(run_id)
    tallies = source.tallies(run_id)
    run = source.run(run_id)
    items = []
    for e in evaluations:
        if e.task_hash:
            estimates, verdicts = source.estimates(e.evaluation_id), source.verdicts(e.evaluation_id)
            tally = tallies.get(e.evaluation_id, Tally())
            has_too_many = e.has_too_many_errors
            items.append(
                Item(e.task, e.subject.label, estimates, verdicts, tally, left_out_text(e), has_too_many)
            )
            yield Section("evaluation", name_of(f"{e.task} · {e.subject.label}"), tuple(_blocks(items[-1])))
    if any(e.tournament is not None for e in evaluations):
        from evalkit.report.sections.tournament import tournament_blocks  # only where there was one

        for table, note in tournament_blocks(evaluations):
            yield Section("tournament", table.caption, (table, note))
    yield from _by_hand([e for e in evaluations if not e.task_hash])
    if flaky := tuple(_flaky(source, run, evaluations)):
        yield Section("flaky", FLAKY, flaky)
    yield from _sandboxes(evaluations)
    if notes := tuple(_notes(items, run, evaluations, tallies)):
        yield Section("notes", "", notes)


def _blocks(item: Item) -> Iterator[Block]:
    yield from own_metrics(item)
    if item.verdicts:
        found = worst_first([(item, verdict) for verdict in item.verdicts])
        yield verdict_table(found, has_tasks=False, has_subjects=False)
    common = {e.metric: e for e in item.estimates if e.metric in COMMON and is_in_brief(e)}
    account = item.tally.account
    told = [
        " · ".join(operations(common, account)), judges(item.estimates), item.left_out,
        *(one_line(remark, _REMARK_CHARS) for remark in (*item.tally.remarks, account.troubles)),
        " · ".join(saved(common)), " · ".join(asked_again(common)),
    ]  # fmt: skip
    yield from (Note(each) for each in told if each)


def _by_hand(evaluations: Sequence[Evaluation]) -> Iterator[Section]:
    """What tests asked through the ``llm`` fixture: one entry for each subject, as tests may be many."""
    for label in dict.fromkeys(e.subject.label for e in evaluations):
        its = [e for e in evaluations if e.subject.label == label]
        n, n_errors = sum(e.n_samples for e in its), sum(e.n_errors for e in its)
        told = f"{plural(len(its), 'test')}, {plural(n, 'response')}, {plural(n_errors, 'error')}"
        yield Section("fixture", name_of(f"llm fixture · {label}"), (Note(told),))


def _flaky(source: Source, run: Run, evaluations: Sequence[Evaluation]) -> Iterator[Block]:
    found = [
        (Item(e.task, e.subject.label, (), (), Tally()), sample)
        for e in evaluations
        for sample in flaky_samples(source, run, e)
    ]
    if found:
        yield flaky_table(found[:MAX_FLAKY])
    if len(found) > MAX_FLAKY:
        yield Note(f"{len(found) - MAX_FLAKY:,} more: evalkit flaky")


def _notes(
    items: Sequence[Item], run: Run, evaluations: Sequence[Evaluation], tallies: Mapping[str, Tally]
) -> Iterator[Note]:
    if any(value_ends(each) for item in items for each in item.estimates if not is_in_brief(each)):
        yield Note(MISSING)
    yield from (Note(told) for each in trade_offs(items) if (told := frontier_sentence(each)))
    yield from _unpriced(evaluations, tallies)
    if run.n_unread:
        what = f"{plural(run.n_unread, 'row')} came and could not be stored: the numbers are incomplete"
        yield Note(what, "warning")


def _unpriced(evaluations: Sequence[Evaluation], tallies: Mapping[str, Tally]) -> Iterator[Note]:
    """Models whose tokens are known and whose price is not, each once."""
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
            yield Note(f"{what} ({hint})")


def _sandboxes(evaluations: Sequence[Evaluation]) -> Iterator[Section]:
    """How code that models wrote was run, and which probes failed, once for the run."""
    for record in dict.fromkeys(e.sandbox for e in evaluations if e.sandbox is not None):
        failed = (Note(f"failed: {one_line(failure, _REMARK_CHARS)}") for failure in record.failures)
        yield Section("sandbox", f"sandbox: {record.level}", tuple(failed))

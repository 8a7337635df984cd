"""The sentences that page, terminal and Markdown share."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.budget import BudgetRecord
from evalkit.core.run import Evaluation, Run
from evalkit.core.text import one_line as one_line
from evalkit.core.text import plural
from evalkit.core.text import visible as visible
from evalkit.report.data import Change, EvaluationData, Pair, ReportData
from evalkit.report.numbers import usd_text

#: Each outcome has a sign of its own, so that nothing hangs on colour.
SIGNS = {"pass": "✓", "fail": "✗", "undecided": "?", "recorded": "○", "dropped": "▽", "error": "!"}
SIGNS["none"] = "·"

_PLURALS = {"win": "wins", "loss": "losses", "tie": "ties", "error": "errors", "new": "unpaired"}


def headline(data: ReportData) -> str:
    """``2 of 14 gates failed, 1 undecided, 11 passed``."""
    counts = data.outcome_counts
    total = sum(counts.values())
    if not total:
        return "no gate was set"
    if set(counts) == {"pass"}:
        return f"all {plural(total, 'gate')} passed" if total > 1 else "the gate passed"
    words = {
        "fail": "failed", "error": "ended in an error", "undecided": "undecided", "dropped": "dropped",
        "recorded": "recorded", "pass": "passed",
    }  # fmt: skip
    (n, verb), *rest = [(counts[outcome], word) for outcome, word in words.items() if outcome in counts]
    verb = f"{'is' if n == 1 else 'are'} {verb}" if verb in ("undecided", "dropped", "recorded") else verb
    return ", ".join([f"{n:,} of {plural(total, 'gate')} {verb}", *(f"{m:,} {word}" for m, word in rest)])


def banners(data: ReportData) -> list[str]:
    """What the reader must know before any number: a run that did not end well, or was not whole."""
    run = data.run
    said = {
        "running": "This run had not finished when the report was written: rows and numbers are incomplete.",
        "interrupted": "This run was interrupted: samples that were not asked yet are missing below.",
        "crashed": "This run crashed: what was stored until then is shown, the rest is missing.",
    }
    texts = [said[run.status]] if run.status in said else []
    if run.n_unread:
        texts.append(
            f"{plural(run.n_unread, 'row')} of this run came and could not be stored: numbers are incomplete "
            "and it never becomes a baseline."
        )
    elif run.budget is not None and run.budget.spent_by is not None:
        texts.append(f"This run is partial, so it never becomes a baseline. {_spent_text(data)}")
    elif run.is_partial:
        texts.append(
            "This run is partial: some samples or gates were left out, so it never becomes a baseline."
        )
    for item in data.evaluations:
        if item.pair is not None and item.pair.obstacle is not None:
            texts.append(f"{item.task}, {item.label}: {item.pair.obstacle}.")
        if pooled := pool_text(item):
            texts.append(f"{item.task}, {item.label}: {pooled}.")
    return texts


def _spent_text(data: ReportData) -> str:
    assert data.run.budget is not None
    text = budget_text(data.run.budget, [item.evaluation for item in data.evaluations])
    part = "Numbers are over a random part of each dataset, the same for all subjects."
    return f"Its budget was spent: {text}. {part}"


def budget_text(budget: BudgetRecord, evaluations: Sequence[Evaluation]) -> str:
    """``400 of 400 requests, 81,203 tokens; spent, 600 of 1,000 samples were not asked``."""
    n_left_out = sum(each.n_left_out for each in evaluations)
    n_all = n_left_out + sum(each.n_samples for each in evaluations if each.task_hash)
    parts = [budget.text]
    if budget.spent_by is not None:
        left_out = f"{n_left_out:,} of {plural(n_all, 'sample')} were not asked"
        parts.append(f"spent, {left_out}" if n_left_out else "spent")
    if budget.n_assumed:
        who = "it" if budget.n_assumed == 1 else "they"
        parts.append(f"{plural(budget.n_assumed, 'answer')} did not say what {who} took, counted at the most")
    return "; ".join(parts)


def run_status(run: Run) -> str:
    """``finished, partial``, and why where a budget made it so."""
    if run.budget is not None and run.budget.spent_by is not None:
        return f"{run.status}, partial: budget spent"
    return f"{run.status}, partial" if run.is_partial else run.status


def left_out_text(evaluation: Evaluation) -> str:
    """That a budget left samples out, for a line of its own; empty where none did."""
    if not evaluation.n_left_out:
        return ""
    n_all = evaluation.n_samples + evaluation.n_left_out
    return f"asked {evaluation.n_samples:,} of {plural(n_all, 'sample')}: the budget was spent"


def pool_text(item: EvaluationData) -> str:
    """Which differences are against several runs, pooled, and that the rest is against one; empty where none
    are."""
    found = item.pair.comparisons.values() if item.pair is not None else ()
    pooled = {each.metric: 1 + len(each.pooled_with) for each in found if each.pooled_with}
    if item.pair is None or not pooled:
        return ""
    where = ", ".join(pooled) if len(pooled) <= 3 else plural(len(pooled), "metric")
    what = f"in {where} the baseline is {max(pooled.values())} runs, pooled"
    return f"{what}; all else, samples too, is against the latest of them, {item.pair.run.run_id}"


def commit_text(run: Run) -> str:
    """``main@07307e3, with uncommitted changes``; empty outside a repository."""
    if run.git_commit is None:
        return ""
    place = f"{run.git_branch}@{run.git_commit[:7]}" if run.git_branch else run.git_commit[:7]
    return f"{place}, with uncommitted changes" if run.git_dirty else place


def cost_text(data: ReportData) -> str:
    """``cost $1.24``; unknown as soon as one part of it is."""
    costs = [item.operations for item in data.evaluations]
    if not costs or any(o.cost_usd is None or o.n_without_cost for o in costs):
        return "cost unknown"
    return f"cost {usd_text(sum(o.cost_usd or 0.0 for o in costs))}"


def baseline_label(item: EvaluationData, pair: Pair) -> str:
    """What the baseline is called beside this evaluation: a subject of this run, or a run."""
    if not pair.is_other_run:
        return pair.evaluation.subject.label
    label = pair.evaluation.subject.label
    return f"run {pair.run.run_id}" if label == item.label else f"run {pair.run.run_id}, {label}"


def change_text(pair: Pair) -> str:
    """``12 wins, 340 losses, 648 ties``; kinds that do not occur are left out, wins and losses never."""
    counts = pair.counts
    order: tuple[Change, ...] = ("win", "loss", "tie", "error", "new")
    parts = [
        f"{counts[kind]:,} {kind if counts[kind] == 1 and kind != 'new' else _PLURALS[kind]}"
        for kind in order
        if counts[kind] or kind in ("win", "loss")
    ]
    return ", ".join(parts)

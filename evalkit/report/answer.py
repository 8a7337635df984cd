"""What came of a comparison in at most three sentences: what happened, how sure that is, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from evalkit.core.text import plural
from evalkit.gates.deciding.rule import passes
from evalkit.report.answer_of_gates import told_by_gates
from evalkit.report.blocks import Answer
from evalkit.report.clusters import Cluster, clusters, lost_rows
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.differences import Difference
from evalkit.report.fdr import RATE
from evalkit.report.kinds_of_change import OTHER
from evalkit.report.metric_words import metric_words
from evalkit.report.numbers import p_text, value_text

#: Differences that are named in one sentence.
_NAMED = 3
#: A cluster that says where to look has at least so much of what got worse.
_FAIR = 0.25
_WORSE, _VERDICTS = ("What got worse", "#worse"), ("All verdicts", "#verdicts")
_BOARD, _TOURNAMENT = ("Leaderboard", "#leaderboard"), ("Tournament", "#tournament")


def answer(data: ReportData, found: Sequence[Difference]) -> Answer | None:
    """None where nothing was compared and no gate was set.

    Args:
        found: all differences of the report, the worst first.
    """
    sentences = _sentences(data, found)
    if not sentences:
        return None
    has_lost = any(map(lost_rows, data.evaluations))
    more = [_TOURNAMENT] if _has_tournament(data) else []
    more += [_BOARD] if data.boards else []
    more += [_WORSE] if has_lost else []
    more += [_VERDICTS] if data.outcome_counts else []
    shapes = [] if _is_ranked(data, found) else [each.shape for each in found]
    outcome = data.outcome if data.outcome != "none" else next(iter(shapes), "none")
    return Answer(outcome, tuple(sentences[:3]), tuple(more))


def _sentences(data: ReportData, found: Sequence[Difference]) -> list[str]:
    obstacles = [item.pair.obstacle for item in data.evaluations if item.pair and item.pair.obstacle]
    if obstacles and not found:
        return ["These two cannot be compared number by number.", f"The reason: {obstacles[0]}."]
    outcome = data.outcome
    if data.tournament_standings:
        from evalkit.report.tournament import told

        return told([item.evaluation for item in data.evaluations])
    if _is_ranked(data, found):
        return _ranked(data)
    its = [each for each in found if each.verdict is not None and each.verdict.word == outcome]
    if outcome == "none":
        return _without_gates(data, found)
    if not its:
        return told_by_gates(data)
    if outcome == "fail":
        return _worse(data, its)
    return _undecided(data, its) if outcome == "undecided" else _passed(data, its, found)


def _is_ranked(data: ReportData, found: Sequence[Difference]) -> bool:
    """Whether who leads is what is asked, and not what got worse."""
    is_calm = data.outcome in ("pass", "none")
    return bool(data.boards) and is_calm and all(each.verdict is None for each in found)


def _has_tournament(data: ReportData) -> bool:
    return any(item.evaluation.tournament is not None for item in data.evaluations)


def _ranked(data: ReportData) -> list[str]:
    """Of many subjects without a baseline that a gate names: who leads, in the first metric of each task."""
    from evalkit.report.leaderboards import headline, tie_sentence

    first = {each.task: each for each in reversed(data.boards)}
    boards = [first[task] for task in data.tasks if task in first]
    if len(boards) > 1:
        return [f"{each.task}: {headline(each)}" for each in boards]
    place = _word(data, boards[0].metric)
    tie = tie_sentence(boards[0])
    return [f"In {place}: {headline(boards[0])}", *([tie] if tie else [])]


def _worse(data: ReportData, its: Sequence[Difference]) -> list[str]:
    """Gates failed, or, without gates, differences that are shown to be worse."""
    worst = its[0]
    sentences = [_moved(data, worst, "") if len(its) == 1 else _many(data, its, "got worse")]
    if (sure := _sure(its)) is not None:
        sentences.append(sure)
    return [*sentences, *_next(data, its)]


def _moved(data: ReportData, found: Difference, lead: str) -> str:
    """``Accuracy fell from 0.840 to 0.511, by 0.329 [0.292, 0.366], over 1,000 samples.``"""
    c, metric = found.comparison, found.metric
    raw = found.change.difference
    low, high = found.ends
    verb, ends = ("rose", (low, high)) if raw > 0 else ("fell", (0.0 - high, 0.0 - low))
    over = f"over {plural(c.n, 'sample')}"
    if raw == 0:
        reach = f"[{value_text(metric, low)}, {value_text(metric, high)}]"
        return _sentence(
            f"{lead}{_named(data, found)} stayed at {value_text(metric, c.baseline)} {reach} {over}"
        )
    how_much = value_text(metric, abs(raw))
    if all(map(isfinite, ends)):
        how_much += f" [{', '.join(value_text(metric, end) for end in ends)}]"
    values = f"from {value_text(metric, c.baseline)} to {value_text(metric, c.candidate)}"
    return _sentence(f"{lead}{_named(data, found)} {verb} {values}, by {how_much}, {over}")


def _many(data: ReportData, its: Sequence[Difference], verb: str) -> str:
    """``Accuracy got worse in 3 of 4 tasks: primes −0.480 [−0.552, −0.407], …`` with the worst by name."""
    tasks, metrics = {each.item.task for each in its}, {each.metric for each in its}
    where = f"{len(tasks):,} of {plural(len(data.tasks), 'task')}" if len(data.tasks) > 1 else ""
    if len(metrics) == 1:
        text = f"{_word(data, its[0].metric)} {verb}" + (f" in {where}" if where else "")
    else:
        text = f"{where or plural(len(metrics), 'metric')} {verb}"
        if len(its) > len(tasks if where else metrics):  # of several subjects or slices, each counts
            text += f" ({len(its):,} times)"
    named = [f"{_told_apart(data, each, len(metrics))} {each.change.text}" for each in its[:_NAMED]]
    rest = f"; and {len(its) - _NAMED:,} more" if len(its) > _NAMED else ""
    return _sentence(f"{text}: {', '.join(named)}{rest}")


def _told_apart(data: ReportData, found: Difference, n_metrics: int) -> str:
    """What tells one difference of a list from the others."""
    parts = [found.item.task] if len(data.tasks) > 1 else []
    parts += [_word(data, found.metric)] if n_metrics > 1 else []
    parts += [found.item.label] if _has_subjects(data) else []
    return " ".join(parts) or _word(data, found.metric)


def _named(data: ReportData, found: Difference) -> str:
    """The metric, with its task and subject where there are several."""
    name = _word(data, found.metric)
    if len(data.tasks) > 1:
        name += f" of {found.item.task}"
    return f"{name} with {found.item.label}" if _has_subjects(data) else name


def _has_subjects(data: ReportData) -> bool:
    """Whether a list has to say of each which subject it is about: a baseline is none of them."""
    return len({item.label for item in data.evaluations if item.pair is not None}) > 1


def _word(data: ReportData, metric: str) -> str:
    return metric_words(each.metric for item in data.evaluations for each in item.estimates).get(
        metric, metric
    )


def _sentence(text: str) -> str:
    """With a capital, but for a name that is code (``mean:python``)."""
    first = text.partition(" ")[0]
    return f"{text}." if set(":(_[") & set(first) else f"{text[:1].upper()}{text[1:]}."


def _sure(its: Sequence[Difference]) -> str | None:
    """How far chance can be the reason, for the least certain of them."""
    p_values = [each.verdict.p_value for each in its if each.verdict and each.verdict.p_value is not None]
    if not p_values:
        return None
    largest = max(p_values)
    which = "This is" if len(its) == 1 else "Each of these is"
    alphas = [each.gate.alpha for each in its if each.gate is not None]
    limit = f", where the gate asks for {min(alphas):g} or less" if alphas else ""
    text = p_text(largest)
    return f"{which} more than chance: p {text if text.startswith('<') else '= ' + text}{limit}."


def _next(data: ReportData, its: Sequence[Difference]) -> list[str]:
    """Where to look first: what most of the samples that got worse have in common."""
    for item in {id(each.item): each.item for each in its}.values():
        n_lost = len(lost_rows(item))
        if not n_lost:
            continue
        where = f" in {item.task}" if len(data.tasks) > 1 else ""
        found = _telling(item, n_lost)
        if found is None:
            return [f"Look first at the {plural(n_lost, 'row')} that got worse{where}."]
        which = f"all {n_lost:,}" if found.n == n_lost else f"{found.n:,} of the {n_lost:,}"
        return [f"Look first at {which} that got worse{where}: {found.title}."]
    return []


def _telling(item: EvaluationData, n_lost: int) -> Cluster | None:
    """The cluster that most of what got worse is in, and little of the rest; None where none has a fair part.

    That the scorer fell by which rows count as worse says nothing.
    """
    found = [
        each
        for each in clusters(item)
        if each.title != OTHER and each.n >= _FAIR * n_lost and not (each.is_scorer and each.n == n_lost)
    ]
    return max(found, key=lambda each: each.n * each.n / (each.of or each.n), default=None)


def _undecided(data: ReportData, its: Sequence[Difference]) -> list[str]:
    doubted = [each for each in its if each.gate is not None and passes(each.gate, each.comparison)]
    if len(doubted) == len(its):
        return _doubted(data, doubted)
    its = [each for each in its if each not in doubted]
    worst = its[0]
    if len(its) > 1:
        names = ", ".join(_named(data, each) for each in its[:_NAMED])
        rest = f" and {len(its) - _NAMED:,} more" if len(its) > _NAMED else ""
        sentences = [f"It cannot be told whether {names}{rest} got worse."]
    else:
        sentences = [_moved(data, worst, "it cannot be told whether this got worse: ")]
    if worst.gate is not None and worst.comparison.low < 0:
        possible = value_text(worst.metric, -worst.comparison.low)
        margin = value_text(worst.metric, worst.gate.margin)
        what = (
            "A change for the worse" if len(its) == 1 else f"In {_named(data, worst)} a change for the worse"
        )
        sentences.append(f"{what} of up to {possible} is possible, and the margin is {margin}.")
    if (n := worst.comparison.n_planned) is not None:
        text = f"With {plural(n, 'sample')} an unchanged model would pass in four runs of five"
        sentences.append(f"{text}: ask more samples, or accept a wider margin.")
    return sentences


def _doubted(data: ReportData, its: Sequence[Difference]) -> list[str]:
    """The numbers would pass, and something else keeps them from it: what that is, in the verdict's words."""
    lead = "the numbers would pass, and do not decide: "
    first = (
        _moved(data, its[0], lead) if len(its) == 1 else _many(data, its, "would pass, and decides nothing")
    )
    detail = its[0].verdict.detail if its[0].verdict is not None else ""
    doubt = detail.partition("Undecided all the same. ")[2]
    return [first, *([doubt.partition(". ")[0].removesuffix(".") + "."] if doubt else [])]


def _passed(data: ReportData, its: Sequence[Difference], found: Sequence[Difference]) -> list[str]:
    lowest = min(its, key=lambda each: each.comparison.difference)
    unasked = [each for each in found if each.shape == "worse"]
    nothing = "nothing that a gate asks about got worse" if unasked else "nothing got worse"
    if len(its) == 1:
        sentences = [_moved(data, lowest, f"{nothing}: ")]
    else:
        where = f" of {plural(len(data.tasks), 'task')}" if len(data.tasks) > 1 else ""
        text = f"{nothing} in {plural(len(its), 'comparison')}{where}"
        sentences = [_sentence(f"{text}; the lowest: {_named(data, lowest)} {lowest.change.text}")]
    margins = {each.gate.margin for each in its if each.gate is not None}
    if len(margins) == 1 and (margin := margins.pop()):
        which = "A change for the worse" if len(its) == 1 else "In each a change for the worse"
        sentences.append(f"{which} as large as the margin of {margin:g} is ruled out.")
    return [*sentences, *_besides(data, its, unasked)]


def _besides(data: ReportData, its: Sequence[Difference], unasked: Sequence[Difference]) -> list[str]:
    """What a pass does not say: what got worse though no gate asks, else what is shown to be better."""
    if unasked:
        named = ", ".join(f"{_named(data, each)} {each.change.text}" for each in unasked[:2])
        rest = f" and {len(unasked) - 2:,} more" if len(unasked) > 2 else ""
        return [f"Worse, and no gate asks about it: {named}{rest}."]
    better = [each for each in its if each.comparison.is_better]
    if not better:
        return []
    best = max(better, key=lambda each: each.comparison.difference)
    return [_sentence(f"{_named(data, best)} is shown to be better")]


def _without_gates(data: ReportData, found: Sequence[Difference]) -> list[str]:
    """What the differences show by themselves."""
    if not found:
        return []
    worse = [each for each in found if each.shape == "worse"]
    if worse:
        return [
            _moved(data, worse[0], "") if len(worse) == 1 else _many(data, worse, "got worse"),
            "No gate asked, so nothing is decided: set one to test against a margin.",
            *_next(data, worse),
        ]
    better = [each for each in found if each.shape == "better"]
    if better:
        return [
            _moved(data, better[0], "") if len(better) == 1 else _many(data, better, "got better"),
            "Nothing is shown to be worse.",
        ]
    largest = max(found, key=lambda each: abs(each.comparison.difference))
    return [_moved(data, largest, "no difference can be told from chance: "), _rate(found)]


def _rate(found: Sequence[Difference]) -> str:
    return f"{plural(len(found), 'difference')} looked at, at a false discovery rate of {100 * RATE:.0f} %."
